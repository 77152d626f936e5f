// Workspace proxies as people see them, and what a proxy may ask this server with its token.
#include "features/proxies/proxies.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

namespace js = boost::json;

const std::string kProxies = "/api/v2/workspaceproxies", kMe = kProxies + "/me";

struct ProxiesDb : ::testing::Test {
  ProxiesDb() : alice((srv.owner(), srv.member("alice"))) {}

  // The new proxy's token.
  std::string make(const std::string& name) {
    const auto made = srv.post(kProxies, R"({"name":")" + name + R"(","display_name":"Far away","icon":"/icon/cloud.svg"})", srv.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("proxy_token").as_string());
  }
  Answer as_proxy(const std::string& token, const std::string& method, const std::string& path, const std::string& body = {}) {
    return srv.call(method, kMe + path, body, {}, {{std::string(proxies::kTokenHeader), token}});
  }
  Answer register_it(const std::string& token, const std::string& url = "https://sydney.example.com",
                     const std::string& wildcard = "*.sydney.example.com", const std::string& replica = "0e8400e2-9b41-4d16-a7c4-46655440000f",
                     const std::string& error = "") {
    const js::object body{{"access_url", url},      {"wildcard_hostname", wildcard}, {"derp_enabled", false},
                          {"derp_only", false},     {"replica_id", replica},         {"replica_hostname", "h"},
                          {"replica_error", error}, {"replica_relay_address", ""},   {"version", "v0"}};
    return as_proxy(token, "POST", "/register", js::serialize(body));
  }
  js::value shown(const std::string& name) { return srv.get(kProxies + "/" + name, srv.owner()).json(); }

  TestServer srv;
  Person alice;
};

TEST_F(ProxiesDb, OneIsMadeShownChangedAndRemoved) {
  const auto token = make("sydney");
  const auto id = std::string(shown("sydney").at("id").as_string());

  EXPECT_TRUE(token.starts_with(id + ":"));
  EXPECT_EQ(token.size(), 36u + 1 + 64);
  EXPECT_EQ(shown(id).at("display_name").as_string(), "Far away");
  EXPECT_EQ(shown("SYDNEY").at("status").at("status").as_string(), "unregistered");
  const auto list = srv.get(kProxies, alice).json().at("regions").as_array();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].at("name").as_string(), "primary");
  EXPECT_EQ(list[1].at("name").as_string(), "sydney");

  const auto changed = srv.patch(kProxies + "/sydney", R"({"name":"melbourne"})", srv.owner());
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.json().at("proxy_token").as_string(), "");
  EXPECT_EQ(shown("melbourne").at("display_name").as_string(), "Far away") << "what is not said stays";

  EXPECT_EQ(srv.del(kProxies + "/melbourne", srv.owner()).status, 200);
  EXPECT_EQ(srv.get(kProxies + "/melbourne", srv.owner()).status, 404);
  make("melbourne");  // its name is free again
}

TEST_F(ProxiesDb, OnlyWhoMayChangesThem) {
  make("sydney");

  EXPECT_EQ(srv.post(kProxies, R"({"name":"tokyo"})", alice).status, 403);
  EXPECT_EQ(srv.patch(kProxies + "/sydney", R"({"name":"tokyo"})", alice).status, 403);
  EXPECT_EQ(srv.del(kProxies + "/sydney", alice).status, 403);
  EXPECT_EQ(srv.call("GET", kProxies).status, 401);
  EXPECT_EQ(srv.get(kProxies + "/sydney", alice).status, 200) << "whoever opens apps may know by which servers";
}

TEST_F(ProxiesDb, NamesAreCheckedAndTakenOnce) {
  make("sydney");

  const auto reserved = srv.post(kProxies, R"({"name":"Primary"})", srv.owner());
  EXPECT_EQ(reserved.status, 400);
  EXPECT_EQ(reserved.json().at("message").as_string(), "The name \"primary\" is reserved for the primary region.");
  EXPECT_EQ(srv.post(kProxies, R"({"name":"not a name"})", srv.owner()).status, 400);
  EXPECT_EQ(srv.post(kProxies, R"x({"name":"tokyo","icon":"javascript:alert(1)"})x", srv.owner()).status, 400);
  EXPECT_EQ(srv.post(kProxies, R"({"name":"Sydney"})", srv.owner()).status, 409);
}

