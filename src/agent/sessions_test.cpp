// Sessions of people: what kind they are, what is counted and told of them, and what greets them.
#include "agent/banners.hpp"
#include "agent/fake_server.hpp"
#include "agent/files.hpp"
#include "agent/listening_ports.hpp"
#include "agent/session_watch.hpp"
#include "agent/ssh_test_support.hpp"

namespace slipway::agent {
namespace {

using namespace testing_support;

TEST(SessionKind, IsWhatTheClientDeclares) {
  for (const char* name : {"vscode", "vscode-insiders", "VSCode_Web", "cursor", "windsurf", "code-server"})
    EXPECT_EQ(kind_declared(name), SessionKind::vscode) << name;
  EXPECT_EQ(kind_declared("JetBrains"), SessionKind::jetbrains);
  for (const char* name : {"ssh", "zed", "", "something-new"}) EXPECT_EQ(kind_declared(name), SessionKind::ssh) << name;
}

TEST(SessionKind, OfAJetBrainsServerIsItsCommandLine) {
  EXPECT_TRUE(is_jetbrains("/opt/idea/jbr/bin/java -Didea.vendor.name=JetBrains -cp x"));
  EXPECT_TRUE(is_jetbrains("/home/dev/Remote-Dev-Server.sh run"));
  EXPECT_FALSE(is_jetbrains("node server.js"));
}

TEST(ListeningPorts, TellTheCommandLineOfWhoListens) {
  on_loop([]() -> Task<void> {
    const Listener here = *Listener::on_port(co_await aio::executor(), 0);
    std::string own = read_small_file("/proc/self/cmdline").value_or("");
    std::ranges::replace(own, '\0', ' ');

    EXPECT_EQ(command_line_of_listener(here.port()), own);
    EXPECT_EQ(command_line_of_listener(1), "");
  });
}

TEST(SessionWatch, CountsAnEditorAsOneAndTakesNothingBackForAPlainShell) {
  on_loop([]() -> Task<void> {
    Outbox outbox(co_await aio::executor());
    auto traffic = std::make_shared<Traffic>();
    {
      SessionWatch watch(outbox, system_clock(), traffic, SessionKind::ssh, "", "192.0.2.1");
      EXPECT_EQ(traffic->ssh, 1);
      EXPECT_TRUE(outbox.empty()) << "what it is, is not known yet";

      watch.turns_out(SessionKind::vscode);
      watch.turns_out(SessionKind::ssh);

      const auto stats = take_stats(*traffic, {});
      EXPECT_EQ(stats.session_count_vscode, 1);
      EXPECT_EQ(stats.session_count_ssh, 0);
      EXPECT_EQ(stats.connection_count, 1);
      EXPECT_FALSE(outbox.empty());
    }
    EXPECT_EQ(traffic->open(), 0);
  });
}

TEST(SessionWatch, CountsJetBrainsByItsForwardedPortAlone) {
  on_loop([]() -> Task<void> {
    Outbox outbox(co_await aio::executor());
    auto traffic = std::make_shared<Traffic>();
    {
      SessionWatch watch(outbox, system_clock(), traffic, SessionKind::ssh, "", "");
      watch.turns_out(SessionKind::jetbrains);
      EXPECT_EQ(take_stats(*traffic, {}).session_count_jetbrains, 0);

      watch.reaches_jetbrains();
      watch.reaches_jetbrains();

      EXPECT_EQ(take_stats(*traffic, {}).session_count_jetbrains, 1);
    }
    EXPECT_EQ(traffic->open(), 0);
  });
}

TEST(SshKinds, TheClientsWordIsHeardAndKeptFromItsCommands) {
  ssh_testing::with_rig([](ssh_testing::Rig& rig) -> Task<void> {
    std::vector<SessionKind> kinds;
    int code = -1;
    rig.visit = {.kind = [&](SessionKind kind) { kinds.push_back(kind); }, .jetbrains = {}, .exited = [&](int with) { code = with; }};

    const auto editor = co_await rig.ssh({"-o", "SetEnv=CODER_SSH_SESSION_TYPE=vscode OTHER=kept", "echo [$CODER_SSH_SESSION_TYPE] $OTHER; exit 3"});
    const auto shell = co_await rig.ssh({"true"});

    EXPECT_EQ(editor.output, "[] kept\n");
    EXPECT_EQ(kinds, (std::vector{SessionKind::vscode, SessionKind::ssh}));
    EXPECT_EQ(shell.exit.code, 0);
    EXPECT_EQ(code, 0);
  });
}

TEST(BannerText, IsOfWhatIsEnabledAndMovesNoCursor) {
  const std::string text =
      banner_text(R"({"announcement_banners":[{"enabled":true,"message":"Down at noon.\nSave \u001b[2Jyour work."},)"
                  R"({"enabled":false,"message":"Off"},{"enabled":true},{"enabled":true,"message":""},{"enabled":true,"message":"Two"}]})");

  EXPECT_EQ(text, "Down at noon.\r\nSave [2Jyour work.\r\n\r\nTwo\r\n\r\n");
  EXPECT_EQ(banner_text("no JSON"), "");
  EXPECT_EQ(banner_text("{}"), "");
}

// What a new terminal shows until `wanted`.
Task<Result<std::string>> shown(std::shared_ptr<tunnel::Session> session, tunnel::HeaderList headers, std::string wanted) {
  headers.emplace_back("x-reconnect-id", Uuid::random().str());
  CO_TRY(stream, co_await session->open("pty", "/", std::move(headers)));
  CO_CHECK(co_await stream->write(R"({"data":"echo end-$((40+2))\n"})"));
  std::string seen;
  std::array<char, 4096> buffer{};
  while (seen.find(wanted) == std::string::npos) {
    CO_TRY(got, co_await stream->read_some(buffer));
    if (got == 0) break;
    seen.append(buffer.data(), got);
  }
  stream->close();
  co_return seen;
}

TEST(Banners, GreetWhoeverOpensAShellAndNobodyElse) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.server.set("/api/v2/appearance", 200, R"({"announcement_banners":[{"enabled":true,"message":"Down at noon."}]})");
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states().size() == 2; };
    EXPECT_TRUE(co_await until(ready));
    auto session = bench.server.session();
    const std::string connection = Uuid::random().str();

    const auto shell = co_await aio::on(session->home(), shown(session, {{"x-connection-id", connection}}, "end-42"));
    const auto command = co_await aio::on(session->home(), shown(session, {{"x-command", "echo in-here; sleep 100"}}, "in-here"));
    bench.folder.write(".hushlogin", "");
    const auto hushed = co_await aio::on(session->home(), shown(session, {}, "end-42"));

    EXPECT_TRUE(shell && shell->find("Down at noon.\r\n") != std::string::npos);
    EXPECT_TRUE(command && command->find("Down at noon.") == std::string::npos);
    EXPECT_TRUE(hushed && hushed->find("Down at noon.") == std::string::npos);
    EXPECT_EQ(bench.server.seen("/api/v2/appearance").size(), 1U) << "asked once in two minutes";
    const auto told = [&] { return !bench.server.seen("connections").empty(); };
    EXPECT_TRUE(co_await until(told));
    const auto first = json::parse(bench.server.seen("connections").at(0).body);
    EXPECT_EQ(first.at("id").as_string(), connection) << "as the server calls it";
    co_await bench.agent->shut_down();
  });
}

}  // namespace
}  // namespace slipway::agent
