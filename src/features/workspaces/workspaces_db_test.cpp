#include "support/test_agent.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = value.find_pointer(pointer, ec);
  return !found ? "(absent)" : found->is_string() ? std::string(found->as_string()) : boost::json::serialize(*found);
}
std::string of(const std::string& workspace) { return "/api/v2/workspaces/" + workspace; }

std::string encoded(std::string_view q) {
  std::string out;
  for (unsigned char c : q) out += std::isalnum(c) ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}
// The names a filter finds, in the list's order; the count must agree.
std::string found(TestServer& srv, const std::string& q, const Person& who) {
  const auto answer = srv.get("/api/v2/workspaces?q=" + encoded(q), who);
  if (answer.status != 200) return fmt::format("{} {}", answer.status, text(answer.json(), "/validations/0/field"));
  std::string names;
  const auto json = answer.json();
  for (const auto& one : json.at("workspaces").as_array()) names += (names.empty() ? "" : " ") + text(one, "/name");
  EXPECT_EQ(text(json, "/count"), std::to_string(json.at("workspaces").as_array().size()));
  EXPECT_EQ(text(srv.get("/api/v2/workspaces?limit=1&q=" + encoded(q), who).json(), "/count"), text(json, "/count")) << q;
  return names;
}

// Rows for filters: alpha and beta of ana, gamma of the owner; beta is stopped.
struct Rows {
  TestServer srv{[](server::Config& config) { config.allow_workspace_renames = true; }};
  Person owner = srv.owner(), ana = srv.member("ana");
  AgentRow alpha = add_agent(srv, ana, "alpha"), beta = add_agent(srv, ana, "beta"), gamma = add_agent(srv, srv.owner(), "gamma");

  Rows() { add_build(srv, beta, "stop"); }
  std::string find(const std::string& q) { return found(srv, q, srv.owner()); }
  void sql(const std::string& text) { srv.database().sql(text); }
};

TEST(Filter, ByNameOwnerTemplateStatusAndOrganization) {
  Rows r;

  EXPECT_EQ(r.find(""), "alpha gamma beta");
  EXPECT_EQ(r.find("owner:me"), "gamma");
  EXPECT_EQ(r.find("owner:ANA"), "alpha beta");
  EXPECT_EQ(found(r.srv, "owner:me", r.ana), "alpha beta");
  EXPECT_EQ(r.find("owner:nobody"), "");
  EXPECT_EQ(r.find("name:ALP"), "alpha");
  EXPECT_EQ(r.find("bet"), "beta");
  EXPECT_EQ(r.find("ana/al"), "alpha");
  EXPECT_EQ(r.find("name:ana/"), "alpha beta");
  EXPECT_EQ(r.find("a_pha"), "");  // a mark of LIKE means itself
  EXPECT_EQ(r.find("template:t" + r.beta.template_id.substr(0, 8)), "beta");
  EXPECT_EQ(r.find("template:T" + r.beta.template_id.substr(0, 8) + ",t" + r.gamma.template_id.substr(0, 8)), "gamma beta");
  EXPECT_EQ(r.find("id:" + r.alpha.workspace), "alpha");
  EXPECT_EQ(r.find("status:running"), "alpha gamma");
  EXPECT_EQ(r.find("status:stopped,failed"), "beta");
  EXPECT_EQ(r.find("status:running status:stopped owner:ana"), "alpha beta");
  EXPECT_EQ(r.find("organization:default"), r.find(""));
  EXPECT_EQ(r.find("organization:" + r.srv.organization()), r.find(""));
}

TEST(Filter, ByAgentsAndHealth) {
  Rows r;
  r.sql("update workspace_agents set first_connected_at = now(), last_connected_at = now() + interval '1 hour' where id = '" + r.alpha.id + "'");
  r.sql("update workspace_agents set first_connected_at = now(), last_connected_at = now(), disconnected_at = now() where id = '" + r.gamma.id + "'");

  EXPECT_EQ(r.find("has-agent:connected"), "alpha");
  EXPECT_EQ(r.find("has-agent:disconnected,timeout"), "gamma");
  EXPECT_EQ(r.find("healthy:true"), "alpha");
  EXPECT_EQ(r.find("healthy:false"), "gamma");
  r.sql("update workspace_agents set first_connected_at = null, created_at = now() - interval '1 day' where id = '" + r.gamma.id + "'");
  EXPECT_EQ(r.find("has-agent:timeout"), "gamma");
  EXPECT_EQ(r.find("has-agent:connecting"), "");
}

