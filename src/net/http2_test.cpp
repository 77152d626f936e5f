// A server's HTTP/2: that it is the same server, and what a peer must not do to it.
#include "net/http2_test.hpp"

#include "aio/task.hpp"
#include "net/rig_test.hpp"

namespace slipway::net::testing {
namespace {

struct Place {
  explicit Place(ServerLimits with = {}) : limits(with) {}

  template <class F>
  void run(F body) {
    auto all = [](Place* place, F* todo) -> Task<int> {
      auto [near, far] = make_pipe(place->loops.at(0));
      Browser browser(std::move(near));
      auto serve = [](Place* at, std::unique_ptr<Stream> stream) -> Task<void> {
        Http2Connection connection(at->home, std::move(stream), {.ip = "192.0.2.1", .port = 7}, at->handler, at->limits);
        co_await connection.run();
        at->over = true;
      };
      place->home.connections().start(serve, place, std::move(far));
      auto sweep = [](ServerLoop* at) { return at->sweep(Milliseconds(5)); };
      place->home.background().start(sweep, &place->home);
      co_await (*todo)(*place, browser);
      if (place->waits_for_end) co_await place->home.connections().ended();
      co_await place->home.stop(std::chrono::steady_clock::now());
      co_return 0;
    };
    loops.run(all(this, &body));
  }

  Task<void> answer(Exchange& exchange) {
    const auto path = std::string(exchange.request().path);
    if (path == "/echo") co_return co_await echo(exchange);
    if (path == "/held") co_return co_await held(exchange);
    if (path == "/parts") co_return co_await parts(exchange);
    Response response{.status = 200, .headers = {{"X-Path", exchange.request().target}, {"X-Method", exchange.request().method}}, .body = {}};
    for (const auto* name : {"Host", "Cookie", "Accept"}) response.headers.add(std::string("X-") + name, exchange.request().headers.get(name));
    response.body = path == "/big" ? std::string(1 << 20, 'b') : exchange.request().tls ? "by TLS" : "in the clear";
    (void)co_await exchange.send(std::move(response));
  }
  static Task<void> echo(Exchange& exchange) {
    auto body = co_await exchange.body(1 << 21);
    if (body)
      (void)co_await exchange.send({.status = 200, .headers = {}, .body = std::move(*body)});
    else
      (void)co_await exchange.send({.status = 413, .headers = {}, .body = "no"});
  }
  Task<void> held(Exchange& exchange) {
    ++held_now;
    reached.notify();
    const auto left = co_await aio_left(exchange);
    if (left) ++were_left;
    --held_now;
    gone.notify();
  }
  Task<bool> aio_left(Exchange& exchange) {
    using namespace asio::experimental::awaitable_operators;
    const auto first = co_await (exchange.caller_left() || open.wait());
    if (first.index() == 1) (void)co_await exchange.send({.status = 200, .headers = {}, .body = "at last"});
    co_return first.index() == 0;
  }
  static Task<void> parts(Exchange& exchange) {
    (void)co_await exchange.interim(103, {{"Link", "</a>"}});
    (void)co_await exchange.begin({.status = 200, .headers = {{"Trailer", "X-End"}}, .body = {}});
    (void)co_await exchange.write("one");
    (void)co_await exchange.write("two");
    (void)co_await exchange.finish({{"X-End", "yes"}});
  }

