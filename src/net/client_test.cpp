#include "net/rig_test.hpp"

#include "net/http1.hpp"
#include "net/pipe.hpp"
#include "net/resolve.hpp"

#include <boost/asio/ip/udp.hpp>

namespace slipway::net {
namespace {

using testing::Rig;

// A peer that takes a request and says exactly this, then waits to be left.
Task<void> say(std::unique_ptr<Stream> stream, std::string answer) {
  co_await testing::read_some_more(*stream, 20);
  co_await stream->write(answer);
  co_await stream->shutdown_send();
  co_await testing::read_all(*stream);
}

struct Talk {
  Result<Response> head;
  Result<std::string> body;
  bool reusable = false;
};

// What Http1 makes of an answer.
Task<Talk> talk(std::string method, std::string answer) {
  auto [near, far] = make_pipe(co_await aio::executor());
  aio::Nursery peer(co_await aio::executor());
  peer.start(say, std::move(far), std::move(answer));
  Http1 http(std::move(near));
  Talk outcome{.head = fail(Code::internal, ""), .body = std::string()};
  const Headers headers{{"Host", "x"}};
  co_await http.send_head(method, "/", headers);
  outcome.head = co_await http.read_head();
  std::string piece(7, '\0');
  while (outcome.head && outcome.body) {
    const auto n = co_await http.read_some(piece);
    if (!n)
      outcome.body = std::unexpected(n.error());
    else if (*n == 0)
      break;
    else
      outcome.body->append(piece, 0, *n);
  }
  outcome.reusable = http.reusable();
  http.close();
  co_await peer.stop();
  co_return outcome;
}

TEST(NetClient, KeepsConnections) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    for (int i = 0; i < 5; ++i) {
      const auto answer = co_await r.get("/hello");
      EXPECT_TRUE(answer && answer->body == "hello");
    }

    EXPECT_EQ(r.server.connections(), 1U);
  });
}

TEST(NetClient, RepeatsOnANewConnectionWhenTheKeptOneWasClosed) {
  ServerOptions options;
  options.limits.idle_timeout = Milliseconds(20);
  Rig rig(options);
  rig.run([](Rig& r) -> Task<void> {
    const auto first = co_await r.get("/hello");
    while (r.server.connections() > 0) co_await aio::sleep(Milliseconds(1));
    const auto second = co_await r.get("/hello");

    EXPECT_TRUE(first && second && second->body == "hello");
  });
}

TEST(NetClient, LetsGoOfWhatNobodyNeedsForAWhileThoughNothingElseIsAsked) {
  ClientOptions options;
  options.idle_for = Milliseconds(20);
  Rig rig({}, options);
  rig.run([](Rig& r) -> Task<void> {
    for (int round = 0; round < 2; ++round) {
      const auto answer = co_await r.get("/hello");
      EXPECT_TRUE(answer && answer->body == "hello");
      const auto until = std::chrono::steady_clock::now() + Seconds(10);
      while (r.server.connections() > 0 && std::chrono::steady_clock::now() < until) co_await aio::sleep(Milliseconds(1));

      EXPECT_EQ(r.server.connections(), 0U);
    }
  });
}

TEST(NetClient, GivesUpAtTheDeadline) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto late = co_await r.client.request("GET", r.url("/wait"), {}, "", Milliseconds(30));
    r.gate.open.notify();

    EXPECT_EQ(late.error().code, Code::timed_out);
  });
}

