#include "pg/rig_test.hpp"

namespace slipway::pg {
namespace {

using namespace testing;

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

TEST(Pool, NoStatementIsCompiledWhateverTheServersSettingIs) {
  Fixture fixture;
  fixture.database.sql("do $$ begin execute format('alter database %I set jit = on', current_database()); end $$");

  fixture.with_pool([](Pool& pool) -> Task<void> {
    auto jit = co_await pool.execute(kJit);
    EXPECT_TRUE(jit) << words(jit);
    if (jit) EXPECT_EQ(jit->get<std::string>(0, 0), "off");
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

}  // namespace
}  // namespace slipway::pg
