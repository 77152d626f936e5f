#include "support/fake_clock.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"
#include "support/times_sent.hpp"

#include <gtest/gtest.h>

#include <future>

namespace slipway::test {
namespace {

std::string of(const AgentRow& row) { return "/api/v2/workspaces/" + row.workspace; }

struct Watched {
  FakeClock clock;
  TestServer srv{meter_statements, clock};
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
  const auto lose = [&] {
    w.sql("update workspaces set user_acl = '{}'");
    w.tell();
  };

  const auto heard = talk(w.srv, of(w.row) + "/watch-ws", w.bo, {}, "", lose);

  EXPECT_TRUE(heard.heard.starts_with(R"({"type":"data","data":{)")) << heard.heard.substr(0, 80) << heard.error;
  EXPECT_EQ(heard.close_code, 1000) << heard.close_reason;
}

// Whether the right still holds is asked again and again; the workspace is not read for that.
TEST(Watch, CostsNothingWhileNothingHappens) {
  Watched w;
  w.share();
  const auto read = w.srv.get(of(w.row), w.bo);
  ASSERT_EQ(read.status, 200) << read.body;
  const auto asked = [&] { return times_sent(w.srv, "workspaces.by_id"); };
  const auto known = [&] { return times_sent(w.srv, "sessions.principal_by_key"); };
  const int asked_before = asked(), known_before = known();
  const auto began = std::chrono::steady_clock::now();
  auto watcher = std::async([&] { return w.srv.get(of(w.row) + "/watch", w.bo); });

  const auto until = began + Seconds(20);
  while (asked() < asked_before + 4 && std::chrono::steady_clock::now() < until) breathe();  // when it opened, and three times since
  const int asked_again = asked() - asked_before, known_again = known() - known_before;
  const auto took = std::chrono::steady_clock::now() - began;
  w.sql("update workspaces set user_acl = '{}'");
  const auto watched = watcher.get();

  ASSERT_GE(asked_again, 4);
  EXPECT_LE(known_again, asked_again + 1);
  EXPECT_GE(took, Seconds(6));
  ASSERT_EQ(watched.status, 200) << watched.body;
  // Read when it opened, and once more for what may have happened before it listened.
  EXPECT_LE(w.srv.cost(watched).sql, 2 * w.srv.cost(read).sql - 1);
}

TEST(Watch, EventsPingAndEndWhenTheRightIsLost) {
  Watched w;
  w.share();
  RawSocket socket(w.srv.url());
  const auto hear = [&](const std::string& text) { return std::async(std::launch::async, [&socket, text] { return socket.read_until(text); }); };

  socket.send("GET " + of(w.row) + "/watch HTTP/1.1\r\nHost: 127.0.0.1\r\nCoder-Session-Token: " + w.bo.token + "\r\n\r\n");
  const auto opened = socket.read_until("event: data\ndata: {\"id\":\"");
  const auto pinged = w.until_done(hear("event: ping\n\n"), [&] {
    w.clock.advance(Seconds(15));
    w.tell();
  });
  const auto rest = w.until_done(hear("0\r\n\r\n"), [&] {
    w.sql("update workspaces set user_acl = '{}'");
    w.tell();
  });

  EXPECT_TRUE(opened.starts_with("HTTP/1.1 200 ")) << opened.substr(0, 80);
  EXPECT_NE(opened.find("text/event-stream"), std::string::npos) << opened;
  EXPECT_NE(opened.find("event: data\ndata: {\"id\":\""), std::string::npos) << opened;
  EXPECT_NE(pinged.find("event: ping\n\n"), std::string::npos) << pinged;
  EXPECT_TRUE(rest.ends_with("0\r\n\r\n")) << rest << ": it ends in good order";
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