TEST(NetClient, SaysWhatIsWrong) {
  ClientOptions small;
  small.max_response = 1000;
  Rig rig({}, small);
  rig.run([](Rig& r) -> Task<void> {
    const auto large = co_await r.get("/big");
    const auto nobody = co_await r.client.request("GET", "http://127.0.0.1:1/", {}, "", Milliseconds(2000));
    const auto scheme = co_await r.client.request("GET", "ftp://localhost/", {}, "", Milliseconds(2000));
    const auto user = co_await r.client.request("GET", "http://a:b@localhost/", {}, "", Milliseconds(2000));
    const auto nonsense = co_await r.client.request("GET", "//localhost", {}, "", Milliseconds(2000));

    EXPECT_EQ(large.error().code, Code::too_large);
    EXPECT_EQ(nobody.error().code, Code::bad_gateway);
    EXPECT_EQ(scheme.error().code, Code::invalid);
    EXPECT_EQ(user.error().code, Code::invalid);
    EXPECT_EQ(nonsense.error().code, Code::invalid);
  });
}

TEST(NetClient, ResolvesLiteralsAndLocalhostWithoutDns) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    const auto literal = co_await resolve("192.0.2.7", Milliseconds(100));
    const auto six = co_await resolve("2001:db8::1", Milliseconds(100));
    const auto local = co_await resolve("app.localhost", Milliseconds(100));
    const auto never = co_await resolve("does-not-exist.invalid", Milliseconds(3000));

    EXPECT_EQ(*literal, std::vector<std::string>{"192.0.2.7"});
    EXPECT_EQ(*six, std::vector<std::string>{"2001:db8::1"});
    EXPECT_EQ(local->front(), "127.0.0.1");
    EXPECT_FALSE(never);
  });
}

// A name server that answers every question about an IPv4 address with 192.0.2.55, and any other with nothing.
Task<void> serve_names(asio::ip::udp::socket* socket, int questions) {
  for (int i = 0; i < questions; ++i) {
    std::string packet(512, '\0');
    asio::ip::udp::endpoint from;
    packet.resize(co_await socket->async_receive_from(asio::buffer(packet), from, asio::use_awaitable));
    const std::size_t end = packet.find('\0', 12) + 5;  // header, name, type, class
    const bool wants_v4 = packet[end - 3] == 1;
    packet.resize(end);
    packet.replace(2, 10, std::string{'\x81', '\x80', 0, 1, 0, static_cast<char>(wants_v4), 0, 0, 0, 0});
    if (wants_v4) packet += std::string{'\xc0', 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, '\xc0', 0, 2, 55};
    co_await socket->async_send_to(asio::buffer(packet), from, asio::use_awaitable);
  }
}

TEST(NetClient, AsksNameServers) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    const auto home = co_await aio::executor();
    asio::ip::udp::socket socket(home, {asio::ip::make_address("127.0.0.1"), 0});
    const std::string server = fmt::format("127.0.0.1:{}", socket.local_endpoint().port());
    aio::Nursery names(home);
    names.start(serve_names, &socket, 2);
    const auto found = co_await resolve("workspace.example.test", Milliseconds(5000), server);
    const auto late = co_await resolve("other.example.test", Milliseconds(50), server);
    co_await names.stop();

    EXPECT_TRUE(found) << found.error().say;
    EXPECT_EQ(found.value_or(std::vector<std::string>()), std::vector<std::string>{"192.0.2.55"});
    EXPECT_EQ(late.error().code, Code::timed_out);
  });
}

TEST(NetHttp1, ReadsEveryFraming) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    const auto counted = co_await talk("GET", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
    const auto chunked =
        co_await talk("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\nA;x=y\r\n0123456789\r\n0\r\nT: v\r\n\r\n");
    const auto until_end = co_await talk("GET", "HTTP/1.1 200 OK\r\n\r\nall the rest");
    const auto head = co_await talk("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    const auto none = co_await talk("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n");
    const auto interim = co_await talk(
        "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");

    EXPECT_TRUE(counted.reusable && *counted.body == "0123456789");
    EXPECT_TRUE(chunked.reusable && *chunked.body == "abcd0123456789");
    EXPECT_TRUE(!until_end.reusable && *until_end.body == "all the rest");
    EXPECT_TRUE(head.reusable && head.body->empty());
    EXPECT_TRUE(none.reusable && none.body->empty());
    EXPECT_EQ(interim.head->status, 201);
    EXPECT_FALSE(interim.head->headers.has("Link"));
    EXPECT_EQ(*interim.body, "ok");
  });
}

