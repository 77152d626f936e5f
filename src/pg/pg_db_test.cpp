#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "base/log.hpp"
#include "pg/listener.hpp"
#include "pg/session.hpp"
#include "support/test_postgres.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace slipway::pg {
namespace {

using test::TestDatabase;

constexpr std::uint32_t kInt4[] = {23};
constexpr std::uint32_t kText[] = {25};
constexpr Statement kOne{"test_one", "select 1::int4", {}};
constexpr Statement kDivide{"test_divide", "select 100 / $1", kInt4};
constexpr Statement kSleep{"test_sleep", "select pg_sleep(60)", {}};
constexpr Statement kInsert{"test_insert", "insert into things (name) values ($1)", kText};
constexpr Statement kCount{"test_count", "select count(*) from things", {}};
constexpr Statement kBackend{"test_backend", "select pg_backend_pid()", {}};
constexpr Statement kBroken{"test_broken", "select nothing from nowhere", {}};

constexpr const char* kThings = "create table things (id int generated always as identity, name text not null unique)";

// A database and pools on it, each stopped at the end of its test.
struct Fixture {
  TestDatabase database;

  PoolOptions options() const {
    PoolOptions made;
    made.connect = database.options();
    return made;
  }
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
  std::string things() const { return database.sql("select string_agg(name, ',' order by id) from things"); }
};

// Waits for a state, not for a time: the limit only ends a test that would hang.
template <class F>
Task<bool> eventually(F claim) {
  for (int i = 0; i < 5000; ++i) {
    if (claim()) co_return true;
    co_await aio::sleep(Milliseconds(2));
  }
  co_return false;
}

std::string words(const Outcome<Rows>& outcome) { return outcome ? "ok" : outcome.error().message; }

template <class T>
Task<void> round_trip(Pool& pool, const char* type, T value) {
  const std::string text = std::string("select $1::") + type;
  const Statement statement{"", text.c_str(), {}};
  auto rows = co_await pool.execute(statement, Params::of(value));
  EXPECT_TRUE(rows) << type << ": " << words(rows);
  if (rows) EXPECT_EQ(rows->template get<T>(0, 0), value) << type;
  auto none = co_await pool.execute(statement, Params::of(std::optional<T>()));
  EXPECT_TRUE(none && none->is_null(0, 0)) << type << ": " << words(none);
  if (none) EXPECT_EQ(none->template get<std::optional<T>>(0, 0), std::nullopt) << type;
}

TEST(Types, EachComesBackAsItWent) {
  Fixture fixture;
  fixture.database.sql("create type colour as enum ('red', 'green')");

  fixture.with_pool([](Pool& pool) -> Task<void> {
    const Uuid uuid = Uuid::random();
    const Time now = Time(Microseconds(1700000000123456));
    co_await round_trip(pool, "bool", true);
    co_await round_trip(pool, "bool", false);
    co_await round_trip<std::int16_t>(pool, "int2", -32768);
    co_await round_trip<std::int32_t>(pool, "int4", 2147483647);
    co_await round_trip<std::int64_t>(pool, "int8", std::numeric_limits<std::int64_t>::min());
    co_await round_trip(pool, "float8", -0.1);
    co_await round_trip(pool, "text", std::string("snow ☃ 'quote' \\"));
    co_await round_trip(pool, "text", std::string());
    co_await round_trip(pool, "varchar", std::string("x"));
    co_await round_trip(pool, "name", std::string("n"));
    co_await round_trip(pool, "json", std::string(R"({"a": 1})"));
    co_await round_trip(pool, "colour", std::string("green"));
    co_await round_trip(pool, "jsonb", Json{R"({"a": [1, null]})"});
    co_await round_trip(pool, "bytea", Bytes{std::string("\0\xff\n", 3)});
    co_await round_trip(pool, "uuid", uuid);
    co_await round_trip(pool, "uuid", UserId{uuid});
    co_await round_trip(pool, "timestamptz", now);
    co_await round_trip(pool, "timestamptz", kUnsetTime);
    co_await round_trip(pool, "timestamptz", Time::max());
    co_await round_trip(pool, "timestamptz", Time::min());
    co_await round_trip(pool, "date", Date(std::chrono::year(1969) / 12 / 31));
    co_await round_trip(pool, "int4[]", std::vector<std::int32_t>{1, -2});
    co_await round_trip(pool, "int8[]", std::vector<std::int64_t>{});
    co_await round_trip(pool, "bool[]", std::vector<std::optional<bool>>{true, std::nullopt});
    co_await round_trip(pool, "text[]", std::vector<std::string>{"a,b", "", "{}"});
    co_await round_trip(pool, "text[]", std::vector<std::optional<std::string>>{std::nullopt, "NULL"});
    co_await round_trip(pool, "uuid[]", std::vector<OrganizationId>{{uuid}, {Uuid::nil()}});
    co_await round_trip(pool, "timestamptz[]", std::vector<Time>{now, Time::max()});
    co_await round_trip(pool, "jsonb[]", std::vector<Json>{{"[]"}, {"1"}});
    co_await round_trip(pool, "bytea[]", std::vector<Bytes>{{"x"}});
    co_await round_trip(pool, "float8[]", std::vector<double>{1e300});
  });
}

TEST(Types, EnumArraysGoAsTextArrays) {
  Fixture fixture;
  fixture.database.sql("create type colour as enum ('red', 'green')");

  fixture.with_pool([](Pool& pool) -> Task<void> {
    constexpr Statement kColours{"test_colours", "select $1::text[]::colour[]", {}};
    const std::vector<std::string> both{"green", "red"};
    auto rows = co_await pool.execute(kColours, Params::of(both));
    EXPECT_TRUE(rows) << words(rows);
    if (rows) EXPECT_EQ(rows->get<std::vector<std::string>>(0, 0), both);
  });
}

TEST(Types, AValueOfAnotherTypeThrows) {
  Fixture fixture;

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto rows = co_await pool.execute(kOne);
    EXPECT_THROW(rows->get<std::int64_t>(0, 0), std::logic_error);
    EXPECT_THROW(rows->get<std::int32_t>(1, 0), std::logic_error);
    EXPECT_THROW(rows->get<std::int32_t>(0, 1), std::logic_error);
    EXPECT_EQ(rows->get<std::optional<std::int32_t>>(0, 0), 1);
  });
}

