#include "tunnel/ends_test.hpp"
#include "tunnel/http2.hpp"

namespace slipway::tunnel {
namespace {

using namespace testing;

Task<void> fill(net::Stream* stream, std::size_t* written) {
  const std::string piece(1024, 'x');
  while (co_await stream->write(piece, {})) *written += piece.size();
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
    limits.turn_limit = Milliseconds(20);
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

}  // namespace
}  // namespace slipway::tunnel
