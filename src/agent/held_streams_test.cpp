#include "agent/held_streams.hpp"

#include "agent/fake_server.hpp"
#include "net/pipe.hpp"

namespace slipway::agent {
namespace {

using namespace testing_support;
using tunnel::HeldEnd;
using StreamPtr = std::shared_ptr<net::Stream>;

// Says back what it hears; "bye" is said back as the last word.
Task<void> echo(std::unique_ptr<net::Stream> stream) {
  std::array<char, 100> piece{};
  while (true) {
    const auto count = co_await stream->read_some(piece);
    if (!count || *count == 0) co_return;
    const std::string_view heard(piece.data(), *count);
    if (!co_await stream->write(heard)) co_return;
    if (heard != "bye") continue;
    (void)co_await stream->shutdown_send();
    co_return;
  }
}

Task<void> carry_over(std::shared_ptr<HeldEnd> end, StreamPtr carrier, std::uint64_t other_has) {
  (void)co_await end->carry(*carrier, other_has);
  carrier->close();
}

// The agent's side and one client of it.
struct Bench {
  HeldStreams held;
  aio::Nursery nursery;
  tunnel::ResumeKey key = tunnel::make_resume_key();
  std::shared_ptr<HeldEnd> end;
  std::unique_ptr<net::Stream> stream;
  StreamPtr carrier;
  bool known = false;

  explicit Bench(const asio::any_io_executor& home, HeldLimits limits = {}) : held(home, limits), nursery(home) { another(); }

  void another() {
    key = tunnel::make_resume_key();
    known = false;
    end = std::make_shared<HeldEnd>(nursery.home());
    stream = end->stream();
  }
  // A carrier of `person`; what the agent said to it.
  Task<Result<void>> connect(std::string person) {
    auto [near, far] = net::make_pipe(nursery.home());
    auto serve = [](HeldStreams* of, std::shared_ptr<std::unique_ptr<net::Stream>> carried, std::string who) -> Task<void> {
      co_await of->carry(std::move(*carried), std::move(who), echo);
    };
    nursery.start(serve, &held, std::make_shared<std::unique_ptr<net::Stream>>(std::move(far)), std::move(person));
    CO_TRY(greeting, co_await tunnel::hear_greeting(*near));
    end->release();
    CO_TRY(has, co_await tunnel::come_in(*near, key, greeting.number.value_or(""), known, end->received()));
    known = true;
    carrier = std::move(near);
    nursery.start(carry_over, end, carrier, has);
    co_return Result<void>();
  }
  Task<void> cut() {
    carrier->close();
    auto away = [this] { return !end->carried(); };
    EXPECT_TRUE(co_await until(away));
  }
  Task<std::string> hears(std::size_t count) {
    std::string out(count, '\0');
    std::size_t have = 0;
    while (have < count) {
      const auto got = co_await stream->read_some(std::span(out).subspan(have));
      if (!got || *got == 0) break;
      have += *got;
    }
    out.resize(have);
    co_return out;
  }
  Task<bool> holds(std::size_t count) {
    auto claim = [this, count] { return held.size() == count; };
    co_return co_await until(claim);
  }
  Task<void> stop() {
    co_await nursery.stop();
    co_await held.stop();
  }
};

TEST(HeldStreams, GoOnOverTheNextCarrier) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    EXPECT_TRUE(co_await bench.connect("ana"));
    EXPECT_TRUE(co_await bench.stream->write("one"));
    EXPECT_EQ(co_await bench.hears(3), "one");

    co_await bench.cut();
    EXPECT_TRUE(co_await bench.stream->write("two"));
    EXPECT_TRUE(co_await bench.connect("ana"));

    EXPECT_EQ(co_await bench.hears(3), "two");
    EXPECT_EQ(bench.held.size(), 1U);
    co_await bench.stop();
  });
}