Task<void> divide(Pool* pool, std::int32_t by, std::shared_ptr<std::vector<std::string>> log) {
  auto rows = co_await pool->execute(kDivide, Params::of(by));
  log->push_back(rows ? std::to_string(rows->get<std::int32_t>(0, 0)) : rows.error().sqlstate);
}

TEST(Session, AsksForTheUrlEachTimeWhereItMayChange) {
  const TestDatabase first, second;
  Result<std::string> now = first.url();
  const auto database = [&now] {
    std::string name;
    const auto look = [&]() -> Task<int> {
      ConnectOptions options{.url = "host=/nonexistent", .url_now = [&now] { return now; }};
      auto session = co_await Session::open(std::move(options));
      if (!session) {
        name = session.error().message;
        co_return 0;
      }
      auto rows = co_await session->run("select current_database()");
      if (rows) name = rows->raw(0, 0);
      co_return 0;
    };
    test::run(look);
    return name;
  };

  EXPECT_EQ(database(), first.name());
  now = second.url();
  EXPECT_EQ(database(), second.name());
  now = fail(Code::unavailable, "there is none");
  EXPECT_EQ(database(), "there is none") << "and never some other database";
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
    EXPECT_TRUE(co_await eventually([log] { return log->size() == 6; }));
    co_await nursery.stop();
    EXPECT_EQ(pool.open_connections(), 1U);
  });

  EXPECT_EQ(*log, (std::vector<std::string>{"100", "50", "22012", "25", "22012", "20"}));
}

TEST(Pool, ThousandsAtOnceShareTwoConnections) {
  Fixture fixture;
  auto log = std::make_shared<std::vector<std::string>>();

  fixture.with_pool([log](Pool& pool) -> Task<void> {
    aio::Nursery nursery(co_await aio::executor());
    for (std::int32_t i = 0; i < 3000; ++i) nursery.start(divide, &pool, 100, log);
    EXPECT_TRUE(co_await eventually([log] { return log->size() == 3000; }));
    co_await nursery.stop();
    EXPECT_LE(pool.open_connections(), 2U);
    EXPECT_EQ(pool.statements(), 3000U);
  });

  EXPECT_EQ(std::ranges::count(*log, "1"), 3000);
}

