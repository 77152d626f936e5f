#include "aio/event.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "net/headers.hpp"
#include "net/message.hpp"
#include "net/pipe.hpp"
#include "tunnel/acceptor.hpp"
#include "tunnel/across.hpp"
#include "tunnel/http2.hpp"
#include "tunnel/relay.hpp"
#include "tunnel/session.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace slipway::tunnel {
namespace {

using StreamPtr = std::unique_ptr<net::Stream>;

// One direction of a wire in memory, with the troubles a network has.
struct Lane {
  explicit Lane(const aio::Executor& home) : readable(home), writable(home) {}
  std::deque<std::string> messages;
  std::size_t room = 256 * 1024, held = 0, most_held = 0;
  bool cut = false, stalled = false, said_goodbye = false;
  Milliseconds latency{0};
  std::deque<std::chrono::steady_clock::time_point> due;  // with a latency: when each message arrives
  std::optional<std::mt19937> slicer;                     // delivers the bytes in random pieces
  aio::Event readable, writable;

  void end() {
    cut = true;
    readable.notify();
    writable.notify();
  }
};

class MemoryTransport final : public Transport {
 public:
  MemoryTransport(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out) : in_(std::move(in)), out_(std::move(out)) {}

  Task<Result<std::string>> read() override {
    const auto in = in_;
    while (in->messages.empty() || in->stalled) {
      if (in->said_goodbye) co_return slipway::fail(Code::gone, "Closed.");
      if (in->cut) co_return slipway::fail(Code::bad_gateway, "Cut.", "the test cut the wire");
      co_await in->readable.wait();
    }
    if (in->latency.count() > 0) {
      const auto left = in->due.front() - std::chrono::steady_clock::now();
      in->due.pop_front();
      if (left.count() > 0) co_await aio::sleep(std::chrono::duration_cast<Milliseconds>(left));
    }
    std::string message = std::move(in->messages.front());
    in->messages.pop_front();
    if (in->slicer && message.size() > 1) {
      const std::size_t at = 1 + (*in->slicer)() % std::min<std::size_t>(message.size() - 1, 5000);
      in->messages.push_front(message.substr(at));
      message.resize(at);
    }
    in->held -= message.size();
    in->writable.notify();
    co_return message;
  }
  Task<Result<void>> write(std::string message) override {
    const auto out = out_;
    while (out->held > out->room && !out->cut) co_await out->writable.wait();
    if (out->cut) co_return slipway::fail(Code::bad_gateway, "Cut.", "the test cut the wire");
    out->held += message.size();
    out->most_held = std::max(out->most_held, out->held);
    out->messages.push_back(std::move(message));
    if (out->latency.count() > 0) out->due.push_back(std::chrono::steady_clock::now() + out->latency);
    out->readable.notify();
    co_return Result<void>();
  }
  Task<void> close() override {
    out_->said_goodbye = !out_->cut;
    out_->end();
    co_return;
  }