TEST(HeldStreams, BelongToThePersonWhoBeganThem) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    EXPECT_TRUE(co_await bench.connect("ana"));
    co_await bench.cut();

    const auto other = co_await bench.connect("bo");
    const auto secret = std::exchange(bench.key.secret, tunnel::make_resume_key().secret);
    const auto guessed = co_await bench.connect("ana");
    bench.known = false;
    const auto begun_again = co_await bench.connect("ana");
    bench.known = true;
    bench.key.secret = secret;

    EXPECT_TRUE(!other && other.error().code == Code::forbidden);
    EXPECT_TRUE(!guessed && guessed.error().code == Code::forbidden);
    EXPECT_TRUE(!begun_again && begun_again.error().code == Code::forbidden);
    EXPECT_TRUE(co_await bench.connect("ana"));
    co_await bench.stop();
  });
}

TEST(HeldStreams, AreGoneWithTheAgent) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    bench.known = true;

    const auto came = co_await bench.connect("ana");

    EXPECT_TRUE(!came && came.error().code == Code::gone);
    EXPECT_NE(came.error().say.find("agent was restarted"), std::string::npos);
    co_await bench.stop();
  });
}

TEST(HeldStreams, AreLetInAgainWhenTheFirstAnswerWasLost) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    EXPECT_TRUE(co_await bench.connect("ana"));
    co_await bench.cut();
    bench.known = false;

    EXPECT_TRUE(co_await bench.connect("ana"));

    EXPECT_TRUE(co_await bench.stream->write("one"));
    EXPECT_EQ(co_await bench.hears(3), "one");
    EXPECT_EQ(bench.held.size(), 1U);
    co_await bench.stop();
  });
}

TEST(HeldStreams, AreKeptNoLongerThanTheyShould) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.keep = Milliseconds(10)});
    EXPECT_TRUE(co_await bench.connect("ana"));
    EXPECT_TRUE(co_await bench.stream->write("one"));
    EXPECT_EQ(co_await bench.hears(3), "one");

    co_await bench.cut();

    EXPECT_TRUE(co_await bench.holds(0));
    const auto came = co_await bench.connect("ana");
    EXPECT_TRUE(!came && came.error().code == Code::gone);
    co_await bench.stop();
  });
}

TEST(HeldStreams, MakePlaceForNewOnesOnlyWhenNothingCarriesThem) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.most = 1});
    EXPECT_TRUE(co_await bench.connect("ana"));
    const auto first_end = bench.end;
    const auto first = std::exchange(bench.stream, nullptr);
    const auto first_carrier = bench.carrier;
    bench.another();

    const auto too_many = co_await bench.connect("bo");
    first_carrier->close();
    auto away = [&first_end] { return !first_end->carried(); };
    EXPECT_TRUE(co_await until(away));
    auto comes_in = co_await bench.connect("bo");
    for (int i = 0; i < 100 && !comes_in; ++i) comes_in = co_await bench.connect("bo");

    EXPECT_TRUE(!too_many && too_many.error().code == Code::too_many);
    EXPECT_TRUE(comes_in);
    EXPECT_TRUE(co_await bench.holds(1));
    co_await bench.stop();
  });
}

TEST(HeldStreams, EndWhenTheClientSaysSo) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    EXPECT_TRUE(co_await bench.connect("ana"));

    bench.stream.reset();

    EXPECT_TRUE(co_await bench.holds(0));
    co_await bench.stop();
  });
}

TEST(HeldStreams, KeepTheLastWordsForAClientThatIsAway) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    EXPECT_TRUE(co_await bench.connect("ana"));
    EXPECT_TRUE(co_await bench.stream->write("one"));
    EXPECT_EQ(co_await bench.hears(3), "one");
    EXPECT_TRUE(co_await bench.stream->write("bye"));
    co_await bench.cut();

    EXPECT_TRUE(co_await bench.connect("ana"));

    EXPECT_EQ(co_await bench.hears(4), "bye");
    bench.stream.reset();
    EXPECT_TRUE(co_await bench.holds(0));
    co_await bench.stop();
  });
}

