// A right that is taken away is gone with the next request of every server, and within five seconds from every open stream.
#include "aio/nursery.hpp"
#include "net/http1.hpp"
#include "support/fake_site.hpp"
#include "support/replica.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

using Stopwatch = std::chrono::steady_clock;

// One stream that stays open until the server ends it.
struct Stream {
  std::string path;
  bool opened = false, ended = false;
  Stopwatch::time_point ended_at{};
};

net::Headers with_token(const std::string& token) {
  net::Headers headers;
  headers.set("Coder-Session-Token", token);
  return headers;
}

Task<void> hold_socket(net::Client* client, std::string url, std::string token, Stream* stream) {
  auto socket = co_await client->connect_websocket(url + stream->path, with_token(token));
  if (!socket) co_return;
  stream->opened = true;
  while (co_await (*socket)->read()) {
  }
  co_await (*socket)->close();
  stream->ended_at = Stopwatch::now();
  stream->ended = true;
}

// An answer that goes on: server-sent events.
Task<void> hold_events(net::Client* client, std::string url, std::string token, Stream* stream) {
  auto answer = co_await client->open("GET", url + stream->path, with_token(token));
  if (!answer) co_return;
  auto head = co_await (*answer)->read_head();
  stream->opened = head && head->status == 200;
  std::vector<char> piece(4096);
  for (;;) {
    const auto size = co_await (*answer)->read_some(piece);
    if (!size || *size == 0) break;
  }
  stream->ended_at = Stopwatch::now();
  stream->ended = true;
}

// Several streams of one person to one server, read on a thread of their own.
class Streams {
 public:
  Streams(std::string url, Person who, std::vector<std::string> sockets, std::vector<std::string> events = {}) {
    for (auto& path : sockets) streams_.push_back({.path = std::move(path)});
    const auto first_events = streams_.size();
    for (auto& path : events) streams_.push_back({.path = std::move(path)});
    auto begin = [&]() -> Task<int> {
      for (std::size_t i = 0; i < streams_.size(); ++i) {
        if (i < first_events)
          readers_.start(hold_socket, &client_, url, who.token, &streams_[i]);
        else
          readers_.start(hold_events, &client_, url, who.token, &streams_[i]);
      }
      co_return 0;
    };
    loops_.run(begin());
  }
  ~Streams() {
    auto end = [this]() -> Task<int> {
      co_await readers_.stop();
      co_await client_.stop();
      co_return 0;
    };
    loops_.run(end());
  }

  // Waits until every stream satisfies `is`, for at most `limit`.
  template <class F>
  bool all(F is, Seconds limit) {
    auto look = [this, &is]() -> Task<int> { co_return std::ranges::all_of(streams_, is) ? 1 : 0; };
    const auto until = Stopwatch::now() + limit;
    while (Stopwatch::now() < until) {
      if (loops_.run(look()) == 1) return true;
      breathe();
    }
    return false;
  }
  bool opened() {
    return all([](const Stream& stream) { return stream.opened; }, Seconds(20));
  }
  // The longest that a stream lived on after `since`; what is still open counts as an hour.
  Milliseconds last_end(Stopwatch::time_point since) {
    all([](const Stream& stream) { return stream.ended; }, Seconds(10));
    Milliseconds longest{0};
    for (const auto& stream : streams_) {
      EXPECT_TRUE(stream.ended) << stream.path;
      const Milliseconds lived = stream.ended ? std::chrono::duration_cast<Milliseconds>(stream.ended_at - since) : std::chrono::hours(1);
      longest = std::max(longest, lived);
    }
    return longest;
  }

 private:
  std::vector<Stream> streams_;
  aio::Loops loops_{1};
  net::Client client_{loops_.at(0)};
  aio::Nursery readers_{loops_.at(0)};
};

// A web app in a workspace whose answers never end: one that says something once, and one that never pauses.
Task<void> answer_endlessly(net::Exchange& exchange) {
  const auto path = exchange.request().path;
  net::Response head{.status = 200, .headers = {{"Content-Type", "text/event-stream"}}, .body = "data: first\n\n"};
  if (!co_await exchange.begin(std::move(head))) co_return;
  if (path == "/events") co_return co_await exchange.caller_left();
  const std::string piece(16 << 10, 'x');
  while (co_await exchange.write(piece)) {
  }
}

