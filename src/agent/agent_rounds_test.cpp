// What an agent does between one connection and the next, and after a run of its own that got stuck.
#include "agent/fake_server.hpp"
#include "agent/ssh_socket.hpp"
#include "support/chaos.hpp"
#include "tunnel/transport.hpp"

namespace slipway::agent {
namespace {

using namespace testing_support;
using States = std::vector<std::string>;

TEST(AgentRounds, AnAgentThatIsReplacedStaysAwayForAWhile) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.start(co_await aio::executor());
    const auto connected = [&] { return bench.server.seen("startup").size() == 1 && bench.server.session(); };
    EXPECT_TRUE(co_await until(connected));
    testing::internal::CaptureStderr();

    co_await bench.server.end_tunnel(tunnel::kReplaced);
    const auto gone = [&] { return !bench.agent->connected(); };
    EXPECT_TRUE(co_await until(gone));
    const auto waits = [&] { return bench.agent->pause() > Milliseconds(0); };
    EXPECT_TRUE(co_await until(waits));

    EXPECT_GE(bench.agent->pause(), Seconds(15));
    EXPECT_NE(testing::internal::GetCapturedStderr().find("another agent has connected with the same token"), std::string::npos);
    co_await bench.agent->shut_down();
  });
}

TEST(AgentRounds, AnAgentUnknownToTheServerSaysSo) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.server.set("tunnel", 401);
    testing::internal::CaptureStderr();
    bench.start(co_await aio::executor());

    const auto waits = [&] { return bench.agent->pause() > Seconds(1); };
    EXPECT_TRUE(co_await until(waits));

    EXPECT_NE(testing::internal::GetCapturedStderr().find("the server does not know this agent"), std::string::npos);
    co_await bench.agent->shut_down();
  });
}

TEST(AgentRounds, StatisticsThatDidNotArriveComeWithTheNext) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states().size() == 2 && bench.server.seen("report-stats").size() == 1; };
    EXPECT_TRUE(co_await until(ready));
    bench.server.set("report-stats", 500);
    auto refused = [&] { return bench.server.refused("report-stats") > 1; };
    Listener echo = *Listener::on_port(co_await aio::executor(), 0);
    auto session = bench.server.session();
    auto open = [](std::shared_ptr<tunnel::Session> through, std::uint16_t port) -> Task<Result<void>> {
      CO_TRY(stream, co_await through->connect(port));
      CO_CHECK(co_await stream->write("12345"));
      co_return co_await stream->shutdown_send();
    };
    EXPECT_TRUE(co_await aio::on(session->home(), open(session, echo.port())));
    EXPECT_TRUE(co_await until(refused));

    bench.server.set("report-stats", 200, R"({"report_interval":200000000})");
    const auto told = [&] {
      for (const auto& one : bench.server.seen("report-stats"))
        if (one.body.find(R"("rx_bytes":5)") != std::string::npos) return true;
      return false;
    };

    EXPECT_TRUE(co_await until(told));
    co_await bench.agent->shut_down();
  });
}

// Writes for as long as the other side takes it.
Task<void> pour(std::shared_ptr<net::Stream> stream) {
  const std::string piece(64 << 10, 'x');
  while (co_await stream->write(piece)) continue;
}

// What the agent's side of a stream sends, to its end. Errors: as the end had it.
Task<Result<std::size_t>> drain(std::shared_ptr<tunnel::Session> session, std::uint16_t port, std::size_t enough) {
  CO_TRY(stream, co_await session->connect(port));
  std::vector<char> piece(64 << 10);
  for (std::size_t all = 0;;) {
    CO_TRY(got, co_await stream->read_some(piece));
    all += got;
    if (got == 0 || all >= enough) co_return all;
  }
}

TEST(AgentRounds, OfAWireCutInMidFrameStreamsEndInAnErrorAndTheAgentComesBack) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    const auto home = co_await aio::executor();
    const auto url = bench.server.url();
    test::Chaos wire(home, {.path = {}, .host = "127.0.0.1", .port = static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)))});
    auto options = bench.options();
    options.url = fmt::format("http://127.0.0.1:{}", wire.port());
    bench.start(home, options);
    const auto ready = [&] { return bench.server.states().size() == 2 && bench.server.session() != nullptr; };
    EXPECT_TRUE(co_await until(ready));
    // Two streams of this agent's: one whose end is awaited, and the port behind it, which never stops talking.
    Listener app = *Listener::on_port(home, 0);
    aio::Nursery talking(home);
    auto serve = [](Listener* listener, aio::Nursery* nursery) -> Task<void> {
      while (auto came = co_await listener->accept()) nursery->start(pour, std::shared_ptr<net::Stream>(std::move(*came)));
    };
    talking.start(serve, &app, &talking);
    auto session = bench.server.session();

    wire.cut_after(1'000'001, test::Chaos::Way::to_server);
    const auto cut = co_await aio::on(session->home(), drain(session, app.port(), 64 << 20));
    session.reset();
    const auto back = [&] { return bench.server.seen("startup").size() == 2 && bench.server.session() != nullptr; };
    EXPECT_TRUE(co_await until(back));
    session = bench.server.session();
    const auto again = co_await aio::on(session->home(), drain(session, app.port(), 2 << 20));

    EXPECT_TRUE(!cut && cut.error().code == Code::bad_gateway) << (cut ? fmt::format("{} bytes and an end", *cut) : cut.error().say);
    EXPECT_TRUE(again && *again >= 2 << 20) << (again ? "too little" : again.error().say);
    EXPECT_EQ(bench.server.states(), (States{"starting", "ready"})) << "scripts run once, however often it connects";
    session.reset();
    co_await bench.agent->shut_down();
    co_await talking.stop();
    co_await wire.stop();
  });
}

TEST(AgentRounds, OneThatGoesOnForAStuckOneStartsNothingTwice) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest({script("echo started")}));
    auto options = bench.options();
    options.resumes = Lifecycle::ready;
    bench.start(co_await aio::executor(), options);

    const auto connected = [&] { return bench.server.seen("report-stats").size() == 1; };
    EXPECT_TRUE(co_await until(connected));

    EXPECT_EQ(bench.agent->reached(), Lifecycle::ready);
    co_await bench.agent->shut_down();
    EXPECT_EQ(bench.server.states(), (States{"shutting_down", "off"}));
    EXPECT_EQ(bench.server.logs(), States());
  });
}

TEST(AgentRounds, OneThatGotStuckWhileItsScriptsRanSaysThatTheStartFailed) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest({script("echo started")}));
    auto options = bench.options();
    options.resumes = Lifecycle::starting;
    bench.start(co_await aio::executor(), options);

    const auto told = [&] { return bench.server.states() == States{"start_error"}; };

    EXPECT_TRUE(co_await until(told));
    co_await bench.agent->shut_down();
  });
}

TEST(AgentRounds, CommandsKnowWhoseWorkspaceItIs) {
  on_loop([]() -> Task<void> {
    const auto what = manifest({script("echo $CODER_WORKSPACE_OWNER_NAME $CODER_WORKSPACE_ID")});
    Bench bench(what);
    bench.start(co_await aio::executor());

    const auto said = [&] { return bench.server.logs() == States{"info:ana " + what.workspace_id.str()}; };

    EXPECT_TRUE(co_await until(said));
    co_await bench.agent->shut_down();
  });
}

}  // namespace
}  // namespace slipway::agent
