#include "http/live.hpp"

#include "aio/loops.hpp"
#include "net/client.hpp"
#include "net/http1.hpp"
#include "net/server.hpp"

#include <gtest/gtest.h>

namespace slipway::http {
namespace {

struct Doorkeeper final : Authenticator {
  Task<Result<PrincipalPtr>> user(Home&, std::string_view, std::shared_ptr<store::Cost>) override {
    ++asked;
    if (!knows) co_return fail(Code::unauthenticated, "Signed out.");
    auto principal = std::make_shared<Principal>();
    principal->actor = store::Db::nobody();
    co_return principal;
  }
  Task<Result<PrincipalPtr>> agent(Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) override { return user(home, token, cost); }
  Task<Result<PrincipalPtr>> provisioner(Home& home, std::string_view key, std::shared_ptr<store::Cost> cost) override {
    return user(home, key, cost);
  }

  int asked = 0;
  bool knows = true;
};

// A server whose every request is one stream; `stream` is what becomes of it.
class Rig {
 public:
  using Stream = std::function<Task<void>(Rig&, Call&)>;
  explicit Rig(Stream what) : stream(std::move(what)) { EXPECT_TRUE(server.start().has_value()); }
  ~Rig() {
    loops.run([](Rig* rig) -> Task<int> {
      co_await rig->client.stop();
      co_await rig->server.stop(Milliseconds(2000));
      co_await rig->listener.stop();
      co_await rig->pool.stop();
      co_return 0;
    }(this));
  }
  template <class F>
  void run(F body) {
    auto call = [](Rig* rig, F* todo) -> Task<int> {
      co_await (*todo)(*rig);
      co_return 0;
    };
    loops.run(call(this, &body));
  }
  // Sends a request with a token and gives its head, and the rest as it comes.
  Task<Result<std::unique_ptr<net::Http1>>> ask(std::string token = "key") {
    net::Headers headers{{"Coder-Session-Token", token}};
    return client.open("GET", fmt::format("http://127.0.0.1:{}/", server.port()), headers);
  }
  Task<Result<std::unique_ptr<net::WebSocket>>> socket() {
    net::Headers headers{{"Coder-Session-Token", "key"}};
    return client.connect_websocket(fmt::format("http://127.0.0.1:{}/", server.port()), headers);
  }
  Standing standing(Call& call) {
    auto right = [this](store::Store&) -> Task<Result<bool>> {
      ++questions;
      co_return holds;
    };
    return {call, doorkeeper, "right", right};
  }
  // Until `done`, for at most ten seconds.
  template <class F>
  Task<bool> until(F done) {
    for (int i = 0; i < 10000 && !done(); ++i) co_await aio::sleep(Milliseconds(1));
    co_return done();
  }

