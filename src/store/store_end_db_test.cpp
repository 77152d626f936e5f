// How transactions end: with their trace, over their time, undone by somebody else's, and with the database gone.
#include "store/gen.hpp"
#include "store/rig_test.hpp"
#include "store/sqlstate.hpp"

namespace slipway::store {
namespace {

using namespace testing;

Trace renamed(const Thing& row) { return {.resource_type = "workspace", .resource_id = row.id.uuid, .target = row.name, .diff = R"({"name":{}})"}; }

// Renames `row` and leaves `trace`.
auto renaming(const Thing& row, std::string name, std::vector<Trace> traces) {
  return [&row, name = std::move(name), traces = std::move(traces)](Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(object_of(row))));
    CO_CHECK(co_await sql::rename(tx, may, name));
    for (const auto& trace : traces) tx.trace(trace);
    co_return Result<void>();
  };
}

OriginPtr a_request() {
  return std::make_shared<Origin>(
      Origin{.request = RequestId::random(), .ip = "192.0.2.7", .user_agent = "cli", .action = "write", .success = 201, .traced = 0});
}

// --- with their trace

TEST(StoreTrace, IsStoredWithTheChangeInTheRoundTripOfTheCommit) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);
  const auto origin = a_request();

  rig.run([&](Bench& bench) -> Task<void> {
    auto cost = std::make_shared<Cost>();
    auto store = bench.db.store_for(rig.person(rig.ana), cost, origin);
    auto body = renaming(mine, "new", {renamed(mine)});
    auto done = co_await store.tx(body);
    EXPECT_TRUE(done) << say(done);
    EXPECT_EQ(cost->sql, 2);
    EXPECT_EQ(cost->trips, 2);
    EXPECT_EQ(bench.pool.statements(), 4U) << "begin, rename, trail, commit";
  });

  EXPECT_EQ(rig.names(), "new");
  EXPECT_EQ(origin->traced, 1);
  EXPECT_EQ(rig.database.sql("select concat_ws(' ', user_id, ip, user_agent, resource_type, resource_id, resource_target, action, diff, status_code,"
                             " request_id, organization_id is null) from audit_logs"),
            fmt::format(R"({} 192.0.2.7 cli workspace {} old write {{"name": {{}}}} 201 {} t)", rig.ana.str(), mine.id.str(), origin->request.str()));
}

TEST(StoreTrace, OfABodyThatFailsIsNotThere) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);
  const auto origin = a_request();

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana), std::make_shared<Cost>(), origin);
    auto rename = renaming(mine, "new", {renamed(mine)});
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_CHECK(co_await rename(tx));
      co_return fail(Code::conflict, "Not after all.");
    };
    auto done = co_await store.tx(body);
    EXPECT_EQ(code(done), Code::conflict);
  });

  EXPECT_EQ(rig.names() + " " + rig.trail(), "old 0");
  EXPECT_EQ(origin->traced, 0);
}

TEST(StoreTrace, ThatCannotBeStoredTakesTheChangeWithIt) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto broken = renamed(mine);
    broken.diff = "no JSON";
    auto body = renaming(mine, "new", {broken});
    auto done = co_await store.tx(body);
    EXPECT_EQ(code(done), Code::internal) << say(done);
    EXPECT_TRUE(!done && done.error().why.contains("commit with its trace")) << say(done);
    auto again = renaming(mine, "newer", {renamed(mine)});
    auto next = co_await store.tx(again);
    EXPECT_TRUE(next) << say(next);
  });

  EXPECT_EQ(rig.names() + " " + rig.trail(), "newer 1");
}

TEST(StoreTrace, OfAChangeThatTheCommitRefusesIsNotThere) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);
  rig.add("taken", rig.bo);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    for (const bool traced : {true, false}) {
      auto body = renaming(mine, "taken", traced ? std::vector{renamed(mine)} : std::vector<Trace>());
      auto done = co_await store.tx(body);
      EXPECT_EQ(code(done), Code::conflict) << say(done);
    }
    auto read = co_await sql::by_id(store, mine.id);
    EXPECT_TRUE(read && read->name == "old") << say(read);
  });

  EXPECT_EQ(rig.trail(), "0");
}

