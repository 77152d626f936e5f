// Permits, locks and handles: who may write what, judged when it is written, and the refusal of each way round.
#include "store/conflict_words.hpp"
#include "store/rig_test.hpp"

namespace slipway::store {
namespace {

using namespace testing;

// --- permits

TEST(StoreTx, APermitIsJudgedForItsActorAndTheStatementBindsWhatWasJudged) {
  Rig rig;
  const auto mine = rig.add("mine", rig.ana), other = rig.add("other", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto cost = std::make_shared<Cost>();
    auto store = bench.db.store_for(rig.person(rig.ana), cost);
    auto row = co_await sql::by_id(store, mine.id);
    EXPECT_TRUE(row) << say(row);
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(object_of(*row))));
      co_return co_await sql::rename(tx, may, "renamed");
    };
    auto done = co_await store.tx(body);
    EXPECT_TRUE(done) << say(done);
    EXPECT_EQ(cost->rbac, 2) << "to read it, to change it";
    EXPECT_EQ(cost->sql, 2);
    EXPECT_EQ(cost->trips, 3) << "BEGIN travels with the first statement";
  });

  EXPECT_EQ(rig.names(), "other,renamed");
}

TEST(StoreTx, APermitRefusedInTheMiddleUndoesWhatWentBefore) {
  Rig rig;
  const auto mine = rig.add("mine", rig.ana), theirs = rig.add("theirs", rig.bo);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(object_of(mine))));
      CO_CHECK(co_await sql::rename(tx, may, "renamed"));
      CO_TRY(neither, (tx.permit<Action::update, Resource::workspace>(object_of(theirs))));
      co_return co_await sql::rename(tx, neither, "taken");
    };
    auto done = co_await store.tx(body);
    EXPECT_EQ(code(done), Code::forbidden) << say(done);
  });

  EXPECT_EQ(rig.names(), "mine,theirs");
}

TEST(StoreReads, WhatMayNotBeReadIsNotThere) {
  Rig rig;
  const auto theirs = rig.add("theirs", rig.bo);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto hidden = co_await sql::by_id(store, theirs.id);
    auto absent = co_await sql::by_id(store, WorkspaceId::random());
    EXPECT_EQ(code(hidden), Code::not_found);
    EXPECT_EQ(code(absent), Code::not_found);
    EXPECT_EQ(hidden.error().say, absent.error().say);
    EXPECT_EQ(hidden.error().detail, absent.error().detail);
    auto own = bench.db.store_for(rig.person(rig.bo));
    auto seen = co_await sql::by_id(own, theirs.id);
    EXPECT_TRUE(seen) << say(seen);
  });
}

TEST(StoreReads, ATransactionSeesItsOwnWritesAndNobodyElseDoesBeforeItsEnd) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana)), beside = bench.db.store_for(rig.person(rig.ana));
    auto body = [&](Tx& tx) -> Task<Result<std::string>> {
      CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(object_of(mine))));
      CO_CHECK(co_await sql::rename(tx, may, "new"));
      CO_TRY(inside, co_await sql::by_id(tx, mine.id));
      CO_TRY(outside, co_await sql::by_id(beside, mine.id));
      co_return inside.name + outside.name;
    };
    auto seen = co_await store.tx(body);
    EXPECT_TRUE(seen && *seen == "newold") << (seen ? *seen : say(seen));
  });
}

TEST(StoreReads, WhatWasCommittedIsReadByTheSameStoreAtOnce) {
  Rig rig;
  const auto mine = rig.add("0", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    for (int i = 1; i <= 30; ++i) {
      const auto name = std::to_string(i);
      auto body = [&](Tx& tx) -> Task<Result<void>> {
        CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(object_of(mine))));
        co_return co_await sql::rename(tx, may, name);
      };
      auto done = co_await store.tx(body);
      auto read = co_await sql::by_id(store, mine.id);
      EXPECT_TRUE(done && read && read->name == name) << i << say(done) << say(read);
    }
  });
}

// --- locked rows

TEST(StoreLocked, NobodyElseChangesTheRowBeforeTheEnd) {
  Rig rig;
  const auto mine = rig.add("old", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto limited = co_await bench.aside.run("set lock_timeout = '50ms'");
    EXPECT_TRUE(limited);
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_TRY(row, co_await sql::lock(tx, mine.id));
      if (!row) co_return not_found();
      auto other = co_await bench.aside.run("update things set name = 'stolen'");
      EXPECT_TRUE(!other && other.error().is("55P03")) << "the row was free";
      CO_TRY(may, (permit<Action::update, Resource::workspace>(tx, *row)));
      co_return co_await sql::rename_locked(tx, may, (*row)->name + "er");
    };
    auto done = co_await store.tx(body);
    EXPECT_TRUE(done) << say(done);
  });

  EXPECT_EQ(rig.names(), "older");
}

