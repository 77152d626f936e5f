#include "net/rig_test.hpp"

namespace slipway::net {
namespace {

using testing::Rig;
using testing::status_of;

std::size_t times(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

ServerOptions with_limits(ServerLimits limits) { return {.limits = limits}; }

TEST(NetServer, AnswersAndKeepsTheConnection) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto stream = co_await r.dial();
    for (int i = 0; i < 3; ++i) {
      co_await stream->write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
      std::string answer;
      while (!answer.ends_with("\r\n\r\nhello")) answer += co_await testing::read_some_more(*stream, 1);

      EXPECT_EQ(status_of(answer), 200);
      EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
      EXPECT_NE(answer.find("Date: "), std::string::npos);
      EXPECT_EQ(answer.find("Connection:"), std::string::npos);
    }
  });
}

TEST(NetServer, AnswersPipelinedRequestsInOrder) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const std::string all = co_await r.raw(
        "GET /target?1 HTTP/1.1\r\nHost: x\r\n\r\n"
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n"
        "GET /target?2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    EXPECT_EQ(times(all, "HTTP/1.1 200 OK"), 4U);
    const std::size_t one = all.find("/target?1"), two = all.find("abc"), three = all.find("def"), four = all.find("/target?2");
    EXPECT_TRUE(one < two && two < three && three < four && four != std::string::npos) << all;
  });
}

TEST(NetServer, ReadsAHeadThatComesByteByByte) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto stream = co_await r.dial();
    for (const char c :
         std::string("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: v\r\n\r\n"))
      co_await stream->write({&c, 1});
    const std::string all = co_await testing::read_all(*stream);

    EXPECT_EQ(status_of(all), 200);
    EXPECT_TRUE(all.ends_with("hello")) << all;
  });
}

TEST(NetServer, StreamsBothWays) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const std::string sent(500000, 's');
    const Headers chunked{{"Transfer-Encoding", "chunked"}};
    const auto http = co_await r.client.open("POST", r.url("/stream"), chunked);
    EXPECT_TRUE(http);
    const auto head = co_await (*http)->read_head();
    EXPECT_TRUE(head);
    EXPECT_EQ(head->headers.get("Transfer-Encoding"), "chunked");
    // One piece at a time and back: neither side holds the whole.
    std::string back, piece(10000, '\0');
    for (std::size_t at = 0; at < sent.size(); at += piece.size()) {
      co_await (*http)->write(std::string_view(sent).substr(at, piece.size()));
      for (std::size_t got = 0; got < piece.size();) {
        const auto n = co_await (*http)->read_some({piece.data(), piece.size() - got});
        EXPECT_TRUE(n && *n > 0);
        back.append(piece, 0, *n);
        got += *n;
      }
    }
    co_await (*http)->finish();
    const auto end = co_await (*http)->read_some(piece);

    EXPECT_TRUE(end && *end == 0);
    EXPECT_EQ(back, sent);
  });
}

TEST(NetServer, HeadAnd204HaveNoBody) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const std::string head = co_await r.raw("HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string none = co_await r.raw("GET /empty HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
    EXPECT_EQ(status_of(none), 204);
    EXPECT_EQ(none.find("Content-Length"), std::string::npos);
  });
}

TEST(NetServer, SpeaksHttp10) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const std::string once = co_await r.raw("GET /hello HTTP/1.0\r\n\r\n");
    const std::string streamed = co_await r.raw("POST /stream HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc");

    EXPECT_NE(once.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(once.ends_with("hello"));
    EXPECT_EQ(streamed.find("chunked"), std::string::npos);
    EXPECT_TRUE(streamed.ends_with("\r\n\r\nabc")) << streamed;
  });
}

TEST(NetServer, SendsContinueOnlyWhenTheBodyIsWanted) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto stream = co_await r.dial();
    co_await stream->write("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    const std::string interim = co_await testing::read_some_more(*stream, 25);
    co_await stream->write("ok");
    const std::string answer = co_await testing::read_some_more(*stream, 40);
    const std::string unwanted = co_await r.raw("POST /hello HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    const std::string too_large = co_await r.raw("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 999999\r\n\r\n");

    EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(status_of(unwanted), 200);
    EXPECT_NE(unwanted.find("Connection: close"), std::string::npos);
    EXPECT_EQ(status_of(too_large), 413);
  });
}

