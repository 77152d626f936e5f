#include "server/part.hpp"

#include "aio/event.hpp"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

using Steps = std::vector<std::string>;

constexpr Patience kQuick{
    .grace = Milliseconds(300), .no_more = Milliseconds(300), .end = Milliseconds(300), .cut = Milliseconds(300), .first_pause = Milliseconds(1)};

Task<void> note(Steps* steps, std::string step) {
  steps->push_back(std::move(step));
  co_return;
}

Task<Result<void>> begin(Steps* steps, std::string step, bool well) {
  steps->push_back(std::move(step));
  if (!well) co_return fail(Code::invalid, "It has no legs.");
  co_return Result<void>();
}

Part told(Steps* steps, const std::string& name, bool starts = true) {
  return {.name = name,
          .start = [=] { return begin(steps, "start " + name, starts); },
          .take_no_more = [=](Until) { return note(steps, "no more " + name); },
          .drain = [=](Until) { return note(steps, "drain " + name); },
          .end = [=](Until) { return note(steps, "end " + name); },
          .close = [=](Until) { return note(steps, "close " + name); }};
}

Task<int> start_and_stop(PartList* list, bool* whole) {
  auto started = co_await list->start();
  if (!started) co_return 1;
  *whole = co_await list->stop();
  co_return 0;
}

std::string exposed(const PartList& list) {
  metric::Text text;
  list.write(text);
  return text.take();
}

TEST(PartList, StartsInOrderAndStopsInPhases) {
  aio::Loops loops(2);
  PartList list(loops, kQuick);
  Steps steps;
  for (const char* name : {"one", "two"}) list.add(told(&steps, name));

  bool whole = false;
  EXPECT_EQ(loops.run(start_and_stop(&list, &whole)), 0);

  EXPECT_TRUE(whole);
  EXPECT_EQ(steps, (Steps{"start one", "start two", "no more one", "no more two", "drain one", "drain two", "end one", "end two", "close one",
                          "close two"}));
}

TEST(PartList, AFailedStartStopsWhatHadStartedInReverse) {
  aio::Loops loops(1);
  PartList list(loops, kQuick);
  Steps steps;
  list.add(told(&steps, "one"));
  list.add(told(&steps, "two", false));
  list.add(told(&steps, "three"));

  bool whole = false;
  EXPECT_EQ(loops.run(start_and_stop(&list, &whole)), 1);

  EXPECT_EQ(steps, (Steps{"start one", "start two", "no more two", "drain two", "end two", "close two", "no more one", "drain one", "end one",
                          "close one"}));
}

// Throws twice, then stays.
Task<void> throw_twice(int* runs, aio::Event* third) {
  if (++*runs < 3) throw std::runtime_error("a bug");
  third->notify();
  for (;;) co_await aio::sleep(std::chrono::hours(1));
}

Task<int> until_third(PartList* list, aio::Event* third) {
  auto started = co_await list->start();
  if (!started || !co_await third->wait_for(std::chrono::seconds(20))) co_return 1;
  co_return co_await list->stop() ? 0 : 2;
}

TEST(PartList, AnExceptionEndsNoLoop) {
  aio::Loops loops(1);
  PartList list(loops, kQuick);
  aio::Event third(loops.at(0));
  int runs = 0;
  Part part{.name = "worker", .loops = {{"work", 0, [&] { return throw_twice(&runs, &third); }}}};
  list.add(std::move(part));

  EXPECT_EQ(loops.run(until_third(&list, &third)), 0);

  EXPECT_EQ(runs, 3);
  EXPECT_NE(exposed(list).find("slipway_loop_failures_total{loop=\"work\"} 2"), std::string::npos) << exposed(list);
}

Task<void> for_ever(Until) {
  for (;;) co_await aio::sleep(std::chrono::hours(1));
}

Task<void> work_side_by_side(int* runs, aio::Event* begun) {
  ++*runs;
  std::vector<Task<void>> both;
  both.push_back(aio::sleep(Seconds(3600)));
  both.push_back(aio::sleep(Seconds(3600)));
  begun->notify();
  co_await aio::at_once(std::move(both));
}

// at_once() takes the signal from its caller to end each of its own.
TEST(PartList, ALoopThatIsEndedWhileItDoesSeveralThingsIsNotBegunAgain) {
  aio::Loops loops(1);
  PartList list(loops, kQuick);
  aio::Event begun(loops.at(0));
  int runs = 0;
  list.add(Part{.name = "worker", .loops = {{"work", 0, [&] { return work_side_by_side(&runs, &begun); }}}});

  EXPECT_EQ(loops.run(until_third(&list, &begun)), 0);

  EXPECT_EQ(runs, 1);
}

TEST(PartList, AStuckPartIsCutAtTheDeadline) {
  aio::Loops loops(1);
  PartList list(loops, kQuick);
  Steps steps;
  list.add(told(&steps, "good"));
  Part stuck{.name = "stuck", .drain = for_ever};
  list.add(std::move(stuck));

  bool whole = false;
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(loops.run(start_and_stop(&list, &whole)), 0);

  EXPECT_TRUE(whole);
  EXPECT_EQ(steps.back(), "close good");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

// As a stop() that was written without a thought of being cut.
Task<void> deaf(aio::Event* release, bool* ended) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await release->wait();
  *ended = true;
}

Task<int> leave_behind(PartList* list, aio::Event* release, bool* ended) {
  auto started = co_await list->start();
  if (!started) co_return 1;
  const bool whole = co_await list->stop();
  const bool before = *ended;
  release->notify();
  while (!*ended) co_await aio::sleep(Milliseconds(1));
  co_return whole || before ? 2 : 0;
}

TEST(PartList, APartThatCannotBeCutIsLeftBehindAndSaid) {
  aio::Loops loops(1);
  PartList list(loops, kQuick);
  aio::Event release(loops.at(0));
  bool ended = false;
  Part part{.name = "deaf", .drain = [&](Until) { return deaf(&release, &ended); }};
  list.add(std::move(part));

  EXPECT_EQ(loops.run(leave_behind(&list, &release, &ended)), 0);
}

Task<void> fail_to_end(Until) {
  throw std::runtime_error("a bug");
  co_return;
}

TEST(PartList, APartThatThrowsKeepsNobodyFromEnding) {
  aio::Loops loops(1);
  PartList list(loops, kQuick);
  Steps steps;
  Part bad{.name = "bad", .drain = fail_to_end};
  list.add(std::move(bad));
  list.add(told(&steps, "good"));

  bool whole = false;
  EXPECT_EQ(loops.run(start_and_stop(&list, &whole)), 0);

  EXPECT_TRUE(whole);
  EXPECT_EQ(steps.back(), "close good");
}

}  // namespace
}  // namespace slipway::server
