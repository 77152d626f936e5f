// How much apps are used, as it is counted and stored.
#include "features/apps/stats.hpp"
#include "support/fake_clock.hpp"
#include "support/home.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

using test::FakeClock, test::TestServer, test::with_home;

const Time kMinute = *parse_rfc3339("2026-04-15T12:00:00Z");

Claims claims(const std::string& slug = "code", Method method = Method::path) {
  static const UserId owner = UserId::random();
  static const WorkspaceId workspace = WorkspaceId::random();
  static const AgentId agent = AgentId::random();
  return {.expires_at = {},
          .request = {.method = method, .base_path = "/", .user = "ana", .workspace = "ws", .agent = "main", .target = slug},
          .owner = owner,
          .workspace = workspace,
          .agent = agent,
          .visitor = {}};
}

// A store that remembers, and fails when the test says so.
struct Shelf {
  std::map<Uuid, Stat> rows;
  std::vector<std::size_t> batches;
  bool fails = false;

  Stats::Store store() {
    return [this](http::Home&, std::vector<Stat> stats) { return put(this, std::move(stats)); };
  }
  static Task<Result<void>> put(Shelf* self, std::vector<Stat> stats) {
    self->batches.push_back(stats.size());
    if (self->fails) co_return fail(Code::unavailable, "The database does not answer.");
    for (auto& stat : stats) self->rows[stat.session] = stat;
    co_return Result<void>();
  }
  std::int64_t requests() const {
    std::int64_t sum = 0;
    for (const auto& [id, stat] : rows) sum += stat.requests;
    return sum;
  }
};

template <class Body>
void with_stats(Body body) {
  TestServer server;
  FakeClock clock(kMinute);
  Shelf shelf;
  Stats stats(clock, shelf.store());
  with_home(server, [&](http::Home& home) -> Task<void> { co_await body(home, clock, stats, shelf); }, clock);
}

void visit(Stats& stats, const Claims& of) { (void)stats.begin(of); }

TEST(AppStats, ShortRequestsOfAMinuteAreOneRow) {
  with_stats([](http::Home& home, FakeClock& clock, Stats& stats, Shelf& shelf) -> Task<void> {
    for (int i = 0; i < 300; ++i) {
      visit(stats, claims());
      clock.advance(Milliseconds(190));
      if (i == 150) (void)co_await stats.flush(home);
    }
    const auto stored = co_await stats.flush(home);
    EXPECT_TRUE(stored);
    EXPECT_EQ(shelf.rows.size(), 1U);
    EXPECT_EQ(shelf.requests(), 300);
    EXPECT_EQ(shelf.rows.begin()->second.started, kMinute);
    EXPECT_EQ(shelf.rows.begin()->second.ended, kMinute + std::chrono::minutes(1));
    EXPECT_EQ(shelf.rows.begin()->second.slug_or_port, "code");
  });
}

TEST(AppStats, OfAnotherMinuteAppMethodOrVisitorAreAnotherRow) {
  with_stats([](http::Home& home, FakeClock& clock, Stats& stats, Shelf& shelf) -> Task<void> {
    auto of_visitor = claims();
    of_visitor.visitor = Visitor{.id = UserId::random()};
    for (const auto& of : {claims(), claims("other"), claims("code", Method::subdomain), of_visitor}) visit(stats, of);
    clock.advance(std::chrono::minutes(1));
    visit(stats, claims());
    const auto stored = co_await stats.flush(home);
    EXPECT_TRUE(stored);
    EXPECT_EQ(shelf.rows.size(), 5U);
    EXPECT_EQ(shelf.requests(), 5);
    EXPECT_TRUE(std::ranges::any_of(shelf.rows, [&](const auto& row) { return row.second.user == of_visitor.visitor->id; }));
  });
}

