// What a broken wire to PostgreSQL gives: the proxy of tests/support/chaos.hpp stands between the pool and the server.
#include "aio/nursery.hpp"
#include "pg/session.hpp"
#include "support/postgres_wire.hpp"

#include <gtest/gtest.h>

namespace slipway::pg {
namespace {

using Way = test::Chaos::Way;

constexpr std::uint32_t kInt4[] = {23};
constexpr std::uint32_t kText[] = {25};
constexpr Statement kOne{"test_one", "select 1::int4", {}};
constexpr Statement kLong{"test_long", "select repeat('x', $1)", kInt4};
constexpr Statement kInsert{"test_insert", "insert into things (name) values ($1)", kText};
constexpr Statement kCount{"test_count", "select count(*) from things", {}};

struct Wire {
  test::TestDatabase database;
  test::PostgresWire wire{database};

  PoolOptions options(unsigned short port) const {
    PoolOptions made;
    made.connect = wire.through(port);
    made.shared = 1;
    return made;
  }
  template <class F>
  void with(F body) {
    auto main = [](Wire& self, F& work) -> Task<int> {
      const auto home = co_await aio::executor();
      test::Chaos chaos(home, self.wire.target());
      Pool pool(home, self.options(chaos.port()));
      co_await work(chaos, pool);
      co_await pool.stop();
      co_await chaos.stop();
      co_return 0;
    };
    test::run([&] { return main(*this, body); });
  }
  // A table, and a session that goes round the proxy.
  void make_things() { database.sql("create table things (id int generated always as identity, name text not null unique)"); }
  Task<Session> aside() const {
    auto opened = co_await Session::open(database.options());
    if (!opened) throw std::runtime_error(opened.error().message);
    co_return std::move(*opened);
  }
  std::string things() const { return database.sql("select coalesce(string_agg(name, ',' order by id), '') from things"); }
};

std::string words(const auto& outcome) { return outcome ? "ok" : outcome.error().message; }

bool is_lost(const auto& outcome) { return !outcome && outcome.error().kind == Kind::lost; }

TEST(Wire, SlicedIntoSingleBytesEverythingArrives) {
  Wire wire;

  wire.with([](test::Chaos& chaos, Pool& pool) -> Task<void> {
    chaos.slice(1);
    for (std::int32_t length = 0; length < 40; ++length) {
      auto rows = co_await pool.execute(kLong, Params::of(length));
      EXPECT_TRUE(rows && rows->raw(0, 0).size() == static_cast<std::size_t>(length)) << words(rows);
    }
  });
}

TEST(Wire, DelayedEverythingStillArrivesInOrder) {
  Wire wire;
  wire.make_things();

  wire.with([](test::Chaos& chaos, Pool& pool) -> Task<void> {
    chaos.delay(Milliseconds(3));
    auto tx = co_await pool.begin();
    EXPECT_TRUE(tx) << words(tx);
    for (const std::string name : {"a", "b"}) EXPECT_TRUE(co_await tx->execute(kInsert, Params::of(name)));
    auto done = co_await tx->execute_and_commit(kInsert, Params::of(std::string("c")));
    auto count = co_await pool.execute(kCount);
    EXPECT_TRUE(done) << words(done);
    EXPECT_EQ(count ? count->get<std::int64_t>(0, 0) : -1, 3);
  });

  EXPECT_EQ(wire.things(), "a,b,c");
}

TEST(Wire, CutInMidAnswerItIsReportedLostAndTheNextWorks) {
  Wire wire;

  wire.with([](test::Chaos& chaos, Pool& pool) -> Task<void> {
    auto before = co_await pool.execute(kOne);
    EXPECT_TRUE(before);
    chaos.cut_after(1000);
    auto cut = co_await pool.execute(kLong, Params::of(std::int32_t{100000}));
    auto after = co_await pool.execute(kLong, Params::of(std::int32_t{100000}));
    EXPECT_TRUE(is_lost(cut)) << words(cut);
    EXPECT_TRUE(after && after->raw(0, 0).size() == 100000) << words(after);
    EXPECT_EQ(chaos.accepted(), 2U);
  });
}

TEST(Wire, ResetWhileManyAreUnderWayEachIsToldOnceAndTheNextWorks) {
  Wire wire;

  wire.with([](test::Chaos& chaos, Pool& pool) -> Task<void> {
    auto before = co_await pool.execute(kOne);
    EXPECT_TRUE(before);
    chaos.stall(Way::to_client);
    auto lost = std::make_shared<int>(0), other = std::make_shared<int>(0);
    auto ask = [](Pool* on, std::shared_ptr<int> broken, std::shared_ptr<int> else_) -> Task<void> {
      auto rows = co_await on->execute(kOne);
      ++*(is_lost(rows) ? broken : else_);
    };
    aio::Nursery nursery(co_await aio::executor());
    for (int i = 0; i < 50; ++i) nursery.start(ask, &pool, lost, other);
    while (chaos.held(Way::to_client) == 0) co_await aio::sleep(Milliseconds(2));
    chaos.resume();
    chaos.reset();
    while (nursery.size() > 0) co_await aio::sleep(Milliseconds(2));
    auto after = co_await pool.execute(kOne);
    EXPECT_EQ(*lost, 50);
    EXPECT_EQ(*other, 0);
    EXPECT_TRUE(after) << words(after);
  });
}

TEST(Wire, AParameterLargerThanEveryBufferArrives) {
  Wire wire;

  wire.with([](test::Chaos&, Pool& pool) -> Task<void> {
    constexpr Statement kLength{"test_length", "select octet_length($1::bytea), $1::bytea", {}};
    Bytes large{std::string(8 << 20, 'y')};
    auto rows = co_await pool.execute(kLength, Params::of(large));
    EXPECT_TRUE(rows && rows->get<std::int32_t>(0, 0) == 8 << 20) << words(rows);
    if (rows) EXPECT_EQ(rows->get<Bytes>(0, 1), large);
  });
}

TEST(Wire, CutInTheMiddleOfATransactionNothingOfItStays) {
  Wire wire;
  wire.make_things();

  wire.with([](test::Chaos& chaos, Pool& pool) -> Task<void> {
    auto tx = co_await pool.begin();
    EXPECT_TRUE(co_await tx->execute(kInsert, Params::of(std::string("a"))));
    chaos.cut_after(1000);
    auto cut = co_await tx->execute(kLong, Params::of(std::int32_t{100000}));
    auto later = co_await tx->execute(kOne);
    auto done = co_await tx->commit();
    EXPECT_TRUE(is_lost(cut)) << words(cut);
    EXPECT_FALSE(later);
    EXPECT_FALSE(done);
    auto fresh = co_await pool.begin();
    EXPECT_TRUE(fresh && co_await fresh->execute_and_commit(kInsert, Params::of(std::string("b"))));
  });

  EXPECT_EQ(wire.things(), "b");
}

// Ends the wire once `claim`, asked round the proxy, is answered with "t".
Task<void> cut_once(test::Chaos* chaos, Session* aside, std::string claim) {
  for (;;) {
    auto rows = co_await aside->run(claim);
    if (!rows || rows->raw(0, 0) == "t") break;
    co_await aio::sleep(Milliseconds(2));
  }
  chaos->cut();
}

Task<Outcome<void>> commit(Transaction& tx, bool with_the_last) {
  if (!with_the_last) co_return co_await tx.commit();
  auto done = co_await tx.execute_and_commit(kInsert, Params::of(std::string("last")));
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return Outcome<void>();
}

TEST(Wire, ACommitWhoseAnswerIsLostWasMadeAndIsReportedLost) {
  for (const bool with_the_last : {false, true}) {
    Wire wire;
    wire.make_things();

    wire.with([&](test::Chaos& chaos, Pool& pool) -> Task<void> {
      auto aside = co_await wire.aside();
      aio::Nursery nursery(co_await aio::executor());
      auto tx = co_await pool.begin();
      EXPECT_TRUE(co_await tx->execute(kInsert, Params::of(std::string("a"))));
      chaos.stall(Way::to_client);
      nursery.start(cut_once, &chaos, &aside, "select count(*) > 0 from things");
      auto done = co_await commit(*tx, with_the_last);
      chaos.resume();
      auto next = co_await pool.execute(kCount);
      EXPECT_TRUE(is_lost(done)) << words(done);
      EXPECT_TRUE(next) << words(next);
      co_await nursery.stop();
    });

    EXPECT_EQ(wire.things(), with_the_last ? "a,last" : "a");
  }
}

TEST(Wire, ACommitThatNeverArrivedWasNotMadeAndIsReportedLostToo) {
  for (const bool with_the_last : {false, true}) {
    Wire wire;
    wire.make_things();

    wire.with([&](test::Chaos& chaos, Pool& pool) -> Task<void> {
      aio::Nursery nursery(co_await aio::executor());
      auto tx = co_await pool.begin();
      EXPECT_TRUE(co_await tx->execute(kInsert, Params::of(std::string("a"))));
      chaos.stall(Way::to_server);
      auto cut_when_sent = [](test::Chaos* wire_of) -> Task<void> {
        while (wire_of->held(Way::to_server) == 0) co_await aio::sleep(Milliseconds(2));
        wire_of->cut();
      };
      nursery.start(cut_when_sent, &chaos);
      auto done = co_await commit(*tx, with_the_last);
      chaos.resume();
      EXPECT_TRUE(is_lost(done)) << words(done);
      auto next = co_await pool.begin();
      EXPECT_TRUE(next && co_await next->execute(kOne)) << words(next);
      co_await nursery.stop();
    });

    EXPECT_EQ(wire.things(), "");
  }
}

Task<Result<int>> one_of(Pool* pool) {
  auto rows = co_await pool->execute(kOne);
  if (!rows) co_return std::unexpected(to_error(rows.error()));
  co_return 1;
}

Task<Result<int>> one_in(Transaction* tx) {
  auto rows = co_await tx->execute(kOne);
  if (!rows) co_return std::unexpected(to_error(rows.error()));
  co_return 1;
}

TEST(Wire, StalledTheDeadlineHoldsAndLaterItGoesOn) {
  Wire wire;

  wire.with([](test::Chaos& chaos, Pool& pool) -> Task<void> {
    auto before = co_await pool.execute(kOne);
    EXPECT_TRUE(before);
    chaos.stall();
    auto stalled = co_await aio::with_deadline(Milliseconds(50), "Too slow.", one_of(&pool));
    EXPECT_TRUE(!stalled && stalled.error().code == Code::timed_out);
    chaos.resume();
    auto after = co_await pool.execute(kOne);
    EXPECT_TRUE(after);
    EXPECT_EQ(chaos.accepted(), 1U);
  });
}

TEST(Wire, StalledInATransactionTheDeadlineHoldsAndItsConnectionIsNotUsedAgain) {
  Wire wire;
  wire.make_things();

  wire.with([](test::Chaos& chaos, Pool& pool) -> Task<void> {
    {
      auto tx = co_await pool.begin();
      EXPECT_TRUE(co_await tx->execute(kInsert, Params::of(std::string("a"))));
      chaos.stall();
      auto stalled = co_await aio::with_deadline(Milliseconds(50), "Too slow.", one_in(&*tx));
      auto later = co_await tx->commit();
      EXPECT_TRUE(!stalled && stalled.error().code == Code::timed_out);
      EXPECT_FALSE(later);
    }
    EXPECT_EQ(pool.numbers().exclusive, 0U);
    chaos.resume();
    auto next = co_await pool.begin();
    EXPECT_TRUE(next && co_await next->execute_and_commit(kInsert, Params::of(std::string("b")))) << words(next);
  });

  EXPECT_EQ(wire.things(), "b");
}

TEST(Wire, AServerThatAcceptsAndNeverAnswersIsUnavailableInTime) {
  Wire wire;

  auto main = [](Wire& on) -> Task<int> {
    const auto home = co_await aio::executor();
    test::Chaos chaos(home, on.wire.target());
    chaos.stall();
    auto options = on.options(chaos.port());
    options.connect.connect_timeout = Milliseconds(100);
    Pool pool(home, options);
    auto rows = co_await pool.execute(kOne);
    auto transaction = co_await pool.begin();
    EXPECT_TRUE(!rows && rows.error().kind == Kind::unavailable);
    EXPECT_FALSE(transaction);
    co_await pool.stop();
    co_await chaos.stop();
    co_return 0;
  };
  test::run([&] { return main(wire); });
}

}  // namespace
}  // namespace slipway::pg
