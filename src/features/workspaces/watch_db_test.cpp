#include "support/fake_clock.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

#include <future>

namespace slipway::test {
namespace {

std::string of(const AgentRow& row) { return "/api/v2/workspaces/" + row.workspace; }

struct Watched {
  FakeClock clock;
  TestServer srv{{}, clock};
  Person ana = srv.member("ana"), bo = srv.member("bo");
  AgentRow row = add_agent(srv, ana, "ws");

  void sql(const std::string& text) { srv.database().sql(text); }
  void share() { sql(R"(update workspaces set user_acl = '{")" + bo.id + R"(": {"permissions": ["read"]}}')"); }
  // Whatever follows the workspace looks again.
  void tell() { sql("select pg_notify('workspace_news', '" + row.workspace + "')"); }
  // Does `act` again and again until the watcher is done.
  template <class T, class F>
  T until_done(std::future<T> watcher, F act) {
    while (watcher.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) act();
    return watcher.get();
  }
};

TEST(Watch, TellsAllChangesOverTheSocket) {
  Watched w;
  auto watcher = std::async([&] { return talk(w.srv, of(w.row) + "/watch-ws", w.ana, {}, "\"dormant_at\":\"20"); });

  const auto heard =
      w.until_done(std::move(watcher), [&] { EXPECT_LT(w.srv.put(of(w.row) + "/dormant", R"({"dormant":true})", w.ana).status, 400); });

  EXPECT_TRUE(heard.heard.starts_with(R"({"type":"data","data":{)")) << heard.heard.substr(0, 80);
}

TEST(Watch, PingsWhenNothingHappened) {
  Watched w;
  auto watcher = std::async([&] { return talk(w.srv, of(w.row) + "/watch-ws", w.ana, {}, R"({"type":"ping"})"); });

  const auto heard = w.until_done(std::move(watcher), [&] {
    w.clock.advance(Seconds(15));
    w.tell();
  });

  EXPECT_TRUE(heard.heard.ends_with(R"({"type":"ping"})"));
}

TEST(Watch, ASocketEndsWhenTheRightIsLost) {
  Watched w;
  w.share();
  auto watcher = std::async([&] { return talk(w.srv, of(w.row) + "/watch-ws", w.bo, {}, ""); });

  const auto heard = w.until_done(std::move(watcher), [&] {
    w.sql("update workspaces set user_acl = '{}'");
    w.tell();
  });

  EXPECT_TRUE(heard.close_code == 1000 || heard.code == Code::not_found) << heard.close_code << heard.error;
}

TEST(Watch, EventsPingAndEndWhenTheRightIsLost) {
  Watched w;
  w.share();
  auto watcher = std::async([&] { return w.srv.get(of(w.row) + "/watch", w.bo); });
  int turns = 0;

  const auto answer = w.until_done(std::move(watcher), [&] {
    w.clock.advance(Seconds(15));
    w.tell();
    if (++turns > 100) w.sql("update workspaces set user_acl = '{}'");
  });

  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
  EXPECT_TRUE(answer.body.starts_with("event: data\ndata: {\"id\":\"")) << answer.body.substr(0, 80);
  EXPECT_NE(answer.body.find("event: ping\n\n"), std::string::npos);
}

TEST(Watch, IsForReadersOnly) {
  Watched w;

  for (const char* path : {"/watch", "/watch-ws"}) {
    EXPECT_EQ(w.srv.get(of(w.row) + path, w.bo).status, 404) << path;
    EXPECT_EQ(w.srv.call("GET", of(w.row) + path).status, 401) << path;
  }
}

}  // namespace
}  // namespace slipway::test