TEST_F(ProxiesDb, ThePrimaryStandsAmongThemAndIsNoRow) {
  EXPECT_EQ(shown("primary").at("status").at("status").as_string(), "ok");
  EXPECT_EQ(shown("00000000-0000-0000-0000-000000000001").at("name").as_string(), "primary");
  EXPECT_EQ(srv.del(kProxies + "/primary", srv.owner()).status, 404);
  EXPECT_EQ(srv.patch(kProxies + "/primary", R"({"name":"other"})", srv.owner()).status, 404);
}

TEST_F(ProxiesDb, OneThatRegistersIsARegion) {
  const auto token = make("sydney");
  EXPECT_EQ(srv.get("/api/v2/regions", alice).json().at("regions").as_array().size(), 1u);

  const auto registered = register_it(token);

  EXPECT_EQ(registered.status, 201) << registered.body;
  const auto regions = srv.get("/api/v2/regions", alice).json().at("regions").as_array();
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions[1].at("path_app_url").as_string(), "https://sydney.example.com");
  EXPECT_EQ(regions[1].at("wildcard_hostname").as_string(), "*.sydney.example.com");
  EXPECT_TRUE(regions[1].at("healthy").as_bool());
  EXPECT_EQ(shown("sydney").at("status").at("report").at("warnings").as_array().size(), 1u) << "its version is another one";
}

TEST_F(ProxiesDb, OneThatComplainsSaysGoodbyeOrFallsSilentIsNotHealthy) {
  const auto token = make("sydney");
  const auto status = [&] { return std::string(shown("sydney").at("status").at("status").as_string()); };

  register_it(token, "https://sydney.example.com", "", "0e8400e2-9b41-4d16-a7c4-46655440000f", "The keys could not be read.");
  EXPECT_EQ(status(), "unhealthy");
  EXPECT_EQ(shown("sydney").at("status").at("report").at("errors").as_array().at(0).as_string(), "The keys could not be read.");
  register_it(token);
  EXPECT_EQ(status(), "ok");
  srv.database().sql("update workspace_proxy_replicas set updated_at = now() - interval '100 seconds'");
  EXPECT_EQ(status(), "unreachable");
  register_it(token);
  EXPECT_EQ(as_proxy(token, "POST", "/deregister", R"({"replica_id":"0e8400e2-9b41-4d16-a7c4-46655440000f"})").status, 204);
  EXPECT_EQ(status(), "unreachable");
}

TEST_F(ProxiesDb, ItsAddressIsOneOfItsOwn) {
  const auto token = make("sydney");

  EXPECT_EQ(register_it(token, srv.url()).status, 400) << "the primary's";
  EXPECT_EQ(register_it(token, "ftp://sydney.example.com").status, 400);
  EXPECT_EQ(register_it(token, "https://me:you@sydney.example.com").status, 400);
  EXPECT_EQ(register_it(token, "https://sydney.example.com/path").status, 400);
  EXPECT_EQ(register_it(token, "https://sydney.example.com", "sydney.example.com").status, 400) << "no asterisk";
  EXPECT_EQ(register_it(token, "https://sydney.example.com/").status, 201);
}

TEST_F(ProxiesDb, AProcessOfAnotherProxyCannotBeTakenOver) {
  const auto sydney = make("sydney"), tokyo = make("tokyo");
  ASSERT_EQ(register_it(sydney).status, 201);

  EXPECT_EQ(register_it(tokyo, "https://tokyo.example.com", "").status, 400) << "the number is one of sydney's processes";
  EXPECT_EQ(shown("tokyo").at("path_app_url").as_string(), "") << "and nothing of it is kept";
}