// What was read before may be wrong by now: judged is the row that the lock was got for.
TEST(StoreLocked, IsJudgedAsItIsOnceWhoeverHeldItHasEnded) {
  Rig rig;
  const auto mine = rig.add("mine", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto before = co_await sql::by_id(store, mine.id);
    EXPECT_TRUE(before) << say(before);
    for (const auto& text : {std::string("begin"), fmt::format("update things set owner_id = '{}'", rig.bo.str())})
      EXPECT_TRUE(co_await bench.aside.run(text));
    auto commit_under = [](pg::Session* other, const test::TestDatabase* database) -> Task<void> {
      auto third = co_await pg::Session::open(database->options());
      EXPECT_TRUE(co_await until(*third, kSomebodyWaits)) << "the lock was not waited for";
      EXPECT_TRUE(co_await other->run("commit"));
    };
    bench.nursery.start(commit_under, &bench.aside, &rig.database);

    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_TRY(row, co_await sql::lock(tx, mine.id));
      EXPECT_FALSE(row) << "given away meanwhile";
      if (!row) co_return not_found();
      CO_TRY(may, (permit<Action::update, Resource::workspace>(tx, *row)));
      co_return co_await sql::rename_locked(tx, may, "kept");
    };
    auto done = co_await store.tx(body);
    EXPECT_EQ(code(done), Code::not_found) << say(done);
  });

  EXPECT_EQ(rig.names(), "mine");
}

TEST(StoreLocked, AChangeThatTouchesNothingIsAConflictAndUndoesTheRest) {
  Rig rig;
  const auto mine = rig.add("mine", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_TRY(row, co_await sql::lock(tx, mine.id));
      if (!row) co_return not_found();
      CO_TRY(may, (permit<Action::update, Resource::workspace>(tx, *row)));
      CO_CHECK(co_await sql::remove(tx, may.plain()));
      co_return co_await sql::rename_locked(tx, may, "late");
    };
    auto done = co_await store.tx(body);
    EXPECT_EQ(code(done), Code::conflict);
    EXPECT_TRUE(!done && done.error().say == "This was changed or removed by somebody else meanwhile.") << say(done);
  });

  EXPECT_EQ(rig.names(), "mine");
}

TEST(StoreLocked, ARowThatMayNotBeReadOrIsNotThereIsNone) {
  Rig rig;
  const auto theirs = rig.add("theirs", rig.bo);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    for (const auto id : {theirs.id, WorkspaceId::random()}) {
      auto body = [&](Tx& tx) -> Task<Result<bool>> {
        CO_TRY(row, co_await sql::lock(tx, id));
        co_return row.has_value();
      };
      auto there = co_await store.tx(body);
      EXPECT_TRUE(there && !*there) << say(there);
    }
  });
}

// --- the ways round

template <class T>
Task<bool> throws(Task<T> task) {
  try {
    (void)co_await std::move(task);
  } catch (const std::logic_error&) {
    co_return true;
  }
  co_return false;
}

TEST(StoreLending, TheOuterHandleThrowsInsideItsTransactionWhichIsUndone) {
  Rig rig;
  const auto mine = rig.add("mine", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto body = [&](Tx& tx) -> Task<Result<void>> {
      CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(object_of(mine))));
      CO_CHECK(co_await sql::rename(tx, may, "renamed"));
      CO_CHECK(co_await sql::by_id(store, mine.id));
      co_return Result<void>();
    };
    EXPECT_TRUE(co_await throws(store.tx(body)));
    EXPECT_TRUE(co_await until(bench.aside, "select count(*) = 0 from pg_stat_activity where state like 'idle in transaction%'"));
  });

  EXPECT_EQ(rig.names(), "mine");
}

TEST(StoreLending, ThereIsNoTransactionInsideATransaction) {
  Rig rig;
  rig.add("mine", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto outer = bench.db.store_for(rig.person(rig.ana));
    auto empty = [](Tx&) -> Task<Result<void>> { co_return Result<void>(); };
    auto by_its_own = [&](Tx& tx) -> Task<Result<void>> { co_return co_await tx.tx(empty); };
    EXPECT_TRUE(co_await throws(outer.tx(by_its_own)));
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto by_the_outer = [&](Tx&) -> Task<Result<void>> { co_return co_await store.tx(empty); };
    EXPECT_TRUE(co_await throws(store.tx(by_the_outer)));
  });
}