// A workspace with a connected agent, and one whose build is running, both of `alice`.
struct Scene {
  Scene() : alice((server.owner(), server.member("alice"))), second(server) {
    live = add_agent(server, alice, "live", app.url("/"));
    building = add_agent(server, alice, "building");
    server.database().sql("update provisioner_jobs set completed_at = null where id = (select job_id from workspace_builds where id = '" +
                          building.build + "')");
    server.database().sql(
        fmt::format("insert into chats (id, organization_id, owner_id, title, created_at, updated_at) values ('{}', '{}', '{}', 'go', now(), now())",
                    chat, server.organization(), alice.id));
    agent.emplace(server, live);
    server.wait_for(live.path(), "/status", "connected", server.owner());
  }
  std::string own_port() const { return server.url().substr(server.url().rfind(':') + 1); }
  std::vector<std::string> sockets() const {
    return {"/api/v2/workspaces/" + live.workspace + "/watch-ws",
            live.path() + "/pty?reconnect=" + Uuid::random().str() + "&height=24&width=80",
            live.path() + "/ssh",
            live.path() + "/tcp?port=" + own_port(),
            live.path() + "/logs?follow",
            live.path() + "/watch-metadata-ws",
            "/api/v2/workspacebuilds/" + building.build + "/logs?follow",
            "/api/v2/chats/" + chat + "/stream",
            "/api/v2/chats/watch"};
  }
  std::vector<std::string> events() const { return {"/api/v2/workspaces/" + live.workspace + "/watch", live.path() + "/watch-metadata"}; }

  FakeSite app{answer_endlessly};
  TestServer server;
  Person alice;
  Replica second;
  AgentRow live, building;
  std::string chat = Uuid::random().str();
  std::optional<FakeAgent> agent;
};

constexpr Milliseconds kBound{5000};

// A download, and events that pause: through the proxy they are streams as well.
TEST(Revocation, SuspendingEndsTheAnswersOfAppsOnEitherServer) {
  Scene scene;
  const std::string app = "/@alice/live/apps/web/";
  Streams here(scene.server.url(), scene.alice, {}, {app + "events", app + "download"});
  Streams there(scene.second.url(), scene.alice, {}, {app + "events"});
  ASSERT_TRUE(here.opened() && there.opened());

  const auto since = Stopwatch::now();
  ASSERT_EQ(scene.server.put("/api/v2/users/alice/status/suspend", "", scene.server.owner()).status, 200);

  EXPECT_LE(here.last_end(since), kBound);
  EXPECT_LE(there.last_end(since), kBound);
}

TEST(Revocation, SuspendingEndsEveryStreamOnEitherServer) {
  Scene scene;
  auto sockets = scene.sockets();
  sockets.push_back("/api/v2/notifications/inbox/watch");
  Streams here(scene.server.url(), scene.alice, sockets, scene.events());
  Streams there(scene.second.url(), scene.alice, sockets, scene.events());
  ASSERT_TRUE(here.opened() && there.opened());

  const auto since = Stopwatch::now();
  ASSERT_EQ(scene.server.put("/api/v2/users/alice/status/suspend", "", scene.server.owner()).status, 200);

  EXPECT_LE(here.last_end(since), kBound);
  EXPECT_LE(there.last_end(since), kBound);
}

TEST(Revocation, LeavingTheOrganizationEndsEveryStream) {
  Scene scene;
  Streams there(scene.second.url(), scene.alice, scene.sockets(), scene.events());
  ASSERT_TRUE(there.opened());

  const auto since = Stopwatch::now();
  ASSERT_EQ(scene.server.del("/api/v2/organizations/" + scene.server.organization() + "/members/alice", scene.server.owner()).status, 204);

  EXPECT_LE(there.last_end(since), kBound);
}

// Somebody who reads and enters by a role that is then narrowed: what only reads stays, what enters ends.
TEST(Revocation, NarrowingARoleEndsExactlyTheStreamsThatNeededIt) {
  Scene scene;
  const auto bo = scene.server.member("bo");
  scene.server.database().sql("update users set rbac_roles = '{owner}' where id = '" + bo.id + "'");
  Streams entered(scene.second.url(), bo, {scene.live.path() + "/ssh", scene.live.path() + "/pty?reconnect=" + Uuid::random().str()});
  Streams watched(scene.second.url(), bo, {"/api/v2/workspaces/" + scene.live.workspace + "/watch-ws"});
  ASSERT_TRUE(entered.opened() && watched.opened());

  const auto since = Stopwatch::now();
  ASSERT_EQ(scene.server.put("/api/v2/users/bo/roles", R"({"roles":["template-admin"]})", scene.server.owner()).status, 200);

  EXPECT_LE(entered.last_end(since), kBound);
  EXPECT_FALSE(watched.all([](const Stream& stream) { return stream.ended; }, Seconds(1))) << "a template admin still reads";
}

