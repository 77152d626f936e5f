// What a statement costs through the pool, on one loop, against a PostgreSQL of its own on the same machine. The peer is one
// statement at a time on one connection, which is what a driver without pipelining does.
#include "aio/blocking.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "base/check.hpp"
#include "pg/embedded.hpp"
#include "pg/session.hpp"

#include <benchmark/benchmark.h>

namespace slipway::pg {
namespace {

constexpr Statement kOne{"bench_one", "select 1::int4", {}};

class Server {
 public:
  static Server& get() {
    aio::blocking_pool();
    static Server server;
    return server;
  }
  aio::Loops loops{1};
  std::string url;

 private:
  Server() {
    std::string made = (std::filesystem::temp_directory_path() / "slipway-bench-XXXXXX").string();
    check(::mkdtemp(made.data()) != nullptr, "no temporary folder");
    folder_ = made;
    auto start = [](Server* self) -> Task<int> {
      EmbeddedOptions options{.data_dir = self->folder_, .durable = false};
      auto started = co_await Embedded::start(std::move(options));
      if (!started) die(started.error().say + started.error().why);
      self->embedded_ = std::move(*started);
      co_return 0;
    };
    loops.run(start(this));
    url = embedded_->url().reveal();
  }
  ~Server() {
    auto stop = [](Server* self) -> Task<int> {
      co_await self->embedded_->stop();
      self->embedded_.reset();
      co_return 0;
    };
    loops.run(stop(this));
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  std::filesystem::path folder_;
  std::unique_ptr<Embedded> embedded_;
};

Task<void> ask(Pool* pool, int* left) {
  while (*left > 0) {
    --*left;
    auto rows = co_await pool->execute(kOne);
    check(rows && rows->get<std::int32_t>(0, 0) == 1, "a wrong answer");
  }
}

Task<int> many(std::string url, int statements, int callers) {
  PoolOptions options;
  options.connect.url = std::move(url);
  Pool pool(co_await aio::executor(), std::move(options));
  int left = statements;
  aio::Nursery nursery(co_await aio::executor());
  for (int i = 1; i < callers; ++i) nursery.start(ask, &pool, &left);
  co_await ask(&pool, &left);
  while (nursery.size() > 0) co_await aio::sleep(Milliseconds(1));
  co_await nursery.stop();
  co_await pool.stop();
  co_return 0;
}

void BM_SelectOne(benchmark::State& state) {
  Server& server = Server::get();
  constexpr int kStatements = 20000;
  for (auto _ : state) server.loops.run(many(server.url, kStatements, static_cast<int>(state.range(0))));
  state.SetItemsProcessed(state.iterations() * kStatements);
}
BENCHMARK(BM_SelectOne)->ArgName("callers")->Arg(1)->Arg(16)->Arg(128)->UseRealTime()->Unit(benchmark::kMillisecond);

Task<int> one_by_one(std::string url, int statements) {
  ConnectOptions options{.url = std::move(url)};
  auto session = co_await Session::open(std::move(options));
  for (int i = 0; i < statements; ++i) {
    auto rows = co_await session->execute(kOne);
    check(rows.has_value(), "a wrong answer");
  }
  co_return 0;
}

void BM_OneByOne(benchmark::State& state) {
  Server& server = Server::get();
  constexpr int kStatements = 5000;
  for (auto _ : state) server.loops.run(one_by_one(server.url, kStatements));
  state.SetItemsProcessed(state.iterations() * kStatements);
}
BENCHMARK(BM_OneByOne)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace slipway::pg

BENCHMARK_MAIN();
