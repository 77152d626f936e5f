// The parts of the agent that compute and touch nothing.
#include "agent/backoff.hpp"
#include "agent/cron.hpp"
#include "agent/duration.hpp"
#include "agent/environment.hpp"
#include "agent/lifecycle.hpp"
#include "agent/listening_ports.hpp"
#include "agent/log_queue.hpp"
#include "agent/options.hpp"
#include "agent/replay.hpp"
#include "agent/terminal_input.hpp"
#include "agent/user.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace slipway::agent {
namespace {

Time at(std::string_view text) { return parse_rfc3339(text).value(); }

Result<Options> options(const std::vector<std::string>& arguments, const Environment& environment) {
  TRY(out, read_invocation(arguments, environment));
  return out.options;
}

TEST(Options, FlagsWinOverTheEnvironment) {
  const Environment environment{{"CODER_AGENT_URL", "http://env:1/"}, {"CODER_AGENT_TOKEN", "t"}, {"TMPDIR", "/var/tmp"}};

  const auto got = options({"agent", "--agent-url", "https://flag/", "--no-reap", "--ssh-max-timeout=1h30m", "--hold-connections=5m"}, environment);

  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(got->url, "https://flag");
  EXPECT_EQ(got->token, "t");
  EXPECT_EQ(got->log_dir, "/var/tmp");
  EXPECT_TRUE(got->no_reap);
  EXPECT_EQ(got->ssh_max_timeout, std::chrono::minutes(90));
  EXPECT_EQ(got->hold_connections, std::chrono::minutes(5));
}

TEST(Options, TokenAuthNeedsAToken) {
  const auto got = options({}, {{"CODER_AGENT_URL", "http://a"}});

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().say, "CODER_AGENT_TOKEN or CODER_AGENT_TOKEN_FILE must be set for token auth");
  const auto cloud = options({"--auth=aws-instance-identity"}, {{"CODER_AGENT_URL", "http://a"}});
  ASSERT_TRUE(cloud);
  EXPECT_EQ(cloud->hold_connections, std::chrono::hours(1));
}

TEST(Options, SubsystemsAreKnownSortedAndOnce) {
  Environment environment{{"CODER_AGENT_URL", "http://a"}, {"CODER_AGENT_TOKEN", "t"}};
  environment["CODER_AGENT_SUBSYSTEM"] = "exectrace, envbox,exectrace";
  const auto good = options({}, environment);
  environment["CODER_AGENT_SUBSYSTEM"] = "envbox,x";
  const auto bad = options({}, environment);

  ASSERT_TRUE(good);
  EXPECT_EQ(good->subsystems, (std::vector<std::string>{"envbox", "exectrace"}));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().say, "invalid subsystem \"x\"");
}

TEST(Options, OtherModesAreRecognised) {
  EXPECT_EQ(read_invocation({"gitssh", "--", "-p", "22", "host"}, {})->arguments, (std::vector<std::string>{"-p", "22", "host"}));
  EXPECT_EQ(read_invocation({"Username for 'https://github.com': "}, {})->kind, Invocation::Kind::askpass);
  EXPECT_EQ(read_invocation({"--help"}, {})->kind, Invocation::Kind::help);
  EXPECT_FALSE(read_invocation({"--nonsense"}, {}));
  EXPECT_NE(usage().find("--agent-token-file"), std::string::npos);
  EXPECT_NE(usage().find("HTTPS_PROXY"), std::string::npos);
}

