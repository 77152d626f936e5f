// slipway ping, slipway speedtest: how far it is to a workspace's agent, and how wide the way is.
#include <algorithm>
#include <boost/json.hpp>
#include <numeric>

#include "base/text.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/measure_stream.hpp"
#include "cli/print.hpp"
#include "cli/reach.hpp"
#include "cli/table.hpp"
#include "cli/wait.hpp"
#include "net/websocket.hpp"
#include "tunnel/measuring.hpp"
#include "tunnel/relay.hpp"

namespace slipway::cli {
namespace {

using std::chrono::microseconds;

constexpr Milliseconds kPause{500};
constexpr std::int64_t kMostSeconds = 60;
constexpr std::int64_t kMostRounds = 100'000;

struct PingOptions {
  std::string name, output = "table";
  ReachOptions reach{.no_start = true, .wait_seconds = 30};
  std::int64_t count = 5;
};

struct Rounds {
  std::int64_t asked = 0;
  std::vector<microseconds> took;
  std::optional<Error> last;
};

// Each over the same stream, so that what is timed is the way to the agent and back and nothing else.
Task<Rounds> rounds(Session& session, api::WorkspaceAgent agent, std::int64_t count, bool aloud) {
  Rounds out;
  auto stream = co_await measuring_stream(session, agent.id);
  auto ready = stream ? co_await tunnel::begin_echo(**stream) : Result<void>(std::unexpected(stream.error()));
  if (!ready) out.last = ready.error();
  while (ready && out.asked < count) {
    if (out.asked++ > 0) co_await aio::sleep(kPause);
    const auto took = co_await tunnel::round_trip(**stream);
    if (!took) {
      out.last = took.error();
      break;
    }
    out.took.push_back(*took);
    if (aloud) print("{} answered in {}\n", agent.name, milliseconds(*took));
    if (aloud) std::fflush(stdout);
  }
  co_return out;
}

struct Summary {
  microseconds least, mean, most;
};

Summary summary_of(const std::vector<microseconds>& took) {
  const auto [least, most] = std::ranges::minmax(took);
  return {least, std::accumulate(took.begin(), took.end(), microseconds(0)) / static_cast<std::int64_t>(took.size()), most};
}

double in_ms(microseconds span) { return static_cast<double>(span.count()) / 1000; }

std::string as_json(const Rounds& done, const Summary& sum) {
  boost::json::array each;
  for (const auto took : done.took) each.push_back(in_ms(took));
  const boost::json::object out{{"sent", done.asked},        {"answered", done.took.size()}, {"min_ms", in_ms(sum.least)},
                                {"avg_ms", in_ms(sum.mean)}, {"max_ms", in_ms(sum.most)},    {"round_trips_ms", std::move(each)}};
  return boost::json::serialize(out);
}

Result<void> known_output(const std::string& output) {
  if (output == "table" || output == "json") return {};
  return fail_field(fmt::format("\"{}\" is no form of output.", output), "output", "is table or json");
}

Result<int> ping(Session& session, PingOptions& options) {
  TRY_OK(known_output(options.output));
  if (options.count < 1 || options.count > kMostRounds)
    return fail_field("That is no number of round trips.", "count", fmt::format("is from 1 to {}", kMostRounds));
  TRY(target, find_target(session, workspace_of_host(options.name, {})));
  TRY(agent, reach(session, target, options.reach));
  const bool as_table = options.output == "table";
  const auto done = session.wait(rounds(session, agent, options.count, as_table));
  if (done.last) tell("{} did not answer: {}\n", agent.name, done.last->say);
  if (done.took.empty()) return std::unexpected(*done.last);
  const auto sum = summary_of(done.took);
  if (as_table)
    print("{} of {} answered; fastest {}, average {}, slowest {}\n", done.took.size(), done.asked, milliseconds(sum.least), milliseconds(sum.mean),
          milliseconds(sum.most));
  else
    print_json(as_json(done, sum));
  return done.last ? 1 : 0;
}

struct SpeedOptions {
  std::string name, output = "table", time = "5", direction = "both";
  ReachOptions reach{.no_start = true, .wait_seconds = 30};
};

struct Speeds {
  std::optional<tunnel::Speed> down, up;
};

Task<Result<Speeds>> speeds(Session& session, Uuid agent, Milliseconds length, bool down, bool up) {
  Speeds out;
  if (down) {
    CO_TRY(stream, co_await measuring_stream(session, agent));
    CO_TRY(speed, co_await tunnel::receive_speed(*stream, length));
    out.down = std::move(speed);
  }
  if (up) {
    CO_TRY(stream, co_await measuring_stream(session, agent));
    CO_TRY(speed, co_await tunnel::send_speed(*stream, length));
    out.up = std::move(speed);
  }
  co_return out;
}

boost::json::object as_json(const tunnel::Interval& interval) {
  return {{"start_time_seconds", interval.start}, {"end_time_seconds", interval.end}, {"throughput_mbits", interval.megabits()}};
}

boost::json::object as_json(const tunnel::Speed& speed) {
  boost::json::array intervals;
  for (const auto& one : speed.intervals) intervals.push_back(as_json(one));
  return {{"overall", as_json(speed.overall)}, {"intervals", std::move(intervals)}};
}

// What programs read first is one direction: towards us, unless only the other was measured.
std::string as_json(const Speeds& measured) {
  auto out = as_json(measured.down ? *measured.down : *measured.up);
  if (measured.down) out["download"] = as_json(*measured.down);
  if (measured.up) out["upload"] = as_json(*measured.up);
  return boost::json::serialize(out);
}

void show(std::string_view direction, const tunnel::Speed& speed) {
  print("{}: {:.1f} Mbit/s ({:.1f} MB in {:.1f} s)\n", direction, speed.overall.megabits(), static_cast<double>(speed.overall.bytes) / 1e6,
        speed.overall.end - speed.overall.start);
}

Result<int> speedtest(Session& session, SpeedOptions& options) {
  TRY_OK(known_output(options.output));
  std::string_view number = options.time;
  if (number.ends_with('s')) number.remove_suffix(1);
  const auto seconds = text::number<std::int64_t>(number);
  if (!seconds || *seconds < 1 || *seconds > kMostSeconds)
    return fail_field("That is no time to measure for.", "time", fmt::format("is from 1 to {} seconds, such as 5 or 5s", kMostSeconds));
  const bool down = options.direction != "up", up = options.direction != "down";
  if (down && up && options.direction != "both") return fail_field("That is no direction.", "direction", "is down, up or both");
  TRY(target, find_target(session, workspace_of_host(options.name, {})));
  TRY(agent, reach(session, target, options.reach));
  tell("Measuring for {} s in each direction...\n", *seconds);
  TRY(measured, session.wait(speeds(session, agent.id, Seconds(*seconds), down, up)));
  if (options.output == "json") return print_json(as_json(measured)), 0;
  if (measured.down) show("From the workspace", *measured.down);
  if (measured.up) show("To the workspace", *measured.up);
  return 0;
}

}  // namespace

std::string milliseconds(std::chrono::microseconds span) {
  const double value = in_ms(span);
  return value < 100 ? fmt::format("{:.1f} ms", value) : fmt::format("{:.0f} ms", value);
}

std::string measuring_path(const Uuid& agent) { return fmt::format("/api/v2/workspaceagents/{}/tcp?port={}", agent.str(), tunnel::kMeasuringPort); }

Task<Result<std::unique_ptr<net::Stream>>> measuring_stream(Session& session, Uuid agent) {
  CO_TRY(socket, co_await session.websocket(measuring_path(agent)));
  co_return std::make_unique<tunnel::WebSocketStream>(std::move(socket));
}

namespace {

void add_ping(Command root) {
  auto pings = std::make_shared<PingOptions>();
  auto command = root.sub("ping", "Measure how long a workspace's agent takes to answer", "slipway ping dev --count 3");
  command.argument("workspace", pings->name, "Its name, owner/name, or name.agent");
  command.option("-n,--count", pings->count, "How often");
  command.option("-o,--output", pings->output, "table or json");
  command.run([pings](Session& session) { return ping(session, *pings); });
}

}  // namespace

void add_measure(Command root) {
  const bool coder = root.face().coder;
  if (coder)
    add_coder_ping(root);
  else
    add_ping(root);

  auto speed = std::make_shared<SpeedOptions>();
  if (coder) speed->direction = "down";  // what reads the outcome knows one
  auto command = root.sub("speedtest", "Measure how much goes through to a workspace's agent and back",
                          "slipway speedtest dev\n"
                          "slipway speedtest dev --time 10s --direction up --output json");
  command.argument("workspace", speed->name, "Its name, owner/name, or name.agent");
  command.option("-t,--time", speed->time, "Seconds in each direction");
  command.option("-d,--direction", speed->direction, "down (from the workspace), up or both");
  command.option("-o,--output", speed->output, "table or json");
  auto direct = std::make_shared<bool>(false);
  if (coder) command.hidden("--direct", *direct);
  command.run([speed, direct](Session& session) { return speedtest(session, *speed); });
}

}  // namespace slipway::cli