TEST(StoreTrace, LinesKeepTheirOrderAndOnesMadeUpHaveTheirOwnTime) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);
  const auto request = RequestId::random();

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana), std::make_shared<Cost>(), a_request());
    auto first = renamed(mine), second = renamed(mine);
    first.target = "first";
    second.target = "second";
    second.action = "stop";
    auto rename = renaming(mine, "new", {first, second});
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_CHECK(co_await rename(tx));
      auto old = renamed(mine);
      old.target = "made up";
      old.user = rig.bo;
      tx.trace_as(std::move(old), rig.clock.now() - Seconds(60), request);
      co_return Result<void>();
    };
    auto done = co_await store.tx(body);
    EXPECT_TRUE(done) << say(done);
  });

  EXPECT_EQ(rig.database.sql("select string_agg(resource_target || ':' || action, ',' order by time) from audit_logs"),
            "made up:write,first:write,second:stop");
  EXPECT_EQ(
      rig.database.sql(fmt::format("select resource_target from audit_logs where request_id = '{}' and user_id = '{}'", request.str(), rig.bo.str())),
      "made up");
}

TEST(StoreTrace, KeptTwiceItIsThereOnce) {
  Rig rig;
  const std::vector<TrailLine> lines{{.id = AuditId::random(),
                                      .time = rig.clock.now(),
                                      .trace = {.resource_type = "user", .resource_id = Uuid::random(), .action = "login"},
                                      .request = RequestId::random(),
                                      .status = 200}};

  rig.run([&](Bench& bench) -> Task<void> {
    auto duty = bench.db.duty<Duty::audit_recorder>();
    for (int i = 0; i < 2; ++i) {
      auto kept = co_await keep(duty, lines);
      EXPECT_TRUE(kept) << say(kept);
    }
  });

  EXPECT_EQ(rig.trail(), "1");
}

TEST(StoreNotify, IsHeardOnceTheTransactionHasCommittedAndNeverWhenItHasNot) {
  Rig rig;

  rig.run([&](Bench& bench) -> Task<void> {
    auto heard = std::make_shared<std::vector<std::string>>();
    auto tell = [heard](const pg::Wake& wake) { heard->push_back(wake.missed ? "look" : wake.payload); };
    auto subscription = bench.db.listener().subscribe(co_await aio::executor(), "things", tell);
    while (heard->empty()) co_await aio::sleep(Milliseconds(2));
    auto store = bench.db.store_for(rig.person(rig.ana));
    for (const std::string word : {"undone", "done"}) {
      auto body = [&](Tx& tx) -> Task<Result<void>> {
        CO_CHECK(co_await notify(tx, "things", word));
        if (word == "undone") co_return fail(Code::conflict, "Not after all.");
        co_return Result<void>();
      };
      auto ended = co_await store.tx(body);
      EXPECT_EQ(ended.has_value(), word == "done");
    }
    while (heard->size() < 2) co_await aio::sleep(Milliseconds(2));
    EXPECT_EQ(*heard, (std::vector<std::string>{"look", "done"}));
  });
}

// --- over their time

constexpr pg::Statement kTimeout{"test.timeout", "select current_setting('statement_timeout')", {}};

TEST(StoreLimits, TheServerKeepsTheLimitOnEveryConnection) {
  Rig rig;

  rig.run([](pg::PoolOptions& options) { options.connect.statement_timeout = Milliseconds(4321); },
          [&](Bench& bench) -> Task<void> {
            auto store = bench.db.store_for(rig.person(rig.ana));
            auto ask = [](Store& db) { return Gen::one<std::string>(db, kTimeout, {}, &Gen::only<std::string>); };
            auto outside = co_await ask(store);
            auto body = [&](Tx& tx) -> Task<Result<std::string>> { co_return co_await ask(tx); };
            auto inside = co_await store.tx(body);
            EXPECT_EQ(outside.value_or(""), "4321ms");
            EXPECT_EQ(inside.value_or(""), "4321ms");
          });
}

TEST(StoreLimits, AStatementOverItsTimeUndoesItsTransactionAndTheNextOneWorks) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  // Also of the statements that are to succeed.
  rig.run([](pg::PoolOptions& options) { options.connect.statement_timeout = Milliseconds(500); },
          [&](Bench& bench) -> Task<void> {
            auto store = bench.db.store_for(rig.person(rig.ana));
            auto rename = renaming(mine, "new", {});
            auto body = [&](Tx& tx) -> Task<Result<void>> {
              CO_CHECK(co_await rename(tx));
              co_return co_await sql::sleep(tx);
            };
            auto slow = co_await store.tx(body);
            auto alone = co_await sql::sleep(store);
            EXPECT_EQ(code(slow), Code::unavailable);
            EXPECT_TRUE(!slow && slow.error().say == "The database took too long to answer. Try again in a moment.") << say(slow);
            EXPECT_EQ(code(alone), Code::unavailable) << say(alone);
            auto read = co_await sql::by_id(store, mine.id);
            EXPECT_TRUE(read && read->name == "old") << say(read);
          });
}

