#include "aio/nursery.hpp"
#include "features/chats/news.hpp"
#include "features/chats/rig_test.hpp"
#include "support/home.hpp"

namespace slipway::test {
namespace {

using chats::Bell;

// True once it is so; each look follows a ring.
template <class F>
Task<bool> until(Bell& bell, F so) {
  while (!so())
    if (!co_await bell.rung.wait_for(Seconds(20))) co_return false;
  co_return true;
}

Task<void> keep(chats::News* news, http::Home* home) { return news->keep(*home); }

// Two servers' news on one loop, and what passes between them.
struct Wire {
  explicit Wire(http::Home& of) : home(of), nursery(of.executor) {}

  // Both listen from here on; `bell` is one of `there`.
  Task<void> begin(Bell& bell) {
    auto heard = [this](const pg::Wake& wake) {
      if (!wake.missed) payloads.push_back(wake.payload);
    };
    subscription = home.db.listener().subscribe(home.executor, "chats", std::move(heard));
    nursery.start(keep, &here, &home);
    nursery.start(keep, &there, &home);
    EXPECT_TRUE(co_await until(bell, [&bell] { return bell.all; })) << "who begins to listen looks at everything";
    bell.all = false;
  }
  Task<void> end() { co_await nursery.stop(); }

  http::Home& home;
  chats::News here, there;
  aio::Nursery nursery;
  std::vector<std::string> payloads;
  pg::Listener::Subscription subscription;
};

TEST(ChatNews, WakesWhoHasTheChatOpenAndWhoseItIs) {
  ChatRig r;

  with_home(r.srv, [](http::Home& home) -> Task<void> {
    Wire wire(home);
    const auto chat = ChatId::random(), other = ChatId::random();
    const auto ana = UserId::random(), bo = UserId::random();
    const auto open = wire.there.of_chat(home.executor, chat, bo), owners = wire.there.of_owner(home.executor, ana),
               own = wire.here.of_chat(home.executor, chat, ana);
    co_await wire.begin(*owners);
    EXPECT_TRUE(co_await until(*own, [&] { return own->all; }));
    open->all = own->all = false;

    wire.here.said(chat);
    EXPECT_TRUE(co_await until(*own, [&] { return own->chats == std::vector{chat}; })) << "on the same server at once";
    EXPECT_TRUE(co_await until(*open, [&] { return open->chats == std::vector{chat}; }));
    EXPECT_TRUE(owners->chats.empty()) << "what is said is no news of the chat itself";
    wire.here.changed(other, ana);
    EXPECT_TRUE(co_await until(*owners, [&] { return owners->chats == std::vector{other}; }));
    EXPECT_EQ(open->chats.size(), 1U);
    co_await wire.end();
  });
}

TEST(ChatNews, AreGatheredIntoOneNotification) {
  ChatRig r;

  with_home(r.srv, [](http::Home& home) -> Task<void> {
    Wire wire(home);
    const auto ana = UserId::random();
    const auto bell = wire.there.of_owner(home.executor, ana);
    co_await wire.begin(*bell);

    for (int i = 0; i < 200; ++i) wire.here.changed(ChatId::random(), ana);
    EXPECT_TRUE(co_await until(*bell, [&] { return bell->chats.size() == 200; }));
    EXPECT_FALSE(bell->all);
    for (int i = 0; i < 4800; ++i) wire.here.changed(ChatId::random(), ana);
    EXPECT_TRUE(co_await until(*bell, [&] { return bell->all; })) << "too many to name";
    EXPECT_EQ(wire.payloads.size(), 2U);
    EXPECT_LT(wire.payloads.front().size(), 8000U) << "what PostgreSQL takes at most";
    co_await wire.end();
  });
}

}  // namespace
}  // namespace slipway::test
