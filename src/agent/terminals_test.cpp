#include "agent/terminals.hpp"

#include "agent/test_support.hpp"
#include "net/pipe.hpp"

namespace slipway::agent {
namespace {

using namespace testing_support;

// A viewer as the control plane sees it: messages go in, bytes come out.
struct Screen {
  std::unique_ptr<net::Stream> stream;
  std::string seen;
  bool ended = false;

  Task<bool> shows(std::string_view text, Milliseconds limit = Seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    std::array<char, 4096> buffer{};
    while (seen.find(text) == std::string::npos) {
      if (ended || std::chrono::steady_clock::now() > end) co_return false;
      const auto got = co_await stream->read_some(buffer);
      ended = !got || *got == 0;
      if (!ended) seen.append(buffer.data(), *got);
    }
    co_return true;
  }
  Task<void> to_the_end() {
    std::array<char, 4096> buffer{};
    while (!ended) {
      const auto got = co_await stream->read_some(buffer);
      ended = !got || *got == 0;
    }
  }
  Task<void> send(std::string_view json) { (void)co_await stream->write(json); }
  Task<void> line(const std::string& text) {
    boost::json::object message{{"data", text + "\n"}};
    co_await send(boost::json::serialize(message));
  }
};

struct Bench {
  Folder folder;
  Commands commands{test_user(folder), "/opt/slipway-agent", "http://server", folder / "bin"};
  Terminals terminals;
  aio::Nursery nursery;

  explicit Bench(const asio::any_io_executor& home, TerminalLimits limits = {}) : terminals(home, commands, limits), nursery(home) {
    folder.write(".bash_profile", "PS1='> '\n");
  }

  Screen open(const TerminalRequest& request) {
    EXPECT_TRUE(terminals.ensure(request));
    auto [ours, theirs] = net::make_pipe(nursery.home());
    auto view = [](Terminals* of, TerminalRequest what, std::shared_ptr<std::unique_ptr<net::Stream>> stream) -> Task<void> {
      co_await of->view(std::move(what), std::move(*stream));
    };
    nursery.start(view, &terminals, request, std::make_shared<std::unique_ptr<net::Stream>>(std::move(theirs)));
    return Screen{.stream = std::move(ours)};
  }
  Task<void> stop() {
    co_await terminals.stop();
    co_await nursery.stop();
  }
};

TerminalRequest request(TerminalSize size = {24, 80}, std::string command = {}) {
  return {.id = Uuid::random(), .size = size, .command = std::move(command)};
}

TEST(Terminals, EchoesRunsCommandsAndResizes) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    auto screen = bench.open(request({31, 97}));

    co_await screen.line("echo $((40+2)) $CODER; stty size");
    EXPECT_TRUE(co_await screen.shows("42 true"));
    EXPECT_TRUE(co_await screen.shows("31 97")) << screen.seen;
    co_await screen.send(R"({"height":44,"width":120})");
    co_await screen.send(R"({"height":0,"width":120})");
    co_await screen.line("stty size; tty; echo $TERM");
    EXPECT_TRUE(co_await screen.shows("44 120")) << screen.seen;
    EXPECT_TRUE(co_await screen.shows("/dev/pts/"));
    EXPECT_TRUE(co_await screen.shows("xterm-256color"));
    co_await bench.stop();
  });
}

TEST(Terminals, SameIdIsTheSameShellWithItsOutputReplayed) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    const auto mine = request();
    auto first = bench.open(mine);
    co_await first.line("secret=kept; echo marker-$((1+1))");
    EXPECT_TRUE(co_await first.shows("marker-2"));
    first.stream->close();
    const auto alone = [&] { return bench.terminals.viewers() == 0; };
    EXPECT_TRUE(co_await until(alone));

    auto second = bench.open(mine);
    auto other = bench.open(request());

    EXPECT_TRUE(co_await second.shows("marker-2"));
    co_await second.line("echo again-$secret");
    EXPECT_TRUE(co_await second.shows("again-kept"));
    co_await other.line("echo none-$secret-");
    EXPECT_TRUE(co_await other.shows("none--"));
    EXPECT_EQ(bench.terminals.size(), 2U);
    co_await bench.stop();
  });
}

TEST(Terminals, TwoViewersShareOneShellAndItsExitClosesBoth) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    const auto mine = request();
    auto one = bench.open(mine);
    auto two = bench.open(mine);

    co_await one.line("echo from-$((1+0))");
    EXPECT_TRUE(co_await two.shows("from-1"));
    co_await two.line("echo from-$((1+1))");
    EXPECT_TRUE(co_await one.shows("from-2"));
    EXPECT_EQ(bench.terminals.viewers(), 2U);
    co_await two.line("exit");
    co_await one.to_the_end();
    co_await two.to_the_end();

    const auto gone = [&] { return bench.terminals.size() == 0; };
    EXPECT_TRUE(co_await until(gone));
    co_await bench.stop();
  });
}

