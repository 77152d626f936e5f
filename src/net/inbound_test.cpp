#include "net/inbound.hpp"
#include "aio/loops.hpp"
#include "net/pipe.hpp"

#include <gtest/gtest.h>

namespace slipway::net {
namespace {

// A connection that is kept waits most of its life: what one large request needed is not kept with it.
TEST(NetInbound, KeepsNoMoreRoomBetweenMessagesThanASmallOneNeeds) {
  auto main = []() -> Task<int> {
    auto [client, server] = make_pipe(co_await aio::executor());
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(7000, 'x') + "\r\n\r\n";
    Inbound in({});
    Request request;
    EXPECT_TRUE(co_await client->write(head));
    auto whole = in.request(request);
    while (whole && !*whole && co_await in.fill(*server)) whole = in.request(request);
    EXPECT_GT(in.room(), head.size());

    in.trim();

    EXPECT_EQ(in.room(), std::string().capacity());
    EXPECT_TRUE(co_await client->write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    whole = in.request(request);
    while (whole && !*whole && co_await in.fill(*server)) whole = in.request(request);
    EXPECT_TRUE(whole && *whole);
    co_return 0;
  };
  aio::Loops loops(1);
  EXPECT_EQ(loops.run(main()), 0);
}

TEST(NetInbound, WhatIsTakenOverLeavesNoRoomBehind) {
  auto main = []() -> Task<int> {
    auto [client, server] = make_pipe(co_await aio::executor());
    Inbound in({});
    EXPECT_TRUE(co_await client->write("more"));
    EXPECT_TRUE(co_await in.fill(*server));

    EXPECT_EQ(in.take_rest(), "more");

    EXPECT_EQ(in.room(), std::string().capacity());
    co_return 0;
  };
  aio::Loops loops(1);
  EXPECT_EQ(loops.run(main()), 0);
}

Task<void> send(Stream& to, const std::string& bytes) { (void)co_await to.write(bytes); }

// As an app's download comes: each read is a piece for whoever it is passed on to.
TEST(NetInbound, ALargeBodyInChunksIsReadInLargePieces) {
  auto main = []() -> Task<int> {
    using namespace asio::experimental::awaitable_operators;
    auto [client, server] = make_pipe(co_await aio::executor());
    constexpr std::size_t kSize = 1 << 20;
    const std::string sent = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" + std::string(kSize, 'c') + "\r\n0\r\n\r\n";
    Inbound in({});
    std::size_t size = 0, pieces = 0;
    auto read = [](Inbound& from, Stream& stream, std::size_t& bytes, std::size_t& count) -> Task<void> {
      Response head;
      auto whole = from.response(head, false);
      while (whole && !*whole && co_await from.fill(stream)) whole = from.response(head, false);
      std::string into(1 << 16, ' ');
      while (!from.body_done()) {
        const auto got = co_await from.body(stream, into);
        if (!got) co_return;
        bytes += *got;
        ++count;
      }
    };

    co_await (send(*client, sent) && read(in, *server, size, pieces));
    in.trim();

    EXPECT_EQ(size, kSize);
    EXPECT_LT(pieces, 100U);
    EXPECT_EQ(in.room(), std::string().capacity());
    co_return 0;
  };
  aio::Loops loops(1);
  EXPECT_EQ(loops.run(main()), 0);
}

}  // namespace
}  // namespace slipway::net
