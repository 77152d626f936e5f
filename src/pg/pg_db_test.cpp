#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "pg/session.hpp"
#include "support/test_postgres.hpp"

#include <gtest/gtest.h>

namespace slipway::pg {
namespace {

using test::TestDatabase;

// A pool for one test coroutine, stopped at its end.
struct Fixture {
  TestDatabase database;

  PoolOptions options() const {
    PoolOptions made;
    made.connect = database.options();
    return made;
  }
  // Runs work(pool) and stops the pool.
  template <class F>
  void with_pool(F work) {
    with_pool(options(), std::move(work));
  }
  template <class F>
  void with_pool(PoolOptions wanted, F work) {
    auto main = [](PoolOptions given, F& body) -> Task<int> {
      Pool pool(co_await aio::executor(), std::move(given));
      co_await body(pool);
      co_await pool.stop();
      co_return 0;
    };
    test::run([&] { return main(wanted, work); });
  }
};

constexpr Statement kOne{"test_one", "select 1::int4", {}};
constexpr std::uint32_t kInt4[] = {23};
constexpr Statement kDivide{"test_divide", "select 100 / $1", kInt4};

TEST(Pool, AnswersOneStatement) {
  Fixture fixture;

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto rows = co_await pool.execute(kOne);
    EXPECT_TRUE(rows.has_value()) << rows.error().message;
    if (rows) EXPECT_EQ(rows->get<std::int32_t>(0, 0), 1);
  });
}

Task<void> divide(Pool* pool, std::int32_t by, std::shared_ptr<std::vector<std::string>> log) {
  auto rows = co_await pool->execute(kDivide, Params::of(by));
  log->push_back(rows ? std::to_string(rows->get<std::int32_t>(0, 0)) : rows.error().sqlstate);
}

TEST(Pool, AFailedStatementLeavesItsNeighboursAlone) {
  Fixture fixture;
  auto options = fixture.options();
  options.shared = 1;
  auto log = std::make_shared<std::vector<std::string>>();

  fixture.with_pool(options, [log](Pool& pool) -> Task<void> {
    auto first = co_await pool.execute(kDivide, Params::of(1));
    aio::Nursery nursery(co_await aio::executor());
    for (const std::int32_t by : {1, 2, 0, 4, 0, 5}) nursery.start(divide, &pool, by, log);
    while (log->size() < 6) co_await aio::sleep(Milliseconds(1));
    co_await nursery.stop();
    EXPECT_EQ(pool.open_connections(), 1U);
  });

  EXPECT_EQ(*log, (std::vector<std::string>{"100", "50", "22012", "25", "22012", "20"}));
}

}  // namespace
}  // namespace slipway::pg