TEST(Pool, AStatementThatCannotBePreparedFailsAloneAndEachTime) {
  Fixture fixture;

  fixture.with_pool([](Pool& pool) -> Task<void> {
    for (int i = 0; i < 2; ++i) {
      auto rows = co_await pool.execute(kBroken);
      EXPECT_TRUE(!rows && rows.error().is("42P01")) << words(rows);
    }
    auto rows = co_await pool.execute(kOne);
    EXPECT_TRUE(rows) << words(rows);
  });
}

TEST(Pool, AConstraintIsNamedInTheFailure) {
  Fixture fixture;
  fixture.database.sql(kThings);

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto first = co_await pool.execute(kInsert, Params::of("a"));
    auto second = co_await pool.execute(kInsert, Params::of("a"));
    EXPECT_TRUE(first && first->affected() == 1);
    EXPECT_TRUE(!second && second.error().unique_violation());
    EXPECT_EQ(second.error().constraint, "things_name_key");
    EXPECT_EQ(second.error().table, "things");
  });
}

TEST(Pool, AConstraintCheckedAtCommitIsTheStatementsFailure) {
  Fixture fixture;
  fixture.database.sql("create table things (id int generated always as identity, name text, unique (name) deferrable initially deferred)");

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto first = co_await pool.execute(kInsert, Params::of("a"));
    auto second = co_await pool.execute(kInsert, Params::of("a"));
    auto third = co_await pool.execute(kInsert, Params::of("b"));
    EXPECT_TRUE(first) << words(first);
    EXPECT_TRUE(!second && second.error().unique_violation()) << words(second);
    EXPECT_TRUE(third) << words(third);
  });

  EXPECT_EQ(fixture.things(), "a,b");
}

TEST(Pool, AStatementOverItsTimeFailsAndTheNextDoesNot) {
  Fixture fixture;
  auto options = fixture.options();
  options.connect.statement_timeout = Milliseconds(500);  // of the next one as well

  fixture.with_pool(options, [](Pool& pool) -> Task<void> {
    auto slow = co_await pool.execute(kSleep);
    auto next = co_await pool.execute(kOne);
    EXPECT_TRUE(!slow && slow.error().query_canceled()) << words(slow);
    EXPECT_EQ(to_error(slow.error()).code, Code::timed_out);
    EXPECT_TRUE(next) << words(next);
  });
}

Task<Result<int>> one_of(Pool* pool, const Statement* statement) {
  auto rows = co_await pool->execute(*statement);
  if (!rows) co_return std::unexpected(to_error(rows.error()));
  co_return static_cast<int>(rows->size());
}

TEST(Pool, ADeadlineEndsTheWaitAndDropsTheResult) {
  Fixture fixture;
  auto options = fixture.options();
  options.shared = 1;
  options.connect.statement_timeout = Seconds(20);  // the statement itself would go on

  fixture.with_pool(options, [](Pool& pool) -> Task<void> {
    auto slow = co_await aio::with_deadline(Milliseconds(20), "Too slow.", one_of(&pool, &kSleep));
    auto next = co_await pool.execute(kOne);
    EXPECT_TRUE(!slow && slow.error().code == Code::timed_out);
    EXPECT_TRUE(next) << words(next);
  });
}

// Of the statements under way, those that sleep.
constexpr Statement kSleeping{
    "test_sleeping", "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()", {}};

Task<std::int64_t> until_nobody_sleeps(Pool& pool) {
  std::int64_t left = 1;
  for (int i = 0; i < 2000 && left > 0; ++i) {
    auto rows = co_await pool.execute(kSleeping);
    if (rows) left = rows->get<std::int64_t>(0, 0);
    co_await aio::sleep(Milliseconds(2));
  }
  co_return left;
}

TEST(Pool, AStatementWhoseCallerHasGoneIsCancelledAtTheServer) {
  Fixture fixture;

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto slow = co_await aio::with_deadline(Milliseconds(20), "Too slow.", one_of(&pool, &kSleep));
    EXPECT_FALSE(slow);
    EXPECT_EQ(co_await until_nobody_sleeps(pool), 0);
  });
}

