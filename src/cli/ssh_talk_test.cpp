// ssh, port-forward and logs: what they hand to OpenSSH, what they say when it goes wrong. An ssh of the test stands in for it.
#include <netinet/in.h>
#include <sys/socket.h>

#include "cli/reach.hpp"
#include "cli/talk.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kWorkspace = "/api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f";

class SshTalk : public Talk {
 protected:
  SshTalk() : path_(std::getenv("PATH")) { unsetenv(kInsideSsh); }
  ~SshTalk() override {
    setenv("PATH", path_.c_str(), 1);
    for (const char* name : {kInsideSsh, "SLIPWAY_URL", "SLIPWAY_SESSION_TOKEN"}) unsetenv(name);
  }
  // The only ssh that is found is this script.
  void ssh_is(const std::string& script) {
    const auto bin = folder_ / "bin";
    std::filesystem::create_directories(bin);
    std::ofstream(bin / "ssh") << "#!/bin/sh\n" << script << '\n';
    std::filesystem::permissions(bin / "ssh", std::filesystem::perms::owner_all);
    setenv("PATH", (bin.string() + ":/usr/bin:/bin").c_str(), 1);
  }
  void workspace_is(const api::Workspace& what) {
    on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(what)});
    on(std::string("GET ") + kAgent, {200, api::to_json(what.latest_build.resources[0].agents[0])});
  }
  static api::Workspace still_starting() {
    auto out = workspace_with_agent("connected");
    auto& agent = out.latest_build.resources[0].agents[0];
    agent.lifecycle_state = "starting";
    agent.startup_script_behavior = "blocking";
    return out;
  }
  void was_stopped() {
    auto now = workspace("stopped");
    now.latest_build.id = Uuid::random();
    now.latest_build.initiator_name = "bo";
    on(std::string("GET ") + kWorkspace, {200, api::to_json(now)});
  }

 private:
  std::string path_;
};