  aio::Loops loops{1};
  Doorkeeper doorkeeper;
  pg::Pool pool{loops.at(0), {}};
  pg::Listener listener{loops.at(0), {}};
  std::shared_ptr<const Site> site = std::make_shared<Site>();
  Home home{loops.at(0), 0, store::Db(pool, listener, system_clock()), site, make_standings(loops.at(0), Milliseconds(40))};
  Stream stream;
  int questions = 0, open = 0, ended = 0;
  bool holds = true;
  std::vector<std::string> why;
  net::Client client{loops.at(0)};
  net::Server server{loops, {}, [this](net::Exchange& exchange) -> Task<void> {
                       auto nobody = std::make_shared<Principal>();
                       nobody->actor = store::Db::nobody();
                       Call call(exchange, home, {}, nobody, std::make_shared<store::Cost>(), std::make_shared<store::Origin>());
                       ++open;
                       co_await stream(*this, call);
                       ++ended;
                     }};
};

// Follows nothing until it is over, and says why that was.
Task<void> follow(Rig& rig, Call& call) {
  Live live(call, rig.standing(call), {});
  if (!co_await live.open(Frames::events) || !co_await live.send("1")) co_return;
  while (co_await live.next() != Live::Why::over) {
  }
  rig.why.emplace_back(live.caller_left() ? "left" : live.lost() ? "lost" : "other");
  co_await live.close();
}

TEST(Live, StreamsOfOneKeyAskOnceForAll) {
  Rig rig(follow);
  rig.run([](Rig& r) -> Task<void> {
    std::vector<std::unique_ptr<net::Http1>> all;
    for (int i = 0; i < 20; ++i) all.push_back(std::move(*co_await r.ask()));
    EXPECT_TRUE(co_await r.until([&] { return r.open == 20; }));
    const auto began = std::chrono::steady_clock::now();
    const int questions = r.questions, asked = r.doorkeeper.asked;
    EXPECT_TRUE(co_await r.until([&] { return r.questions >= questions + 5; }));
    // As often as answers grow old, however many streams there are.
    const auto periods = (std::chrono::steady_clock::now() - began) / Milliseconds(40) + 2;
    EXPECT_LE(r.questions - questions, periods);
    EXPECT_LE(r.doorkeeper.asked - asked, periods);
  });
}

TEST(Live, EndsWhenTheRightIsLost) {
  Rig rig(follow);
  rig.run([](Rig& r) -> Task<void> {
    auto one = co_await r.ask(), two = co_await r.ask();
    EXPECT_TRUE(co_await r.until([&] { return r.open == 2; }));
    r.holds = false;
    EXPECT_TRUE(co_await r.until([&] { return r.ended == 2; }));
    EXPECT_EQ(r.why, (std::vector<std::string>{"lost", "lost"}));
    // Who has the right again is not told what was true before.
    r.holds = true;
    auto again = co_await r.ask();
    const int questions = r.questions;
    EXPECT_TRUE(co_await r.until([&] { return r.questions >= questions + 2; }));
    EXPECT_EQ(r.ended, 2);
  });
}

TEST(Live, EndsWithTheSession) {
  Rig rig(follow);
  rig.run([](Rig& r) -> Task<void> {
    auto one = co_await r.ask();
    EXPECT_TRUE(co_await r.until([&] { return r.open == 1; }));
    r.doorkeeper.knows = false;
    EXPECT_TRUE(co_await r.until([&] { return r.ended == 1; }));
    EXPECT_EQ(r.why, (std::vector<std::string>{"lost"}));
  });
}

TEST(Live, EndsWhenItsCallerLeaves) {
  Rig rig(follow);
  rig.run([](Rig& r) -> Task<void> {
    auto one = co_await r.ask();
    EXPECT_TRUE(co_await r.until([&] { return r.open == 1; }));
    one->reset();
    EXPECT_TRUE(co_await r.until([&] { return r.ended == 1; }));
    EXPECT_EQ(r.why, (std::vector<std::string>{"left"}));
  });
}

TEST(Live, EndsWhenTheServerStops) {
  Rig rig(follow);
  rig.run([](Rig& r) -> Task<void> {
    auto one = co_await r.ask();
    EXPECT_TRUE(co_await r.until([&] { return r.open == 1; }));
    const auto began = std::chrono::steady_clock::now();
    co_await r.server.stop(Milliseconds(10000));
    EXPECT_LT(std::chrono::steady_clock::now() - began, Milliseconds(5000));
    EXPECT_EQ(r.ended, 1);
  });
}

TEST(Live, EndsAtItsLimit) {
  Rig rig([](Rig& r, Call& call) -> Task<void> {
    Live live(call, std::nullopt, {.limit = Milliseconds(50), .look = std::chrono::hours(1)});
    r.why.emplace_back(co_await live.next() == Live::Why::over ? "over" : "other");
    co_await call.exchange().send({.status = 204, .headers = {}, .body = {}});
  });
  rig.run([](Rig& r) -> Task<void> {
    auto one = co_await r.ask();
    const auto head = co_await (*one)->read_head();
    EXPECT_EQ(head->status, 204);
    EXPECT_EQ(r.why, std::vector<std::string>{"over"});
  });
}

constexpr Milliseconds kLook{20};

TEST(Live, LooksByItselfWhenThereIsNoNews) {
  Rig rig([](Rig& r, Call& call) -> Task<void> {
    Live live(call, std::nullopt, {.look = kLook});
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) r.why.emplace_back(co_await live.next() == Live::Why::look ? "look" : "other");
    EXPECT_GE(std::chrono::steady_clock::now() - began, 2 * kLook);
    co_await call.exchange().send({.status = 204, .headers = {}, .body = {}});
  });
  rig.run([](Rig& r) -> Task<void> {
    auto one = co_await r.ask();
    const auto head = co_await (*one)->read_head();
    EXPECT_EQ(head->status, 204);
    EXPECT_EQ(r.why, (std::vector<std::string>{"look", "look", "look"}));
  });
}

TEST(Live, WorkBesideItEndsWithIt) {
  Rig rig([](Rig& r, Call& call) -> Task<void> {
    Live live(call, r.standing(call), {});
    auto for_ever = []() -> Task<int> {
      for (;;) co_await aio::sleep(std::chrono::hours(1));
    };
    auto at_once = []() -> Task<int> { co_return 7; };
    const auto quick = co_await live.beside(at_once());
    const auto slow = co_await live.beside(for_ever());
    r.why.push_back(quick == 7 && !slow && live.lost() ? "cut" : "wrong");
    co_await call.exchange().send({.status = 204, .headers = {}, .body = {}});
  });
  rig.run([](Rig& r) -> Task<void> {
    auto one = co_await r.ask();
    EXPECT_TRUE(co_await r.until([&] { return r.open == 1; }));
    r.holds = false;
    EXPECT_TRUE(co_await r.until([&] { return r.ended == 1; }));
    EXPECT_EQ(r.why, (std::vector<std::string>{"cut"}));
  });
}

TEST(Live, WorkBesideItMayBeTheFirstOfTwo) {
  Rig rig([](Rig& r, Call& call) -> Task<void> {
    using namespace asio::experimental::awaitable_operators;
    Live live(call, r.standing(call), {});
    const auto second = co_await live.beside(aio::sleep(std::chrono::hours(1)) || aio::sleep(Milliseconds(1)));
    const auto neither = co_await live.beside(aio::sleep(std::chrono::hours(1)) || aio::sleep(std::chrono::hours(1)));
    r.why.push_back(second && second->index() == 1 && !neither && live.lost() ? "told apart" : "wrong");
    co_await call.exchange().send({.status = 204, .headers = {}, .body = {}});
  });
  rig.run([](Rig& r) -> Task<void> {
    auto one = co_await r.ask();
    EXPECT_TRUE(co_await r.until([&] { return r.open == 1; }));
    r.holds = false;
    EXPECT_TRUE(co_await r.until([&] { return r.ended == 1; }));
    EXPECT_EQ(r.why, (std::vector<std::string>{"told apart"}));
  });
}

// A handler may throw, or be cut off: nothing that still comes finds what is gone.
TEST(Live, DestroyingItIsEnough) {
  Rig rig([](Rig&, Call& call) -> Task<void> {
    Live live(call, std::nullopt, {.topics = {{"some_channel", "1"}}});
    if (!co_await live.open(Frames::typed) || !co_await live.send("1")) co_return;
    throw std::runtime_error("a bug in a handler");
  });
  rig.run([](Rig& r) -> Task<void> {
    auto socket = co_await r.socket();
    EXPECT_TRUE(socket.has_value());
    const auto first = co_await (*socket)->read();
    EXPECT_EQ(first->data, R"({"type":"data","data":1})");
    EXPECT_FALSE((co_await (*socket)->read()).has_value());
    EXPECT_EQ((*socket)->close_code(), net::close_code::abnormal);
  });
}

TEST(Live, TakesNoMessages) {
  Rig rig([](Rig& r, Call& call) -> Task<void> {
    Live live(call, std::nullopt, {});
    if (!co_await live.open(Frames::plain)) co_return;
    while (co_await live.next() != Live::Why::over) {
    }
    r.why.emplace_back(live.caller_left() ? "left" : "other");
    co_await live.close();
  });
  rig.run([](Rig& r) -> Task<void> {
    auto socket = co_await r.socket();
    co_await (*socket)->write_text("hello");
    EXPECT_FALSE((co_await (*socket)->read()).has_value());
    EXPECT_EQ((*socket)->close_code(), net::close_code::protocol_error);
    EXPECT_TRUE(co_await r.until([&] { return r.ended == 1; }));
    EXPECT_EQ(r.why, (std::vector<std::string>{"left"}));
  });
}

}  // namespace
}  // namespace slipway::http
