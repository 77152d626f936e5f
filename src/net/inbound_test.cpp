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

}  // namespace
}  // namespace slipway::net