TEST(Filter, ByDormancyUseVersionAndKind) {
  Rows r;
  r.sql("update workspaces set dormant_at = now() where id = '" + r.alpha.workspace + "'");
  r.sql("update workspaces set last_used_at = '2020-01-01' where id = '" + r.beta.workspace + "'");
  r.sql("update templates set active_version_id = gen_random_uuid() where id = '" + r.gamma.template_id + "'");
  r.sql("update workspace_builds set has_ai_task = true where id = '" + r.alpha.build +
        "'; update workspace_builds set has_external_agent = true where id = '" + r.gamma.build + "'");

  EXPECT_EQ(r.find("dormant:true"), "alpha");
  EXPECT_EQ(r.find("dormant:false"), "gamma beta");
  EXPECT_EQ(r.find("last_used_before:2020-06-01"), "beta");
  EXPECT_EQ(r.find("last_used_after:\"2020-06-01T00:00:00Z\""), "alpha gamma");
  EXPECT_EQ(r.find("outdated:true"), "gamma");
  EXPECT_EQ(r.find("outdated:false"), "alpha beta");
  EXPECT_EQ(r.find("has-ai-task:true"), "alpha");
  EXPECT_EQ(r.find("has_external_agent:true"), "gamma");
  EXPECT_EQ(r.find("has_external_agent:false dormant:false"), "beta");
}

TEST(Filter, ByParametersWithBlanksCommasAndColonsInQuotes) {
  Rows r;
  r.sql("insert into workspace_build_parameters values ('" + r.alpha.build + "', 'region', 'eu'), ('" + r.gamma.build + "', 'region', 'us'), ('" +
        r.gamma.build + "', 'image', 'a:b, c')");

  EXPECT_EQ(r.find("param:region"), "alpha gamma");
  EXPECT_EQ(r.find("param:REGION=eu"), "alpha");
  EXPECT_EQ(r.find("param:region=eu param:region=us"), "alpha gamma");
  EXPECT_EQ(r.find("param:\"image=a:b, c\""), "gamma");
  EXPECT_EQ(r.find("param:region param:image=x"), "");
}

TEST(Filter, BySharing) {
  Rows r;
  const auto bo = r.srv.member("bo");
  const auto group = Uuid::random().str();
  r.sql("insert into groups (id, organization_id, name, created_at) values ('" + group + "', '" + r.srv.organization() + "', 'crew', now())");
  r.sql(R"(update workspaces set user_acl = '{")" + bo.id + R"(": {"permissions": ["read"]}}' where id = ')" + r.alpha.workspace + "'");
  r.sql(R"(update workspaces set group_acl = '{")" + group + R"(": {"permissions": ["read"]}}' where id = ')" + r.gamma.workspace + "'");

  EXPECT_EQ(r.find("shared:true"), "alpha gamma");
  EXPECT_EQ(r.find("shared:false"), "beta");
  EXPECT_EQ(r.find("shared_with_user:bo"), "alpha");
  EXPECT_EQ(r.find("shared_with_user:" + bo.id), "alpha");
  EXPECT_EQ(found(r.srv, "shared_with_user:me", bo), "alpha");
  EXPECT_EQ(r.find("shared_with_user:ana"), "");
  EXPECT_EQ(r.find("shared_with_group:crew"), "gamma");
  EXPECT_EQ(r.find("shared_with_group:" + group), "gamma");
  EXPECT_EQ(r.find("shared_with_group:" + r.srv.database().sql("select name from organizations where is_default") + "/crew"), "gamma");
  EXPECT_EQ(r.find("shared_with_group:elsewhere/crew"), "");
}

TEST(Filter, WhatIsNotUnderstoodIsSaidOfQ) {
  Rows r;

  for (const char* q : {"nonsense:1", "owner:a:b", "name:\"open", "status:happy", "has-agent:maybe", "dormant:perhaps", "last_used_after:yesterday",
                        "id:1", "name:", ":x", "organization:nowhere", "shared:7", "healthy:x", "outdated:x"})
    EXPECT_EQ(r.find(q), "400 q") << q;
  EXPECT_EQ(r.srv.get("/api/v2/workspaces?limit=x", r.srv.owner()).status, 400);
  EXPECT_EQ(r.srv.get("/api/v2/workspaces?offset=-1", r.srv.owner()).status, 400);
}

TEST(List, IsPagedAndCostsTheSameForOneAndForMany) {
  Rows r;
  const auto page = [&](const std::string& query) {
    std::string names;
    const auto json = r.srv.get("/api/v2/workspaces?" + query, r.srv.owner()).json();
    for (const auto& one : json.at("workspaces").as_array()) names += (names.empty() ? "" : " ") + text(one, "/name");
    return names + " of " + text(json, "/count");
  };

  EXPECT_EQ(page("limit=2"), "alpha gamma of 3");
  EXPECT_EQ(page("limit=2&offset=2"), "beta of 3");
  EXPECT_EQ(page("offset=3"), " of 3");
  EXPECT_EQ(found(r.srv, "", r.ana), "alpha beta");  // the count knows only what one may read, too
}

