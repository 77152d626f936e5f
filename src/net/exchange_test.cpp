#include "net/exchange.hpp"
#include "aio/event.hpp"
#include "aio/loops.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

#include <gtest/gtest.h>

namespace slipway::net {
namespace {

// A server on loopback whose requests are answered by one function, and raw bytes to it.
class Place {
 public:
  explicit Place(Handler handler, ServerLimits limits = {}) : server(loops, {.limits = limits}, std::move(handler)), client(loops.at(0)) {
    EXPECT_TRUE(server.start());
  }
  ~Place() { loops.run(stop(this)); }
  // All that the server says to these bytes until it closes.
  Task<std::string> said_to(std::string bytes) {
    std::string all, piece(4096, '\0');
    const auto stream = co_await client.connect("127.0.0.1", server.port(), false);
    if (!stream || !co_await (*stream)->write(bytes)) co_return "no connection";
    for (;;) {
      const auto count = co_await (*stream)->read_some(piece);
      if (!count || *count == 0) co_return all;
      all.append(piece, 0, *count);
    }
  }
  std::string raw(std::string bytes) {
    std::string all;
    loops.run(put(&all, said_to(std::move(bytes))));
    return all;
  }
  static Task<int> put(std::string* into, Task<std::string> from) {
    *into = co_await std::move(from);
    co_return 0;
  }

  aio::Loops loops{1};
  Server server;
  Client client;

 private:
  static Task<int> stop(Place* self) {
    co_await self->client.stop();
    co_await self->server.stop(Milliseconds(0));
    co_return 0;
  }
};

Task<void> hint(Exchange& x) {
  EXPECT_TRUE(co_await x.interim(103, {{"Link", "</a>; rel=preload"}}));
  EXPECT_TRUE(co_await x.begin({.status = 200, .headers = {{"Trailer", "Digest"}}, .body = {}}));
  EXPECT_TRUE(co_await x.write("hello"));
  EXPECT_TRUE(co_await x.finish({{"Digest", "d"}}));
}

TEST(NetExchange, HintsGoBeforeAnAnswerAndTrailersBehindIt) {
  Place place(hint);

  const auto all = place.raw("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_TRUE(all.starts_with("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n")) << all;
  EXPECT_TRUE(all.ends_with("5\r\nhello\r\n0\r\nDigest: d\r\n\r\n")) << all;
}

TEST(NetExchange, ACallerOfTheOldVersionGetsTheAnswerAlone) {
  Place place(hint);

  const auto all = place.raw("GET / HTTP/1.0\r\n\r\n");

  EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << all;
  EXPECT_TRUE(all.ends_with("\r\n\r\nhello")) << all;
}

Task<void> tell_trailers(Exchange& x) {
  const auto body = co_await x.body(1000);
  net::Response answer{.status = 200, .headers = {}, .body = body.value_or("") + " " + x.trailers().wire()};
  (void)co_await x.send(std::move(answer));
}

TEST(NetExchange, TrailersOfARequestAreThereOnceItsBodyHasEnded) {
  Place place(tell_trailers);

  const auto all =
      place.raw("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nDigest: d\r\n\r\n");

  EXPECT_TRUE(all.ends_with("ok Digest: d\r\n")) << all;
}

// Says what waited for it, before it is told to go on.
Task<void> go_on_by_hand(Exchange& x) {
  const bool waits = x.awaits_continue();
  EXPECT_TRUE(co_await x.interim(100));
  const bool still = x.awaits_continue();
  const auto body = co_await x.body(1000);
  net::Response answer{.status = 200, .headers = {}, .body = fmt::format("{} {} {}", waits, still, body.value_or("none"))};
  (void)co_await x.send(std::move(answer));
}

TEST(NetExchange, ABodyThatIsThereIsNotAskedFor) {
  Place place(go_on_by_hand);

  const auto all = place.raw("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");

  EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << all;
  EXPECT_TRUE(all.ends_with("true false ok")) << all;
}

// What a handler is cut off by, while it waits for ever.
Task<Cut> cut_of(Exchange& x, Milliseconds first, Milliseconds then, std::function<Task<void>()> beside) {
  x.watch(first, std::move(beside));
  x.watch(then);
  try {
    aio::Event never(x.home());
    co_await never.wait();
  } catch (const boost::system::system_error&) {
    // Cut off.
  }
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto cut = co_await x.unwatch();
  co_await asio::this_coro::throw_if_cancelled(true);
  co_return cut;
}

Task<void> end_soon() { co_await aio::sleep(Milliseconds(1)); }

Task<void> tell_cut(Exchange& x) {
  const bool ends = x.request().path == "/ends";
  const auto cut = co_await cut_of(x, ends ? Seconds(600) : Milliseconds(1), ends ? Seconds(600) : Milliseconds(2),
                                   ends ? end_soon : std::function<Task<void>()>());
  const std::string_view names[] = {"none", "caller left", "too late", "ended"};
  net::Response answer{.status = 200, .headers = {}, .body = std::string(names[static_cast<int>(cut)])};
  (void)co_await x.send(std::move(answer));
}

TEST(NetExchange, AWatchedHandlerIsCutOffByItsLimitOrByWhatRunsBeside) {
  Place place(tell_cut);

  EXPECT_TRUE(place.raw("GET /ends HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ends_with("\r\n\r\nended"));
  EXPECT_TRUE(place.raw("GET /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ends_with("\r\n\r\ntoo late"));
}

Task<void> wait_for_body(Exchange& x) {
  if (x.request().path == "/patient") x.be_patient(Seconds(600));
  const auto body = co_await x.body(1000);
  net::Response answer{.status = 200, .headers = {}, .body = body ? "came" : "did not come"};
  (void)co_await x.send(std::move(answer));
}

Task<std::string> talk_slowly(Place* place) {
  std::string piece(4096, '\0');
  const auto stream = co_await place->client.connect("127.0.0.1", place->server.port(), false);
  EXPECT_TRUE(stream);
  EXPECT_TRUE(co_await (*stream)->write("POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\no"));
  // By then another that came later, and is no slower, has been cut off.
  EXPECT_EQ(co_await place->said_to("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\no"), "");
  EXPECT_TRUE(co_await (*stream)->write("k"));
  const auto count = co_await (*stream)->read_some(piece);
  co_return count ? piece.substr(0, *count) : std::string();
}

TEST(NetExchange, ASlowCallerIsWaitedForWhereTheHandlerSaysSo) {
  ServerLimits limits;
  limits.body_timeout = Milliseconds(50);
  Place place(wait_for_body, limits);
  std::string heard;

  place.loops.run(Place::put(&heard, talk_slowly(&place)));

  EXPECT_TRUE(heard.ends_with("came")) << heard;
}

}  // namespace
}  // namespace slipway::net