TEST_F(ProxiesDb, NobodyGetsAnythingWithoutAGoodToken) {
  const auto token = make("sydney");
  const auto id = token.substr(0, 36);
  const std::vector<std::pair<const char*, std::string>> all = {{"POST", "/register"},
                                                                {"POST", "/deregister"},
                                                                {"POST", "/issue-signed-app-token"},
                                                                {"POST", "/app-stats"},
                                                                {"GET", "/crypto-keys?feature=workspace_apps_token"},
                                                                {"POST", "/agents/0e8400e2-9b41-4d16-a7c4-46655440000f/meet"}};

  for (const auto& [method, path] : all) {
    for (const auto& wrong : {std::string(), id, id + ":", id + ":" + std::string(64, 'x'), "x" + token, token + "x", srv.owner().token})
      EXPECT_EQ(as_proxy(wrong, method, path, "{}").status, 401) << path << " " << wrong;
    EXPECT_EQ(srv.call(method, kMe + path, "{}", srv.owner().token).status, 401) << "not even to the owner: " << path;
  }
  EXPECT_EQ(srv.patch(kProxies + "/sydney", R"({"regenerate_token":true})", srv.owner()).status, 200);
  EXPECT_EQ(register_it(token).status, 401) << "the old token";
}

TEST_F(ProxiesDb, ADeletedOnesTokenIsWorthNothing) {
  const auto token = make("sydney");
  ASSERT_EQ(register_it(token).status, 201);

  srv.del(kProxies + "/sydney", srv.owner());

  EXPECT_EQ(register_it(token).status, 401);
  EXPECT_EQ(as_proxy(token, "GET", "/crypto-keys?feature=workspace_apps_token").status, 401);
  EXPECT_EQ(srv.get("/api/v2/regions", alice).json().at("regions").as_array().size(), 1u);
}

TEST_F(ProxiesDb, TheKeysThatOneKnewEndWithItAndWithItsToken) {
  const auto ending = [&] {
    return srv.database().sql("select count(*) from crypto_keys where feature like 'workspace_apps_%' and deletes_at is not null");
  };
  ASSERT_EQ(as_proxy(make("sydney"), "GET", "/crypto-keys?feature=workspace_apps_token").status, 200);
  ASSERT_EQ(ending(), "0");

  EXPECT_EQ(srv.patch(kProxies + "/sydney", R"({"display_name":"Far away"})", srv.owner()).status, 200);
  EXPECT_EQ(ending(), "0");
  EXPECT_EQ(srv.patch(kProxies + "/sydney", R"({"regenerate_token":true})", srv.owner()).status, 200);
  EXPECT_EQ(ending(), "2");
  EXPECT_EQ(srv.del(kProxies + "/sydney", srv.owner()).status, 200);
  EXPECT_EQ(ending(), "4");
}

TEST_F(ProxiesDb, ItReadsTheKeysOfAppsAndNoOthers) {
  const auto token = make("sydney");

  const auto keys = as_proxy(token, "GET", "/crypto-keys?feature=workspace_apps_token");
  EXPECT_EQ(keys.status, 200) << keys.body;
  const auto first = keys.json().at("crypto_keys").as_array().at(0);
  EXPECT_EQ(first.at("secret").as_string().size(), 128u) << "64 bytes";
  const auto sealing = as_proxy(token, "GET", "/crypto-keys?feature=workspace_apps_api_key");
  EXPECT_EQ(sealing.json().at("crypto_keys").as_array().at(0).at("secret").as_string().size(), 64u);

  const auto missing = as_proxy(token, "GET", "/crypto-keys");
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(missing.json().at("message").as_string(), "Missing feature query parameter.");
  for (const auto* other : {"replica_relay", "tailnet_resume", "oidc_convert", "x"}) {
    const auto refused = as_proxy(token, "GET", std::string("/crypto-keys?feature=") + other);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.json().at("message").as_string(), std::string("Invalid feature: \"") + other + "\"");
  }
}

// --- tokens of apps for the proxy's visitors

