// Keys in the database and in memory, through replacements, floods and a database that does not answer.
#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "features/keys/plan.hpp"
#include "support/fake_clock.hpp"
#include "support/home.hpp"

#include <gtest/gtest.h>

namespace slipway::keys {
namespace {

using test::FakeClock, test::TestServer, test::with_home;

const std::string kFeature(kAppTokens);

// Answers with what the test says, and counts how often it was asked.
struct Source {
  std::vector<Key> keys;
  int asked = 0;
  bool fails = false;
  std::shared_ptr<aio::Event> gate = {};  // the answer waits for it

  Ring::Fetch fetch() {
    return [this](http::Home&) { return answer(this); };
  }
  static Task<Result<std::vector<Key>>> answer(Source* self) {
    ++self->asked;
    if (self->gate) co_await self->gate->wait();
    if (self->fails) co_return fail(Code::unavailable, "The database does not answer.");
    co_return self->keys;
  }
};

Key key(std::int32_t sequence, Time starts_at) {
  return {.sequence = sequence, .secret = "s" + std::to_string(sequence), .starts_at = starts_at, .deletes_at = {}};
}

std::string rows(TestServer& server, const std::string& of = kFeature) {
  return server.database().sql(
      "select coalesce(string_agg(sequence || ':' || length(secret) || case when deletes_at is null then '' else '-' end, ' ' "
      "order by sequence), '') from crypto_keys where feature = '" +
      of + "'");
}

TEST(KeysInTheDatabase, AreMadeOnceAndReplacedInTheirLastHour) {
  TestServer server;
  FakeClock clock;
  server.database().sql("delete from crypto_keys");

  with_home(
      server,
      [&](http::Home& home) -> Task<void> {
        for (int i = 0; i < 2; ++i) EXPECT_TRUE(co_await rotate(home));
        EXPECT_EQ(rows(server), "1:64");
        EXPECT_EQ(rows(server, std::string(kAppApiKeys)), "1:32");
        clock.advance(kKeyLife - Seconds(3000));
        for (int i = 0; i < 2; ++i) EXPECT_TRUE(co_await rotate(home));
        EXPECT_EQ(rows(server), "1:64- 2:64");
        clock.advance(Seconds(3100) + kOverlap);
        EXPECT_TRUE(co_await rotate(home));
        EXPECT_EQ(rows(server), "2:64");
      },
      clock);
}

TEST(KeysInTheDatabase, ThatSomebodyKnowsAreReplacedAtOnceAndEndWhenAllHaveReadTheNew) {
  TestServer server;
  FakeClock clock;
  server.database().sql("delete from crypto_keys");

  with_home(
      server,
      [&](http::Home& home) -> Task<void> {
        EXPECT_TRUE(co_await rotate(home));
        clock.advance(Seconds(60));
        EXPECT_TRUE(co_await replace(home));
        EXPECT_EQ(rows(server), "1:64- 2:64");
        EXPECT_EQ(rows(server, std::string(kAppApiKeys)), "1:32- 2:32");
        clock.advance(2 * kLook);
        EXPECT_TRUE(co_await rotate(home));
        EXPECT_EQ(rows(server), "2:64");
      },
      clock);
}

TEST(KeysInTheDatabase, OfTheRelayAreNobodysToReplace) {
  TestServer server;
  FakeClock clock;
  server.database().sql(
      "delete from crypto_keys where feature = 'replica_relay';"
      "insert into crypto_keys (feature, sequence, secret, starts_at) values ('replica_relay', 1, '\\x5a', '2020-01-01')");

  with_home(server, [&](http::Home& home) -> Task<void> { EXPECT_TRUE(co_await rotate(home)); }, clock);

  EXPECT_EQ(rows(server, "replica_relay"), "1:1");
}

TEST(KeysInTheDatabase, AreTheSameForTwoServersThatFindNoneAtOnce) {
  TestServer server;
  server.database().sql("delete from crypto_keys");

  with_home(server, [&](http::Home& home) -> Task<void> {
    Ring one(kAppTokens, home.db.clock(), from_database(kAppTokens)), other(kAppTokens, home.db.clock(), from_database(kAppTokens));
    std::optional<Key> first, second;
    const auto ask = [](Ring& ring, http::Home& at, std::optional<Key>& out) -> Task<void> {
      auto found = co_await ring.signing(at);
      EXPECT_TRUE(found);
      if (found) out = std::move(*found);
    };
    std::vector<Task<void>> both;
    both.push_back(ask(one, home, first));
    both.push_back(ask(other, home, second));
    co_await aio::at_once(std::move(both));
    EXPECT_EQ(first, second);
  });

  EXPECT_EQ(rows(server), "1:64");
}

TEST(Ring, AsksOnceForAllWhoNeedAnAnswerAtTheTime) {
  TestServer server;
  FakeClock clock;
  Source source{.keys = {key(1, clock.now())}};

  with_home(
      server,
      [&](http::Home& home) -> Task<void> {
        source.gate = std::make_shared<aio::Event>(home.executor);
        Ring ring(kAppTokens, clock, source.fetch());
        int signed_with_it = 0;
        const auto ask = [](Ring& of, http::Home& at, int& count) -> Task<void> {
          const auto found = co_await of.signing(at);
          if (found && found->sequence == 1) ++count;
        };
        const auto open = [](Source& of) -> Task<void> {
          of.gate->notify();
          co_return;
        };
        std::vector<Task<void>> all;
        for (int i = 0; i < 20; ++i) all.push_back(ask(ring, home, signed_with_it));
        all.push_back(open(source));
        co_await aio::at_once(std::move(all));
        EXPECT_EQ(signed_with_it, 20);
      },
      clock);

  EXPECT_EQ(source.asked, 1);
}

TEST(Ring, AFloodOfNumbersThatNobodyKnowsCostsOneQuestionInTenSeconds) {
  TestServer server;
  FakeClock clock;
  Source source{.keys = {key(1, clock.now())}};

  with_home(
      server,
      [&](http::Home& home) -> Task<void> {
        Ring ring(kAppTokens, clock, source.fetch());
        EXPECT_TRUE(co_await ring.numbered(home, 1));
        EXPECT_EQ(source.asked, 1);
        for (std::int32_t number = 2; number < 1000; ++number) EXPECT_FALSE(co_await ring.numbered(home, number));
        EXPECT_EQ(source.asked, 1) << "it was asked less than ten seconds ago";
        clock.advance(kLookAgain);
        for (std::int32_t number = 2; number < 1000; ++number) EXPECT_FALSE(co_await ring.numbered(home, number));
        EXPECT_EQ(source.asked, 2);
        for (const std::int32_t odd : {0, -1, INT32_MIN}) EXPECT_FALSE(co_await ring.numbered(home, odd));
        EXPECT_EQ(source.asked, 2);
      },
      clock);
}

TEST(Ring, FindsAKeyThatCameSinceItLooked) {
  TestServer server;
  FakeClock clock;
  Source source{.keys = {key(1, clock.now())}};

  with_home(
      server,
      [&](http::Home& home) -> Task<void> {
        Ring ring(kAppTokens, clock, source.fetch());
        EXPECT_TRUE(co_await ring.signing(home));
        source.keys.push_back(key(2, clock.now() + Seconds(1800)));
        clock.advance(kLookAgain);
        const auto found = co_await ring.numbered(home, 2);
        EXPECT_TRUE(found) << "it has not begun here, but where the token was made";
        const auto with = co_await ring.signing(home);
        EXPECT_TRUE(with && with->sequence == 1);
      },
      clock);
}

TEST(Ring, GoesOnWithWhatItKnowsWhileKeysCannotBeRead) {
  TestServer server;
  FakeClock clock;
  Source source{.keys = {key(1, clock.now())}};

  with_home(
      server,
      [&](http::Home& home) -> Task<void> {
        Ring ring(kAppTokens, clock, source.fetch());
        EXPECT_TRUE(co_await ring.signing(home));
        source.fails = true;
        clock.advance(std::chrono::hours(1));
        EXPECT_TRUE(co_await ring.signing(home));
        EXPECT_EQ(source.asked, 2);
        EXPECT_TRUE(co_await ring.numbered(home, 1));
        EXPECT_EQ(source.asked, 2) << "not with each request";
        source.fails = false;
        clock.advance(kLookAgain);
        source.keys = {key(2, clock.now())};
        const auto with = co_await ring.signing(home);
        EXPECT_TRUE(with && with->sequence == 2) << "a failure does not last";
      },
      clock);
}

TEST(Ring, WithoutAnyKeySaysSo) {
  TestServer server;
  Source source{.fails = true};

  with_home(server, [&](http::Home& home) -> Task<void> {
    Ring ring(kAppTokens, home.db.clock(), source.fetch());
    const auto with = co_await ring.signing(home);
    EXPECT_TRUE(!with && with.error().code == Code::unavailable);
    EXPECT_FALSE(co_await ring.numbered(home, 1));
  });
}

TEST(Ring, ForgetsAKeyWhoseTimeIsOver) {
  TestServer server;
  FakeClock clock;
  Source source{.keys = {key(1, clock.now() - Seconds(60)), key(2, clock.now())}};
  source.keys[0].deletes_at = clock.now() + Seconds(5);

  with_home(
      server,
      [&](http::Home& home) -> Task<void> {
        Ring ring(kAppTokens, clock, source.fetch());
        EXPECT_TRUE(co_await ring.numbered(home, 1));
        clock.advance(Seconds(5));
        EXPECT_FALSE(co_await ring.numbered(home, 1));
      },
      clock);
}

}  // namespace
}  // namespace slipway::keys