TEST(NetHttp1, NeverTakesAPartForTheWhole) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    const auto nothing = co_await talk("GET", "");
    const auto head = co_await talk("GET", "HTTP/1.1 200 OK\r\nContent-Le");
    const auto short_body = co_await talk("GET", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
    const auto short_chunk = co_await talk("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab");
    const auto no_end = co_await talk("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n");
    const auto both = co_await talk("GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    const auto garbage = co_await talk("GET", "SSH-2.0-OpenSSH\r\n\r\n");

    EXPECT_EQ(nothing.head.error().code, Code::bad_gateway);
    EXPECT_FALSE(head.head);
    EXPECT_EQ(short_body.body.error().code, Code::bad_gateway);
    EXPECT_FALSE(short_chunk.body);
    EXPECT_FALSE(no_end.body);
    EXPECT_FALSE(both.head);
    EXPECT_FALSE(garbage.head);
    EXPECT_FALSE(short_body.reusable || short_chunk.reusable || no_end.reusable);
  });
}

TEST(NetHttp1, GivesTheStreamBackAfterAnUpgrade) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    Http1 http(co_await r.dial());
    const Headers headers{{"Host", "x"}, {"Connection", "Upgrade"}, {"Upgrade", "echo"}};
    co_await http.send_head("GET", "/raw", headers, "sent too early");
    const auto head = co_await http.read_head();
    const auto stream = http.release();
    co_await stream->write(" and then some");
    co_await stream->shutdown_send();
    const std::string echoed = co_await testing::read_all(*stream);

    EXPECT_EQ(head->status, 101);
    EXPECT_EQ(head->headers.get("upgrade"), "echo");
    EXPECT_EQ(echoed, "sent too early and then some");
  });
}

// What the app proxy does: a handler that forwards head and body to another server and streams the answer back.
TEST(NetHttp1, ForwardsThroughAnyStream) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    auto [near, far] = make_pipe(co_await aio::executor(), 1000);
    auto forward = [](Rig* to, std::unique_ptr<Stream> from) -> Task<void> {
      const Handler handler = [to](Exchange& x) -> Task<void> {
        Http1 upstream(co_await to->dial());
        co_await upstream.send_head(x.request().method, x.request().target, x.request().headers);
        std::string piece(500, '\0');
        for (auto n = co_await x.read_some(piece); n && *n > 0; n = co_await x.read_some(piece)) co_await upstream.write({piece.data(), *n});
        co_await upstream.finish();
        auto head = co_await upstream.read_head();
        head->headers.remove("Date");
        co_await x.begin(std::move(*head));
        for (auto n = co_await upstream.read_some(piece); n && *n > 0; n = co_await upstream.read_some(piece)) co_await x.write({piece.data(), *n});
        co_await x.finish();
      };
      co_await serve(std::move(from), {}, handler);
    };
    aio::Nursery nursery(co_await aio::executor());
    nursery.start(forward, &r, std::move(far));
    Http1 http(std::move(near));
    for (int round = 0; round < 2; ++round) {
      const Headers headers{{"Host", "x"}, {"Transfer-Encoding", "chunked"}};
      std::string sent(20000, static_cast<char>('a' + round)), back, piece(3000, '\0');
      co_await http.send_head("POST", "/echo", headers);
      co_await http.write(sent);
      co_await http.finish();
      const auto head = co_await http.read_head();
      EXPECT_TRUE(head && head->headers.get("Content-Length") == "20000");
      for (auto n = co_await http.read_some(piece); n && *n > 0; n = co_await http.read_some(piece)) back.append(piece, 0, *n);

      EXPECT_EQ(back, sent);
      EXPECT_TRUE(http.reusable());
    }
    http.close();
    co_await nursery.stop();
  });
}

}  // namespace
}  // namespace slipway::net