struct IssueDb : ProxiesDb {
  IssueDb() : token(make("sydney")), row(add_agent(srv, srv.owner(), "dev")), agent(srv, row) {
    register_it(token);
    srv.wait_for(row.path(), "/status", "connected", srv.owner());
  }
  Answer issue(const std::string& session, const std::string& slug = "web", const std::string& method = "path", const std::string& query = "q=1") {
    const js::object app{{"access_method", method},
                         {"base_path", "/@owner/dev.main/apps/" + slug + "/"},
                         {"app_prefix", ""},
                         {"username_or_id", srv.owner().username},
                         {"workspace_name_or_id", "dev"},
                         {"agent_name_or_id", "main"},
                         {"app_slug_or_port", slug}};
    const js::object body{{"app_request", app},
                          {"path_app_base_url", "https://sydney.example.com"},
                          {"app_hostname", "*.sydney.example.com"},
                          {"app_path", "deep/page"},
                          {"app_query", query},
                          {"session_token", session},
                          {"client_ip", "203.0.113.7"},
                          {"user_agent", "visitor/1"}};
    return as_proxy(token, "POST", "/issue-signed-app-token", js::serialize(body));
  }

  std::string token;
  AgentRow row;
  FakeAgent agent;
};

TEST_F(IssueDb, WhoMayOpenTheAppGetsAToken) {
  const auto issued = issue(srv.owner().token);

  EXPECT_EQ(issued.status, 201) << issued.body;
  const auto jws = std::string(issued.json().at("signed_token_str").as_string());
  EXPECT_EQ(std::ranges::count(jws, '.'), 2);
}

TEST_F(IssueDb, AKeyInTheVisitorsAddressCountsForNothingBesideTheOneThatTheProxyTook) {
  EXPECT_EQ(issue(srv.owner().token, "web", "path", "coder_session_token=" + alice.token).status, 201);
  EXPECT_EQ(issue(alice.token, "web", "path", "coder_session_token=" + srv.owner().token).status, 404);
}

TEST_F(IssueDb, AStrangerIsAnsweredWithThePageOfNothingThere) {
  const auto denied = issue(alice.token), absent = issue(srv.owner().token, "nothing");

  EXPECT_EQ(denied.status, 404);
  EXPECT_TRUE(denied.header("Content-Type").starts_with("text/html"));
  EXPECT_EQ(denied.body, absent.body);
}

TEST_F(IssueDb, WhoIsNotSignedInIsSentThereAndBackToTheProxy) {
  const auto sent = issue("");

  EXPECT_EQ(sent.status, 303);
  const auto to = sent.header("Location");
  EXPECT_TRUE(to.starts_with(srv.url() + "/api/v2/applications/auth-redirect?redirect_uri=")) << to;
  EXPECT_NE(to.find("sydney.example.com"), std::string::npos) << to;
  EXPECT_NE(to.find("deep%2Fpage%3Fq%3D1"), std::string::npos) << to;
}

TEST_F(IssueDb, TheVisitIsNotedAsTheProxySaysItWas) {
  ASSERT_EQ(issue(srv.owner().token).status, 201);

  const auto noted = [&] {
    return srv.database().sql(
        "select coalesce(string_agg(ip || ' ' || user_agent || ' ' || status_code, ','), '') from workspace_app_audit_sessions");
  };
  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  while (noted().empty() && std::chrono::steady_clock::now() < until) breathe();
  EXPECT_EQ(noted(), "203.0.113.7 visitor/1 200");
}

TEST_F(IssueDb, WhatIsNoRequestIsRefused) {
  EXPECT_EQ(issue(srv.owner().token, "web", "telepathy").status, 400);
  EXPECT_EQ(as_proxy(token, "POST", "/issue-signed-app-token", "{").status, 400);
}

