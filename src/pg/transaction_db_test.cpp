#include "pg/rig_test.hpp"

namespace slipway::pg {
namespace {

using namespace testing;

TEST(Transaction, LeftIdleItIsEndedByTheServer) {
  Fixture fixture;
  fixture.database.sql(kThings);
  auto options = fixture.options();
  options.connect.statement_timeout = Milliseconds(500);  // of the insertion as well

  fixture.with_pool(options, [](Pool& pool) -> Task<void> {
    auto tx = co_await pool.begin();
    auto inserted = co_await tx->execute(kInsert, Params::of("a"));
    EXPECT_TRUE(inserted) << words(inserted);
    const Statement idle{"test_idle", "select count(*) from pg_stat_activity where state = 'idle in transaction'", {}};
    std::int64_t left = 1;
    for (int i = 0; i < 2000 && left > 0; ++i) {
      auto rows = co_await pool.execute(idle);
      if (rows) left = rows->get<std::int64_t>(0, 0);
      co_await aio::sleep(Milliseconds(2));
    }
    EXPECT_EQ(left, 0);
  });
}

TEST(Transaction, CommittedIsSeen) {
  Fixture fixture;
  fixture.database.sql(kThings);

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto tx = co_await pool.begin();
    auto first = co_await tx->execute(kInsert, Params::of("a"));
    auto second = co_await tx->execute(kInsert, Params::of("b"));
    auto before = co_await pool.execute(kCount);
    auto done = co_await tx->commit();
    EXPECT_TRUE(first && second && done);
    EXPECT_EQ(before->get<std::int64_t>(0, 0), 0);
  });

  EXPECT_EQ(fixture.things(), "a,b");
}

TEST(Transaction, DestroyedItIsRolledBackAndItsConnectionUsedAgain) {
  Fixture fixture;
  fixture.database.sql(kThings);

  fixture.with_pool([](Pool& pool) -> Task<void> {
    std::int32_t first = 0;
    {
      auto tx = co_await pool.begin();
      auto pid = co_await tx->execute(kBackend);
      first = pid->get<std::int32_t>(0, 0);
      auto inserted = co_await tx->execute(kInsert, Params::of("a"));
      EXPECT_TRUE(inserted);
    }
    EXPECT_TRUE(co_await eventually([&pool] { return pool.open_connections() == 1; }));
    auto again = co_await pool.begin();
    auto pid = co_await again->execute(kBackend);
    auto rolled = co_await again->rollback();
    EXPECT_TRUE(rolled);
    const Statement others{"", "select count(*) from pg_stat_activity where state like 'idle in%' and datname = current_database()", {}};
    auto open = co_await pool.execute(others);
    EXPECT_EQ(open->get<std::int64_t>(0, 0), 0);
    EXPECT_GT(first, 0);
  });

  EXPECT_EQ(fixture.database.sql("select count(*) from things"), "0");
}

TEST(Transaction, AfterAFailureNothingIsCommitted) {
  Fixture fixture;
  fixture.database.sql(kThings);

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto tx = co_await pool.begin();
    auto first = co_await tx->execute(kInsert, Params::of("a"));
    auto failed = co_await tx->execute(kDivide, Params::of(0));
    auto later = co_await tx->execute(kOne);
    auto done = co_await tx->commit();
    EXPECT_TRUE(first);
    EXPECT_TRUE(!failed && failed.error().is("22012")) << words(failed);
    EXPECT_TRUE(!later && later.error().is("25P02"));
    EXPECT_FALSE(done);
  });

  EXPECT_EQ(fixture.database.sql("select count(*) from things"), "0");
}

TEST(Transaction, ManyStatementsGoInOneTrip) {
  Fixture fixture;
  fixture.database.sql(kThings);

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto tx = co_await pool.begin();
    std::vector<Command> commands;
    for (const char* name : {"a", "b", "c"}) commands.push_back({&kInsert, Params::of(std::string(name))});
    auto all = co_await tx->execute_all(std::move(commands));
    EXPECT_TRUE(all && all->size() == 3) << (all ? "" : all.error().message);
    auto last = co_await tx->execute_and_commit(kCount);
    EXPECT_TRUE(last) << words(last);
    if (last) EXPECT_EQ(last->get<std::int64_t>(0, 0), 3);

    auto failing = co_await pool.begin();
    std::vector<Command> doomed;
    for (const char* name : {"d", "a", "e"}) doomed.push_back({&kInsert, Params::of(std::string(name))});
    auto refused = co_await failing->execute_all(std::move(doomed));
    EXPECT_TRUE(!refused && refused.error().unique_violation()) << (refused ? "" : refused.error().message);
  });

  EXPECT_EQ(fixture.things(), "a,b,c");
}