 private:
  std::shared_ptr<Lane> in_, out_;
};

// Serves one dialled connection as the port asks: 7 echoes, 9 swallows, 19 talks for ever, 13 says a word and ends.
Task<void> serve_port(std::uint16_t port, std::shared_ptr<net::Stream> stream) {
  std::vector<char> buffer(65536);
  if (port == 13) {
    (void)co_await stream->write("daytime", {});
    (void)co_await stream->shutdown_send();
    while (true) {
      const auto count = co_await stream->read_some(buffer);
      if (!count || *count == 0) co_return;
    }
  }
  while (true) {
    if (port == 19) {
      if (!co_await stream->write({buffer.data(), buffer.size()}, {})) co_return;
      continue;
    }
    const auto count = co_await stream->read_some(buffer);
    if (!count) co_return;
    if (*count == 0) break;
    if (port == 7 && !co_await stream->write({buffer.data(), *count}, {})) co_return;
  }
  if (port == 9) (void)co_await stream->write("done", {});
  (void)co_await stream->shutdown_send();
}

Task<void> serve_opening(Opening opening) {
  if (opening.protocol() == "refused") co_return opening.refuse(403, "Not this one.");
  if (opening.protocol() == "forgotten") co_return;
  const auto stream = opening.accept();
  const std::string hello = opening.protocol() + " " + opening.path() + " " + std::string(opening.header("x-size")) + "\n";
  (void)co_await stream->write(hello, {});
  std::array<char, 1000> buffer;
  while (true) {
    const auto count = co_await stream->read_some(buffer);
    if (!count || *count == 0) break;
    if (!co_await stream->write({buffer.data(), *count}, {})) co_return;
  }
  (void)co_await stream->shutdown_send();
}

Task<net::Response> serve_request(AgentRequest request) {
  net::Response response;
  response.status = request.path == "/missing" ? 404 : 200;
  response.headers.add("X-Method", request.method);
  response.body = request.path + ":" + request.body;
  co_return response;
}

Task<void> keep(Task<Result<void>> running, std::shared_ptr<std::optional<Result<void>>> outcome) { *outcome = co_await std::move(running); }

// A session and an acceptor joined in memory. stop() before it goes.
struct Joined {
  explicit Joined(aio::Executor home, Limits limits = {}, std::function<void(Lane&, Lane&)> trouble = {})
      : nursery(home), down(std::make_shared<Lane>(home)), up(std::make_shared<Lane>(home)) {
    if (trouble) trouble(*down, *up);
    Handlers handlers;
    handlers.connect = [this](std::uint16_t port) -> Task<Result<StreamPtr>> { return dial(this, port); };
    handlers.open = serve_opening;
    handlers.request = serve_request;
    session = std::make_unique<Session>(home, std::make_unique<MemoryTransport>(up, down), limits);
    acceptor = std::make_unique<Acceptor>(home, std::make_unique<MemoryTransport>(down, up), std::move(handlers), limits);
    nursery.start(keep, session->run(), session_outcome);
    nursery.start(keep, acceptor->run(), acceptor_outcome);
  }
  static Task<Result<StreamPtr>> dial(Joined* self, std::uint16_t port) {
    if (port == 1) co_return slipway::fail(Code::bad_gateway, "Nothing listens on port 1.");
    auto [near, far] = net::make_pipe(self->nursery.home());
    self->nursery.start(serve_port, port, std::shared_ptr<net::Stream>(std::move(far)));
    co_return std::move(near);
  }
  Task<void> stop() {
    co_await session->stop();
    co_await acceptor->stop();
    co_await nursery.stop();
  }

  aio::Nursery nursery;
  std::shared_ptr<Lane> down, up;  // to the agent, to the control plane
  std::unique_ptr<Session> session;
  std::unique_ptr<Acceptor> acceptor;
  std::shared_ptr<std::optional<Result<void>>> session_outcome = std::make_shared<std::optional<Result<void>>>();
  std::shared_ptr<std::optional<Result<void>>> acceptor_outcome = std::make_shared<std::optional<Result<void>>>();
};

Task<std::string> read_all(net::Stream& stream) {
  std::string all;
  std::array<char, 8192> buffer;
  while (true) {
    const auto count = co_await stream.read_some(buffer);
    if (!count) co_return all + "<" + count.error().say + ">";
    if (*count == 0) co_return all;
    all.append(buffer.data(), *count);
  }
}

Task<std::string> read_exactly(net::Stream& stream, std::size_t size) {
  std::string all(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto count = co_await stream.read_some({all.data() + have, size - have});
    if (!count || *count == 0) break;
    have += *count;
  }
  all.resize(have);
  co_return all;
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

void run(Task<int> main) {
  aio::Loops loops(1);
  EXPECT_EQ(loops.run(std::move(main)), 0);
}

// Sends `text` to the echo port while reading it back, ends, and compares.
Task<void> echo_once(Session* session, std::string text, int* right) {
  auto stream = co_await session->connect(7);
  EXPECT_TRUE(stream.has_value()) << stream.error().say;
  if (!stream) co_return;
  auto send = [](net::Stream& to, const std::string& what) -> Task<void> {
    (void)co_await to.write(what, {});
    (void)co_await to.shutdown_send();
  };
  using namespace asio::experimental::awaitable_operators;
  const auto back = co_await (send(**stream, text) && read_all(**stream));
  if (back == text) ++*right;
}

TEST(Tunnel, ConnectEchoesAndKeepsHalfClose) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());
    int right = 0;

    co_await echo_once(joined.session.get(), "hello", &right);
    co_await echo_once(joined.session.get(), noise(3'000'000, 1), &right);

    EXPECT_EQ(right, 2);
    co_await joined.stop();
    EXPECT_TRUE(joined.session_outcome->value().has_value());
    EXPECT_TRUE(joined.acceptor_outcome->value().has_value());
    co_return 0;
  }());
}