TEST_F(SshTalk, StdioEndsWhenItsInputIsAtItsEnd) {
  workspace_is(workspace_with_agent("connected"));
  on(std::string("GET ") + kAgent + "/ssh", {.frames = {"SSH-2.0-Slipway\r\n"}, .until_end = true});

  for (int i = 0; i < 20; ++i) {
    const auto outcome = run({"ssh", "--stdio", "dev"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "SSH-2.0-Slipway\r\n");
  }
}

TEST_F(SshTalk, ACutConnectionIsExplainedByWhatTheServerKnows) {
  workspace_is(workspace_with_agent("connected"));
  on(std::string("GET ") + kAgent + "/ssh", {.frames = {"SSH-2.0-Slipway\r\n"}, .cut = true});

  on(std::string("GET ") + kWorkspace, {200, api::to_json(workspace_with_agent("connected"))});
  EXPECT_NE(run({"ssh", "--stdio", "dev"}).err.find("was cut off"), std::string::npos);
}

TEST_F(SshTalk, AStoppedWorkspaceIsSaidToBeStopped) {
  workspace_is(workspace_with_agent("connected"));
  on(std::string("GET ") + kAgent + "/ssh", {.frames = {"SSH-2.0-Slipway\r\n"}, .cut = true});
  was_stopped();

  const auto inside = run({"ssh", "--stdio", "dev"});
  ssh_is("exit 255");
  const auto outside = run({"ssh", "dev", "true"});
  setenv(kInsideSsh, "1", 1);
  const auto quiet = run({"ssh", "--stdio", "dev"});

  for (const auto& said : {inside, outside}) {
    EXPECT_EQ(said.code, 1);
    EXPECT_NE(said.err.find("Workspace ana/dev was stopped by bo."), std::string::npos) << said.err;
    EXPECT_NE(said.err.find("slipway start ana/dev"), std::string::npos) << said.err;
    EXPECT_EQ(said.err.find("Check that the server runs"), std::string::npos) << said.err;
  }
  EXPECT_EQ(quiet.err, "") << "the one outside says it, once the terminal is itself again";
}

TEST_F(SshTalk, NotToWaitHoldsInsideToo) {
  workspace_is(still_starting());
  ssh_is("echo \"$@\"; exit 7");

  const auto outcome = run({"ssh", "--no-wait", "dev", "echo", "hi"});

  EXPECT_EQ(outcome.code, 7) << outcome.err;
  EXPECT_NE(outcome.out.find("ssh --stdio --no-start --no-wait '%n'"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("slipway.ana--dev echo hi\n"), std::string::npos) << outcome.out;
}

TEST_F(SshTalk, ScriptsThatTakeTooLongAreNotTheServersFault) {
  workspace_is(still_starting());

  const auto outcome = run({"ssh", "--wait-seconds", "0", "dev", "true"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("The start-up scripts of agent main still run"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("--no-wait"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("Check that the server runs"), std::string::npos) << outcome.err;
}

TEST_F(SshTalk, AFailedStartIsWarnedOfOnce) {
  auto failed = workspace_with_agent("connected");
  failed.latest_build.resources[0].agents[0].lifecycle_state = "start_error";
  workspace_is(failed);
  ssh_is("test \"$SLIPWAY_INSIDE_SSH\" = 1");

  const auto outside = run({"ssh", "dev", "true"});
  const auto inside = run({"ssh", "dev", "true"});  // the variable is set by now, as for the one that ssh starts

  EXPECT_EQ(outside.code, 0) << outside.err;
  EXPECT_NE(outside.err.find("A start-up script failed"), std::string::npos) << outside.err;
  EXPECT_EQ(inside.err.find("A start-up script failed"), std::string::npos) << inside.err;
}

TEST_F(SshTalk, WithoutOpenSshItSaysWhatToInstall) {
  workspace_is(workspace_with_agent("connected"));
  setenv("PATH", folder_.c_str(), 1);

  for (const std::vector<std::string>& words : {std::vector<std::string>{"ssh", "dev", "true"}, {"port-forward", "dev", "--tcp", "34567:80"}}) {
    const auto outcome = run(words);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("openssh-client"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("--terminal"), std::string::npos) << outcome.err;
  }
}

// A server may name an owner so that the shell which runs the proxy's command would take it for more than a name.
TEST_F(SshTalk, NamesThatMeanMoreAreNotGivenToSsh) {
  auto odd = workspace_with_agent("connected");
  odd.owner_name = "x'$(touch /tmp/owned)'";
  workspace_is(odd);
  ssh_is("echo called");

  const auto outcome = run({"ssh", "dev", "true"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("cannot be given to ssh"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST_F(SshTalk, ForwardsAreListedAndCtrlCIsTheirEnd) {
  workspace_is(workspace_with_agent("connected"));
  ssh_is("echo \"$@\"; kill -INT $PPID; exit 255");

  const auto outcome = run({"port-forward", "dev", "--no-wait", "--tcp", "24568:80", "--tcp", "24570-24571"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* line : {"Forwarding 127.0.0.1:24568 to port 80 of dev.main\n", "Forwarding 127.0.0.1:24571 to port 24571 of dev.main\n"})
    EXPECT_NE(outcome.err.find(line), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("-L 127.0.0.1:24568:localhost:80 -L 127.0.0.1:24570:localhost:24570"), std::string::npos) << outcome.out;
}

TEST_F(SshTalk, ATakenPortIsSaidBeforeAnythingIsForwarded) {
  const int taken = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(taken, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(taken, 1), 0);
  ASSERT_EQ(getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto port = std::to_string(ntohs(address.sin_port));

  const auto outcome = run({"port-forward", "dev", "--tcp", port + ":80"});
  close(taken);

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("127.0.0.1:" + port + " is in use on this machine."), std::string::npos) << outcome.err;
  EXPECT_NE(run({"port-forward", "dev", "--tcp", "0"}).err.find("1 to 65535"), std::string::npos);
  EXPECT_NE(run({"port-forward", "dev", "--udp", "53"}).err.find("UDP is not forwarded"), std::string::npos);
  EXPECT_EQ(asked(), std::vector<std::string>());
}

TEST_F(SshTalk, ALogIsPrintedToItsLastPage) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace("running"))});
  on(std::string("GET ") + kBuild, {200, build("succeeded")});
  on(std::string("GET ") + kBuild + "/logs?after=0", {200, "[" + log_line(1, "Planning", "one") + "," + log_line(2, "Planning", "two") + "]"});
  on(std::string("GET ") + kBuild + "/logs?after=2", {200, "[" + log_line(3, "Applying", "three") + "]"});

  const auto outcome = run({"logs", "dev", "--build-only"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* line : {"one\n", "two\n", "==> Applying\n", "three\n"}) EXPECT_NE(outcome.out.find(line), std::string::npos) << outcome.out;
}

TEST_F(SshTalk, AFollowedLogThatEndsEarlyIsReadToItsEnd) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace("running"))});
  on("POST /api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f/builds", {201, build("pending")});
  on(std::string("GET ") + kBuild + "/logs?follow&after=0", {200, "", {log_line(1, "Applying", "one")}});
  on(std::string("GET ") + kBuild + "/logs?after=1", {200, "[" + log_line(2, "Applying", "the reason", "error") + "]"});
  on(std::string("GET ") + kBuild, {200, build("failed", std::string(4000, 'x'))});

  const auto outcome = run({"stop", "dev"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("    one\n    the reason\n"), std::string::npos) << outcome.err << "(what was folded comes before the error)";
  EXPECT_LT(outcome.err.size(), 2000U);
}

TEST_F(SshTalk, TheLinesOfAnAgentSayWhichScriptTheyAreOf) {
  auto with = workspace_with_agent("connected");
  auto& agent = with.latest_build.resources[0].agents[0];
  const auto one = Uuid::random(), two = Uuid::random();
  agent.log_sources = {{.id = one, .display_name = "Start-up script"}, {.id = two, .display_name = "Web app"}};
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(with)});
  std::vector<api::WorkspaceAgentLog> lines{{.id = 1, .output = "hello", .source_id = one}, {.id = 2, .output = "serving", .source_id = two}};
  on(std::string("GET ") + kAgent + "/logs?after=0", {200, api::to_json(lines)});

  const auto outcome = run({"logs", "dev", "--agent-only"});

  EXPECT_NE(outcome.out.find("[Start-up script] hello\n"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("[Web app] serving\n"), std::string::npos) << outcome.out;
}

TEST(HostName, IsWhatConfigSshWrites) {
  EXPECT_EQ(workspace_of_host("slipway.dev", {}), "dev");
  EXPECT_EQ(workspace_of_host("slipway.ana--dev.main", {}), "ana/dev.main");
  EXPECT_EQ(workspace_of_host("coder.main", {}), "coder.main") << "an agent of a workspace named coder";
  EXPECT_EQ(workspace_of_host("dev.coder", {.suffix = "coder"}), "dev");
  EXPECT_EQ(workspace_of_host("my-dev", {.prefix = "my-"}), "dev");
}

TEST_F(SshTalk, ConfigSshClaimsTheHostsItIsToldTo) {
  const auto file = (folder_ / "ssh_config").string();

  const auto usual = run({"config-ssh", "--dry-run", "--ssh-config-file", file});
  const auto suffix = run({"config-ssh", "--dry-run", "--ssh-config-file", file, "--ssh-host-prefix", "", "--hostname-suffix", "coder"});
  const auto evil = run({"config-ssh", "--dry-run", "--ssh-config-file", file, "--hostname-suffix", "x' y"});

  EXPECT_NE(usual.out.find("\nHost slipway.*\n"), std::string::npos) << usual.out;
  EXPECT_EQ(usual.out.find("coder"), std::string::npos) << usual.out;
  EXPECT_NE(suffix.out.find("\nHost *.coder\n"), std::string::npos) << suffix.out;
  EXPECT_NE(suffix.out.find("--ssh-host-prefix '' --hostname-suffix coder '%n'"), std::string::npos) << suffix.out;
  EXPECT_EQ(evil.code, 1);
  EXPECT_EQ(run({"config-ssh", "--dry-run", "--ssh-config-file", file, "--ssh-host-prefix", ""}).code, 1);
}

}  // namespace
}  // namespace slipway::cli