TEST(Pool, StatementsBehindACancelledOneAreAnswered) {
  Fixture fixture;
  auto options = fixture.options();
  options.shared = 1;

  fixture.with_pool(options, [](Pool& pool) -> Task<void> {
    auto answered = std::make_shared<int>(0);
    aio::Nursery nursery(co_await aio::executor());
    auto ask = [](Pool* on, std::shared_ptr<int> count) -> Task<void> {
      auto rows = co_await one_of(on, &kOne);
      if (rows) ++*count;
    };
    // One sleeps, the others are sent behind it, and then it is given up.
    nursery.start([](Pool* on) -> Task<void> { (void)co_await aio::with_deadline(Milliseconds(50), "Too slow.", one_of(on, &kSleep)); }, &pool);
    for (int i = 0; i < 200; ++i) nursery.start(ask, &pool, answered);
    EXPECT_TRUE(co_await eventually([answered] { return *answered == 200; }));
    co_await nursery.stop();
  });
}

TEST(Pool, WhoeverWaitsTooLongForALockIsTold) {
  Fixture fixture;
  fixture.database.sql(kThings);
  auto options = fixture.options();
  options.connect.statement_timeout = Milliseconds(500);  // of the two, the shorter one is kept

  fixture.with_pool(options, [&](Pool& pool) -> Task<void> {
    auto other = co_await Session::open(fixture.database.options());
    for (const char* text : {"begin", "lock table things"}) EXPECT_TRUE(co_await other->run(text));
    auto tx = co_await pool.begin();
    auto refused = co_await tx->execute(kInsert, Params::of("a"));
    EXPECT_FALSE(refused);
    if (!refused) EXPECT_TRUE(refused.error().is("55P03") || refused.error().query_canceled()) << refused.error().message;
  });
}

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

TEST(Pool, ATerminatedBackendCostsOnlyWhatWasInFlight) {
  Fixture fixture;
  auto options = fixture.options();
  options.shared = 1;

  fixture.with_pool(options, [](Pool& pool) -> Task<void> {
    auto pid = co_await pool.execute(kBackend);
    const std::string backend = std::to_string(pid->get<std::int32_t>(0, 0));
    const Statement suicide{"", "select pg_terminate_backend(pg_backend_pid())", {}};
    auto lost = co_await pool.execute(suicide);
    auto next = co_await pool.execute(kBackend);
    EXPECT_TRUE(!lost && lost.error().kind == Kind::lost) << words(lost);
    EXPECT_TRUE(next) << words(next);
    if (next) EXPECT_NE(std::to_string(next->get<std::int32_t>(0, 0)), backend);
  });
}

TEST(Pool, AnIdleConnectionKilledIsReplaced) {
  Fixture fixture;

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto pid = co_await pool.execute(kBackend);
    auto killed = co_await pool.execute_simple(fmt::format("select pg_terminate_backend({})", pid->get<std::int32_t>(0, 0)));
    EXPECT_TRUE(killed) << words(killed);
    EXPECT_TRUE(co_await eventually([&pool] { return pool.open_connections() == 1; }));
    Outcome<Rows> next;
    for (int i = 0; i < 100; ++i) {
      next = co_await pool.execute(kBackend);
      if (next && next->get<std::int32_t>(0, 0) != pid->get<std::int32_t>(0, 0)) break;
    }
    EXPECT_TRUE(next && next->get<std::int32_t>(0, 0) != pid->get<std::int32_t>(0, 0)) << words(next);
  });
}

TEST(Pool, OfUnusedTransactionConnectionsSoManyWaitAsMayAndTheRestIsClosed) {
  Fixture fixture;
  for (const std::size_t most : {std::size_t(1), std::size_t(0)}) {
    auto options = fixture.options();
    options.idle_most = most;
    options.look = Milliseconds(10);

    fixture.with_pool(options, [most](Pool& pool) -> Task<void> {
      EXPECT_TRUE(co_await pool.execute(kOne));
      {
        auto one = co_await pool.begin(), two = co_await pool.begin(), three = co_await pool.begin();
        for (auto* open : {&one, &two, &three}) EXPECT_TRUE(co_await (*open)->execute_and_commit(kOne));
      }
      EXPECT_TRUE(co_await eventually([&pool, most] { return pool.numbers().idle == most && pool.numbers().exclusive == most; }));
      auto again = co_await pool.begin();
      EXPECT_TRUE(again);
      if (again) EXPECT_TRUE(co_await again->execute_and_commit(kOne));
    });
  }
}