// A request that holds a connection and waits for another: with as many of them at once as there are connections nobody can go on.
TEST(StoreLending, ASecondTransactionOfOneRequestIsCountedAndMayWaitForItself) {
  Rig rig;
  const auto mine = rig.add("mine", rig.ana);
  const auto nested = [&](Bench& bench, std::shared_ptr<Cost> cost) -> Task<Result<void>> {
    auto outer = bench.db.store_for(rig.person(rig.ana), cost), other = bench.db.store_for(rig.person(rig.ana), cost);
    auto read = [&](Tx& tx) -> Task<Result<void>> {
      CO_CHECK(co_await sql::by_id(tx, mine.id));
      co_return Result<void>();
    };
    auto reads_and_begins_another = [&](Tx& tx) -> Task<Result<void>> {
      CO_CHECK(co_await sql::by_id(tx, mine.id));
      co_return co_await other.tx(read);
    };
    co_return co_await outer.tx(reads_and_begins_another);
  };
  const auto most = [](std::size_t connections) {
    return [connections](pg::PoolOptions& options) {
      options.exclusive = connections;
      options.acquire_timeout = Milliseconds(1500);  // long enough to connect on a busy machine
    };
  };

  rig.run(most(2), [&](Bench& bench) -> Task<void> {
    auto cost = std::make_shared<Cost>();
    auto done = co_await nested(bench, cost);
    EXPECT_TRUE(done) << say(done);
    EXPECT_EQ(cost->most, 2);
    EXPECT_EQ(cost->held, 0);
  });
  rig.run(most(1), [&](Bench& bench) -> Task<void> {
    auto cost = std::make_shared<Cost>();
    auto done = co_await nested(bench, cost);
    EXPECT_EQ(code(done), Code::unavailable) << say(done);
    EXPECT_EQ(cost->held, 0);
  });
}

TEST(StoreLending, AfterABodyThatFailedTheStoreGoesOn) {
  Rig rig;
  const auto mine = rig.add("mine", rig.ana);

  rig.run([&](Bench& bench) -> Task<void> {
    auto store = bench.db.store_for(rig.person(rig.ana));
    auto refused = [](Tx&) -> Task<Result<void>> { co_return fail(Code::precondition, "Not now."); };
    auto done = co_await store.tx(refused);
    auto read = co_await sql::by_id(store, mine.id);
    EXPECT_EQ(code(done), Code::precondition);
    EXPECT_TRUE(read) << say(read);
  });
}

TEST(StoreDuty, ActsAsItsOwnSubjectAndNoFurther) {
  Rig rig;
  const auto theirs = rig.add("theirs", rig.bo);

  rig.run([&](Bench& bench) -> Task<void> {
    auto reaper = bench.db.duty<Duty::job_reaper>();
    auto keys = bench.db.duty<Duty::key_reader>();
    EXPECT_EQ(reaper.store().actor().kind, Actor::Kind::duty);
    EXPECT_EQ(reaper.store().actor().name, rbac::name_of(Duty::job_reaper));
    auto may_not = keys.store().permit<Action::update, Resource::workspace>(object_of(theirs));
    EXPECT_EQ(code(may_not), Code::forbidden);
    // Inside its transaction there is the same duty, and a Tx for what a permit opens.
    auto body = [&](DutyTx<Duty::key_reader>& tx) -> Task<Result<void>> {
      EXPECT_EQ(tx.tx().actor().name, rbac::name_of(Duty::key_reader));
      CO_TRY(may, (tx.tx().permit<Action::update, Resource::workspace>(object_of(theirs))));
      co_return co_await sql::rename(tx.tx(), may, "taken");
    };
    auto done = co_await keys.tx(body);
    EXPECT_EQ(code(done), Code::forbidden) << say(done);
  });

  EXPECT_EQ(rig.names(), "theirs");
}

// --- the words

TEST(StoreWords, EveryConstraintThatHasASentenceIsOneOfTheSchema) {
  Rig rig;

  for (const auto& words : conflict_words())
    EXPECT_EQ(rig.database.sql(fmt::format("select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid"
                                           " where c.relname = '{}' and i.indisunique",
                                           words.constraint)),
              "1")
        << words.constraint;

  EXPECT_GT(conflict_words().size(), 10U);
}

}  // namespace
}  // namespace slipway::store
