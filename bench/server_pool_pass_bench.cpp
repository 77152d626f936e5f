// Passes over all pools of a database that stands already, one after another: how many statements one takes, and how long. No Google Benchmark
// program: bench/sections.py (prebuilds) fills the database and starts it.
//   server_pool_pass_bench POSTGRES-URL PASSES      prints {"pools":…,"statements":…,"milliseconds":[…]}
#include "aio/loops.hpp"
#include "base/check.hpp"
#include "features/prebuilds/prebuilds.hpp"
#include "pg/pool.hpp"
#include "store/db.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace slipway::prebuilds {
namespace {

struct Measured {
  int pools = 0, statements = 0;
  std::vector<double> milliseconds;
};

Task<int> passes(store::Db& db, int count, Measured& out) {
  const Options options;
  const Replica replica;
  for (int i = 0; i < count; ++i) {
    auto cost = std::make_shared<store::Cost>();
    const auto began = std::chrono::steady_clock::now();
    auto done = co_await reconcile(db, options, replica, {}, cost);
    if (!done) die(done.error().say + done.error().why);
    out.milliseconds.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    out.pools = done->pools;
    out.statements = cost->sql;
  }
  co_return 0;
}

Task<int> stop(pg::Pool& pool, pg::Listener& listener) {
  co_await listener.stop();
  co_await pool.stop();
  co_return 0;
}

int run(const std::string& url, int count) {
  aio::Loops loops{1};
  pg::ConnectOptions connect{.url = url};
  pg::Pool pool(loops.at(0), {.connect = connect});
  pg::Listener listener(loops.at(0), connect);
  store::Db db(pool, listener, system_clock());
  Measured measured;
  loops.run(passes(db, count, measured));
  loops.run(stop(pool, listener));
  fmt::print("{{\"pools\":{},\"statements\":{},\"milliseconds\":[{:.2f}]}}\n", measured.pools, measured.statements,
             fmt::join(measured.milliseconds, ","));
  return 0;
}

}  // namespace
}  // namespace slipway::prebuilds

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("server_pool_pass_bench POSTGRES-URL PASSES\n", stderr);
    return 2;
  }
  return slipway::prebuilds::run(argv[1], std::stoi(argv[2]));
}
