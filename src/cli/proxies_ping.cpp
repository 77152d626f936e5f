#include "cli/proxies_ping.hpp"

#include <algorithm>

#include "aio/loops.hpp"
#include "net/client.hpp"

namespace slipway::cli {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kRounds = 4;  // the first also opens the connection
constexpr Milliseconds kLimit{5000};

Task<void> time_one(net::Client& client, RegionTime& region) {
  for (int round = 0; round < kRounds; ++round) {
    const auto begun = Steady::now();
    const auto answer = co_await client.request("GET", region.url + "/latency-check", {}, {}, kLimit);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begun);
    if (!answer || answer->status != 200) {
      region.why = answer ? fmt::format("It answered with status {}.", answer->status) : answer.error().say;
      region.took.reset();
      co_return;
    }
    if (round > 0) region.took = std::min(took, region.took.value_or(took));
  }
}

// One after another: they would take the line from each other.
Task<int> time_all(net::Client& client, std::vector<RegionTime>& all) {
  for (auto& one : all) co_await time_one(client, one);
  co_await client.stop();
  co_return 0;
}

}  // namespace

std::vector<RegionTime> time_regions(const std::vector<api::Region>& regions) {
  std::vector<RegionTime> all;
  for (const auto& one : regions) all.push_back({.name = one.name, .url = one.path_app_url, .took = {}, .why = {}});
  aio::Loops loops(1);
  net::Client client(loops.at(0), {.proxies = net::proxies_of_environment(), .user_agent = "slipway-cli"});
  loops.run(time_all(client, all));
  std::ranges::sort(all, {}, [](const RegionTime& one) { return one.took.value_or(std::chrono::microseconds::max()); });
  return all;
}

}  // namespace slipway::cli
