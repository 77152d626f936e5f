#include "net/http1.hpp"
#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "net/pipe.hpp"

#include <gtest/gtest.h>

namespace slipway::net {
namespace {

constexpr std::string_view kGood = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Task<std::string> read_until(Stream& stream, std::string_view end) {
  std::string all, piece(4096, '\0');
  while (!all.ends_with(end)) {
    const auto count = co_await stream.read_some(piece);
    if (!count || *count == 0) break;
    all.append(piece, 0, *count);
  }
  co_return all;
}

// A request whose head says 4 bytes, of which `body` goes out; then the whole answer comes. Can the connection be used again?
Task<int> reusable_after(std::string body) {
  auto [client, server] = make_pipe(co_await aio::executor());
  Http1 http(std::move(client));
  EXPECT_TRUE(co_await http.send_head("POST", "/", {{"Host", "x"}, {"Content-Length", "4"}}));
  EXPECT_TRUE(co_await http.write(body));
  EXPECT_TRUE(co_await server->write(kGood));
  EXPECT_TRUE(co_await http.read_head());
  std::string into(10, '\0');
  EXPECT_TRUE(co_await http.read_some(into));
  co_return http.reusable() ? 1 : 0;
}

TEST(NetHttp1, ABodyThatWasNotSentWholeEndsTheConnection) {
  aio::Loops loops(1);

  EXPECT_EQ(loops.run(reusable_after("body")), 1);
  EXPECT_EQ(loops.run(reusable_after("bod")), 0);
}

TEST(NetHttp1, WhatComesBeforeTheAnswerIsShownToWhoAsks) {
  auto main = []() -> Task<int> {
    auto [client, server] = make_pipe(co_await aio::executor());
    Http1 http(std::move(client));
    EXPECT_TRUE(co_await http.send_head("GET", "/", {{"Host", "x"}}));
    EXPECT_TRUE(co_await server->write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"));
    EXPECT_TRUE(co_await server->write(kGood));

    const auto hints = co_await http.read_any_head();
    const auto head = co_await http.read_head();

    EXPECT_TRUE(hints && hints->status == 103 && hints->headers.get("Link") == "</a>");
    EXPECT_TRUE(head && head->status == 200);
    co_return 0;
  };
  aio::Loops loops(1);
  loops.run(main());
}

TEST(NetHttp1, TrailersGoBothWays) {
  auto main = []() -> Task<int> {
    auto [client, server] = make_pipe(co_await aio::executor());
    Http1 http(std::move(client));
    EXPECT_TRUE(co_await http.send_head("POST", "/", {{"Host", "x"}, {"Transfer-Encoding", "chunked"}}));
    EXPECT_TRUE(co_await http.write("hello"));
    EXPECT_TRUE(co_await http.finish({{"Digest", "d"}}));
    EXPECT_TRUE(co_await server->write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nGrpc-Status: 0\r\n\r\n"));
    EXPECT_TRUE(co_await http.read_head());
    std::string into(10, '\0');
    EXPECT_EQ(co_await http.read_some(into), 2U);
    EXPECT_EQ(co_await http.read_some(into), 0U);

    EXPECT_EQ(http.trailers().get("Grpc-Status"), "0");
    EXPECT_TRUE(http.reusable());
    const auto sent = co_await read_until(*server, "d\r\n\r\n");
    EXPECT_TRUE(sent.ends_with("\r\n\r\n5\r\nhello\r\n0\r\nDigest: d\r\n\r\n")) << sent;
    co_return 0;
  };
  aio::Loops loops(1);
  loops.run(main());
}

TEST(NetHttp1, BytesBehindAnAnswerEndTheConnection) {
  auto main = []() -> Task<int> {
    auto [client, server] = make_pipe(co_await aio::executor());
    Http1 http(std::move(client));
    EXPECT_TRUE(co_await http.send_head("GET", "/", {{"Host", "x"}}));
    EXPECT_TRUE(co_await server->write(std::string(kGood) + std::string(kGood)));
    EXPECT_TRUE(co_await http.read_head());
    std::string into(10, '\0');
    EXPECT_EQ(co_await http.read_some(into), 2U);

    EXPECT_FALSE(http.reusable());
    co_return 0;
  };
  aio::Loops loops(1);
  loops.run(main());
}

TEST(NetHttp1, WhatIsNoHttpIsToldApartAtOnce) {
  auto main = []() -> Task<int> {
    auto [client, server] = make_pipe(co_await aio::executor());
    Http1 http(std::move(client));
    EXPECT_TRUE(co_await http.send_head("GET", "/", {{"Host", "x"}}));
    EXPECT_TRUE(co_await server->write("\x15\x03\x03\x02"));

    const auto head = co_await http.read_head();

    EXPECT_FALSE(head);
    EXPECT_TRUE(http.no_http());
    co_return 0;
  };
  aio::Loops loops(1);
  loops.run(main());
}

}  // namespace
}  // namespace slipway::net
