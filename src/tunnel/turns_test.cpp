// Who waits for a stream where as many are open as may be.
#include "tunnel/ends_test.hpp"

namespace slipway::tunnel {
namespace {

using namespace testing;

Task<void> visit(Session* session, int number, std::vector<int>* came, StreamPtr* into) {
  auto stream = co_await session->connect(9);
  if (!stream) co_return;
  came->push_back(number);
  if (into) *into = std::move(*stream);
}

TEST(TunnelTurns, WhoCameFirstIsFirstAndWhoLeavesIsPassedOver) {
  run([]() -> Task<int> {
    Limits limits;
    limits.streams = 1;
    Joined joined(co_await aio::executor(), limits);
    auto held = *co_await joined.session->connect(9);
    aio::Nursery impatient(co_await aio::executor()), patient(co_await aio::executor());
    std::vector<int> came;

    impatient.start(visit, joined.session.get(), 0, &came, nullptr);
    for (int number = 1; number <= 3; ++number) patient.start(visit, joined.session.get(), number, &came, nullptr);
    co_await impatient.stop();
    held.reset();
    co_await patient.ended();

    EXPECT_EQ(came, (std::vector{1, 2, 3}));
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(TunnelTurns, ATurnThatIsNotTakenIsTheNextOnes) {
  run([]() -> Task<int> {
    Limits limits;
    limits.streams = 1;
    Joined joined(co_await aio::executor(), limits);
    auto held = *co_await joined.session->connect(9);
    aio::Nursery leaves(co_await aio::executor()), stays(co_await aio::executor());
    std::vector<int> came;

    leaves.start(visit, joined.session.get(), 1, &came, nullptr);
    stays.start(visit, joined.session.get(), 2, &came, nullptr);
    co_await aio::sleep(Milliseconds(0));  // both wait
    held.reset();
    while (joined.session->streams() > 0) co_await aio::sleep(Milliseconds(0));
    leaves.cancel();
    co_await stays.ended();
    co_await leaves.stop();

    EXPECT_EQ(came.back(), 2);
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(TunnelTurns, ACrowdOfShortStreamsPasses) {
  run([]() -> Task<int> {
    Limits limits;
    limits.streams = 100;
    Joined joined(co_await aio::executor(), limits);
    aio::Nursery many(co_await aio::executor());
    std::vector<int> came;
    constexpr int kCrowd = 1000;

    for (int number = 0; number < kCrowd; ++number) many.start(visit, joined.session.get(), number, &came, nullptr);
    co_await many.ended();

    EXPECT_EQ(came.size(), std::size_t{kCrowd});
    co_await many.stop();
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(TunnelTurns, WhoWaitsHearsOfTheEnd) {
  run([]() -> Task<int> {
    Limits limits;
    limits.streams = 1;
    Joined joined(co_await aio::executor(), limits);
    auto held = *co_await joined.session->connect(9);
    std::optional<Result<StreamPtr>> heard;
    auto ask = [](Session* session, std::optional<Result<StreamPtr>>* into) -> Task<void> { *into = co_await session->connect(9); };
    aio::Nursery waits(co_await aio::executor());

    waits.start(ask, joined.session.get(), &heard);
    co_await aio::sleep(Milliseconds(0));
    co_await joined.session->stop();
    co_await waits.ended();

    EXPECT_TRUE(heard && !*heard && heard->error().code == Code::unavailable);
    held.reset();
    co_await waits.stop();
    co_await joined.stop();
    co_return 0;
  }());
}

}  // namespace
}  // namespace slipway::tunnel