TEST(Tunnel, WritesAfterThePeersEndStillArrive) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());

    auto stream = co_await joined.session->connect(13);
    const std::string word = co_await read_all(**stream);
    const auto late = co_await (*stream)->write("still here", {});

    EXPECT_EQ(word, "daytime");
    EXPECT_TRUE(late.has_value());
    stream->reset();
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, RefusedDialTellsTheAgentsReason) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());

    const auto stream = co_await joined.session->connect(1);

    EXPECT_FALSE(stream.has_value());
    EXPECT_EQ(stream.error().code, Code::bad_gateway);
    EXPECT_EQ(stream.error().say, "Nothing listens on port 1.");
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, AHundredStreamsAtOnce) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());
    aio::Nursery many(co_await aio::executor());
    int right = 0;

    for (unsigned i = 0; i < 100; ++i) many.start(echo_once, joined.session.get(), noise(20'000 + i * 997, i), &right);
    while (many.size() > 0) co_await aio::sleep(Milliseconds(1));

    EXPECT_EQ(right, 100);
    co_await many.stop();
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, ASlowReaderStallsNobodyAndHoldsOnlyItsWindow) {
  run([]() -> Task<int> {
    Limits limits;
    limits.stream_window = 64 * 1024;
    limits.connection_window = 256 * 1024;
    Joined joined(co_await aio::executor(), limits);
    std::vector<StreamPtr> unread;
    int right = 0;

    for (int i = 0; i < 16; ++i) unread.push_back(*co_await joined.session->connect(19));
    co_await echo_once(joined.session.get(), noise(2'000'000, 3), &right);

    EXPECT_EQ(right, 1);
    EXPECT_LE(joined.up->most_held, 2'000'000U);
    // What lies unread is no more than the window: the sender was held back.
    const auto first = co_await read_exactly(*unread[0], limits.stream_window);
    EXPECT_EQ(first.size(), limits.stream_window);
    unread.clear();
    co_await joined.stop();
    co_return 0;
  }());
}

// How much a writer gets rid of before it is held back.
Task<void> fill(net::Stream* stream, std::size_t* written) {
  const std::string piece(1024, 'x');
  while (co_await stream->write(piece, {})) *written += piece.size();
}

TEST(Tunnel, AWriterIsHeldBackByItsReadersWindow) {
  run([]() -> Task<int> {
    Limits limits;
    limits.stream_window = 64 * 1024;
    auto home = co_await aio::executor();
    Joined joined(home, limits);
    std::size_t written = 0;

    auto stream = *co_await joined.session->open("pty", "/");
    co_await read_exactly(*stream, std::string("pty / \n").size());
    joined.nursery.start(fill, stream.get(), &written);
    // The far end echoes until its own echo is not read any more: two windows and its one buffer, then nothing moves.
    std::size_t before = 1;
    while (written != before) {
      before = written;
      co_await joined.session->ping();
      co_await joined.session->ping();
    }

    EXPECT_GE(written, limits.stream_window);
    EXPECT_LE(written, 2 * limits.stream_window + 4096);
    stream->close();
    co_await joined.stop();
    co_return 0;
  }());
}

// The wire is so long that distance holds the stream back even where the machine is busy and reads a few MB/s.
TEST(Tunnel, AWindowGrowsOverALongWireButNotForASlowReader) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor(), {}, [](Lane& down, Lane& up) {
      down.latency = up.latency = Milliseconds(60);
      down.room = up.room = 64 << 20;
    });
    while (joined.session->latency().count() == 0) co_await aio::sleep(Milliseconds(1));

    auto unread = *co_await joined.session->connect(19);
    auto stream = *co_await joined.session->connect(19);
    for (int i = 0; i < 4; ++i) co_await joined.session->ping();
    const auto without = joined.up->most_held;
    co_await read_exactly(*stream, 8'000'000);

    EXPECT_LE(without, 600'000U);                 // two first windows and a little
    EXPECT_GE(joined.up->most_held, 1'000'000U);  // under way at a time
    EXPECT_LE(joined.up->most_held, 2'600'000U);
    unread.reset();
    stream.reset();
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, AResetStreamEndsItsPeerAndNothingElse) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());
    int right = 0;

    auto endless = *co_await joined.session->connect(19);
    co_await read_exactly(*endless, 100);
    endless.reset();
    co_await echo_once(joined.session.get(), "fine", &right);
    while (joined.acceptor->streams() > 0) co_await aio::sleep(Milliseconds(1));

    EXPECT_EQ(right, 1);
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, ClosingAStreamWakesItsReader) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());
    auto stream = *co_await joined.session->connect(9);
    auto close = [](net::Stream* one) -> Task<void> {
      one->close();
      co_return;
    };

    joined.nursery.start(close, stream.get());
    std::array<char, 10> buffer;
    const auto count = co_await stream->read_some(buffer);

    EXPECT_EQ(count.error().code, Code::cancelled);
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, ACutWireFailsAllStreamsAtOnce) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());
    auto one = *co_await joined.session->connect(9);
    auto two = *co_await joined.session->connect(7);
    auto cut = [](Joined* j) -> Task<void> {
      j->up->end();
      j->down->end();
      co_return;
    };

    joined.nursery.start(cut, &joined);
    const auto read = co_await read_all(*one);
    const auto written = co_await two->write("x", {});
    const auto next = co_await joined.session->connect(7);
    co_await joined.session->closed();

    EXPECT_EQ(read, "<The connection to the workspace's agent was lost.>");
    EXPECT_EQ(written.error().code, Code::bad_gateway);
    EXPECT_FALSE(next.has_value());
    EXPECT_FALSE(joined.session->is_open());
    EXPECT_FALSE(joined.session_outcome->value().has_value());
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, StreamsOutliveTheirSession) {
  run([]() -> Task<int> {
    StreamPtr stream;
    {
      Joined joined(co_await aio::executor());
      stream = *co_await joined.session->connect(7);
      co_await joined.stop();
    }

    const auto written = co_await stream->write("x", {});
    const auto text = co_await read_all(*stream);

    EXPECT_EQ(written.error().code, Code::unavailable);
    EXPECT_EQ(text, "<The workspace's agent is not connected.>");
    co_return 0;
  }());
}