  aio::Loops loops{1};
  ServerLimits limits;
  ServerLoop home{loops.at(0), 1000};
  aio::Event reached{loops.at(0)}, open{loops.at(0)}, gone{loops.at(0)};
  int held_now = 0, were_left = 0;
  bool over = false, waits_for_end = false;
  Handler handler = [this](Exchange& exchange) { return answer(exchange); };
};

Fields fields_of(std::string method, std::string path, Fields more = {}) {
  Fields fields{{":method", std::move(method)}, {":scheme", "https"}, {":authority", "x.example"}, {":path", std::move(path)}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

TEST(Http2, IsTheSameServerToItsHandlers) {
  Place place;
  place.run([](Place&, Browser& browser) -> Task<void> {
    const auto told =
        co_await browser.whole(browser.ask(fields_of("GET", "/a?b=c", {{"accept", "text/html"}, {"cookie", "a=1"}, {"cookie", "b=2"}})));
    EXPECT_EQ(told.status(), 200);
    EXPECT_EQ(told.body, "by TLS");
    EXPECT_EQ(told.headers.at("x-path"), "/a?b=c");
    EXPECT_EQ(told.headers.at("x-host"), "x.example");
    EXPECT_EQ(told.headers.at("x-cookie"), "a=1; b=2");
    EXPECT_EQ(told.headers.at("x-accept"), "text/html");
    EXPECT_EQ(told.headers.at("content-length"), "6");
    EXPECT_TRUE(told.headers.contains("date"));
    EXPECT_FALSE(told.headers.contains("connection"));
  });
}

TEST(Http2, BodiesGoBothWaysWhateverTheirLengthAndManyAtOnce) {
  Place place;
  place.run([](Place&, Browser& browser) -> Task<void> {
    const std::string large(700'000, 'x');
    const auto known = browser.ask(fields_of("POST", "/echo", {{"content-length", "700000"}}), large);
    const auto unknown = browser.ask(fields_of("POST", "/echo"), large + "y");
    const auto none = browser.ask(fields_of("POST", "/echo"));
    const auto big = browser.get("/big");
    const auto one = co_await browser.whole(known), two = co_await browser.whole(unknown), three = co_await browser.whole(none);
    const auto four = co_await browser.whole(big);
    EXPECT_EQ(one.body, large);
    EXPECT_EQ(two.body, large + "y");
    EXPECT_EQ(three.status(), 200);
    EXPECT_EQ(three.body, "");
    EXPECT_EQ(four.body.size(), std::size_t{1} << 20);
  });
}

TEST(Http2, HeadHasNoBodyAndPartsHintsAndTrailersCome) {
  Place place;
  place.run([](Place&, Browser& browser) -> Task<void> {
    const auto head = co_await browser.whole(browser.ask(fields_of("HEAD", "/big")));
    EXPECT_EQ(head.status(), 200);
    EXPECT_EQ(head.headers.at("content-length"), "1048576");
    EXPECT_EQ(head.body, "");
    const auto parts = co_await browser.whole(browser.get("/parts"));
    EXPECT_EQ(parts.interim, std::vector<int>{103});
    EXPECT_EQ(parts.body, "onetwo");
    EXPECT_EQ(parts.trailers.at("x-end"), "yes");
    EXPECT_FALSE(parts.headers.contains("transfer-encoding"));
  });
}

// Each would be read in two ways, or end a line, in HTTP/1.1.
TEST(Http2, NothingIsSmuggledIntoTheHead) {
  Place place;
  place.run([](Place& at, Browser& browser) -> Task<void> {
    const std::vector<Fields> all{
        fields_of("GET", "/", {{"transfer-encoding", "chunked"}}),
        fields_of("GET", "/", {{"connection", "close"}}),
        fields_of("GET", "/", {{"upgrade", "websocket"}}),
        fields_of("GET", "/", {{"x", "a\r\nY: b"}}),
        fields_of("GET", "/", {{"x\r\ny", "a"}}),
        fields_of("GET", "/ HTTP/1.1\r\nX: y"),
        fields_of("GET", "/a b"),
        fields_of("GET /x HTTP/1.1\r\nHost: y\r\n\r\nGET", "/"),
        fields_of("GET", "/", {{"host", "other.example"}}),
        fields_of("GET", "/", {{"content-length", "3"}}),
        {{":method", "GET"}, {":scheme", "https"}, {":authority", "x\r\nX: y"}, {":path", "/"}},
        {{":method", "GET"}, {":scheme", "https"}, {":authority", "x"}},
    };
    std::vector<std::int32_t> ids;
    for (const auto& fields : all) ids.push_back(browser.ask(fields));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto told = co_await browser.whole(ids[i]);
      EXPECT_NE(told.status(), 200) << i;
      EXPECT_FALSE(told.headers.contains("x-path")) << i;
    }
    EXPECT_EQ((co_await browser.whole(browser.get("/still"))).status(), 200);
    EXPECT_FALSE(at.over);
  });
}

TEST(Http2, HeadsAreAsLargeAsElsewhereAndNoLarger) {
  Place place({.header_bytes = 4096, .header_count = 20, .target_bytes = 512});
  place.run([](Place&, Browser& browser) -> Task<void> {
    Fields many;
    for (int i = 0; i < 30; ++i) many.emplace_back("x-" + std::to_string(i), "v");
    const auto large = co_await browser.whole(browser.ask(fields_of("GET", "/", {{"x", std::string(5000, 'a')}})));
    const auto count = co_await browser.whole(browser.ask(fields_of("GET", "/", many)));
    const auto path = co_await browser.whole(browser.get("/" + std::string(600, 'p')));
    EXPECT_EQ(large.status(), 431);
    EXPECT_EQ(count.status(), 431);
    EXPECT_EQ(path.status(), 414);
    EXPECT_EQ((co_await browser.whole(browser.get("/"))).status(), 200);
  });
}

TEST(Http2, ATunnelOrAWebSocketIsAskedForElsewhere) {
  Place place;
  place.run([](Place&, Browser& browser) -> Task<void> {
    const auto told = co_await browser.whole(browser.ask({{":method", "CONNECT"}, {":authority", "x:1"}}));
    EXPECT_EQ(told.error, static_cast<std::uint32_t>(NGHTTP2_HTTP_1_1_REQUIRED));
  });
}

TEST(Http2, AResetIsACallerWhoLeft) {
  Place place;
  place.run([](Place& at, Browser& browser) -> Task<void> {
    const auto id = browser.get("/held");
    co_await browser.flush();
    co_await at.reached.wait();
    browser.reset(id);
    co_await browser.flush();
    co_await at.gone.wait();
    EXPECT_EQ(at.were_left, 1);
    EXPECT_EQ((co_await browser.whole(browser.get("/"))).status(), 200);
  });
}

// Whoever asks and takes it back at once keeps no more handlers busy than are allowed, and is sent away.
TEST(Http2, RapidResetsEndTheConnection) {
  Place place;
  place.waits_for_end = true;
  place.run([](Place& at, Browser& browser) -> Task<void> {
    int most = 0;
    for (int i = 0; i < 2000 && !browser.goaway && !at.over; ++i) {
      const auto id = browser.get("/held");
      co_await browser.flush();
      browser.reset(id);
      co_await browser.flush();
      most = std::max(most, at.held_now);
    }
    co_await browser.closed();
    EXPECT_LE(most, 200);
  });
}

TEST(Http2, MoreStreamsThanAllowedAreRefusedNotServed) {
  Place place;
  place.run([](Place& at, Browser& browser) -> Task<void> {
    // Before the server's settings have come a peer may not know its limit.
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 100; ++i) ids.push_back(browser.get("/held"));
    co_await browser.flush();
    while (at.held_now < 100) co_await at.reached.wait();
    EXPECT_EQ(at.held_now, 100);
    at.open.notify();
    for (const auto id : ids) EXPECT_EQ((co_await browser.whole(id)).body, "at last");
  });
}

TEST(Http2, AFloodOfFramesThatLeadToNothingEndsTheConnection) {
  Place place;
  place.waits_for_end = true;
  place.run([](Place&, Browser& browser) -> Task<void> {
    std::string pings;
    for (int i = 0; i < 10'500; ++i) pings += std::string("\0\0\x8\6\0\0\0\0\0", 9) + "12345678";
    co_await browser.flush();
    for (std::size_t from = 0; from < pings.size(); from += 1700) co_await browser.raw(pings.substr(from, 1700));
    co_await browser.closed();
  });
}

// A head that goes on in one CONTINUATION after the other.
TEST(Http2, AHeadWithoutEndEndsTheConnection) {
  Place place;
  place.waits_for_end = true;
  place.run([](Place&, Browser& browser) -> Task<void> {
    co_await browser.flush();
    std::string begun("\0\0\1\1\0\0\0\0\1\x82", 10), further("\0\0\1\x9\0\0\0\0\1\x84", 10);
    std::string flood = begun;
    for (int i = 0; i < 1000; ++i) flood += further;
    co_await browser.raw(flood);
    co_await browser.closed();
  });
}

TEST(Http2, WhoIsSilentOrSlowIsLeft) {
  Place place(
      {.header_timeout = Milliseconds(60), .idle_timeout = Milliseconds(60), .body_timeout = Milliseconds(60), .write_timeout = Milliseconds(60)});
  place.waits_for_end = true;
  place.run([](Place&, Browser& browser) -> Task<void> {
    // A body that does not come is its request's end, not the connection's.
    const auto slow = browser.ask(fields_of("POST", "/echo"), "begun");
    browser.hold(slow);
    const auto told = co_await browser.whole(slow);
    EXPECT_NE(told.status(), 200);
    // And then nothing is asked.
    co_await browser.closed();
  });
  EXPECT_TRUE(place.over);
}

TEST(Http2, APeerThatTakesNothingLosesItsAnswer) {
  Place place({.idle_timeout = Milliseconds(100), .write_timeout = Milliseconds(60)});
  place.run([](Place&, Browser& browser) -> Task<void> {
    browser.takes = false;
    const auto told = co_await browser.whole(browser.get("/big"));
    EXPECT_NE(told.error, 0u);
    EXPECT_LT(told.body.size(), std::size_t{1} << 20);
  });
}

TEST(Http2, WhatWasBegunEndsWhenTheServerStops) {
  Place place;
  place.waits_for_end = true;
  place.run([](Place& at, Browser& browser) -> Task<void> {
    const auto id = browser.get("/held");
    co_await browser.flush();
    co_await at.reached.wait();
    at.home.drain();
    const auto told_so = [&] { return browser.goaway.has_value(); };
    EXPECT_TRUE(co_await browser.until(told_so));
    EXPECT_EQ(browser.goaway, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
    at.open.notify();
    EXPECT_EQ((co_await browser.whole(id)).body, "at last");
    // Nothing is left to say: the server closes.
    co_await browser.closed();
  });
  EXPECT_TRUE(place.over);
}

}  // namespace
}  // namespace slipway::net::testing