TEST(Duration, ReadsWhatPeopleWriteAndNothingElse) {
  EXPECT_EQ(parse_duration("72h"), std::chrono::hours(72));
  EXPECT_EQ(parse_duration("1m1.5s"), Milliseconds(61500));
  EXPECT_EQ(parse_duration("0"), Milliseconds(0));
  for (const char* bad : {"", "5", "h", "-1s", "1x", "1e3s", "99999999999999h"}) EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Duration, SpansAreSecondsOrNanoseconds) {
  EXPECT_EQ(span_of(10), Seconds(10));
  EXPECT_EQ(span_of(10'000'000'000), Seconds(10));
  EXPECT_EQ(span_of(0), Milliseconds(0));
  EXPECT_EQ(from_nanoseconds(1), Milliseconds(1));
}

TEST(Environment, PrecedenceIsPredefinedOwnManifestAgent) {
  const EnvironmentFacts facts{.workspace_name = "ws",
                               .agent_name = "main",
                               .agent_url = "http://a",
                               .agent_token = "secret",
                               .executable = "/opt/agent",
                               .vscode_proxy_uri = "",
                               .script_bin_dir = "/data/bin",
                               .user_name = "ana",
                               .home = "/home/ana",
                               .shell = "/bin/sh"};
  const Environment own{{"CODER", "no"}, {"PATH", "/usr/bin"}, {"HOME", "/root"}, {"GIT_ASKPASS", "mine"}, {"KEPT", "1"}};
  const Environment manifest{{"KEPT", "2"}, {"PATH", "/tools:$PATH"}, {"CODER", "manifest"}, {"GIT_ASKPASS", "theirs"}};

  const auto got = compose_environment(facts, own, manifest);

  EXPECT_EQ(got.at("CODER"), "manifest");
  EXPECT_EQ(got.at("CODER_AGENT_TOKEN"), "secret");
  EXPECT_EQ(got.at("CODER_AGENT_URL"), "http://a/");
  EXPECT_EQ(got.at("KEPT"), "2");
  EXPECT_EQ(got.at("PATH"), "/data/bin:/tools:/usr/bin");
  EXPECT_EQ(got.at("HOME"), "/root");
  EXPECT_EQ(got.at("USER"), "ana");
  EXPECT_EQ(got.at("GIT_ASKPASS"), "/opt/agent");
  EXPECT_EQ(got.at("GIT_SSH_COMMAND"), "/opt/agent gitssh --");
  EXPECT_FALSE(got.contains("VSCODE_PROXY_URI"));
  EXPECT_EQ(compose_environment(facts, own, {}).at("CODER"), "true");
}

TEST(Environment, ExpandsVariablesAndPaths) {
  const Environment environment{{"A", "x"}, {"DIR", "/srv"}};

  EXPECT_EQ(expand_variables("$A-${A}-$B-$-100$", environment), "x-x--$-100$");
  EXPECT_EQ(expand_variables("${A", environment), "${A");
  EXPECT_EQ(expand_path("~/code/", "/home/ana", "/home/ana", environment), "/home/ana/code");
  EXPECT_EQ(expand_path("$DIR/../x", "/h", "/h", environment), "/x");
  EXPECT_EQ(expand_path("sub", "/h", "/base", environment), "/base/sub");
  EXPECT_EQ(expand_path("", "/h", "/base", environment), "");
}

TEST(User, IsFoundByItsNumber) {
  const std::string passwd = "root:x:0:0:root:/root:/bin/bash\nbad line\nana:x:1000:100:Ana,,,:/home/ana:/bin/zsh\n";

  const auto got = find_user(passwd, 1000);

  ASSERT_TRUE(got);
  EXPECT_EQ(got->name, "ana");
  EXPECT_EQ(got->gid, 100U);
  EXPECT_EQ(got->shell, "/bin/zsh");
  EXPECT_FALSE(find_user(passwd, 7));
}

TEST(ExistingShell, IsOneThatTakesCommands) {
  EXPECT_EQ(existing_shell("/bin/sh"), "/bin/sh");
  for (const auto* refuses : {"/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "", "/nonexistent"}) {
    const auto shell = existing_shell(refuses);
    EXPECT_NE(shell, refuses);
    EXPECT_EQ(::access(shell.c_str(), X_OK), 0) << shell;
  }
}

TEST(Pauses, AreShortAgainOnlyAfterALongConnection) {
  Pauses pauses;
  for (int i = 0; i < 20; ++i) pauses.after(RoundEnd::broken, Milliseconds(500), 1);

  EXPECT_EQ(pauses.after(RoundEnd::broken, Seconds(59), 1), Pauses::kLate);
  EXPECT_EQ(pauses.after(RoundEnd::broken, Seconds(60), 1), Pauses::kSoon);
}

// Two agents with one token: each throws the other out when it comes, ever more rarely, however long they lived.
TEST(Pauses, GrowWhenAnotherAgentTakesOver) {
  Pauses pauses;

  EXPECT_EQ(pauses.after(RoundEnd::replaced, Seconds(1), 1), Seconds(30));
  EXPECT_EQ(pauses.after(RoundEnd::replaced, Seconds(100), 1), Seconds(60));
  for (int i = 0; i < 10; ++i) pauses.after(RoundEnd::replaced, Seconds(900), 1);
  EXPECT_EQ(pauses.after(RoundEnd::replaced, Seconds(900), 1), Seconds(900));
  pauses.after(RoundEnd::broken, Seconds(3600), 1);
  EXPECT_EQ(pauses.after(RoundEnd::replaced, Seconds(1), 1), Seconds(30));
}

TEST(Pauses, GrowToMinutesForAnUnknownAgent) {
  Pauses pauses;

  EXPECT_EQ(pauses.after(RoundEnd::refused, {}, 1), Seconds(1));
  for (int i = 0; i < 20; ++i) pauses.after(RoundEnd::refused, {}, 1);
  EXPECT_EQ(pauses.after(RoundEnd::refused, {}, 1), Seconds(300));
}

TEST(Backoff, GrowsToItsBoundWithJitter) {
  Backoff backoff;
  EXPECT_EQ(backoff.next(0), Milliseconds(50));
  EXPECT_EQ(backoff.next(0.999999), Milliseconds(199));
  for (int i = 0; i < 20; ++i) (void)backoff.next(0);
  EXPECT_EQ(backoff.next(0), Milliseconds(5000));
  backoff.reset();
  EXPECT_EQ(backoff.next(0), Milliseconds(50));
}

TEST(Lifecycle, OnlyMovesForwardAndKeepsUnsentInOrder) {
  LifecycleLog log;

  EXPECT_TRUE(log.advance(Lifecycle::starting, Time(Seconds(1))));
  EXPECT_TRUE(log.advance(Lifecycle::start_error, Time(Seconds(2))));
  EXPECT_TRUE(log.advance(Lifecycle::ready, Time(Seconds(3))));
  EXPECT_FALSE(log.advance(Lifecycle::starting, Time(Seconds(4))));
  EXPECT_FALSE(log.advance(Lifecycle::ready, Time(Seconds(4))));

  EXPECT_EQ(log.unsent()->state, Lifecycle::starting);
  log.sent();
  EXPECT_EQ(log.unsent()->state, Lifecycle::start_error);
  log.sent();
  EXPECT_EQ(log.unsent()->at, Time(Seconds(3)));
  log.sent();
  EXPECT_TRUE(log.all_sent());
}

TEST(Lifecycle, OutcomesDecideTheNextState) {
  EXPECT_EQ(after_start({}), Lifecycle::ready);
  EXPECT_EQ(after_start({.failed = true}), Lifecycle::start_error);
  EXPECT_EQ(after_start({.timed_out = true, .failed = true}), Lifecycle::start_timeout);
  EXPECT_EQ(after_stop({}), Lifecycle::off);
  EXPECT_EQ(after_stop({.timed_out = true}), Lifecycle::shutdown_timeout);
  EXPECT_EQ(after_stop({.failed = true}), Lifecycle::shutdown_error);
}

class CronTest : public testing::Test {
 protected:
  CronTest() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  static std::string next(std::string_view expression, std::string_view now) {
    const auto cron = Cron::parse(expression);
    if (!cron) return cron.error().say;
    const auto found = cron->next(at(now));
    return found ? to_rfc3339(*found) : "never";
  }
};

TEST_F(CronTest, FindsTheNextMoment) {
  EXPECT_EQ(next("*/10 * * * * *", "2026-11-22T02:00:03Z"), "2026-11-22T02:00:10Z");
  EXPECT_EQ(next("0 30 4 * *", "2026-11-22T04:30:00Z"), "2026-11-23T04:30:00Z");
  EXPECT_EQ(next("0 0 0 1 jan *", "2026-11-22T00:00:00Z"), "2027-01-01T00:00:00Z");
  EXPECT_EQ(next("0 0 9 * * MON-FRI", "2026-11-20T10:00:00Z"), "2026-11-23T09:00:00Z");
  EXPECT_EQ(next("0 0 0 29 2 *", "2026-11-22T00:00:00Z"), "2028-02-29T00:00:00Z");
  EXPECT_EQ(next("0 0 0 30 2 *", "2026-11-22T00:00:00Z"), "never");
  EXPECT_EQ(next("5,7 0 0 * * *", "2026-11-22T00:00:05Z"), "2026-11-22T00:00:07Z");
}

TEST_F(CronTest, EitherDayFieldMatchesWhenBothAreLimited) {
  EXPECT_EQ(next("0 0 0 13 * 5", "2026-11-22T00:00:00Z"), "2026-11-27T00:00:00Z");
  EXPECT_EQ(next("0 0 0 23 * 5", "2026-11-22T00:00:00Z"), "2026-11-23T00:00:00Z");
  EXPECT_EQ(next("0 0 0 * * 7", "2026-11-23T00:00:00Z"), "2026-11-29T00:00:00Z");
}

TEST_F(CronTest, RefusesNonsense) {
  for (const char* bad : {"", "* * * *", "* * * * * * *", "60 * * * * *", "* * 24 * * *", "* * * 0 * *", "* * * * foo *", "*/0 * * * * *",
                          "5-3 * * * * *", "1/2/3 * * * * *", "a * * * * *", "1- * * * * *"})
    EXPECT_FALSE(Cron::parse(bad)) << bad;
}

Uuid source(std::uint8_t number) {
  Uuid out;
  out.bytes[0] = number;
  return out;
}

TEST(LogQueue, KeepsOrderAndBatchesOneSource) {
  LogQueue queue(1 << 20, 64 << 10, 2);
  queue.push(source(1), {.at = {}, .output = "a1"});
  queue.push(source(2), {.at = {}, .output = "b1"});
  queue.push(source(1), {.at = {}, .output = "a2"});
  queue.push(source(1), {.at = {}, .output = "a3"});
  std::vector<std::string> order;

  while (!queue.empty()) {
    const auto batch = queue.batch();
    for (const auto& line : batch.lines) order.push_back(line.output);
    queue.sent(batch);
  }

  EXPECT_EQ(order, (std::vector<std::string>{"a1", "a2", "b1", "a3"}));
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(LogQueue, IsBoundedAndCountsWhatItDrops) {
  LogQueue queue(200);

  EXPECT_TRUE(queue.push(source(1), {.at = {}, .output = std::string(100, 'x')}));
  EXPECT_FALSE(queue.push(source(1), {.at = {}, .output = std::string(100, 'x')}));
  EXPECT_EQ(queue.dropped(), 1U);
  queue.refuse();
  EXPECT_TRUE(queue.empty());
  EXPECT_FALSE(queue.push(source(1), {.at = {}, .output = "x"}));
  EXPECT_EQ(queue.dropped(), 3U);
}

TEST(Replay, KeepsTheLastBytesInOrder) {
  Replay replay(8);
  replay.add("abc");
  EXPECT_EQ(replay.text(), "abc");
  replay.add("defgh");
  replay.add("ij");
  EXPECT_EQ(replay.text(), "cdefghij");
  replay.add("0123456789");
  EXPECT_EQ(replay.text(), "23456789");
  replay.add(
      "\xE2\x82\xAC"
      "abcdef");
  EXPECT_EQ(replay.text(), "abcdef");
}

TEST(Replay, GivesWhatSomebodyHasNotSeenWhileItIsKept) {
  Replay replay(8);
  replay.add("abcdef");
  replay.add("ghij");

  EXPECT_EQ(replay.added(), 10U);
  EXPECT_EQ(replay.behind(2), "cdefghij");
  EXPECT_EQ(replay.behind(9), "j");
  EXPECT_EQ(replay.behind(10), "");
  EXPECT_EQ(replay.behind(1), std::nullopt) << "forgotten";
  EXPECT_EQ(replay.behind(11), std::nullopt) << "never added";
}

std::string feed_all(TerminalInput& input, std::string_view bytes) {
  std::string out;
  const auto sink = [&](const TerminalMessage& m) { out += fmt::format("[{}|{}x{}]", m.data, m.size.rows, m.size.columns); };
  if (const auto fed = input.feed(bytes, sink); !fed) out += fed.error().code == Code::too_large ? "too large" : "invalid";
  return out;
}

TEST(TerminalInput, ReadsObjectsCutAnywhere) {
  const std::string_view wire = R"({"data":"ls\n"}{"height":24,"width":80} {"data":"\u00fc","height":0})";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    TerminalInput input;

    const auto got = feed_all(input, wire.substr(0, cut)) + feed_all(input, wire.substr(cut));

    EXPECT_EQ(got, "[ls\n|0x0][|24x80][\xC3\xBC|0x0]") << cut;
  }
}

TEST(TerminalInput, RefusesWhatIsNoMessage) {
  for (const char* bad : {"12 ", "[]", "x", R"({"data":1})", R"({"height":"a"})", R"({"a":[[[[[1]]]]]})", R"({"data":"\x"})"}) {
    TerminalInput input;
    EXPECT_EQ(feed_all(input, bad), "invalid") << bad;
  }
  TerminalInput small(100);
  EXPECT_EQ(feed_all(small, R"({"data":")" + std::string(200, 'x')), "too large");
  TerminalInput odd;
  EXPECT_EQ(feed_all(odd, R"({"height":-5,"width":70000,"data":null,"more":true})"), "[|0x0]");
}

TEST(ListeningPorts, ReadsListeningRowsOnly) {
  const std::string_view text =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0\n"
      "   1: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0\n"
      "   2: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 7 1\n"
      "garbage\n   3: zz:1F90 0:0 0A 0 0 0 0 0 x";

  const auto got = parse_proc_net_tcp(text);

  EXPECT_EQ(got, (std::vector<ListeningSocket>{{8080, 4242}, {22, 7}}));
  EXPECT_EQ(merge_listening({{8080, 1}, {22, 7}, {8080, 2}}, {{2, "node"}}), (std::vector<ListeningPort>{{22, ""}, {8080, "node"}}));
  EXPECT_EQ(listening_ports_json({{8080, "node"}}), R"({"ports":[{"process_name":"node","network":"tcp","port":8080}]})");
}

}  // namespace
}  // namespace slipway::agent