TEST(Transaction, AFailedLastStatementIsNotCommitted) {
  Fixture fixture;
  fixture.database.sql(kThings);

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto tx = co_await pool.begin();
    auto inserted = co_await tx->execute(kInsert, Params::of("a"));
    auto last = co_await tx->execute_and_commit(kInsert, Params::of("a"));
    EXPECT_TRUE(inserted);
    EXPECT_TRUE(!last && last.error().unique_violation()) << words(last);
  });

  EXPECT_EQ(fixture.database.sql("select count(*) from things"), "0");
}

TEST(Transaction, ADeferredConstraintFailsTheCommit) {
  Fixture fixture;
  fixture.database.sql("create table things (id int generated always as identity, name text, unique (name) deferrable initially deferred)");

  fixture.with_pool([](Pool& pool) -> Task<void> {
    for (const bool together : {false, true}) {
      auto tx = co_await pool.begin();
      auto first = co_await tx->execute(kInsert, Params::of("a"));
      EXPECT_TRUE(first) << words(first);
      if (together) {
        auto last = co_await tx->execute_and_commit(kInsert, Params::of("a"));
        EXPECT_TRUE(!last && last.error().unique_violation()) << words(last);
        continue;
      }
      auto second = co_await tx->execute(kInsert, Params::of("a"));
      auto done = co_await tx->commit();
      EXPECT_TRUE(second);
      EXPECT_TRUE(!done && done.error().unique_violation());
    }
  });

  EXPECT_EQ(fixture.database.sql("select count(*) from things"), "0");
}

Task<Result<int>> sleep_in_transaction(Pool* pool) {
  auto tx = co_await pool->begin();
  if (!tx) co_return std::unexpected(to_error(tx.error()));
  auto inserted = co_await tx->execute(kInsert, Params::of("a"));
  auto slept = co_await tx->execute(kSleep);
  if (!slept) co_return std::unexpected(to_error(slept.error()));
  co_return 0;
}

TEST(Transaction, CancelledInMidStatementIsCancelledAtTheServer) {
  Fixture fixture;
  fixture.database.sql(kThings);

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto slow = co_await aio::with_deadline(Milliseconds(200), "Too slow.", sleep_in_transaction(&pool));
    EXPECT_TRUE(!slow && slow.error().code == Code::timed_out);
    const Statement busy{"test_busy", "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()", {}};
    std::int64_t left = 1;
    for (int i = 0; i < 1000 && left > 0; ++i) {
      auto rows = co_await pool.execute(busy);
      if (rows) left = rows->get<std::int64_t>(0, 0);
    }
    EXPECT_EQ(left, 0);
    auto tx = co_await pool.begin();
    auto inserted = co_await tx->execute_and_commit(kInsert, Params::of("a"));
    EXPECT_TRUE(inserted) << words(inserted);
  });

  EXPECT_EQ(fixture.things(), "a");
}

TEST(Transaction, WaitsForAFreeConnectionAndThenGivesUp) {
  Fixture fixture;
  auto options = fixture.options();
  options.exclusive = 1;
  options.acquire_timeout = Milliseconds(1500);  // long enough to connect on a busy machine

  fixture.with_pool(options, [](Pool& pool) -> Task<void> {
    {
      auto first = co_await pool.begin();
      auto one = co_await first->execute(kOne);
      auto second = co_await pool.begin();
      EXPECT_TRUE(one);
      EXPECT_TRUE(!second && second.error().kind == Kind::busy);
    }
    auto third = co_await pool.begin();
    EXPECT_TRUE(third) << (third ? "" : third.error().message);
  });
}

TEST(Transaction, ReadOnlyRefusesToWrite) {
  Fixture fixture;
  fixture.database.sql(kThings);

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto tx = co_await pool.begin({.isolation = Begin::Isolation::repeatable_read, .read_only = true});
    auto refused = co_await tx->execute(kInsert, Params::of("a"));
    EXPECT_TRUE(!refused && refused.error().is("25006")) << words(refused);
  });
}

TEST(Transaction, LosingItsBackendIsReported) {
  Fixture fixture;

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto tx = co_await pool.begin();
    auto pid = co_await tx->execute(kBackend);
    auto killed = co_await pool.execute_simple(fmt::format("select pg_terminate_backend({}, 5000)", pid->get<std::int32_t>(0, 0)));
    EXPECT_TRUE(killed) << words(killed);
    auto next = co_await tx->execute(kOne);
    auto done = co_await tx->commit();
    EXPECT_TRUE(!next && next.error().kind == Kind::lost) << words(next);
    EXPECT_FALSE(done);
    auto fresh = co_await pool.begin();
    EXPECT_TRUE(fresh && co_await fresh->execute(kOne));
  });
}

}  // namespace
}  // namespace slipway::pg