struct BadRequest {
  const char* what;
  std::string bytes;
  int status;
};

TEST(NetServer, RefusesWhatTwoParsersCouldReadInTwoWays) {
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\n";
  const std::string smuggled = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::vector<BadRequest> all = {
      {"both lengths", head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400},
      {"both lengths, other order", head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + smuggled, 400},
      {"two Content-Length", head + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {"list of lengths", head + "Content-Length: 3, 3\r\n\r\nabc", 400},
      {"signed length", head + "Content-Length: +3\r\n\r\nabc", 400},
      {"hexadecimal length", head + "Content-Length: 0x3\r\n\r\nabc", 400},
      {"empty length", head + "Content-Length: \r\n\r\n", 400},
      {"huge length", head + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"two Transfer-Encoding", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"unknown coding", head + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {"coding after another", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"obscured coding", head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"chunked in 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"bare LF", "GET /hello HTTP/1.1\nHost: x\n\n", 400},
      {"bare LF in a field", "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n", 400},
      {"bare CR in a field", "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 400},
      {"NUL in a field", std::string("GET /hello HTTP/1.1\r\nHost: x\r\nA: b") + '\0' + "c\r\n\r\n", 400},
      {"folded line", "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
      {"space before colon", head + "Content-Length : 3\r\n\r\nabc", 400},
      {"no colon", "GET /hello HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400},
      {"no Host", "GET /hello HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
      {"no version", "GET /hello\r\n\r\n", 400},
      {"future version", "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"space in target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"target without slash", "GET hello HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"not HTTP", "\x16\x03\x01\x02\x01\r\n\r\n", 400},
      {"bad chunk size", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400},
      {"chunk size overflow", head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n", 400},
      {"chunk longer than said", head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
  };
  Rig rig;
  for (const BadRequest& bad : all) {
    rig.run([&bad](Rig& r) -> Task<void> {
      const std::string answer = co_await r.raw(bad.bytes);
      EXPECT_EQ(status_of(answer), bad.status) << bad.what << ": " << answer;
      EXPECT_EQ(times(answer, "HTTP/1.1 "), 1U) << bad.what << ": " << answer;
      EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << bad.what;
    });
  }
}

TEST(NetServer, LimitsHeads) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    std::string many;
    for (int i = 0; i < 100; ++i) many += fmt::format("F{}: v\r\n", i);
    const std::string count = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\n" + many + "\r\n");
    const std::string size = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\nA: " + std::string(40000, 'a') + "\r\n\r\n");
    const std::string endless = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\nA: " + std::string(40000, 'a'));
    const std::string target = co_await r.raw("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string fits = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: " + std::string(30000, 'a') + "\r\n\r\n");

    EXPECT_EQ(status_of(count), 431);
    EXPECT_EQ(status_of(size), 431);
    EXPECT_EQ(status_of(endless), 431);
    EXPECT_EQ(status_of(target), 414);
    EXPECT_EQ(status_of(fits), 200);
  });
}

TEST(NetServer, LimitsBodiesAnnouncedOrNot) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto announced = co_await r.post("/echo", std::string(100001, 'a'));
    const auto fits = co_await r.post("/echo", std::string(100000, 'a'));
    std::string chunks;
    for (int i = 0; i < 30; ++i) chunks += "1000\r\n" + std::string(4096, 'c') + "\r\n";
    const std::string unannounced = co_await r.raw("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");

    EXPECT_TRUE(announced && announced->status == 413);
    EXPECT_TRUE(fits && fits->status == 200 && fits->body.size() == 100000);
    EXPECT_EQ(status_of(unannounced), 413);
  });
}

TEST(NetServer, SkipsABodyNobodyReads) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const std::string all = co_await r.raw("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x') +
                                           "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    EXPECT_EQ(times(all, "HTTP/1.1 200 OK"), 2U);
  });
}

TEST(NetServer, CutsWhoeverIsTooSlow) {
  ServerLimits limits;
  limits.header_timeout = limits.idle_timeout = limits.body_timeout = Milliseconds(60);
  Rig rig(with_limits(limits));
  rig.run([](Rig& r) -> Task<void> {
    const std::string nothing = co_await r.raw("");
    const std::string head = co_await r.raw("GET /hello HTTP/1.1\r\nHost:");
    const std::string body = co_await r.raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");

    EXPECT_EQ(nothing, "");
    EXPECT_EQ(head, "");
    EXPECT_EQ(body, "");
  });
}

TEST(NetServer, CutsWhoeverAsksForNothingMore) {
  ServerLimits limits;
  limits.idle_timeout = Milliseconds(60);
  Rig rig(with_limits(limits));
  rig.run([](Rig& r) -> Task<void> {
    const std::string idle = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");

    EXPECT_EQ(times(idle, "HTTP/1.1 200 OK"), 1U);
  });
}

TEST(NetServer, CutsABodyThatOnlyTrickles) {
  ServerLimits limits;
  limits.body_timeout = Milliseconds(100);
  limits.body_rate = 10000;
  Rig rig(with_limits(limits));
  rig.run([](Rig& r) -> Task<void> {
    const auto stream = co_await r.dial();
    co_await stream->write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    // A byte every so often keeps the silence short; without a least rate this would be taken for days.
    int sent = 0;
    while (sent < 2000 && co_await stream->write("x")) {
      ++sent;
      co_await aio::sleep(Milliseconds(10));
    }

    EXPECT_LT(sent, 2000);
  });
}

TEST(NetServer, TakesSoManyConnectionsOfOneAddress) {
  ServerOptions options;
  options.limits.connections_per_address = 2;
  Rig rig(std::move(options));
  rig.run([](Rig& r) -> Task<void> {
    const auto first = co_await r.dial();
    {
      const auto second = co_await r.dial();
      while (r.server.connections() < 2) co_await aio::sleep(Milliseconds(1));
      const std::string third = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      EXPECT_EQ(third, "");
      second->close();
    }
    while (r.server.connections() > 1) co_await aio::sleep(Milliseconds(1));
    const std::string again = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(times(again, "HTTP/1.1 200 OK"), 1U);
  });
}

TEST(NetServer, CountsNoConnectionsOfWhoIsTrusted) {
  ServerOptions options;
  options.limits.connections_per_address = 1;
  options.trusted = [](std::string_view address) { return address == "127.0.0.1"; };
  Rig rig(std::move(options));
  rig.run([](Rig& r) -> Task<void> {
    const auto first = co_await r.dial();
    const std::string second = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(times(second, "HTTP/1.1 200 OK"), 1U);
  });
}

TEST(NetServer, CutsAReaderThatTakesNothing) {
  ServerLimits limits;
  limits.write_timeout = Milliseconds(60);
  Rig rig(with_limits(limits));
  rig.run([](Rig& r) -> Task<void> {
    const auto stream = co_await r.dial();
    std::string many;
    for (int i = 0; i < 8; ++i) many += "GET /big HTTP/1.1\r\nHost: x\r\n\r\n";
    co_await stream->write(many);
    while (r.server.connections() == 0) co_await aio::sleep(Milliseconds(1));
    while (r.server.connections() > 0) co_await aio::sleep(Milliseconds(1));
    const std::string all = co_await testing::read_all(*stream);

    EXPECT_LT(all.size(), 8U * (3 << 20));
  });
}

TEST(NetServer, TurnsAHandlersBugIntoA500) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto thrown = co_await r.get("/throw");
    const auto silent = co_await r.get("/silent");
    const auto half = co_await r.get("/half");
    const auto after = co_await r.get("/hello");

    EXPECT_TRUE(thrown && thrown->status == 500 && thrown->body.find("bug") == std::string::npos);
    EXPECT_TRUE(silent && silent->status == 500);
    EXPECT_FALSE(half);
    EXPECT_TRUE(after && after->body == "hello");
  });
}