TEST(Revocation, AKeyThatIsExpiredOrRemovedEndsItsStreams) {
  Scene scene;
  const auto made = scene.server.post("/api/v2/users/me/keys/tokens", R"({"token_name":"ci","scopes":["workspace:read"]})", scene.alice);
  ASSERT_EQ(made.status, 201) << made.body;
  const Person token{scene.alice.id, "alice", std::string(made.json().at("key").as_string())};
  Streams by_token(scene.second.url(), token, {"/api/v2/workspaces/" + scene.live.workspace + "/watch-ws"});
  ASSERT_TRUE(by_token.opened());

  const auto since = Stopwatch::now();
  const auto id = token.token.substr(0, 10);
  ASSERT_EQ(scene.server.put("/api/v2/users/me/keys/" + id + "/expire", "", scene.alice).status, 204);

  EXPECT_LE(by_token.last_end(since), kBound);
}

// The next request, on the server that was told and on the other.
struct Change {
  const char* what;
  std::string method, path, body;
  int before, after;
};

TEST(Revocation, TheNextRequestOnEitherServerKnows) {
  TestServer server;
  server.owner();
  Replica second(server);
  const std::string members = "/api/v2/organizations/" + server.organization() + "/members/";
  int number = 0;
  const auto check = [&](const Change& change, const std::string& roles) {
    const auto name = "person" + std::to_string(++number);
    const auto person = server.member(name);
    const auto row = add_agent(server, person, "ws");
    server.database().sql(fmt::format("update users set rbac_roles = '{}' where id = '{}'", roles, person.id));
    const auto asked = "/api/v2/workspaces/" + row.workspace;
    EXPECT_EQ(server.get(asked, person).status, change.before) << change.what;
    EXPECT_EQ(second.get(asked, person).status, change.before) << change.what;

    std::string path = change.path;
    if (const auto at = path.find("{}"); at != path.npos) path.replace(at, 2, name);
    const auto done = server.call(change.method, path, change.body, server.owner().token);

    EXPECT_EQ(done.status / 100, 2) << change.what << " " << done.body;
    EXPECT_EQ(second.get(asked, person).status, change.after) << change.what;
    EXPECT_EQ(server.get(asked, person).status, change.after) << change.what;
  };

  check({"suspended", "PUT", "/api/v2/users/{}/status/suspend", "", 200, 401}, "{}");
  check({"removed from the organization", "DELETE", members + "{}", "", 200, 404}, "{}");
  check({"removed from the organization, but reads all", "DELETE", members + "{}", "", 200, 200}, "{template-admin}");
  check({"narrowed where nothing else reads", "PUT", "/api/v2/users/{}/roles", R"({"roles":[]})", 200, 200}, "{owner}");
}

TEST(Revocation, ADeletedAccountAndANarrowedOneAreKnownAtOnce) {
  TestServer server;
  Replica second(server);
  const auto row = add_agent(server, server.owner(), "ws");
  const auto gone = server.member("gone"), narrowed = server.member("narrowed");
  server.database().sql("update users set rbac_roles = '{owner}' where username = 'narrowed'");
  const auto asked = "/api/v2/workspaces/" + row.workspace;
  ASSERT_EQ(second.get("/api/v2/users/me", gone).status, 200);
  ASSERT_EQ(second.get(asked, narrowed).status, 200);

  EXPECT_EQ(server.del("/api/v2/users/gone", server.owner()).status, 200);
  EXPECT_EQ(server.put("/api/v2/users/narrowed/roles", R"({"roles":["auditor"]})", server.owner()).status, 200);

  EXPECT_EQ(second.get("/api/v2/users/me", gone).status, 401);
  EXPECT_EQ(second.get(asked, narrowed).status, 404);
}

}  // namespace
}  // namespace slipway::test