// Who gives up while the commit is under way does not learn that nothing was done when everything was.
TEST(StoreLimits, ACommitThatIsUnderWaySaysWhatCameOfIt) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);
  rig.database.sql("create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return null; end $$");
  rig.database.sql("create constraint trigger dawdle after update on things deferrable initially deferred for each row execute function dawdle()");

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    Result<void> done = fail(Code::internal, "Never ended.");
    auto rename = renaming(mine, "new", {renamed(mine)});
    auto watched = [&]() -> Task<Result<void>> {
      done = co_await store.tx(rename);
      co_return Result<void>();
    };
    auto committing = [&] {
      return until(bench.aside, "select count(*) > 0 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()");
    };
    using namespace asio::experimental::awaitable_operators;
    (void)co_await (watched() || committing());  // whichever ends first cancels the other
    EXPECT_TRUE(done) << say(done);
  });

  EXPECT_EQ(rig.names() + " " + rig.trail(), "new 1");
}

TEST(StoreTx, GivesItsStoreBackWhenItsBodyThrows) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto body = [&](Tx&) -> Task<Result<void>> {
      throw std::runtime_error("a bug");
      co_return Result<void>();
    };
    bool thrown = false;
    try {
      (void)co_await store.tx(body);
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    auto read = co_await sql::by_id(store, mine.id);
    EXPECT_TRUE(read) << say(read);
  });
}

// The caller's own deadline, which knows nothing of PostgreSQL: as a request's.
TEST(StoreLimits, ADeadlineReachesTheServerAndNothingStays) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto rename = renaming(mine, "new", {renamed(mine)});
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_CHECK(co_await rename(tx));
      co_return co_await sql::sleep(tx);
    };
    auto slow = co_await aio::with_deadline(Milliseconds(300), "Too slow.", store.tx(body));
    EXPECT_EQ(code(slow), Code::timed_out);
    EXPECT_TRUE(co_await until(bench.aside,
                               "select count(*) = 0 from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active'"
                               " and pid <> pg_backend_pid()"));
    auto again = renaming(mine, "newer", {});
    auto next = co_await store.tx(again);
    EXPECT_TRUE(next) << say(next);
  });

  EXPECT_EQ(rig.names() + " " + rig.trail(), "newer 0");
}

TEST(StoreLimits, WhoWaitsTooLongForALockIsToldThatItIsHeld) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([](pg::PoolOptions& options) { options.connect.statement_timeout = Milliseconds(200); },
          [&](Bench& bench) -> Task<void> {
            for (const char* text : {"begin", "lock table things"}) EXPECT_TRUE(co_await bench.aside.run(text));
            auto store = bench.db.store_for(rig.person(rig.ana));
            auto body = renaming(mine, "new", {});
            auto done = co_await store.tx(body);
            EXPECT_EQ(code(done), Code::unavailable) << say(done);
            EXPECT_TRUE(co_await bench.aside.run("rollback"));
          });

  EXPECT_EQ(rig.names(), "old");
}

// --- undone by somebody else's

TEST(StoreRetries, NothingIsRepeatedByItself) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    constexpr pg::Statement kFails{"test.fails", "do $$ begin raise exception 'x' using errcode = '40001'; end $$", {}};
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto rename = renaming(mine, "new", {});
    int runs = 0;
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      ++runs;
      CO_CHECK(co_await rename(tx));
      co_return co_await Gen::exec(tx, kFails, {});
    };
    auto done = co_await store.tx(body);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(code(done), Code::unavailable);
    EXPECT_TRUE(!done && done.error().say == "Somebody else changed the same at the same time. Try again in a moment.") << say(done);
  });

  EXPECT_EQ(rig.names(), "old");
}