TEST(AvailableUsers, AreThoseForWhomTheCallerMayMakeWorkspaces) {
  TestServer srv;
  srv.owner();
  const auto ana = srv.member("ana");
  srv.member("bo");
  srv.database().sql("update users set status = 'suspended' where username = 'bo'");
  srv.member("cy");
  const auto names = [&](const std::string& query, const Person& who) {
    std::string out;
    const auto answer = srv.get("/api/v2/organizations/default/members/me/workspaces/available-users" + query, who);
    EXPECT_EQ(answer.status, 200) << answer.body;
    for (const auto& one : answer.json().as_array()) out += (out.empty() ? "" : " ") + text(one, "/username");
    return out;
  };

  EXPECT_EQ(names("", srv.owner()), "ana cy owner");
  EXPECT_EQ(names("?limit=1&offset=1", srv.owner()), "cy");
  EXPECT_EQ(names("?q=an", srv.owner()), "ana");
  EXPECT_EQ(names("", ana), "ana");
  EXPECT_EQ(srv.get("/api/v2/organizations/default/members/me/workspaces/available-users?q=x:y", ana).status, 400);
  EXPECT_EQ(srv.call("GET", "/api/v2/organizations/default/members/me/workspaces/available-users").status, 401);
}

// ---- settings ----

TEST(Settings, WrongValuesNameTheirField) {
  Rows r;
  const auto refused = [&](const std::string& path, const std::string& body) {
    const auto answer = r.srv.put(of(r.alpha.workspace) + path, body, r.ana);
    return fmt::format("{} {}", answer.status, text(answer.json(), "/validations/0/field"));
  };

  EXPECT_EQ(refused("/autostart", R"({"schedule":"every morning"})"), "400 schedule");
  EXPECT_EQ(refused("/autostart", R"({"schedule":"0 9 1 * *"})"), "400 schedule");
  EXPECT_EQ(refused("/autostart", R"({"schedule":"CRON_TZ=Mars/Base 0 9 * * *"})"), "400 schedule");
  EXPECT_EQ(refused("/ttl", R"({"ttl_ms":59999})"), "400 ttl_ms");
  EXPECT_EQ(refused("/ttl", R"({"ttl_ms":2592000001})"), "400 ttl_ms");
  EXPECT_EQ(refused("/extend", R"({"deadline":"2020-01-01T00:00:00Z"})"), "400 deadline");
  EXPECT_EQ(refused("/autoupdates", R"({"automatic_updates":"sometimes"})"), "400 automatic_updates");
}

TEST(Settings, AreForTheirOwnerAndWhoRulesThem) {
  Rows r;
  const auto bo = r.srv.member("bo");

  for (const auto& [path, body] : {std::pair("/autostart", R"({"schedule":"0 9 * * *"})"),
                                   {"/ttl", R"({"ttl_ms":3600000})"},
                                   {"/extend", R"({"deadline":"2099-01-01T00:00:00Z"})"},
                                   {"/dormant", R"({"dormant":true})"},
                                   {"/autoupdates", R"({"automatic_updates":"always"})"},
                                   {"/favorite", ""}}) {
    EXPECT_EQ(r.srv.put(of(r.alpha.workspace) + path, body, bo).status, 404) << path;
    EXPECT_EQ(r.srv.call("PUT", of(r.alpha.workspace) + path, body).status, 401) << path;
  }
  EXPECT_EQ(r.srv.post(of(r.alpha.workspace) + "/usage", "", bo).status, 404);
  EXPECT_EQ(r.srv.get(of(r.alpha.workspace) + "/resolve-autostart", bo).status, 404);
}

TEST(Settings, FavoritesComeFirstForTheirOwnerOnly) {
  Rows r;

  EXPECT_EQ(r.srv.put(of(r.beta.workspace) + "/favorite", "", r.srv.owner()).status, 403);
  ASSERT_EQ(r.srv.put(of(r.beta.workspace) + "/favorite", "", r.ana).status, 204);
  ASSERT_EQ(r.srv.put(of(r.beta.workspace) + "/favorite", "", r.ana).status, 204);
  EXPECT_EQ(found(r.srv, "", r.ana), "beta alpha");
  EXPECT_EQ(r.find(""), "alpha gamma beta");
  ASSERT_EQ(r.srv.del(of(r.beta.workspace) + "/favorite", r.ana).status, 204);
  EXPECT_EQ(found(r.srv, "", r.ana), "alpha beta");
}