TEST(Terminals, ExitClosesViewersThoughABackgroundProcessHoldsTheTerminal) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    auto screen = bench.open(request({24, 80}, "trap '' HUP; sleep 60 & echo $! > $HOME/pid; echo ready"));

    EXPECT_TRUE(co_await screen.shows("ready"));
    co_await screen.to_the_end();

    ::kill(std::stoi(bench.folder.read("pid")), SIGKILL);
    co_await bench.stop();
  });
}

TEST(Terminals, EndSomeTimeAfterTheLastViewerLeft) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.keep = Milliseconds(50)});
    auto screen = bench.open(request());
    co_await screen.line("echo up-$((1+0))");
    EXPECT_TRUE(co_await screen.shows("up-1"));

    screen.stream->close();

    const auto gone = [&] { return bench.terminals.size() == 0; };
    EXPECT_TRUE(co_await until(gone));
    co_await bench.stop();
  });
}

TEST(Terminals, AViewerThatTakesNothingDoesNotStopTheOthers) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.slow_viewer = Milliseconds(100), .viewer_backlog = 64 << 10});
    const auto mine = request();
    auto stuck = bench.open(mine);
    auto awake = bench.open(mine);

    co_await awake.line("head -c 2000000 /dev/zero | tr '\\0' x; echo done-$((1+0))");

    EXPECT_TRUE(co_await awake.shows("done-1", Seconds(40)));
    EXPECT_EQ(bench.terminals.viewers(), 1U);
    co_await bench.stop();
  });
}

TEST(Terminals, CommandsMessageOfTheDayAndNonsense) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    bench.folder.write("motd", "Welcome aboard\n");
    api::AgentManifest manifest;
    manifest.motd_file = "~/motd";
    manifest.workspace_name = "blue";
    bench.commands.update(manifest, "token");
    auto shell = bench.open(request());
    auto command = bench.open(request({24, 80}, "echo in-$CODER_WORKSPACE_NAME; sleep 100"));

    EXPECT_TRUE(co_await shell.shows("Welcome aboard\r\n"));
    EXPECT_TRUE(co_await command.shows("in-blue"));
    EXPECT_EQ(command.seen.find("Welcome"), std::string::npos);
    co_await command.send("this is no JSON");
    co_await command.to_the_end();
    EXPECT_EQ(bench.terminals.size(), 2U) << "a bad viewer is cut off, not the shell";
    co_await bench.stop();
  });
}

std::uint64_t number_at(const std::string& bytes, std::size_t at) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = (out << 8U) | static_cast<unsigned char>(bytes.at(at + i));
  return out;
}

TEST(Terminals, AViewerWithANameSeesEachByteOnceOverTwoConnections) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    auto mine = request();
    mine.viewer = {.name = Uuid::random(), .next = 0};
    auto first = bench.open(mine);
    co_await first.line("echo marker-$((1+1))");
    EXPECT_TRUE(co_await first.shows("marker-2"));
    EXPECT_EQ(number_at(first.seen, 16), TerminalRequest::kNeverCame);
    EXPECT_TRUE(first.seen.starts_with(TerminalRequest::kHello));
    const auto start = number_at(first.seen, 8);
    const std::string shown = first.seen.substr(24);

    mine.viewer->next = start + shown.size();
    auto second = bench.open(mine);
    co_await second.line("echo again-$((2+1))");
    EXPECT_TRUE(co_await second.shows("again-3"));

    EXPECT_EQ(number_at(second.seen, 8), mine.viewer->next);
    EXPECT_EQ(number_at(second.seen, 16), 1U) << "messages taken of the first connection";
    EXPECT_EQ(second.seen.find("marker-2"), std::string::npos);
    co_await first.to_the_end();
    EXPECT_EQ(bench.terminals.viewers(), 1U) << "the connection before is let go";
    auto stranger = request();
    stranger.viewer = mine.viewer;
    auto third = bench.open(stranger);
    co_await third.line("echo other-$((3+1))");
    EXPECT_TRUE(co_await third.shows("other-4"));
    EXPECT_NE(number_at(third.seen, 8), mine.viewer->next) << "another shell begins anew";
    EXPECT_EQ(number_at(third.seen, 16), TerminalRequest::kNeverCame);
    co_await bench.stop();
  });
}

TEST(Terminals, AreKeptForLongerForAViewerThatComesBackByItself) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.keep = Milliseconds(1), .keep_for_named = std::chrono::hours(1)});
    auto named = request();
    named.viewer = {.name = Uuid::random(), .next = 0};
    auto theirs = bench.open(request());
    auto ours = bench.open(named);

    theirs.stream->close();
    ours.stream->close();

    const auto one_left = [&] { return bench.terminals.size() == 1; };
    EXPECT_TRUE(co_await until(one_left));
    EXPECT_EQ(bench.terminals.viewers(), 0U);
    auto back = bench.open(named);
    EXPECT_EQ(bench.terminals.size(), 1U);
    co_await bench.stop();
  });
}

TEST(Terminals, AreBoundedInNumber) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.most = 1});
    auto screen = bench.open(request());

    const auto refused = bench.terminals.ensure(request());

    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::too_many);
    co_await bench.stop();
  });
}

}  // namespace
}  // namespace slipway::agent
