#include "pg/listener.hpp"
#include "pg/rig_test.hpp"

namespace slipway::pg {
namespace {

using namespace testing;

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

}  // namespace
}  // namespace slipway::pg