TEST(StoreRetries, OfTwoThatLockCrosswiseOneIsDoneAndTheOtherIsToldToTryAgain) {
  Rig rig;
  const auto one = rig.add("one", rig.ana), two = rig.add("two", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto locked = std::make_shared<int>(0);
    auto ended = std::make_shared<std::vector<Result<void>>>();
    auto cross = [locked, ended](Rig* of, Db* db, WorkspaceId first, WorkspaceId second) -> Task<void> {
      auto store = db->store_for(of->person(of->ana));
      auto body = [&](Tx& tx) -> Task<Result<void>> {
        CO_CHECK(co_await sql::lock(tx, first));
        ++*locked;
        while (*locked < 2) co_await aio::sleep(Milliseconds(2));
        CO_CHECK(co_await sql::lock(tx, second));
        co_return Result<void>();
      };
      ended->push_back(co_await store.tx(body));
    };
    bench.nursery.start(cross, &rig, &bench.db, one.id, two.id);
    bench.nursery.start(cross, &rig, &bench.db, two.id, one.id);
    while (bench.nursery.size() > 0) co_await aio::sleep(Milliseconds(2));

    EXPECT_EQ(ended->size(), 2U);
    EXPECT_EQ(std::ranges::count_if(*ended, [](const auto& outcome) { return outcome.has_value(); }), 1);
    for (const auto& outcome : *ended) {
      if (outcome) continue;
      EXPECT_EQ(outcome.error().code, Code::unavailable) << say(outcome);
    }
  });
}

// --- with the database gone

TEST(StoreLost, BeforeTheBeginNothingRuns) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([](pg::PoolOptions& options) { options.connect.url = "host=/nonexistent dbname=x"; },
          [&](Bench& bench) -> Task<void> {
            auto store = bench.db.store_for(rig.person(rig.ana));
            bool ran = false;
            auto body = [&](Tx&) -> Task<Result<void>> {
              ran = true;
              co_return Result<void>();
            };
            auto done = co_await store.tx(body);
            auto read = co_await sql::by_id(store, mine.id);
            EXPECT_FALSE(ran);
            EXPECT_EQ(code(done), Code::unavailable);
            EXPECT_EQ(code(read), Code::unavailable);
            EXPECT_TRUE(!done && done.error().say == "The database cannot be reached. Try again in a moment.") << say(done);
            EXPECT_FALSE(bench.db.reachable());
          });
}

TEST(StoreLost, InTheMiddleNothingStaysAndTheNextOneWorks) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto rename = renaming(mine, "new", {renamed(mine)});
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_CHECK(co_await rename(tx));
      bench.wire.stall(Way::to_client);
      auto cut = [](test::Chaos* wire) -> Task<void> {
        while (wire->held(Way::to_client) == 0) co_await aio::sleep(Milliseconds(2));
        wire->cut();
      };
      bench.nursery.start(cut, &bench.wire);
      CO_CHECK(co_await sql::by_id(tx, mine.id));
      co_return Result<void>();
    };
    auto done = co_await store.tx(body);
    bench.wire.resume();
    EXPECT_EQ(code(done), Code::unavailable);
    EXPECT_TRUE(!done && done.error().say == "The database cannot be reached. Try again in a moment.") << say(done);
    auto again = renaming(mine, "newer", {});
    auto next = co_await store.tx(again);
    EXPECT_TRUE(next) << say(next);
  });

  EXPECT_EQ(rig.names() + " " + rig.trail(), "newer 0");
}

// The body went well, and then the wire broke: the caller must not read that nothing happened.
TEST(StoreLost, AtTheCommitItSaysThatTheChangeMayBeMade) {
  for (const bool arrives : {true, false}) {
    for (const bool traced : {true, false}) {
      Rig rig;
      const auto mine = rig.add("old", rig.ana);
      const auto origin = a_request();

      rig.run([&](Bench& bench) -> Task<void> {
        auto store = bench.db.store_for(rig.person(rig.ana), std::make_shared<Cost>(), origin);
        auto rename = renaming(mine, "new", traced ? std::vector{renamed(mine)} : std::vector<Trace>());
        auto cut = [](Bench* of, bool once_made) -> Task<void> {
          if (once_made) EXPECT_TRUE(co_await until(of->aside, "select count(*) > 0 from things where name = 'new'"));
          while (!once_made && of->wire.held(Way::to_server) == 0) co_await aio::sleep(Milliseconds(2));
          of->wire.cut();
        };
        auto body = [&](Tx& tx) -> Task<Result<void>> {
          CO_CHECK(co_await rename(tx));
          bench.wire.stall(arrives ? Way::to_client : Way::to_server);
          bench.nursery.start(cut, &bench, arrives);
          co_return Result<void>();
        };
        auto done = co_await store.tx(body);
        bench.wire.resume();
        EXPECT_EQ(code(done), Code::unavailable);
        EXPECT_TRUE(!done && done.error().say == "The database was lost before it said whether this was done. Look before you try again.")
            << say(done);
        EXPECT_EQ(origin->traced, 0);
      });

      EXPECT_EQ(rig.names() + " " + rig.trail(), arrives ? (traced ? "new 1" : "new 0") : "old 0");
    }
  }
}

}  // namespace
}  // namespace slipway::store
