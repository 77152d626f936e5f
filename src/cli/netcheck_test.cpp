// Which hop `slipway netcheck` blames, and what ping and speedtest refuse.
#include "cli/netcheck_hops.hpp"
#include "cli/talk.hpp"
#include "net/proxy_test.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kReady = R"({"ready":true,"checks":[{"name":"database","ok":true,"since":"2026-01-01T00:00:00Z"}]})";
constexpr const char* kLame = R"({"ready":false,"checks":[{"name":"database","ok":false,"since":"2026-01-01T00:00:00Z"}]})";

class Netcheck : public Talk {
 protected:
  Netcheck() {
    on("GET /api/v2/buildinfo", {200, "{}"});
    on("GET /readyz", {200, kReady});
    api::WorkspacesResponse some{.workspaces = {workspace_with_agent("connected")}, .count = 1};
    on("GET /api/v2/workspaces?limit=1", {200, api::to_json(some)});
    on("GET /api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f/watch-ws", {200, "", {R"({"type":"data"})"}});
    with_agent("connected");
  }
  void with_agent(const std::string& status) {
    instead("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace_with_agent(status))});
    instead(std::string("GET ") + kAgent + "/tcp?port=3", {.echo = true});
  }
  // The name of the failing hop by the JSON, after `words`.
  std::string failing(std::vector<std::string> words, bool here = true) {
    words.insert(words.end(), {"--output", "json"});
    const auto outcome = run(words, here);
    const auto said = boost::json::parse(outcome.out);
    EXPECT_EQ(outcome.code, said.at("ok").as_bool() ? 0 : 1);
    return std::string(said.at("failing").as_string());
  }
};

TEST_F(Netcheck, AWayWithoutAFaultIsShownHopByHop) {
  const auto outcome = run({"netcheck", "dev"});

  EXPECT_EQ(outcome.code, 0) << outcome.err << outcome.out;
  for (const auto* hop : {"name ", "TCP ", "HTTP ", "WebSocket ", "agent ", "PostgreSQL "})
    EXPECT_NE(outcome.out.find(std::string("\n") + hop), std::string::npos) << hop << outcome.out;
  EXPECT_NE(outcome.out.find("There is none on the way."), std::string::npos);
  EXPECT_NE(outcome.out.find("All is well."), std::string::npos);
  EXPECT_EQ(failing({"netcheck"}), "");
}

TEST_F(Netcheck, TheDatabaseIsAsTheServerSeesIt) {
  instead("GET /readyz", {503, kLame});

  const auto outcome = run({"netcheck"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.out.find("The hop PostgreSQL fails. Tell whoever runs the server"), std::string::npos) << outcome.out;
  EXPECT_EQ(failing({"netcheck", "dev"}), "PostgreSQL");
}

TEST_F(Netcheck, AnAgentThatIsAwayIsNamed) {
  with_agent("disconnected");

  const auto outcome = run({"netcheck", "dev"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.out.find("Agent main of ana/dev is disconnected; the workspace is running."), std::string::npos) << outcome.out;
  EXPECT_EQ(failing({"netcheck", "dev"}), "agent");
}

TEST_F(Netcheck, AWebSocketThatIsRefusedIsNamed) {
  instead("GET /api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f/watch-ws", {400, "{}"});

  EXPECT_EQ(failing({"netcheck"}), "WebSocket");
}

TEST_F(Netcheck, AnotherServerAtTheAddressIsNamed) {
  instead("GET /api/v2/buildinfo", {404, "{}"});

  EXPECT_EQ(failing({"netcheck"}), "HTTP");
}

TEST_F(Netcheck, WhoIsNotLoggedInLearnsWhatCanBeLearnt) {
  const auto outcome = run({"--url", url(), "netcheck"}, false);

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("Log in first: slipway login " + url()), std::string::npos) << outcome.out;
}

TEST_F(Netcheck, NobodyAtThePortAndNoSuchNameAreNamed) {
  const auto unnameable = "http://" + std::string(70, 'a') + ".test";  // a name's part has 63 letters at most

  EXPECT_EQ(failing({"--url", "http://127.0.0.1:1", "netcheck"}, false), "TCP");
  EXPECT_EQ(failing({"--url", unnameable, "netcheck"}, false), "name");
  EXPECT_EQ(failing({"--url", "https://" + url().substr(7), "netcheck"}, false), "TLS");
}

TEST_F(Netcheck, AProxyThatWantsAPasswordIsNamedAndOneThatHasItLetsUsThrough) {
  const test::ProxyServer proxy({.wants = "Basic YW5hOnNlY3JldA=="});
  const auto there = "http://server.test" + url().substr(url().rfind(':'));
  setenv("HTTP_PROXY", proxy.url("ana:wrong").c_str(), 1);
  const auto refused = run({"--url", there, "--token", "key-secret", "netcheck", "dev"}, false);
  setenv("HTTP_PROXY", proxy.url("ana:secret").c_str(), 1);
  const auto passed = run({"--url", there, "--token", "key-secret", "netcheck", "dev"}, false);
  unsetenv("HTTP_PROXY");

  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.out.find("does not accept the user name and password in HTTP_PROXY (407)"), std::string::npos) << refused.out;
  EXPECT_EQ((refused.out + refused.err).find("wrong"), std::string::npos);
  EXPECT_EQ(passed.code, 0) << passed.out << passed.err;
  EXPECT_NE(passed.out.find(proxy.url() + ", from HTTP_PROXY"), std::string::npos) << passed.out;
  EXPECT_EQ(passed.out.find("secret"), std::string::npos);
}

TEST_F(Netcheck, SpeedtestRefusesTimesAndDirectionsThatThereAreNot) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--time", "0"}, {"--time", "1h"}, {"--time", "61"}, {"--direction", "left"}}) {
    std::vector<std::string> all = {"speedtest", "dev"};
    all.insert(all.end(), words.begin(), words.end());

    const auto outcome = run(all);

    EXPECT_EQ(outcome.code, 1) << words[1];
    EXPECT_NE(outcome.err.find(words[0].substr(2) + ": is "), std::string::npos) << outcome.err;
  }
}

TEST(Way, EndsEachHopAsTheNextBeginsAndBlamesTheOneUnderWay) {
  using std::chrono::milliseconds;
  const Way::Moment start{};
  Way way;
  way.say(Hop::tls, "The certificate is trusted.");
  way.begin(Hop::name, start);
  way.begin(Hop::tcp, start + milliseconds(3));
  way.fail("Nobody is there.", start + milliseconds(10));

  const auto hops = boost::json::parse(way.json("http://x")).at("hops").as_array();

  EXPECT_EQ(way.first_failure(), Hop::tcp);
  EXPECT_EQ(hops.at(0).at("status"), "ok");
  EXPECT_EQ(hops.at(0).at("took_ms"), 3.0);
  EXPECT_EQ(hops.at(1).at("status"), "failed");
  EXPECT_EQ(hops.at(1).at("took_ms"), 7.0);
  EXPECT_EQ(hops.at(1).at("found"), "Nobody is there.");
  EXPECT_TRUE(hops.at(1).as_object().contains("advice"));
  EXPECT_EQ(hops.at(3).at("status"), "not tried");
  EXPECT_EQ(hops.at(3).at("found"), "");
}

TEST(Way, WhatCouldNotEvenBeginIsBlamedOnTheFirstHop) {
  Way way;

  way.fail("The proxy cannot be used.", Way::Moment{});

  EXPECT_EQ(way.first_failure(), Hop::name);
}

}  // namespace
}  // namespace slipway::cli