TEST(NetServer, RefusesASecondAnswer) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto once = co_await r.get("/twice");

    EXPECT_TRUE(once && once->body == "once");
    EXPECT_TRUE(co_await r.gate.reached.wait_for(Milliseconds(3000)));
  });
}

TEST(NetServer, TellsAHandlerThatItsCallerLeft) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto stream = co_await r.dial();
    co_await stream->write("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
    co_await r.gate.reached.wait();
    stream->close();

    EXPECT_TRUE(co_await r.gate.open.wait_for(Milliseconds(3000)));
  });
}

Task<void> answer_hello(Exchange& x) {
  Response response;
  response.body = "hello";
  co_await x.send(std::move(response));
}

TEST(NetServer, SpreadsConnectionsOverItsLoops) {
  aio::Loops loops(3);
  Server server(loops, {}, answer_hello);
  ASSERT_TRUE(server.start());
  auto caller = [](Server* to, int* good) -> Task<void> {
    Client client(co_await aio::executor(), {});
    for (int i = 0; i < 20; ++i) {
      const auto answer = co_await client.request("GET", fmt::format("http://127.0.0.1:{}/", to->port()), {}, "", Milliseconds(9000));
      *good += answer && answer->body == "hello" ? 1 : 0;
    }
    co_await client.stop();
  };
  auto all = [](Server* to, decltype(caller) call) -> Task<int> {
    int good = 0;
    aio::Nursery callers(co_await aio::executor());
    for (int i = 0; i < 12; ++i) callers.start(call, to, &good);
    while (callers.size() > 0) co_await aio::sleep(Milliseconds(1));
    co_await callers.stop();
    co_await to->stop(Milliseconds(2000));
    co_return good;
  };

  EXPECT_EQ(loops.run(all(&server, caller)), 240);
  EXPECT_EQ(server.connections(), 0U);
}