TEST(Tunnel, StoppingOneEndEndsTheOtherInGoodOrder) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());
    auto stream = *co_await joined.session->connect(7);

    co_await joined.acceptor->stop();
    const auto text = co_await read_all(*stream);
    co_await joined.session->closed();

    EXPECT_TRUE(text.starts_with("<"));
    EXPECT_TRUE(joined.acceptor_outcome->value().has_value());
    EXPECT_TRUE(joined.session_outcome->value().has_value()) << joined.session_outcome->value().error().why;
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, CancellingTheRunEndsTheSession) {
  run([]() -> Task<int> {
    auto home = co_await aio::executor();
    Joined joined(home);
    auto stream = *co_await joined.session->connect(7);

    co_await joined.nursery.stop();

    EXPECT_FALSE(joined.session->is_open());
    EXPECT_FALSE((co_await stream->write("x", {})).has_value());
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, GarbageEndsTheSessionWithAnError) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    run([](unsigned kind) -> Task<int> {
      Joined joined(co_await aio::executor());
      auto stream = *co_await joined.session->connect(7);

      auto& lane = kind % 2 ? *joined.up : *joined.down;
      lane.held += 3000;
      lane.messages.push_back(noise(3000, kind));
      lane.readable.notify();
      co_await joined.session->closed();
      co_await joined.acceptor->closed();

      EXPECT_FALSE(joined.session_outcome->value().has_value() && joined.acceptor_outcome->value().has_value());
      stream.reset();
      co_await joined.stop();
      co_return 0;
    }(seed));
  }
}

TEST(Tunnel, AnAgentThatIsNoneIsGivenUp) {
  run([]() -> Task<int> {
    auto home = co_await aio::executor();
    Limits limits;
    limits.handshake_limit = Milliseconds(20);
    auto in = std::make_shared<Lane>(home), out = std::make_shared<Lane>(home);
    Session session(home, std::make_unique<MemoryTransport>(in, out), limits);

    const auto outcome = co_await session.run();

    EXPECT_FALSE(outcome.has_value());
    co_return 0;
  }());
}