// Bytes of a "ssh" stream through the tunnel that the agent has just now, from its beginning on.
Task<Result<std::unique_ptr<net::Stream>>> open_ssh(FakeServer& server, tunnel::HeaderList headers) {
  const auto session = server.session();
  if (!session) co_return fail(Code::unavailable, "There is no tunnel.");
  co_return co_await session->open("ssh", "/", std::move(headers));
}

// What the server calls the session on each tunnel.
using Names = std::array<std::string, 2>;

// As a client, on the fake server's loop: the stream is begun on one tunnel and goes on over the next.
Task<int> over_two_tunnels(FakeServer* server, Names names) {
  const auto key = tunnel::make_resume_key();
  auto end = std::make_shared<HeldEnd>(co_await aio::executor());
  const auto stream = end->stream();
  aio::Nursery carriers(co_await aio::executor());
  std::string banner;
  for (int turn = 0; turn < 2; ++turn) {
    const tunnel::HeaderList asks{{"x-resume", "1"}, {"x-person", "ana"}, {"x-connection-id", names.at(static_cast<std::size_t>(turn))}};
    Result<std::unique_ptr<net::Stream>> carrier = fail(Code::unavailable, "Not yet.");
    for (int i = 0; i < 1000 && !carrier; ++i) {
      carrier = co_await open_ssh(*server, asks);
      if (!carrier) co_await aio::sleep(Milliseconds(10));
    }
    EXPECT_TRUE(carrier);
    if (!carrier) co_return 1;
    const StreamPtr shared = std::move(*carrier);
    const auto greeting = co_await tunnel::hear_greeting(*shared);
    EXPECT_TRUE(greeting && greeting->number);
    end->release();
    const auto has = co_await tunnel::come_in(*shared, key, greeting->number.value_or(""), turn > 0, end->received());
    EXPECT_TRUE(has) << has.error().say;
    if (!has) co_return 1;
    carriers.start(carry_over, end, shared, *has);
    std::array<char, 4> piece{};
    while (banner.size() < (turn == 0 ? 4U : 8U)) {
      const auto count = co_await stream->read_some(std::span(piece).first(4 - banner.size() % 4));
      EXPECT_TRUE(count && *count > 0);
      if (!count || *count == 0) co_return 1;
      banner.append(piece.data(), *count);
    }
    if (turn > 0) break;
    co_await server->session()->stop();
    co_await carriers.ended();
  }
  EXPECT_EQ(banner, "SSH-2.0-");
  // Without a person the stream is a plain one.
  const auto plain = co_await open_ssh(*server, {{"x-resume", "1"}});
  EXPECT_TRUE(plain);
  if (plain) {
    const auto greeting = co_await tunnel::hear_greeting(**plain);
    EXPECT_TRUE(greeting && !greeting->number && greeting->already_read.starts_with("S"));
  }
  co_await carriers.stop();
  co_return 0;
}

TEST(HeldStreams, OutliveTheTunnelThatTheyBeganOn) {
  FakeServer server;
  server.set("manifest", 200, R"({"owner_name":"ana","workspace_name":"dev","agent_name":"main"})");
  Folder folder;
  on_loop([&]() -> Task<void> {
    Options options;
    options.url = server.url();
    options.token = "token";
    options.log_dir = options.script_data_dir = folder.path();
    Agent agent(co_await aio::executor(), options, "/opt/slipway-agent");
    agent.start();
    const Names names{Uuid::random().str(), Uuid::random().str()};
    EXPECT_EQ(co_await aio::on(server.loops().at(0), over_two_tunnels(&server, names)), 0);
    co_await agent.shut_down();
    std::array<int, 2> told{};
    for (const auto& report : server.seen("connections"))
      for (std::size_t i = 0; i < names.size(); ++i) told.at(i) += report.body.find(names.at(i)) != std::string::npos ? 1 : 0;
    EXPECT_EQ(told, (std::array{2, 0})) << "one session: its beginning and its end, under its first name";
  });
}

}  // namespace
}  // namespace slipway::agent