TEST(NetServer, LetsRunningRequestsEndWhenItStops) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto idle = co_await r.dial(), busy = co_await r.dial();
    co_await busy->write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    co_await r.gate.reached.wait();
    using namespace asio::experimental::awaitable_operators;
    auto finish = [](Rig& rig2, Stream& first, Stream& second) -> Task<std::string> {
      EXPECT_EQ(co_await testing::read_all(first), "");  // the idle one was closed
      rig2.gate.open.notify();
      co_return co_await testing::read_all(second);
    };
    const std::string answer = co_await (r.server.stop(Milliseconds(5000)) && finish(r, *idle, *busy));

    EXPECT_TRUE(answer.ends_with("waited")) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_FALSE(co_await r.client.connect("127.0.0.1", r.server.port(), false));
    EXPECT_EQ(r.server.connections(), 0U);
  });
}

TEST(NetServer, CutsWhatOutlivesTheGrace) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto busy = co_await r.dial();
    co_await busy->write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    co_await r.gate.reached.wait();
    co_await r.server.stop(Milliseconds(20));

    EXPECT_EQ(co_await testing::read_all(*busy), "");
    EXPECT_EQ(r.server.connections(), 0U);
  });
}

TEST(NetServer, SaysWhyItCannotStart) {
  aio::Loops loops(1);
  const Handler none;
  Server name(loops, {.host = "localhost"}, none);
  Server broken(loops, {.tls = TlsServing{.identities = {{"x", "y"}}}}, none);
  Rig rig;
  Server taken(loops, {.port = rig.server.port()}, none);

  EXPECT_EQ(name.start().error().code, Code::invalid);
  EXPECT_EQ(broken.start().error().code, Code::invalid);
  EXPECT_EQ(taken.start().error().code, Code::unavailable);
}

TEST(NetServer, EveryAnswerSaysWhatItIsToldOfTransportSecurity) {
  Rig rig({.transport_security = "max-age=600; includeSubDomains"}), none;
  for (const auto* path : {"/hello", "/nothing", "/throw", "/half", "/stream"}) {
    const auto request = fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    rig.run([&](Rig& r) -> Task<void> {
      const auto answer = co_await r.raw(request);
      EXPECT_EQ(times(answer, "Strict-Transport-Security: max-age=600; includeSubDomains\r\n"), 1U) << answer;
    });
    none.run([&](Rig& r) -> Task<void> {
      const auto answer = co_await r.raw(request);
      EXPECT_EQ(answer.find("Strict-Transport-Security"), std::string::npos) << answer;
    });
  }
}

TEST(NetServer, ARequestCanBeSetRightBeforeItsHandlerSeesIt) {
  Rig rig({.received = [](Request& request) { request.set_target("/target?" + request.peer.ip); }});
  rig.run([](Rig& r) -> Task<void> {
    const auto answer = co_await r.get("/hello");
    EXPECT_TRUE(answer && answer->body == "/target?127.0.0.1") << (answer ? answer->body : answer.error().say);
  });
}

}  // namespace
}  // namespace slipway::net
