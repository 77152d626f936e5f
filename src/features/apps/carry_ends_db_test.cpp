// Open streams to an app, what ends them, and what is answered when there is none to open.
#include "base/log_outlets.hpp"
#include "features/apps/carry_test.hpp"
#include "features/apps/token.hpp"
#include "net/tls_test.hpp"
#include "support/fake_site.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <list>
#include <thread>

namespace slipway::test {
namespace {

TEST(AppEnds, TheAppSeesTheBrowsersHostAndTheLettersOfAHandshake) {
  std::promise<std::string> seen;
  RawApp app([&seen](RawSocket& socket) {
    seen.set_value(socket.read_until("\r\n\r\n"));
    socket.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nsec-websocket-accept: x\r\n\r\nfirst");
    socket.send("app heard " + socket.read_until("!"));
  });
  Way way(app.url());
  RawSocket browser(way.srv.url());

  browser.send(way.head("GET /socket?a=%20 HTTP/1.1",
                        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nsec-websocket-key: k\r\nsec-websocket-version: 13\r\n"));
  const auto opened = browser.read_until("first");
  browser.send("hello!");

  EXPECT_TRUE(opened.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << opened;
  EXPECT_NE(browser.read_until("!").find("app heard hello!"), std::string::npos);
  const auto head = seen.get_future().get();
  for (const auto* line : {"GET /socket?a=%20 HTTP/1.1\r\n", "Sec-WebSocket-Key: k\r\n", "Sec-WebSocket-Version: 13\r\n", "Connection: Upgrade\r\n",
                           "Upgrade: websocket\r\n"})
    EXPECT_NE(head.find(line), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nHost: " + kHost + "\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find(way.srv.owner().token), std::string::npos) << head;
}

TEST(AppEnds, ABrowserThatLeavesAWebSocketFreesASilentApp) {
  std::promise<std::string> after;
  RawApp app([&after](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nopen");
    std::string all;  // it says nothing, and does not end by itself
    for (auto piece = socket.read(); !piece.empty(); piece = socket.read()) all += piece;
    after.set_value(all);
    while (!socket.read().empty()) {
    }
  });
  Way way(app.url());
  {
    RawSocket browser(way.srv.url());
    browser.send(way.head("GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    ASSERT_NE(browser.read_until("open").find("open"), std::string::npos);
  }

  auto ended = after.get_future();
  ASSERT_EQ(ended.wait_for(Seconds(5)), std::future_status::ready);
  EXPECT_EQ(ended.get(), "");
}

TEST(AppEnds, AStreamHasALineInTheLogWhenItEndsWithHowLongItStood) {
  const auto lines = std::filesystem::temp_directory_path() / Uuid::random().str();
  ASSERT_TRUE(log::write_to({.json = lines.string()}));
  const auto line = [&] {
    std::ifstream in(lines);
    for (std::string one; std::getline(in, one);)
      if (one.contains(R"("msg":"request")") && one.contains(R"("upgrade":"websocket")")) return one;
    return std::string();
  };
  RawApp app([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nopen");
    while (!socket.read().empty()) {
    }
  });
  std::string said, owner;
  {
    Way way(app.url());
    owner = way.srv.owner().id;
    std::optional<RawSocket> open(std::in_place, way.srv.url());
    auto& browser = *open;
    browser.send(way.head("GET /socket?secret=s3cret HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    ASSERT_NE(browser.read_until("open").find("open"), std::string::npos);
    EXPECT_EQ(line(), "") << "it is not over";

    open.reset();
    const auto until = std::chrono::steady_clock::now() + Seconds(20);
    while (line().empty() && std::chrono::steady_clock::now() < until) breathe();
    said = line();
  }
  EXPECT_TRUE(log::write_to({}));
  std::filesystem::remove(lines);

  ASSERT_NE(said, "");
  const auto parsed = boost::json::parse(said).as_object();
  EXPECT_GE(std::stod(std::string(parsed.at("ms").as_string())), 0);
  EXPECT_EQ(parsed.at("status").as_string(), "101");
  EXPECT_EQ(parsed.at("app").as_string(), "web");
  EXPECT_EQ(parsed.at("workspace").as_string(), "ws");
  EXPECT_EQ(parsed.at("actor").as_string(), owner);
  EXPECT_EQ(said.find("s3cret"), std::string::npos);
}

TEST(AppEnds, OneDirectionOfAnotherProtocolMayEndFirst) {
  RawApp app([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    std::string all;
    for (auto piece = socket.read(); !piece.empty(); piece = socket.read()) all += piece;
    socket.send("all of " + all);
  });
  Way way(app.url());
  RawSocket browser(way.srv.url());

  browser.send(way.head("GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
  browser.read_until("\r\n\r\n");
  browser.send("it");
  browser.end_sending();

  EXPECT_EQ(browser.read_until("it"), "all of it");
}

// All that comes back of so many bytes, which are sent while they come.
std::size_t echoed(RawSocket& browser, std::size_t size) {
  std::thread sender([&browser, size] {
    const std::string piece(1 << 16, 'e');
    for (std::size_t sent = 0; sent < size; sent += piece.size()) browser.send(piece);
    browser.end_sending();
  });
  std::size_t got = 0;
  for (auto piece = browser.read(); !piece.empty(); piece = browser.read()) got += piece.size();
  sender.join();
  return got;
}

TEST(AppEnds, AnOpenStreamCarriesMuchBothWaysByHostAndByPath) {
  RawApp app([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    for (auto piece = socket.read(); !piece.empty(); piece = socket.read()) socket.send(piece);
  });
  Way way(app.url());
  RawSocket by_host(way.srv.url()), by_path(way.srv.url());
  constexpr std::size_t kMuch = 64 << 20, kSome = 4 << 20;

  by_host.send(way.head("GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
  by_path.send(way.head("GET /@owner/ws/apps/web/ HTTP/1.1", "Connection: Upgrade\r\nUpgrade: echo\r\n", "dev.example.com"));
  for (auto* browser : {&by_host, &by_path}) {
    const auto head = browser->read_until("\r\n\r\n");
    ASSERT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  }

  EXPECT_EQ(echoed(by_host, kMuch), kMuch);
  EXPECT_EQ(echoed(by_path, kSome), kSome);
}

// The buffers of all the sockets on the way are much less.
constexpr std::size_t kWhole = 128 << 20, kUnderWay = 64 << 20;

TEST(AppEnds, ASlowReaderHoldsTheAppBack) {
  std::atomic<std::size_t> sent{0};
  RawApp app([&sent](RawSocket& socket) {
    const std::string piece(1 << 16, 's');
    socket.read_until("\r\n\r\n");
    socket.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kWhole));
    for (std::size_t at = 0; at < kWhole; at += piece.size()) {
      socket.send(piece);
      sent += piece.size();
    }
  });
  Way way(app.url());
  RawSocket browser(way.srv.url());
  browser.send(way.head("GET / HTTP/1.1"));
  const auto head = browser.read_until("\r\n\r\n");

  std::size_t got = head.size() - head.find("\r\n\r\n") - 4, most = 0;
  while (got < kWhole) {
    const auto piece = browser.read(4096);
    if (piece.empty()) break;
    got += piece.size();
    most = std::max(most, sent - std::min<std::size_t>(sent, got));
  }

  EXPECT_EQ(got, kWhole);
  EXPECT_LT(most, kUnderWay);
}

TEST(AppEnds, AProtocolThatNobodyAskedForIsNotBegun) {
  RawApp app(saying("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"));
  Way way(app.url());

  EXPECT_TRUE(way.get("/").starts_with("HTTP/1.1 502 "));
  EXPECT_TRUE(way.get("/", "Connection: Upgrade\r\nUpgrade: h2c\r\n").starts_with("HTTP/1.1 502 "));
}

TEST(AppEnds, SomePortsAndAddressesAreRefused) {
  Way way("http://localhost:8/");
  const auto low = way.get("/"), joined = way.raw(way.head("CONNECT example.com:80 HTTP/1.1", "Connection: close\r\n"));
  way.srv.database().sql("update workspace_apps set url = 'http://localhost:http/'");
  const auto named = way.raw(way.head("GET / HTTP/1.1", "Connection: close\r\n"));

  EXPECT_TRUE(low.starts_with("HTTP/1.1 400 ")) << low;
  EXPECT_NE(low.find(R"("message":"Application port 8 is not permitted. Coder reserves ports less than 9 for internal use.")"), std::string::npos)
      << low;
  EXPECT_TRUE(named.starts_with("HTTP/1.1 400 ") || named.starts_with("HTTP/1.1 500 ")) << named;
  EXPECT_TRUE(joined.starts_with("HTTP/1.1 400 ")) << joined;
}

Task<void> tell_scheme(net::Exchange& exchange) {
  net::Response answer{.status = 200, .headers = {}, .body = exchange.request().tls ? "by TLS" : "plain"};
  (void)co_await exchange.send(std::move(answer));
}

// An app of its own with a certificate that nobody vouches for.
struct SecureApp {
  SecureApp() : server(loops, {.tls = net::TlsServing{.identities = {make_identity()}}}, tell_scheme) { EXPECT_TRUE(server.start()); }
  ~SecureApp() { loops.run(stop(&server)); }
  static Task<int> stop(net::Server* server) {
    co_await server->stop(Milliseconds(100));
    co_return 0;
  }

  aio::Loops loops{1};
  net::Server server;
};

TEST(AppEnds, APortSpeaksTlsWhereItsHostSaysSo) {
  SecureApp app;
  Way way("http://localhost:9/");
  const auto port = std::to_string(app.server.port());

  const auto secure = way.get("/", {}, port + "s" + kSuffix), plain = way.get("/x?y", {}, port + kSuffix);

  EXPECT_TRUE(secure.ends_with("by TLS")) << secure;
  EXPECT_TRUE(plain.starts_with("HTTP/1.1 502 ")) << plain;
  EXPECT_NE(plain.find("try switching to HTTPS"), std::string::npos) << plain;
  EXPECT_NE(plain.find("href=\"https://" + port + "s" + kSuffix + "/x?y\""), std::string::npos) << plain;
}

TEST(AppEnds, APortThatSpeaksNoTlsLeadsToItsTwin) {
  FakeSite app(tell_scheme);
  Way way("http://localhost:9/");
  const auto url = app.url(), port = url.substr(url.rfind(':') + 1);

  const auto plain = way.get("/", {}, port + kSuffix), secure = way.get("/", {}, port + "s" + kSuffix);

  EXPECT_TRUE(plain.ends_with("plain")) << plain;
  EXPECT_TRUE(secure.starts_with("HTTP/1.1 502 ")) << secure;
  EXPECT_NE(secure.find("href=\"https://" + port + kSuffix + "/\""), std::string::npos) << secure;
}

std::atomic<int> silent{0};  // requests that the app says nothing to

Task<void> say_nothing(net::Exchange& exchange) {
  ++silent;
  if (co_await exchange.body(1024)) co_await exchange.caller_left();
  --silent;
}

bool settles_at(int wanted) {
  const auto until = std::chrono::steady_clock::now() + Seconds(10);
  while (silent != wanted && std::chrono::steady_clock::now() < until) breathe();
  return silent == wanted;
}

TEST(AppEnds, BrowsersThatLeaveASilentAppLeaveNothingOpen) {
  FakeSite app(say_nothing);
  Way way(app.url("/"));
  constexpr int kAtOnce = 100, kTimes = 5;

  for (int i = 0; i < kTimes; ++i) {
    std::list<RawSocket> browsers;
    for (int n = 0; n < kAtOnce; ++n) {
      auto& browser = browsers.emplace_back(way.srv.url());
      browser.send(n % 2 == 0 ? way.head("GET / HTTP/1.1") : way.head("POST / HTTP/1.1", "Content-Length: 2\r\n") + "hi");
    }
    ASSERT_TRUE(settles_at(kAtOnce)) << i << ": " << silent;
    browsers.clear();
    ASSERT_TRUE(settles_at(0)) << i << ": " << silent;
  }
}

TEST(AppEnds, ALongAnswerEndsWithTheRightToIt) {
  RawApp app([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n");
    while (!socket.read().empty()) {
    }
  });
  Way way(app.url());
  const auto guest = way.srv.member("guest");
  way.srv.database().sql("update workspace_apps set sharing_level = 'authenticated'");
  RawSocket browser(way.srv.url());
  browser.send(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\nCoder-Session-Token: {}\r\n\r\n", kHost, guest.token));
  ASSERT_NE(browser.read_until("one\n\n\r\n").find("one"), std::string::npos);
  const auto before = std::chrono::steady_clock::now();

  ASSERT_EQ(way.srv.call("PUT", "/api/v2/users/guest/status/suspend", {}, way.srv.owner().token).status, 200);

  EXPECT_EQ(browser.read(), "");
  EXPECT_LT(std::chrono::steady_clock::now() - before, Seconds(5));
}

// A token of the app for this person that opens it by itself: the server knows by then of all that was taken back before.
std::string token_for(Way& way, FakeClock& clock, const Person& who) {
  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  const auto ask = [&way](const std::string& proof) {
    return way.raw(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n\r\n", kHost, proof));
  };
  for (;; breathe()) {
    clock.advance(Milliseconds(1));
    const auto given = ask("Coder-Session-Token: " + who.token);
    const auto at = given.find("coder_signed_app_token=");
    const auto cookie = at == given.npos ? std::string() : given.substr(at, given.find(';', at) - at);
    if (ask("Cookie: " + cookie).starts_with("HTTP/1.1 200 ")) return cookie;
    if (std::chrono::steady_clock::now() < until) continue;
    ADD_FAILURE() << given;
    return {};
  }
}

void echo_or_say_ok(RawSocket& socket) {
  if (socket.read_until("\r\n\r\n").find("Upgrade: websocket\r\n") == std::string::npos) return socket.send(kOk);
  socket.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  for (auto piece = socket.read(); !piece.empty(); piece = socket.read()) socket.send(piece);
}

TEST(AppEnds, AStreamOutlastsItsTokenForAsLongAsTheRight) {
  RawApp app(echo_or_say_ok);
  FakeClock clock;
  Way way(app.url(), clock);
  const auto &owner = way.srv.owner(), guest = way.srv.member("guest");
  way.srv.database().sql("update workspace_apps set sharing_level = 'authenticated'");
  const auto kept = token_for(way, clock, owner), lost = token_for(way, clock, guest);
  // Which nobody is told: it is found out when the tokens are over. The agent has not gone meanwhile.
  way.srv.database().sql(
      "update workspace_apps set sharing_level = 'owner';"
      "update workspace_agents set last_connected_at = now() + interval '1 hour'");
  clock.advance(apps::kTokenLife - Seconds(1));
  RawSocket stays(way.srv.url()), goes(way.srv.url());

  for (auto [browser, who, token] : {std::tuple(&stays, &owner, &kept), std::tuple(&goes, &guest, &lost)}) {
    browser->send(
        fmt::format("GET / HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCoder-Session-Token: {}\r\nCookie: {}\r\n\r\n", kHost,
                    who->token, *token));
    const auto head = browser->read_until("\r\n\r\n");
    ASSERT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  }
  const auto opened = std::chrono::steady_clock::now();

  EXPECT_EQ(goes.read(), "");
  EXPECT_LT(std::chrono::steady_clock::now() - opened, Seconds(15)) << "nobody looked whether the right lasts";
  stays.send("still here!");
  EXPECT_EQ(stays.read_until("!"), "still here!");
}

}  // namespace
}  // namespace slipway::test
