#include "aio/blocking.hpp"
#include "aio/event.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"

#include <gtest/gtest.h>

#include <latch>

namespace slipway::aio {
namespace {

Task<void> wait_for_ever(std::shared_ptr<bool> unwound) {
  struct Mark {
    std::shared_ptr<bool> flag;
    ~Mark() { *flag = true; }
  } mark{unwound};
  co_await sleep(std::chrono::hours(1));
}

Task<void> wake(std::shared_ptr<Event> event) {
  event->notify();
  co_return;
}

Task<void> tick(std::shared_ptr<int> reached) {
  co_await sleep(Milliseconds(20));
  *reached = 1;
}

Task<void> finish_then_wait(std::shared_ptr<int> reached) {
  co_await shielded(tick(reached));
  co_await sleep(std::chrono::hours(1));
  *reached = 2;
}

Task<Result<int>> slow_answer() {
  co_await sleep(std::chrono::hours(1));
  co_return 1;
}

TEST(Nursery, StopCancelsAndAwaitsItsChildren) {
  Loops loops(1);
  auto unwound = std::make_shared<bool>(false);
  auto main = [](std::shared_ptr<bool> flag) -> Task<int> {
    Nursery nursery(co_await executor());
    nursery.start(wait_for_ever, flag);
    co_await nursery.stop();
    co_return nursery.start(wait_for_ever, flag) ? 1 : 0;
  };

  EXPECT_EQ(loops.run(main(unwound)), 0);
  EXPECT_TRUE(*unwound);
}

Task<void> wait_for_either() {
  using namespace asio::experimental::awaitable_operators;
  co_await (sleep(std::chrono::hours(1)) || sleep(std::chrono::hours(2)));
}

TEST(Nursery, AChildThatIsStoppedWhileItAwaitsSeveralThingsIsNoFault) {
  Loops loops(1);
  const auto main = []() -> Task<int> {
    Nursery nursery(co_await executor());
    nursery.start(wait_for_either);
    co_await sleep(Milliseconds(1));  // it has begun to wait
    co_await nursery.stop();
    co_return 0;
  };
  testing::internal::CaptureStderr();

  loops.run(main());

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Nursery, RefusesMoreThanItsBound) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    Nursery nursery(co_await executor(), 1);
    const bool first = nursery.start(wait_for_ever, std::make_shared<bool>());
    const bool second = nursery.start(wait_for_ever, std::make_shared<bool>());
    co_await nursery.stop();
    co_return first && !second ? 0 : 1;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(Shielded, EndsItsTaskAndThenCancelsTheCaller) {
  Loops loops(1);
  auto reached = std::make_shared<int>(0);
  auto main = [](std::shared_ptr<int> mark) -> Task<int> {
    Nursery nursery(co_await executor());
    nursery.start(finish_then_wait, mark);
    co_await sleep(Milliseconds(1));
    co_await nursery.stop();
    co_return 0;
  };

  loops.run(main(reached));
  EXPECT_EQ(*reached, 1);
}

TEST(Event, KeepsANotificationForTheNextWaiter) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto event = std::make_shared<Event>(co_await executor());
    Nursery nursery(co_await executor());
    nursery.start(wake, event);
    const bool first = co_await event->wait_for(Milliseconds(5000));
    const bool second = co_await event->wait_for(Milliseconds(1));
    co_await nursery.stop();
    co_return first && !second ? 0 : 1;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

Task<void> wait_once(std::shared_ptr<Event> event, std::shared_ptr<int> woken) {
  if (co_await event->wait_for(Milliseconds(5000))) ++*woken;
}

TEST(Event, WakesEveryWaiterAndNoneDisturbsAnother) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto event = std::make_shared<Event>(co_await executor());
    auto woken = std::make_shared<int>(0);
    Nursery nursery(co_await executor());
    nursery.start(wait_once, event, woken);
    nursery.start(wait_once, event, woken);
    const bool early = co_await event->wait_for(Milliseconds(1));
    const int before = *woken;
    event->notify();
    while (nursery.size() > 0) co_await sleep(Milliseconds(1));
    co_await nursery.stop();
    co_return !early && before == 0 && *woken == 2 ? 0 : 1;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(Deadline, EndsASlowTaskWithItsMessage) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto got = co_await with_deadline(Milliseconds(5), "Too slow.", slow_answer());
    co_return !got && got.error().code == Code::timed_out && got.error().say == "Too slow." ? 0 : 1;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(Blocking, RunsElsewhereAndComesBack) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    const auto here = std::this_thread::get_id();
    const auto there = co_await blocking([] { return std::this_thread::get_id(); });
    co_return there != here&& std::this_thread::get_id() == here ? 0 : 1;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(Blocking, GoesOnWhileOthersAreWaitedFor) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto others = std::make_shared<std::latch>(1);
    auto wait = [](std::shared_ptr<std::latch> answer) -> Task<void> { co_await waiting([answer] { answer->wait(); }); };
    Nursery nursery(co_await executor());
    for (int i = 0; i < 8; ++i) nursery.start(wait, others);
    const int answer = co_await blocking([] { return 0; });
    others->count_down();
    co_await nursery.stop();
    co_return answer;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(Blocking, AFloodOfPasswordsHoldsUpNothingElseAndHasABound) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto others = std::make_shared<std::latch>(1);
    auto refused = std::make_shared<int>(0);
    auto hash = [](std::shared_ptr<std::latch> answer, std::shared_ptr<int> count) -> Task<void> {
      const auto done = co_await hashing([answer] {
        answer->wait();
        return 0;
      });
      if (!done && done.error().code == Code::unavailable) ++*count;
    };
    Nursery nursery(co_await executor());
    for (int i = 0; i < kMostHashing + 20; ++i) nursery.start(hash, others, refused);
    const int answer = co_await blocking([] { return 0; });
    others->count_down();
    co_await nursery.ended();
    const auto again = co_await hashing([] { return 1; });
    co_await nursery.stop();
    co_return answer + (*refused == 20 && again && *again == 1 ? 0 : 1);
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(AtOnce, AwaitsAllOfThemTogether) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto first = std::make_shared<Event>(co_await executor()), second = std::make_shared<Event>(co_await executor());
    auto meet = [](std::shared_ptr<Event> mine, std::shared_ptr<Event> theirs, std::shared_ptr<int> met) -> Task<void> {
      mine->notify();
      if (co_await theirs->wait_for(std::chrono::seconds(20))) ++*met;
    };
    auto met = std::make_shared<int>(0);
    std::vector<Task<void>> both;
    both.push_back(meet(first, second, met));
    both.push_back(meet(second, first, met));
    co_await at_once(std::move(both));
    co_return *met == 2 ? 0 : 1;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(AtOnce, LeavesItsCallerOpenToCancellation) {
  Loops loops(1);
  auto both = [](std::shared_ptr<bool> mark) -> Task<Result<int>> {
    std::vector<Task<void>> all;
    all.push_back(sleep(Milliseconds(1)));
    co_await at_once(std::move(all));
    co_await wait_for_ever(mark);
    co_return 1;
  };
  auto main = [&]() -> Task<int> {
    const auto cut = co_await with_deadline(Milliseconds(20), "Too slow.", both(std::make_shared<bool>(false)));
    co_return cut ? 1 : 0;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(AtOnce, CancelledItEndsEachOfThem) {
  Loops loops(1);
  auto unwound = std::make_shared<bool>(false);
  auto both = [](std::shared_ptr<bool> mark) -> Task<Result<int>> {
    std::vector<Task<void>> all;
    all.push_back(wait_for_ever(mark));
    co_await at_once(std::move(all));
    co_return 1;
  };
  auto main = [&]() -> Task<int> {
    const auto cut = co_await with_deadline(Milliseconds(5), "Too slow.", both(unwound));
    co_return cut ? 1 : 0;
  };

  EXPECT_EQ(loops.run(main()), 0);
  EXPECT_TRUE(*unwound);
}

// Ends its neighbour as it goes: the list of children changes under the one who stops them.
Task<void> take_along(std::shared_ptr<Event> own, std::shared_ptr<Event> other) {
  struct Leave {
    std::shared_ptr<Event> next;
    ~Leave() { next->notify(); }
  } leave{other};
  co_await own->wait_for(std::chrono::hours(1));
}

TEST(Nursery, StopsThousandsThatEndOneAnother) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    Nursery nursery(co_await executor());
    std::vector<std::shared_ptr<Event>> events;
    for (int i = 0; i < 2001; ++i) events.push_back(std::make_shared<Event>(co_await executor()));
    for (std::size_t i = 0; i + 1 < events.size(); ++i) nursery.start(take_along, events[i], events[i + 1]);
    co_await nursery.stop();
    co_return nursery.size() == 0 ? 0 : 1;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

}  // namespace
}  // namespace slipway::aio
