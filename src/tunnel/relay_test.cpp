#include "tunnel/relay.hpp"
#include "tunnel/across.hpp"
#include "tunnel/ends_test.hpp"

namespace slipway::tunnel {
namespace {

using namespace testing;

TEST(Across, AStreamIsUsedFromAnotherLoop) {
  aio::Loops loops(2);
  auto main = [](aio::Executor other) -> Task<int> {
    auto make = [](aio::Executor home) -> Task<std::shared_ptr<Joined>> { co_return std::make_shared<Joined>(home); };
    auto joined = co_await aio::on(other, make(other));
    const std::string text = noise(500'000, 5);

    auto inner = co_await aio::on(other, joined->session->connect(7));
    StreamPtr stream = across(other, std::move(*inner));
    auto send = [](net::Stream& to, const std::string& what) -> Task<void> {
      (void)co_await to.write(what, {});
      (void)co_await to.shutdown_send();
    };
    using namespace asio::experimental::awaitable_operators;
    const auto back = co_await (send(*stream, text) && read_all(*stream));
    EXPECT_TRUE(back == text);

    // A reader that is given up resets the stream over there.
    auto idle_inner = co_await aio::on(other, joined->session->connect(9));
    StreamPtr idle = across(other, std::move(*idle_inner));
    std::array<char, 16> buffer;
    const auto late = co_await aio::with_deadline(Milliseconds(20), "Too late.", idle->read_some(buffer));
    EXPECT_EQ(late.error().code, Code::timed_out);

    stream.reset();
    idle.reset();
    co_await aio::on(other, joined->stop());
    auto drop = [](std::shared_ptr<Joined> last) -> Task<void> {
      last.reset();
      co_return;
    };
    co_await aio::on(other, drop(std::move(joined)));
    co_return 0;
  };
  EXPECT_EQ(loops.run(main(loops.at(1))), 0);
}

TEST(Splice, PassesEndsOnAndCountsBytes) {
  run([]() -> Task<int> {
    auto home = co_await aio::executor();
    aio::Nursery nursery(home);
    auto [client, a] = net::make_pipe(home);
    auto [b, server] = net::make_pipe(home);
    auto traffic = std::make_shared<Traffic>();
    auto join = [](std::shared_ptr<net::Stream> one, std::shared_ptr<net::Stream> two, std::shared_ptr<Traffic> out) -> Task<void> {
      *out = co_await splice(*one, *two);
    };
    nursery.start(join, std::shared_ptr<net::Stream>(std::move(a)), std::shared_ptr<net::Stream>(std::move(b)), traffic);

    (void)co_await client->write("question", {});
    (void)co_await client->shutdown_send();
    EXPECT_EQ(co_await read_all(*server), "question");
    (void)co_await server->write("the answer", {});
    (void)co_await server->shutdown_send();
    EXPECT_EQ(co_await read_all(*client), "the answer");
    while (nursery.size() > 0) co_await aio::sleep(Milliseconds(0));

    EXPECT_EQ(traffic->there, 8U);
    EXPECT_EQ(traffic->back, 10U);
    co_await nursery.stop();
    co_return 0;
  }());
}

TEST(Splice, AFailureOrACancelClosesBoth) {
  run([]() -> Task<int> {
    auto home = co_await aio::executor();
    aio::Nursery nursery(home);
    auto [client, a] = net::make_pipe(home);
    auto [b, server] = net::make_pipe(home);
    auto join = [](std::shared_ptr<net::Stream> one, std::shared_ptr<net::Stream> two) -> Task<void> { co_await splice(*one, *two); };
    std::shared_ptr<net::Stream> kept_a(std::move(a)), kept_b(std::move(b));
    nursery.start(join, kept_a, kept_b);

    (void)co_await client->write("x", {});
    EXPECT_EQ(co_await read_exactly(*server, 1), "x");
    co_await nursery.stop();
    std::array<char, 4> buffer;
    const auto count = co_await kept_a->read_some(buffer);

    EXPECT_FALSE(count.has_value());
    co_return 0;
  }());
}

TEST(RelayKey, ProofIsForOneServerTargetAndMinute) {
  RelayKey ours("key"), theirs("other");
  const Time now = Time{} + std::chrono::hours(500000);
  const std::string target = relay_target({.agent = "a-1", .kind = "port", .port = 8080}), here = "http://10.0.0.1:3000";
  net::Headers headers;
  const auto number = ours.sign(headers, here + "/", target, now);

  EXPECT_FALSE(ours.verify(headers, here, target, now + std::chrono::seconds(70)).has_value());
  EXPECT_FALSE(ours.verify(headers, here, target, now - std::chrono::seconds(70)).has_value());
  EXPECT_FALSE(ours.verify(headers, here, target + "1", now).has_value());
  EXPECT_FALSE(ours.verify(headers, "http://10.0.0.2:3000", target, now).has_value());
  EXPECT_FALSE(theirs.verify(headers, here, target, now).has_value());
  EXPECT_FALSE(ours.verify({}, here, target, now).has_value());
  EXPECT_EQ(ours.verify(headers, here, target, now + std::chrono::seconds(50)).value_or(""), number);
}

TEST(RelayKey, ProofIsGoodOnce) {
  RelayKey key("key");
  const Time now = Time{} + std::chrono::hours(500000);
  const auto ask = [&](Time at) {
    net::Headers headers;
    key.sign(headers, "http://a", "/t", at);
    return headers;
  };
  const auto early = ask(now - std::chrono::seconds(59)), late = ask(now + std::chrono::seconds(59));

  EXPECT_TRUE(key.verify(early, "http://a", "/t", now));
  EXPECT_TRUE(key.verify(late, "http://a", "/t", now));
  EXPECT_FALSE(key.verify(early, "http://a", "/t", now));
  // A clock behind ours makes proofs that stay good for longer: their numbers are kept as long.
  EXPECT_FALSE(key.verify(late, "http://a", "/t", now + std::chrono::seconds(118)));
  net::Headers changed = ask(now);
  changed.set("Slipway-Relay-Number", std::string(24, 'A'));
  EXPECT_FALSE(key.verify(changed, "http://a", "/t", now));
}

TEST(RelayTarget, RoundTripsAndRefusesNonsense) {
  const RelayAsk ask{.agent = "a/b", .kind = "pty", .path = "/pty?reconnect=1&x=a b"};
  const auto back = parse_relay(relay_target(ask));

  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->agent, "a/b");
  EXPECT_EQ(back->kind, "pty");
  EXPECT_EQ(back->path, ask.path);
  for (const char* bad :
       {"", "/api/v2/internal/relay/?kind=port&port=1", "/api/v2/internal/relay/a?kind=port&port=0", "/api/v2/internal/relay/a?kind=port&port=65536",
        "/api/v2/internal/relay/a?kind=pty", "/api/v2/internal/relay/a?kind=api&path=/x", "/api/v2/internal/relay/a"})
    EXPECT_FALSE(parse_relay(bad).has_value()) << bad;
}

}  // namespace
}  // namespace slipway::tunnel
