// What probes and callers are told while a server starts, while it has lost its database, and while it ends.
#include "pg/session.hpp"
#include "server/running_test.hpp"
#include "support/fake_clock.hpp"

namespace slipway::server {
namespace {

bool is_ok(const boost::json::value& readiness, std::string_view name) {
  for (const auto& check : readiness.at("checks").as_array())
    if (check.at("name").as_string() == name) return check.at("ok").as_bool();
  ADD_FAILURE() << "no check " << name;
  return false;
}

// A statement of somebody who stays connected.
class Session {
 public:
  Session(const std::string& url, const std::string& sql) { loops_.run(take(this, url, sql)); }
  ~Session() { loops_.run(drop(this)); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  static Task<int> take(Session* self, std::string url, std::string sql) {
    pg::ConnectOptions options{.url = std::move(url), .statement_timeout = Milliseconds(0)};
    auto opened = co_await pg::Session::open(std::move(options));
    EXPECT_TRUE(opened);
    if (!opened) co_return 1;
    self->session_ = std::make_unique<pg::Session>(std::move(*opened));
    EXPECT_TRUE(co_await self->session_->run(std::move(sql)));
    co_return 0;
  }
  static Task<int> drop(Session* self) {
    self->session_.reset();
    co_return 0;
  }

  aio::Loops loops_{1};
  std::unique_ptr<pg::Session> session_;
};

TEST(Start, ProbesAreAnsweredWhileTheDatabaseIsMigrated) {
  Running running;
  // The lock that servers migrate under.
  auto migrating = std::make_unique<Session>(running.database().url(), "select pg_advisory_lock(5462379001)");
  running.begin();

  const auto alive = ask_until(200, running.url() + "/healthz");
  EXPECT_EQ(alive.body, "OK");
  EXPECT_TRUE(alive.headers.get("Content-Type").starts_with("text/plain")) << alive.headers.get("Content-Type");
  const auto unready = ask(running.url() + "/readyz");
  EXPECT_EQ(unready.status, 503);
  for (const auto* name : {"migrations", "database", "replica", "serving"}) EXPECT_FALSE(is_ok(boost::json::parse(unready.body), name)) << name;
  for (const auto* path : {"/", "/api/v2/buildinfo", "/api/v2/users/me", "/metrics", "/readyz/more"}) {
    const auto told = ask(running.url() + path);
    EXPECT_EQ(told.status, 503) << path;
    EXPECT_EQ(told.headers.get("Retry-After"), "2") << path;
    EXPECT_TRUE(boost::json::parse(told.body).at("message").is_string()) << path;
  }

  migrating.reset();
  EXPECT_EQ(running.wait(), "");
  const auto ready = boost::json::parse(ask_until(200, running.url() + "/readyz").body);
  EXPECT_TRUE(ready.at("ready").as_bool());
  EXPECT_EQ(ask(running.url() + "/api/v2/buildinfo").status, 200);
  EXPECT_EQ(ask(running.url() + "/healthz").body, "OK");
}

TEST(Start, ThatFailsLeavesNoPortBehind) {
  Running running([](Config& config) { config.postgres_url = Secret("postgres://nobody@127.0.0.1:1/none"), config.postgres_wait = Seconds(0); });

  EXPECT_NE(running.begin_and_wait().find("PostgreSQL"), std::string::npos);

  EXPECT_EQ(ask(running.url() + "/healthz").status, 0);
}

TEST(Ready, ADatabaseThatDoesNotAnswerKeepsTrafficAwayButNobodyRestartsTheServer) {
  test::FakeClock clock;
  test::TestServer server({}, clock);
  ASSERT_EQ(server.call("GET", "/readyz").status, 200);
  {
    const Session lock(server.database().url(), "begin; lock table replicas");
    clock.advance(Seconds(16));

    const auto lost = server.call("GET", "/readyz");
    EXPECT_EQ(lost.status, 503) << lost.body;
    EXPECT_FALSE(is_ok(lost.json(), "database"));
    EXPECT_TRUE(is_ok(lost.json(), "replica"));
    EXPECT_TRUE(is_ok(lost.json(), "serving"));
    EXPECT_EQ(server.call("GET", "/healthz").status, 200);
    clock.advance(Seconds(16));
    EXPECT_FALSE(is_ok(server.call("GET", "/readyz").json(), "replica"));
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.call("GET", "/readyz").status != 200 && std::chrono::steady_clock::now() < until) {
    clock.advance(Seconds(1));
    test::breathe();
  }
  EXPECT_EQ(server.call("GET", "/readyz").status, 200);
}

TEST(Ready, AsksNeitherForAKeyNorTheDatabaseNorALimit) {
  test::TestServer server([](Config& config) { config.api_rate_limit = 5; });
  for (int i = 0; i < 20; ++i)
    for (const auto* path : {"/readyz", "/healthz"}) EXPECT_EQ(server.call("GET", path).status, 200) << path;
  EXPECT_EQ(server.cost(server.call("GET", "/healthz")).sql, 0);
}

}  // namespace
}  // namespace slipway::server