TEST(Pool, WithoutAServerItRefusesAtOnce) {
  PoolOptions options;
  options.connect.url = "host=/nonexistent dbname=x";

  auto main = [](PoolOptions wanted) -> Task<int> {
    Pool pool(co_await aio::executor(), std::move(wanted));
    auto first = co_await pool.execute(kOne);
    auto second = co_await pool.execute(kOne);
    auto transaction = co_await pool.begin();
    EXPECT_TRUE(!first && first.error().kind == Kind::unavailable);
    EXPECT_TRUE(!second && second.error().kind == Kind::unavailable);
    EXPECT_TRUE(!transaction && transaction.error().kind == Kind::unavailable);
    EXPECT_EQ(to_error(second.error()).code, Code::unavailable);
    EXPECT_FALSE(pool.reachable());
    co_await pool.stop();
    co_return 0;
  };
  aio::Loops loops(1);
  loops.run(main(options));
}

TEST(Pool, StoppedItRefuses) {
  Fixture fixture;

  fixture.with_pool([](Pool& pool) -> Task<void> {
    co_await pool.stop();
    auto rows = co_await pool.execute(kOne);
    auto transaction = co_await pool.begin();
    EXPECT_TRUE(!rows && rows.error().kind == Kind::unavailable);
    EXPECT_FALSE(transaction);
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
      EXPECT_TRUE(!second && second.error().kind == Kind::unavailable);
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

TEST(Pool, AChangedTableDoesNotBreakItForGood) {
  Fixture fixture;
  fixture.database.sql(kThings);
  auto options = fixture.options();
  options.shared = 1;

  fixture.with_pool(options, [](Pool& pool) -> Task<void> {
    constexpr Statement kAll{"test_all", "select * from things", {}};
    auto before = co_await pool.execute(kAll);
    auto altered = co_await pool.execute_simple("alter table things add column more text");
    auto refused = co_await pool.execute(kAll);
    auto after = co_await pool.execute(kAll);
    EXPECT_TRUE(before && altered);
    EXPECT_TRUE(!refused && refused.error().is("0A000"));
    EXPECT_TRUE(after && after->columns() == 3) << words(after);
  });
}

// Counts what a subscriber was told, from the loop it lives on.
struct Told {
  std::atomic<int> missed = 0;
  std::vector<std::string> payloads;
};

Listener::Callback tell(std::shared_ptr<Told> told) {
  return [told](const Wake& wake) {
    if (wake.missed)
      ++told->missed;
    else
      told->payloads.push_back(wake.payload);
  };
}

TEST(Listener, WakesEachSubscriberOfAChannelAndNoOther) {
  Fixture fixture;

  fixture.with_pool([&fixture](Pool& pool) -> Task<void> {
    const auto home = co_await aio::executor();
    Listener listener(home, fixture.database.options());
    auto one = std::make_shared<Told>(), two = std::make_shared<Told>(), other = std::make_shared<Told>();
    auto first = listener.subscribe(home, "Jobs:1", tell(one));
    auto second = listener.subscribe(home, "Jobs:1", tell(two));
    auto third = listener.subscribe(home, "else", tell(other));
    EXPECT_TRUE(co_await eventually([&] { return one->missed > 0 && two->missed > 0 && other->missed > 0; }));
    constexpr Statement kNotify{"test_notify", "select pg_notify('Jobs:1', $1)", kText};
    auto sent = co_await pool.execute(kNotify, Params::of("x"));
    EXPECT_TRUE(co_await eventually([&] { return one->payloads.size() == 1 && two->payloads.size() == 1; }));
    first.end();
    sent = co_await pool.execute(kNotify, Params::of("y"));
    EXPECT_TRUE(co_await eventually([&] { return two->payloads.size() == 2; }));
    EXPECT_EQ(one->payloads, std::vector<std::string>{"x"});
    EXPECT_TRUE(other->payloads.empty());
    co_await listener.stop();
  });
}

TEST(Listener, WakesOnlyWhoWaitsForThatPayload) {
  Fixture fixture;

  fixture.with_pool([&fixture](Pool& pool) -> Task<void> {
    const auto home = co_await aio::executor();
    Listener listener(home, fixture.database.options());
    auto one = std::make_shared<Told>(), two = std::make_shared<Told>(), all = std::make_shared<Told>();
    auto first = listener.subscribe(home, "jobs", "1", tell(one));
    auto everything = listener.subscribe(home, "jobs", tell(all));
    EXPECT_TRUE(co_await eventually([&] { return one->missed == 1 && all->missed == 1; }));
    // Who comes later looks once; the others have nothing to look for.
    auto second = listener.subscribe(home, "jobs", "2", tell(two));
    EXPECT_TRUE(co_await eventually([&] { return two->missed == 1; }));
    constexpr Statement kNotify{"test_notify_jobs", "select pg_notify('jobs', $1)", kText};
    for (const std::string payload : {"1", "2", "3"}) {
      auto sent = co_await pool.execute(kNotify, Params::of(payload));
      EXPECT_TRUE(sent) << words(sent);
    }
    EXPECT_TRUE(co_await eventually([&] { return all->payloads.size() == 3; }));
    EXPECT_EQ(one->payloads, std::vector<std::string>{"1"});
    EXPECT_EQ(two->payloads, std::vector<std::string>{"2"});
    EXPECT_EQ(one->missed + all->missed + two->missed, 3);
    // The last of a channel ends it, and another begins it anew.
    first.end();
    everything.end();
    second.end();
    auto again = std::make_shared<Told>();
    auto third = listener.subscribe(home, "jobs", "1", tell(again));
    EXPECT_TRUE(co_await eventually([&] { return again->missed >= 1; }));
    auto sent = co_await pool.execute(kNotify, Params::of(std::string("1")));
    EXPECT_TRUE(co_await eventually([&] { return again->payloads.size() == 1; }));
    co_await listener.stop();
  });
}

TEST(Listener, ReconnectsAndTellsEveryoneToLook) {
  Fixture fixture;

  fixture.with_pool([&fixture](Pool& pool) -> Task<void> {
    const auto home = co_await aio::executor();
    Listener listener(home, fixture.database.options());
    auto told = std::make_shared<Told>();
    auto subscription = listener.subscribe(home, "jobs", tell(told));
    EXPECT_TRUE(co_await eventually([&] { return told->missed == 1; }));
    auto killed = co_await pool.execute_simple(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slipway-listener' and datname = current_database()");
    EXPECT_TRUE(killed) << words(killed);
    EXPECT_TRUE(co_await eventually([&] { return told->missed == 2; }));
    auto sent = co_await pool.execute_simple("notify jobs, 'again'");
    EXPECT_TRUE(co_await eventually([&] { return told->payloads.size() == 1; }));
    co_await listener.stop();
  });
}

Task<Result<int>> migrate_to(const TestDatabase* database, std::vector<Migration> all, std::string release, std::string oldest) {
  Release ours{std::move(release), std::move(oldest)};
  return migrate(database->options(), std::move(all), std::move(ours));
}

const std::vector<Migration> kFirstTwo{{1, "first", "create table a (x int); insert into a values (1);"},
                                       {2, "second", "alter table a add column y int default 2"}};

TEST(Migrate, AppliesOnceAndThenNothing) {
  TestDatabase database;

  test::run([&]() -> Task<int> {
    auto first = co_await migrate_to(&database, kFirstTwo, "1.0", "0.9");
    auto second = co_await migrate_to(&database, kFirstTwo, "1.0", "0.9");
    EXPECT_EQ(first.value_or(-1), 2);
    EXPECT_EQ(second.value_or(-1), 0);
    co_return 0;
  });

  EXPECT_EQ(database.sql("select x + y from a"), "3");
  EXPECT_EQ(database.sql("select string_agg(version || name || release, ' ' order by version) from schema_migrations"), "1first1.0 2second1.0");
}

Task<void> migrate_and_count(const TestDatabase* database, std::shared_ptr<std::vector<int>> counts) {
  auto done = co_await migrate_to(database, kFirstTwo, "1.0", "0.9");
  counts->push_back(done.value_or(-1));
}

TEST(Migrate, ReplicasThatStartTogetherApplyEachOnce) {
  TestDatabase database;
  auto counts = std::make_shared<std::vector<int>>();

  auto main = [&]() -> Task<int> {
    aio::Nursery nursery(co_await aio::executor());
    for (int i = 0; i < 5; ++i) nursery.start(migrate_and_count, &database, counts);
    EXPECT_TRUE(co_await eventually([counts] { return counts->size() == 5; }));
    co_await nursery.stop();
    co_return 0;
  };
  test::run(main);

  std::ranges::sort(*counts);
  EXPECT_EQ(*counts, (std::vector<int>{0, 0, 0, 0, 2}));
}

TEST(Migrate, WhoeverWaitsForAnotherSaysSo) {
  TestDatabase database;
  const std::string file = testing::TempDir() + "/migrate.log";
  ASSERT_TRUE(log::also_to_file(file, 1 << 20, 1));
  const auto logged = [&] {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };

  auto main = [&]() -> Task<int> {
    auto other = co_await Session::open(database.options());
    auto locked = co_await other->run("select pg_advisory_lock(5462379001)");
    EXPECT_TRUE(locked);
    aio::Nursery nursery(co_await aio::executor());
    auto counts = std::make_shared<std::vector<int>>();
    nursery.start(migrate_and_count, &database, counts);
    EXPECT_TRUE(co_await eventually([&] { return logged().contains("another server is migrating the database"); }));
    EXPECT_TRUE(counts->empty());
    auto freed = co_await other->run("select pg_advisory_unlock(5462379001)");
    EXPECT_TRUE(freed);
    EXPECT_TRUE(co_await eventually([counts] { return counts->size() == 1; }));
    co_await nursery.stop();
    co_return 0;
  };
  test::run(main);
}

TEST(Migrate, AFailedMigrationLeavesNothingOfItself) {
  TestDatabase database;
  auto all = kFirstTwo;
  all.push_back({3, "third", "create table b (x int); select 1 / 0;"});

  test::run([&]() -> Task<int> {
    auto done = co_await migrate_to(&database, all, "1.1", "1.0");
    EXPECT_TRUE(!done && done.error().code == Code::internal);
    EXPECT_TRUE(!done && done.error().why.contains("third")) << done.error().why;
    co_return 0;
  });

  EXPECT_EQ(database.sql("select max(version) from schema_migrations"), "2");
  EXPECT_EQ(database.sql("select to_regclass('b') is null"), "t");
}

TEST(Migrate, ThePreviousReleaseStillRunsAndAnOlderOneIsRefused) {
  TestDatabase database;
  auto newer = kFirstTwo;
  newer.push_back({3, "third", "create table b (x int)"});

  test::run([&]() -> Task<int> {
    auto done = co_await migrate_to(&database, newer, "1.10", "1.9");
    auto previous = co_await migrate_to(&database, kFirstTwo, "1.9.3", "1.8");
    auto older = co_await migrate_to(&database, kFirstTwo, "1.8", "1.7");
    EXPECT_EQ(done.value_or(-1), 3);
    EXPECT_EQ(previous.value_or(-1), 0);
    EXPECT_TRUE(!older && older.error().code == Code::precondition);
    EXPECT_TRUE(!older && older.error().say.contains("needs release 1.9")) << older.error().say;
    co_return 0;
  });
}

TEST(Migrate, AnotherHistoryIsRefused) {
  TestDatabase database;
  auto other = kFirstTwo;
  other[1].name = "elsewhere";

  test::run([&]() -> Task<int> {
    auto done = co_await migrate_to(&database, kFirstTwo, "1.0", "0.9");
    auto refused = co_await migrate_to(&database, other, "1.0", "0.9");
    EXPECT_TRUE(done && !refused && refused.error().code == Code::precondition);
    co_return 0;
  });
}

TEST(TestDatabase, IsClonedFromATemplateWithTheSchema) {
  TestDatabase one(kFirstTwo), two(kFirstTwo);

  one.sql("insert into a values (5)");

  EXPECT_EQ(one.sql("select count(*) from a"), "2");
  EXPECT_EQ(two.sql("select count(*) from a"), "1");
}

}  // namespace
}  // namespace slipway::pg
