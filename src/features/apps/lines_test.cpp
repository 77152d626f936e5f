#include "features/apps/lines.hpp"

#include "aio/event.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "http/home.hpp"
#include "net/http1.hpp"
#include "net/pipe.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

using Steady = std::chrono::steady_clock;

// A loop and what belongs to it; nobody is at its database.
struct Rig {
  ~Rig() { loops.run(stop(this)); }
  static Task<int> stop(Rig* rig) {
    co_await rig->listener.stop();
    co_await rig->pool.stop();
    co_return 0;
  }
  template <class F>
  void run(F body) {
    auto call = [](Rig* rig, F* todo) -> Task<int> {
      co_await (*todo)(*rig);
      co_return 0;
    };
    loops.run(call(this, &body));
  }

  aio::Loops loops{1};
  pg::Pool pool{loops.at(0), {}};
  pg::Listener listener{loops.at(0), {}};
  http::Home home{loops.at(0), 0, store::Db(pool, listener, system_clock()), std::make_shared<http::Site>()};
};

Lines::Key key(std::uint16_t port = 8080, bool tls = false, AgentId agent = {}) { return {.agent = agent, .port = port, .tls = tls}; }

std::unique_ptr<net::Http1> line(Rig& rig) { return std::make_unique<net::Http1>(net::make_pipe(rig.home.executor).first); }

TEST(AppLines, AreForTheirAgentPortAndSchemeAlone) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    Lines lines;
    lines.keep(r.home, key(), line(r));

    EXPECT_EQ(lines.take(r.home, key(8081)), nullptr);
    EXPECT_EQ(lines.take(r.home, key(8080, true)), nullptr);
    EXPECT_EQ(lines.take(r.home, key(8080, false, AgentId::random())), nullptr);
    EXPECT_NE(lines.take(r.home, key()), nullptr);
    EXPECT_EQ(lines.take(r.home, key()), nullptr);
    co_return;
  });
}

TEST(AppLines, TheOneThatWasUsedLastIsTakenFirst) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    Lines lines;
    auto first = line(r), second = line(r);
    const auto *older = first.get(), *newer = second.get();
    lines.keep(r.home, key(), std::move(first));
    lines.keep(r.home, key(), std::move(second));

    const auto taken = lines.take(r.home, key()), next = lines.take(r.home, key());

    EXPECT_EQ(taken.get(), newer);
    EXPECT_EQ(next.get(), older);
    co_return;
  });
}

TEST(AppLines, NoMoreAreKeptThanOneAppOrAllOfALoopMayHave) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    Lines lines({.kept_each = 2, .kept_all = 3});
    for (int i = 0; i < 5; ++i) lines.keep(r.home, key(), line(r));
    EXPECT_EQ(lines.kept(), 2U);
    for (std::uint16_t port = 9; port < 20; ++port) lines.keep(r.home, key(port), line(r));

    EXPECT_EQ(lines.kept(), 3U);
    EXPECT_EQ(lines.take(r.home, key()), nullptr);
    EXPECT_NE(lines.take(r.home, key(19)), nullptr);
    EXPECT_EQ(lines.kept(), 2U);
    co_return;
  });
}

TEST(AppLines, EndWhenNobodyWantsThemForLong) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    Lines lines({.kept_for = Milliseconds(5)});
    lines.keep(r.home, key(), line(r));
    lines.keep(r.home, key(9), line(r));

    for (int i = 0; i < 10000 && lines.kept() > 0; ++i) co_await aio::sleep(Milliseconds(1));

    EXPECT_EQ(lines.kept(), 0U);
    EXPECT_EQ(lines.take(r.home, key()), nullptr);
  });
}

TEST(AppLines, NoneIsLeftWhenTheServerStops) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    Lines lines;
    lines.keep(r.home, key(), line(r));

    co_await lines.stop();
    lines.keep(r.home, key(), line(r));

    EXPECT_EQ(lines.kept(), 0U);
  });
}

// One right, which is asked about until the test lets the question be answered.
struct Question {
  explicit Question(const aio::Executor& home) : answered(home) {}
  Task<bool> ask() {
    ++asked;
    co_await answered.wait();
    co_return holds;
  }
  aio::Event answered;
  int asked = 0, told = 0;
  bool holds = true;
};

Task<void> stand_on(std::shared_ptr<Right> right, Question* question, Steady::time_point since) {
  auto ask = [question] { return question->ask(); };
  if (co_await holds(right, since, ask) == question->holds) ++question->told;
}

TEST(AppLines, WhoStandsOnTheSameRightSharesTheQuestion) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    Lines lines;
    Question question(r.home.executor);
    question.holds = false;
    aio::Nursery all(r.home.executor);
    const auto since = Steady::now();
    for (int i = 0; i < 20; ++i) all.start(stand_on, lines.right(r.home, "right"), &question, since);
    for (int i = 0; i < 10000 && question.asked == 0; ++i) co_await aio::sleep(Milliseconds(1));
    question.answered.notify();
    co_await all.ended();

    EXPECT_EQ(question.asked, 1);
    EXPECT_EQ(question.told, 20);
  });
}

TEST(AppLines, AnAnswerThatIsOlderThanTheNewsIsNone) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    Lines lines;
    Question question(r.home.executor);
    const auto right = lines.right(r.home, "right");
    const auto before = Steady::now();
    question.answered.notify();
    co_await stand_on(right, &question, before);
    co_await stand_on(right, &question, before);
    EXPECT_EQ(question.asked, 1);
    question.answered.notify();
    co_await stand_on(right, &question, Steady::now());

    EXPECT_EQ(question.asked, 2);
    EXPECT_EQ(question.told, 3);
  });
}

}  // namespace
}  // namespace slipway::apps