TEST(Settings, ADormantWorkspaceCannotStartUntilItIsWokenUp) {
  Rows r;
  ASSERT_EQ(r.srv.put(of(r.beta.workspace) + "/dormant", R"({"dormant":true})", r.ana).status, 200);

  EXPECT_EQ(r.srv.put(of(r.beta.workspace) + "/dormant", R"({"dormant":true})", r.ana).status, 304);
  EXPECT_EQ(r.srv.post(of(r.beta.workspace) + "/builds", R"({"transition":"start"})", r.ana).status, 403);
  const auto awake = r.srv.put(of(r.beta.workspace) + "/dormant", R"({"dormant":false})", r.ana);
  EXPECT_EQ(text(awake.json(), "/dormant_at"), "null");
}

TEST(Settings, AStoppedWorkspaceHasNothingToExtendAndAPrebuiltOneNoSchedule) {
  Rows r;
  EXPECT_EQ(r.srv.put(of(r.beta.workspace) + "/extend", R"({"deadline":"2099-01-01T00:00:00Z"})", r.ana).status, 409);
  r.sql("update workspaces set owner_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0' where id = '" + r.gamma.workspace + "'");

  for (const auto& [path, body] : {std::pair("/autostart", R"({"schedule":"0 9 * * *"})"),
                                   {"/ttl", R"({"ttl_ms":3600000})"},
                                   {"/extend", R"({"deadline":"2099-01-01T00:00:00Z"})"},
                                   {"/dormant", R"({"dormant":true})"}})
    EXPECT_EQ(r.srv.put(of(r.gamma.workspace) + path, body, r.srv.owner()).status, 409) << path;
}

TEST(Rename, TakesOnlyAFreeAndGoodName) {
  Rows r;

  EXPECT_EQ(r.srv.patch(of(r.alpha.workspace), R"({"name":"beta"})", r.ana).status, 409);
  EXPECT_EQ(r.srv.patch(of(r.alpha.workspace), R"({"name":"no good"})", r.ana).status, 400);
  ASSERT_EQ(r.srv.patch(of(r.alpha.workspace), R"({"name":"delta"})", r.ana).status, 204);
  EXPECT_EQ(text(r.srv.get("/api/v2/users/ana/workspace/delta", r.ana).json(), "/id"), r.alpha.workspace);
  EXPECT_EQ(text(r.srv.get(of(r.alpha.workspace), r.ana).json(), "/allow_renames"), "true");
}

TEST(Rename, IsRefusedUnlessTheServerAllowsItAndTheSameNameIsNone) {
  TestServer srv;
  const auto ana = srv.member("ana"), bo = srv.member("bo");
  const auto alpha = add_agent(srv, ana, "alpha");
  const auto path = of(alpha.workspace);

  const auto refused = srv.patch(path, R"({"name":"delta"})", ana);
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(text(refused.json(), "/message").find("--allow-workspace-renames"), std::string::npos) << refused.body;
  for (const auto* same : {R"({"name":"alpha"})", R"({"name":""})", "{}"}) EXPECT_EQ(srv.patch(path, same, ana).status, 204) << same;
  EXPECT_EQ(srv.patch(path, R"({"name":"delta"})", bo).status, 404) << "whose it is comes first";
  EXPECT_EQ(text(srv.get(path, ana).json(), "/name"), "alpha");
  EXPECT_EQ(text(srv.get(path, ana).json(), "/allow_renames"), "false");
  EXPECT_EQ(text(srv.get("/api/v2/workspaces", ana).json(), "/workspaces/0/allow_renames"), "false");
}

// ---- create ----

TEST(Create, RefusesWhatIsTakenUnknownOrOfNoTemplate) {
  TestServer srv;
  const auto t = srv.replay_template("t");
  srv.workspace(t, "ws", srv.owner());
  const auto create = [&](const std::string& fields, const Person& who) { return srv.post("/api/v2/users/me/workspaces", "{" + fields + "}", who); };
  const auto stranger = srv.member("bo");
  ASSERT_EQ(srv.patch("/api/v2/templates/" + t, R"({"disable_everyone_group_access":true})", srv.owner()).status, 200);

  const auto taken = create(R"("name":"WS","template_id":")" + t + "\"", srv.owner());
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(text(taken.json(), "/message"), "Workspace \"WS\" already exists.");
  EXPECT_EQ(create(R"("name":"new","template_id":")" + t + "\"", srv.owner()).status, 400);
  EXPECT_EQ(text(create(R"("name":"a")", srv.owner()).json(), "/validations/0/field"), "template_id");
  EXPECT_EQ(text(create(R"("name":"a","template_id":"00000000-0000-0000-0000-000000000001")", srv.owner()).json(), "/validations/0/field"),
            "template_id");
  EXPECT_EQ(text(create(R"("name":"a","template_id":")" + t + "\"", stranger).json(), "/validations/0/field"), "template_id");
}

}  // namespace
}  // namespace slipway::test