TEST(AppStats, ALongVisitIsARowOfItsOwnWhoseEndMoves) {
  with_stats([](http::Home& home, FakeClock& clock, Stats& stats, Shelf& shelf) -> Task<void> {
    {
      const auto open = stats.begin(claims("", Method::terminal));
      clock.advance(Seconds(60));
      (void)co_await stats.flush(home);
      EXPECT_TRUE(shelf.rows.empty()) << "it may still be a short one";
      clock.advance(Seconds(30));
      (void)co_await stats.flush(home);
      EXPECT_EQ(shelf.rows.size(), 1U);
      EXPECT_EQ(shelf.rows.begin()->second.ended, kMinute + Seconds(90));
      clock.advance(Seconds(30));
    }
    (void)co_await stats.flush(home);
    EXPECT_EQ(shelf.rows.size(), 1U);
    const auto& row = shelf.rows.begin()->second;
    EXPECT_EQ(row.started, kMinute);
    EXPECT_EQ(row.ended, kMinute + Seconds(120));
    EXPECT_EQ(row.requests, 1);
    EXPECT_EQ(row.slug_or_port, "terminal");
  });
}

TEST(AppStats, AreNotLostWhileNothingCanBeStored) {
  with_stats([](http::Home& home, FakeClock& clock, Stats& stats, Shelf& shelf) -> Task<void> {
    shelf.fails = true;
    for (int minute = 0; minute < 5; ++minute) {
      for (int i = 0; i < 10; ++i) visit(stats, claims());
      const auto stored = co_await stats.flush(home);
      EXPECT_FALSE(stored);
      clock.advance(std::chrono::minutes(1));
    }
    shelf.fails = false;
    const auto stored = co_await stats.flush(home);
    EXPECT_TRUE(stored);
    EXPECT_EQ(shelf.rows.size(), 5U);
    EXPECT_EQ(shelf.requests(), 50);
    const auto batches = shelf.batches.size();
    clock.advance(std::chrono::minutes(5));
    (void)co_await stats.flush(home);
    EXPECT_EQ(shelf.batches.size(), batches) << "nothing is told twice";
  });
}

TEST(AppStats, AreStoredInBatches) {
  with_stats([](http::Home& home, FakeClock&, Stats& stats, Shelf& shelf) -> Task<void> {
    for (int i = 0; i < 2500; ++i) visit(stats, claims(std::to_string(i)));
    const auto stored = co_await stats.flush(home);
    EXPECT_TRUE(stored);
    EXPECT_EQ(shelf.batches, (std::vector<std::size_t>{1024, 1024, 452}));
    EXPECT_EQ(shelf.rows.size(), 2500U);
  });
}

TEST(AppStats, InTheDatabaseAreReplacedByWhatIsToldLaterAndKeepTheWorkspaceInUse) {
  TestServer server;
  const auto row = test::add_agent(server, server.owner(), "ws");
  server.database().sql("update workspaces set last_used_at = '2020-01-01'");
  Stat stat{.user = *UserId::parse(server.owner().id),
            .workspace = *WorkspaceId::parse(row.workspace),
            .agent = *AgentId::parse(row.id),
            .method = Method::subdomain,
            .slug_or_port = "8080",
            .session = Uuid::random(),
            .started = kMinute,
            .ended = kMinute + Seconds(60),
            .requests = 3};
  auto gone = stat, later = stat;
  gone.workspace = WorkspaceId::random();
  later.ended += Seconds(60);
  later.requests = 5;

  with_home(server, [&](http::Home& home) -> Task<void> {
    const auto store = store_stats();
    for (const auto& batch : {std::vector{stat, gone}, std::vector{later}, std::vector{stat}}) {
      const auto stored = co_await store(home, batch);
      EXPECT_TRUE(stored) << stored.error().why;
    }
  });

  EXPECT_EQ(server.database().sql("select string_agg(access_method || ' ' || slug_or_port || ' ' || requests || ' ' || "
                                  "extract(epoch from session_ended_at - session_started_at)::int, ',') from workspace_app_stats"),
            "subdomain 8080 5 120");
  EXPECT_EQ(server.database().sql("select last_used_at = '2026-04-15T12:02:00Z' from workspaces"), "t");
}

}  // namespace
}  // namespace slipway::apps
