// Both ends of a stream that measures, joined in memory.
#include "tunnel/measuring.hpp"

#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "aio/task.hpp"
#include "net/pipe.hpp"

#include <gtest/gtest.h>

namespace slipway::tunnel {
namespace {

Task<void> serve(std::unique_ptr<net::Stream> stream) { co_await serve_measuring(*stream); }

// body(our end of a stream to the service)
template <class F>
void measured(F body) {
  aio::Loops loops(1);
  auto main = [](F& todo) -> Task<int> {
    auto [near, far] = net::make_pipe(co_await aio::executor());
    aio::Nursery agent(co_await aio::executor());
    agent.start(serve, std::move(far));
    co_await todo(*near);
    near->close();
    co_await agent.stop();
    co_return 0;
  };
  loops.run(main(body));
}

TEST(Measuring, WhatGoesRoundComesBackAndIsTimed) {
  measured([](net::Stream& stream) -> Task<void> {
    EXPECT_TRUE(co_await begin_echo(stream));
    for (int i = 0; i < 3; ++i) {
      const auto took = co_await round_trip(stream);

      EXPECT_TRUE(took) << took.error().say;
    }
  });
}

TEST(Measuring, BytesArePouredForAsLongAsAsked) {
  measured([](net::Stream& stream) -> Task<void> {
    const auto speed = co_await receive_speed(stream, Milliseconds(30));

    EXPECT_TRUE(speed) << speed.error().say;
    if (!speed) co_return;
    EXPECT_GT(speed->overall.bytes, 0U);
    EXPECT_GE(speed->overall.end, 0.03);
    EXPECT_GT(speed->overall.megabits(), 0);
    EXPECT_EQ(speed->intervals.size(), 1U);
  });
}

TEST(Measuring, WhatIsSentCountsOnceTheAgentHasSaidThatItCame) {
  measured([](net::Stream& stream) -> Task<void> {
    const auto speed = co_await send_speed(stream, Milliseconds(30));

    EXPECT_TRUE(speed) << speed.error().say;
    if (speed) EXPECT_EQ(speed->overall.bytes, speed->intervals.at(0).bytes);
  });
}

TEST(Measuring, AnIntervalsRateIsInMegabits) {
  EXPECT_DOUBLE_EQ((Interval{.start = 1, .end = 3, .bytes = 2'500'000}.megabits()), 10);
  EXPECT_DOUBLE_EQ((Interval{.start = 1, .end = 1, .bytes = 5}.megabits()), 0);
}

TEST(Measuring, AnAgentThatBreaksOffIsAnError) {
  aio::Loops loops(1);
  auto main = []() -> Task<int> {
    auto [near, far] = net::make_pipe(co_await aio::executor());
    far->close();

    const auto down = co_await receive_speed(*near, Milliseconds(30));
    const auto round = co_await round_trip(*near);

    EXPECT_FALSE(down);
    EXPECT_FALSE(round);
    co_return 0;
  };
  loops.run(main());
}

}  // namespace
}  // namespace slipway::tunnel