TEST_F(ProxiesDb, UseIsStoredForWhoeverItReports) {
  const auto token = make("sydney");
  const auto row = add_agent(srv, srv.owner(), "dev");
  const js::object stat{{"user_id", srv.owner().id},
                        {"workspace_id", row.workspace},
                        {"agent_id", row.id},
                        {"access_method", "path"},
                        {"slug_or_port", "web"},
                        {"session_id", "0e8400e2-9b41-4d16-a7c4-46655440000f"},
                        {"session_started_at", "2026-01-01T00:00:00Z"},
                        {"session_ended_at", "2026-01-01T00:01:00Z"},
                        {"requests", 300}};
  auto sooner = stat;  // of the same session
  sooner["requests"] = 200;

  const auto told = as_proxy(token, "POST", "/app-stats", js::serialize(js::object{{"stats", js::array{sooner, stat}}}));

  EXPECT_EQ(told.status, 204) << told.body;
  EXPECT_EQ(srv.database().sql("select requests from workspace_app_stats"), "300");
}

TEST_F(ProxiesDb, AnyPageMayTimeAServer) {
  const auto timed = srv.call("GET", "/latency-check", {}, {}, {{"Origin", "https://elsewhere.example.com"}});

  EXPECT_EQ(timed.status, 200);
  EXPECT_EQ(timed.body, "");
  EXPECT_EQ(timed.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(timed.header("Timing-Allow-Origin"), "*");
}

TEST_F(ProxiesDb, AnAgentThatIsAwayCannotBeCalled) {
  const auto token = make("sydney");
  const auto row = add_agent(srv, srv.owner(), "dev");
  const auto path = "/agents/" + row.id + "/meet";

  EXPECT_EQ(as_proxy(token, "POST", path, R"({"ticket":"abc"})").status, 412) << "it has no address yet";
  register_it(token);
  EXPECT_EQ(as_proxy(token, "POST", path, R"({"ticket":"abc"})").status, 502);
  EXPECT_EQ(as_proxy(token, "POST", path, R"({"ticket":"a&url=https://evil"})").status, 400);
}

// --- agents that have come to a proxy which is deleted

void expect_parted(FakeAgent& agent, const std::string& from) {
  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  while (agent.parted().empty() && std::chrono::steady_clock::now() < until) breathe();
  EXPECT_EQ(agent.parted(), from);
}

TEST_F(ProxiesDb, AgentsPartFromADeletedOneAlsoThoseThatComeLater) {
  ASSERT_EQ(register_it(make("sydney")).status, 201);
  const auto tokyo = make("tokyo");
  ASSERT_EQ(register_it(tokyo, "https://tokyo.example.com", "", "0e8400e2-9b41-4d16-a7c4-466554400010").status, 201);
  const auto row = add_agent(srv, srv.owner(), "dev");
  FakeAgent agent(srv, row);

  EXPECT_EQ(srv.del(kProxies + "/sydney", srv.owner()).status, 200);

  expect_parted(agent, "https://sydney.example.com ");
  agent.stop();
  FakeAgent back(srv, row);
  expect_parted(back, "https://sydney.example.com ");
}

TEST_F(ProxiesDb, AnAddressThatIsAnotherProxysNowIsComeToAgain) {
  ASSERT_EQ(register_it(make("sydney")).status, 201);
  const auto row = add_agent(srv, srv.owner(), "dev"), second = add_agent(srv, srv.owner(), "dev2");
  FakeAgent agent(srv, row);
  ASSERT_EQ(srv.del(kProxies + "/sydney", srv.owner()).status, 200);
  expect_parted(agent, "https://sydney.example.com ");

  ASSERT_EQ(register_it(make("melbourne"), "https://sydney.example.com", "", "0e8400e2-9b41-4d16-a7c4-466554400011").status, 201);
  ASSERT_EQ(register_it(make("perth"), "https://perth.example.com", "", "0e8400e2-9b41-4d16-a7c4-466554400012").status, 201);
  ASSERT_EQ(srv.del(kProxies + "/perth", srv.owner()).status, 200);

  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  while (agent.parted().find("perth") == std::string::npos && std::chrono::steady_clock::now() < until) breathe();
  EXPECT_EQ(agent.parted(), "https://sydney.example.com https://perth.example.com ") << "each is told once";
  FakeAgent fresh(srv, second);
  expect_parted(fresh, "https://perth.example.com ");
}

}  // namespace
}  // namespace slipway::test