TEST(Tunnel, ASilentPeerIsNoticedByThePing) {
  run([]() -> Task<int> {
    Limits limits;
    limits.ping_every = Milliseconds(5);
    limits.ping_limit = Milliseconds(300);  // also of the pings that are answered
    Joined joined(co_await aio::executor(), limits);
    auto stream = *co_await joined.session->connect(9);
    const auto latency = co_await joined.session->ping();

    joined.up->stalled = true;
    const auto text = co_await read_all(*stream);

    EXPECT_TRUE(latency.has_value());
    EXPECT_GT(joined.session->latency().count(), 0);
    EXPECT_EQ(text, "<The connection to the workspace's agent was lost.>");
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, ExtendedConnectCarriesProtocolPathAndHeaders) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());

    auto stream = *co_await joined.session->open("pty", "/pty?id=1", {{"x-size", "80x24"}});
    (void)co_await stream->write("typed", {});
    (void)co_await stream->shutdown_send();

    EXPECT_EQ(co_await read_all(*stream), "pty /pty?id=1 80x24\ntyped");
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, ARefusedOrForgottenOpeningIsAnError) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());

    const auto refused = co_await joined.session->open("refused", "/");
    const auto forgotten = co_await joined.session->open("forgotten", "/");

    EXPECT_EQ(refused.error().say, "Not this one.");
    EXPECT_EQ(forgotten.error().code, Code::bad_gateway);
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, RequestsCarryBodiesBothWays) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());
    const std::string large = noise(1'000'000, 4);

    const auto small = co_await joined.session->request("GET", "/listening-ports");
    const auto posted = co_await joined.session->request("POST", "/x", {{"content-type", "text/plain"}}, large);
    const auto missing = co_await joined.session->request("GET", "/missing");

    EXPECT_EQ(small->body, "/listening-ports:");
    EXPECT_EQ(small->headers.get("x-method"), "GET");
    EXPECT_EQ(posted->body, "/x:" + large);
    EXPECT_EQ(missing->status, 404);
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, AnAgentThatStopsInTheMiddleOfARequestHoldsNobodyUp) {
  run([]() -> Task<int> {
    Limits limits;
    limits.answer_limit = Milliseconds(100);
    Joined joined(co_await aio::executor(), limits);
    const auto before = co_await joined.session->ping();  // it is there, and has no such limit for that
    joined.up->stalled = true;

    const auto answer = co_await joined.session->request("POST", "/x", {}, noise(1'000'000, 4));

    EXPECT_TRUE(before);
    EXPECT_TRUE(!answer && answer.error().code == Code::timed_out) << answer.has_value();
    joined.up->stalled = false;
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(Tunnel, TooManyStreamsAndTooLargeHeadsAreRefused) {
  run([]() -> Task<int> {
    Limits limits;
    limits.streams = 4;
    limits.header_bytes = 2000;
    Joined joined(co_await aio::executor(), limits);
    std::vector<StreamPtr> open;

    const auto fat = co_await joined.session->open("pty", "/", {{"x-fat", std::string(3000, 'x')}});
    for (int i = 0; i < 4; ++i) open.push_back(*co_await joined.session->connect(9));
    const auto fifth = co_await joined.session->connect(9);
    open.clear();

    EXPECT_FALSE(fat.has_value());
    EXPECT_EQ(fifth.error().code, Code::too_many);
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(TunnelChaos, SlicedWiresChangeNothing) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    run([](unsigned random) -> Task<int> {
      Joined joined(co_await aio::executor(), {}, [random](Lane& down, Lane& up) {
        down.slicer.emplace(random);
        up.slicer.emplace(random + 1000);
      });
      aio::Nursery many(co_await aio::executor());
      int right = 0;

      for (unsigned i = 0; i < 10; ++i) many.start(echo_once, joined.session.get(), noise(50'000, i), &right);
      while (many.size() > 0) co_await aio::sleep(Milliseconds(1));

      EXPECT_EQ(right, 10);
      co_await many.stop();
      co_await joined.stop();
      co_return 0;
    }(seed));
  }
}

TEST(TunnelChaos, AStallIsWaitedOutAndNothingIsLost) {
  run([]() -> Task<int> {
    Joined joined(co_await aio::executor());
    int right = 0;
    auto stall = [](Joined* j) -> Task<void> {
      for (int i = 0; i < 5; ++i) {
        j->up->stalled = j->down->stalled = true;
        co_await aio::sleep(Milliseconds(3));
        j->up->stalled = j->down->stalled = false;
        j->up->readable.notify();
        j->down->readable.notify();
        co_await aio::sleep(Milliseconds(1));
      }
    };

    joined.nursery.start(stall, &joined);
    co_await echo_once(joined.session.get(), noise(4'000'000, 9), &right);

    EXPECT_EQ(right, 1);
    co_await joined.stop();
    co_return 0;
  }());
}

TEST(TunnelChaos, CutsAtAnyMomentEndEveryStream) {
  for (int after = 0; after < 30; ++after) {
    run([](int turns) -> Task<int> {
      Joined joined(co_await aio::executor());
      aio::Nursery many(co_await aio::executor());
      auto attempt = [](Session* session) -> Task<void> {
        auto stream = co_await session->connect(7);
        if (!stream) co_return;
        std::size_t written = 0;
        co_await fill(stream->get(), &written);
      };

      for (unsigned i = 0; i < 5; ++i) many.start(attempt, joined.session.get());
      for (int i = 0; i < turns; ++i) co_await aio::sleep(Milliseconds(0));
      joined.up->end();
      joined.down->end();
      while (many.size() > 0) co_await aio::sleep(Milliseconds(1));

      co_await many.stop();
      co_await joined.stop();
      co_return 0;
    }(after));
  }
}

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
