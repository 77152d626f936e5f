#include "aio/together.hpp"

#include "aio/loops.hpp"
#include "aio/nursery.hpp"

#include <gtest/gtest.h>

namespace slipway::aio {
namespace {

// A question that is answered, by how often it was put, once the door is opened for it.
struct Asked {
  explicit Asked(const Executor& home) : all(home), door(home) {}
  Together<int> all;
  Event door;
  int put = 0, let_in = 0;
  std::vector<int> answers;
};

Task<int> put(std::shared_ptr<Asked> asked) {
  const int number = ++asked->put;
  while (asked->let_in < number) co_await asked->door.wait();
  co_return number;
}

Task<void> ask(std::shared_ptr<Asked> asked) {
  auto question = [&] { return put(asked); };
  const int answer = co_await asked->all.get(question);
  asked->answers.push_back(answer);
}

void open(Asked& asked) {
  ++asked.let_in;
  asked.door.notify();
}

Task<void> until(const std::function<bool()>& there) {
  while (!there()) co_await sleep(Milliseconds(1));
}

TEST(Together, WhoComesMeanwhileSharesTheNextAnswer) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto asked = std::make_shared<Asked>(co_await executor());
    Nursery nursery(co_await executor());
    nursery.start(ask, asked);
    const std::function<bool()> first = [&] { return asked->put == 1; }, second = [&] { return asked->put == 2; };
    co_await until(first);
    for (int i = 0; i < 5; ++i) nursery.start(ask, asked);
    open(*asked);
    co_await until(second);
    EXPECT_EQ(asked->answers, std::vector<int>{1}) << "the first answer is older than the others' coming";
    open(*asked);
    co_await nursery.ended();

    EXPECT_EQ(asked->answers, (std::vector<int>{1, 2, 2, 2, 2, 2}));
    EXPECT_EQ(asked->put, 2);
    co_await nursery.stop();
    co_return 0;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(Together, AnotherAsksWhenTheOneWhoAskedIsCancelled) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto asked = std::make_shared<Asked>(co_await executor());
    Nursery leaving(co_await executor()), staying(co_await executor());
    leaving.start(ask, asked);
    const std::function<bool()> first = [&] { return asked->put == 1; }, second = [&] { return asked->put == 2; };
    co_await until(first);
    staying.start(ask, asked);
    staying.start(ask, asked);
    co_await leaving.stop();
    co_await until(second);
    open(*asked);
    open(*asked);
    co_await staying.ended();

    EXPECT_EQ(asked->answers, (std::vector<int>{2, 2}));
    co_await staying.stop();
    co_return 0;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

TEST(Together, WhoAsksAloneIsAnsweredEachTime) {
  Loops loops(1);
  auto main = []() -> Task<int> {
    auto asked = std::make_shared<Asked>(co_await executor());
    asked->let_in = 2;
    co_await ask(asked);
    co_await ask(asked);
    EXPECT_EQ(asked->answers, (std::vector<int>{1, 2}));
    co_return 0;
  };

  EXPECT_EQ(loops.run(main()), 0);
}

}  // namespace
}  // namespace slipway::aio
