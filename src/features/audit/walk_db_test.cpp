// Every route that changes something is called once, and leaves its line: what the trail promises of a route is written here, and
// a route that is not here fails. Routes that leave no line are in a list that is reviewed.
#include "http/audit.hpp"
#include "http/routes.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace slipway::test {
namespace {

// A call and the line it leaves. {name} in path and body is filled in with what an earlier call answered.
struct Step {
  std::string route;  // method and pattern
  std::string path;   // below /api/v2, unless it begins with /api
  std::string body;
  std::string line;         // type and action
  std::string keeps = {};   // "name pointer": a value of the answer, for later steps
  std::string waits = {};   // a workspace's status, for /workspaces/{workspace}
  std::string before = {};  // SQL
};

const Step kSteps[] = {
    {"POST /api/v2/users", "/users", R"({"email":"ada@example.com","username":"ada","password":"SomeSecurePassword!"})", "user create", "ada /id"},
    {"PUT /api/v2/users/{user}/profile", "/users/ada/profile", R"({"username":"ada","name":"Ada"})", "user write"},
    {"PUT /api/v2/users/{user}/roles", "/users/ada/roles", R"({"roles":["auditor"]})", "user write"},
    {"PUT /api/v2/users/{user}/status/suspend", "/users/ada/status/suspend", "", "user write"},
    {"PUT /api/v2/users/{user}/status/activate", "/users/ada/status/activate", "", "user write"},
    {"PUT /api/v2/users/{user}/password", "/users/ada/password", R"({"password":"AnotherSecurePassword!"})", "user write"},
    {"PUT /api/v2/users/{user}/gitsshkey", "/users/me/gitsshkey", "", "git_ssh_key write"},
    {"POST /api/v2/users/{user}/keys", "/users/me/keys", "", "api_key create"},
    {"POST /api/v2/users/{user}/keys/tokens", "/users/me/keys/tokens", R"({"token_name":"ci"})", "api_key create", "key /key"},
    {"PUT /api/v2/users/{user}/keys/{keyid}/expire", "/users/me/keys/{key}/expire", "", "api_key write"},
    {"DELETE /api/v2/users/{user}/keys/{keyid}", "/users/me/keys/{key}", "", "api_key delete"},
    {"DELETE /api/v2/users/{user}/keys", "/users/ada/keys", "", "api_key delete"},
    {"POST /api/v2/organizations/{organization}/members/roles", "/organizations/default/members/roles",
     R"({"name":"watcher","display_name":"W","organization_permissions":[{"resource_type":"workspace","action":"read"}]})", "custom_role create"},
    {"PUT /api/v2/organizations/{organization}/members/roles", "/organizations/default/members/roles",
     R"({"name":"watcher","display_name":"Watcher","organization_permissions":[]})", "custom_role write"},
    {"PATCH /api/v2/organizations/{organization}/members/roles", "/organizations/default/members/roles",
     R"({"name":"watcher","display_name":"Watchers","organization_permissions":[]})", "custom_role write"},
    {"PUT /api/v2/organizations/{organization}/members/{user}/roles", "/organizations/default/members/ada/roles", R"({"roles":["watcher"]})",
     "organization_member write"},
    {"DELETE /api/v2/organizations/{organization}/members/roles/{roleName}", "/organizations/default/members/roles/watcher", "",
     "custom_role delete"},
    {"DELETE /api/v2/organizations/{organization}/members/{user}", "/organizations/default/members/ada", "", "organization_member delete"},
    {"POST /api/v2/organizations/{organization}/members/{user}", "/organizations/default/members/ada", "", "organization_member create"},
    {"POST /api/v2/organizations/{organization}/groups", "/organizations/default/groups", R"({"name":"devs"})", "group create", "group /id"},
    {"PATCH /api/v2/groups/{group}", "/groups/{group}", R"({"display_name":"Developers","add_users":["{ada}"]})", "group write"},
    {"DELETE /api/v2/groups/{group}", "/groups/{group}", "", "group delete"},
    {"POST /api/v2/organizations", "/organizations", R"({"name":"lab"})", "organization create", "lab /id"},
    {"PATCH /api/v2/organizations/{organization}", "/organizations/lab", R"({"description":"For trying out."})", "organization write"},
    {"PATCH /api/v2/organizations/{organization}/settings/workspace-sharing", "/organizations/lab/settings/workspace-sharing",
     R"({"shareable_workspace_owners":"none"})", "organization write"},
    {"DELETE /api/v2/organizations/{organization}", "/organizations/lab", "", "organization delete", "", "",
     "delete from organization_members where organization_id = '{lab}'"},
    {"POST /api/v2/organizations/{organization}/provisionerkeys", "/organizations/default/provisionerkeys", R"({"name":"remote"})",
     "provisioner_key create"},
    {"DELETE /api/v2/organizations/{organization}/provisionerkeys/{provisionerkey}", "/organizations/default/provisionerkeys/remote", "",
     "provisioner_key delete"},
    {"PUT /api/v2/prebuilds/settings", "/prebuilds/settings", R"({"reconciliation_paused":true})", "prebuilds_settings write"},
    {"PUT /api/v2/notifications/settings", "/notifications/settings", R"({"notifier_paused":true})", "notifications_settings write"},
    {"PUT /api/v2/notifications/templates/{notification_template}/method", "/notifications/templates/f517da0b-cdc9-410f-ab89-a86107c420ed/method",
     R"({"method":"webhook"})", "notification_template write"},
    {"POST /api/v2/notifications/messages/{message}/retry", "/notifications/messages/11111111-2222-3333-4444-555555555555/retry", "",
     "notification_template write", "", "",
     "insert into notification_events (id, template_id, created_at, event_key)"
     " values ('{ada}', 'f517da0b-cdc9-410f-ab89-a86107c420ed', now(), 'one');"
     "insert into notification_messages (id, event_id, notification_template_id, user_id, method, status, created_at, updated_at, dedupe_hash)"
     " values ('11111111-2222-3333-4444-555555555555', '{ada}', 'f517da0b-cdc9-410f-ab89-a86107c420ed', '{ada}', 'smtp', 'permanent_failure',"
     " now(), now(), 'one')"},
    {"DELETE /api/v2/notifications/messages/{message}", "/notifications/messages/11111111-2222-3333-4444-555555555555", "",
     "notification_template write"},
    {"POST /api/v2/chats", "/chats", R"({"organization_id":"{organization}","content":[{"type":"text","text":"hello"}]})", "chat create", "chat /id"},
    {"PATCH /api/v2/chats/{chat}", "/chats/{chat}", R"({"title":"another"})", "chat write"},
    {"PUT /api/v2/chats/config/retention-days", "/chats/config/retention-days", R"({"retention_days":20})", "chat write"},
    {"POST /api/experimental/chats", "/api/experimental/chats", R"({"organization_id":"{organization}","content":[{"type":"text","text":"hello"}]})",
     "chat create", "chat /id"},
    {"PATCH /api/experimental/chats/{chat}", "/api/experimental/chats/{chat}", R"({"title":"another"})", "chat write"},
    {"PUT /api/experimental/chats/config/retention-days", "/api/experimental/chats/config/retention-days", R"({"retention_days":25})", "chat write"},
    {"POST /api/v2/workspaceproxies", "/workspaceproxies", R"({"name":"far"})", "workspace_proxy create", "proxy /proxy/id"},
    {"PATCH /api/v2/workspaceproxies/{workspaceproxy}", "/workspaceproxies/{proxy}", R"({"display_name":"Far away"})", "workspace_proxy write"},
    {"DELETE /api/v2/workspaceproxies/{workspaceproxy}", "/workspaceproxies/{proxy}", "", "workspace_proxy delete"},
    {"PUT /api/v2/appearance", "/appearance", R"({"application_name":"Dock","logo_url":"","service_banner":{"enabled":false}})", "appearance write"},

    {"POST /api/v2/organizations/{organization}/templateversions", "/organizations/default/templateversions",
     R"({"storage_method":"file","file_id":"{file}","provisioner":"echo","template_id":"{template}","tags":{"no":"where"}})",
     "template_version create", "pending /id"},
    {"PATCH /api/v2/templateversions/{templateversion}", "/templateversions/{pending}", R"({"name":"later"})", "template_version write"},
    {"PATCH /api/v2/templateversions/{templateversion}/cancel", "/templateversions/{pending}/cancel", "", "template_version write"},
    {"POST /api/v2/templateversions/{templateversion}/archive", "/templateversions/{pending}/archive", "", "template_version write"},
    {"POST /api/v2/templateversions/{templateversion}/unarchive", "/templateversions/{pending}/unarchive", "", "template_version write"},
    {"PATCH /api/v2/templates/{template}", "/templates/{template}", R"({"description":"A box."})", "template write"},
    {"POST /api/v2/templates/{template}/prebuilds/invalidate", "/templates/{template}/prebuilds/invalidate", "", "template write", "", "",
     "insert into template_version_presets (id, template_version_id, name, created_at, desired_instances)"
     " values (gen_random_uuid(), '{version}', 'Large', now(), 0)"},
    {"PATCH /api/v2/templates/{template}/versions", "/templates/{template}/versions", R"({"id":"{version}"})", "template write"},
    {"POST /api/v2/templates/{template}/versions/archive", "/templates/{template}/versions/archive", R"({"all":true})", "template write"},

    {"PATCH /api/v2/templates/{template}/acl", "/templates/{template}/acl", R"({"user_perms":{"{ada}":"use"}})", "template write"},
    {"POST /api/v2/organizations/{organization}/members/{user}/workspaces", "/organizations/default/members/me/workspaces",
     R"({"name":"second","template_id":"{template}"})", "workspace create", "workspace /id", "running"},
    {"POST /api/v2/users/{user}/workspaces", "/users/me/workspaces", R"({"name":"first","template_id":"{template}","ttl_ms":3600000})",
     "workspace create", "workspace /id", "running"},
    {"PATCH /api/v2/workspaces/{workspace}", "/workspaces/{workspace}", R"({"name":"renamed"})", "workspace write"},
    {"PUT /api/v2/workspaces/{workspace}/autostart", "/workspaces/{workspace}/autostart", R"({"schedule":"CRON_TZ=UTC 0 9 * * 1-5"})",
     "workspace write"},
    {"PUT /api/v2/workspaces/{workspace}/ttl", "/workspaces/{workspace}/ttl", R"({"ttl_ms":7200000})", "workspace write"},
    {"PUT /api/v2/workspaces/{workspace}/autoupdates", "/workspaces/{workspace}/autoupdates", R"({"automatic_updates":"always"})", "workspace write"},
    {"PUT /api/v2/workspaces/{workspace}/extend", "/workspaces/{workspace}/extend", R"({"deadline":"2099-01-01T00:00:00Z"})", "workspace_build write",
     "", "", "update workspace_builds set max_deadline = null, deadline = now() + interval '1 hour'"},
    {"POST /api/v2/workspaces/{workspace}/port-share", "/workspaces/{workspace}/port-share",
     R"({"agent_name":"main","port":8080,"share_level":"authenticated","protocol":"http"})", "workspace write", "", "",
     "update templates set max_port_sharing_level = 'public'"},
    {"DELETE /api/v2/workspaces/{workspace}/port-share", "/workspaces/{workspace}/port-share", R"({"agent_name":"main","port":8080})",
     "workspace write"},
    {"PATCH /api/v2/workspaces/{workspace}/app-sharing", "/workspaces/{workspace}/app-sharing",
     R"({"port":8080,"agent_name":"main","user_roles":{"{ada}":"use"}})", "workspace write"},
    {"DELETE /api/v2/workspaces/{workspace}/app-sharing", "/workspaces/{workspace}/app-sharing", R"({"port":8080,"agent_name":"main"})",
     "workspace write"},
    {"PATCH /api/v2/workspaces/{workspace}/acl", "/workspaces/{workspace}/acl", R"({"user_roles":{"{ada}":"use"}})", "workspace write"},
    {"DELETE /api/v2/workspaces/{workspace}/acl", "/workspaces/{workspace}/acl", "", "workspace write"},
    {"PUT /api/v2/workspaces/{workspace}/dormant", "/workspaces/{workspace}/dormant", R"({"dormant":true})", "workspace write"},
    {"POST /api/v2/workspaces/{workspace}/builds", "/workspaces/{workspace}/builds", R"({"transition":"stop"})", "workspace_build stop", "build /id",
     "stopped", "update workspaces set dormant_at = null"},
    {"PUT /api/v2/workspacebuilds/{workspacebuild}/state", "/workspacebuilds/{build}/state", R"({"state":"e30="})", "workspace_build write"},
    {"PATCH /api/v2/workspacebuilds/{workspacebuild}/cancel", "/workspacebuilds/{build}/cancel", "", "workspace_build write", "", "",
     "update provisioner_jobs set started_at = null, completed_at = null, tags = '{\"no\":\"where\"}'"
     " where id = (select job_id from workspace_builds where id = '{build}')"},

    {"POST /api/v2/organizations/{organization}/templates", "/organizations/default/templates", R"({"name":"other","template_version_id":"{loose}"})",
     "template create", "other /id"},
    {"DELETE /api/v2/templates/{template}", "/templates/{other}", "", "template delete"},
    {"POST /api/v2/users/otp/change-password", "/users/otp/change-password",
     R"({"email":"ada@example.com","password":"ByAMailedCode!1","one_time_passcode":"code"})", "user write", "", "",
     "insert into password_resets (user_id, passcode_hash, expires_at, mails_since) values ('{ada}', sha256('code'), now() + interval '1 hour', "
     "now())"},
    {"DELETE /api/v2/users/{user}", "/users/ada", "", "user delete"},
    {"POST /api/v2/users/logout", "/users/logout", "", "api_key logout"},
};

std::set<std::string> listed(const std::string& file) {
  std::set<std::string> all;
  std::ifstream in(SLIPWAY_SOURCE_DIR "/tests/golden/" + file);
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') all.insert(line);
  return all;
}

struct Walk {
  TestServer server{[](server::Config& config) { config.allow_workspace_renames = true; }};
  std::map<std::string, std::string> values;

  std::string filled(std::string text) const {
    for (const auto& [name, value] : values)
      for (const std::string mark = "{" + name + "}"; text.find(mark) != std::string::npos;) text.replace(text.find(mark), mark.size(), value);
    return text;
  }

  void take(const Step& step) {
    const auto owner = server.owner();
    if (!step.before.empty()) server.database().sql(filled(step.before));
    const auto path = (step.path.starts_with("/api/") ? "" : "/api/v2") + filled(step.path);
    const auto answer = server.call(step.route.substr(0, step.route.find(' ')), path, filled(step.body), owner.token);
    ASSERT_LT(answer.status, 300) << step.route << " " << answer.body;
    const auto found = server.database().sql(
        "select string_agg(resource_type || ' ' || action || ' ' || status_code, ', ' order by time) from audit_logs where request_id = '" +
        answer.header("X-Coder-Request-Id") + "'");
    EXPECT_TRUE(found.starts_with(step.line + fmt::format(" {}", answer.status))) << step.route << " left: " << found;
    if (!step.keeps.empty()) {
      const auto blank = step.keeps.find(' ');
      auto value = std::string(answer.json().at_pointer(step.keeps.substr(blank + 1)).as_string());
      if (step.keeps.starts_with("key ")) value = value.substr(0, 10);
      values[step.keeps.substr(0, blank)] = value;
    }
    if (!step.waits.empty()) server.wait_for(filled("/api/v2/workspaces/{workspace}"), "/latest_build/status", step.waits, owner);
  }
};

TEST(AuditWalk, EveryRouteThatChangesSomethingLeavesItsLine) {
  Walk walk;
  walk.values["template"] = walk.server.replay_template("box");
  walk.values["organization"] = walk.server.organization();
  walk.values["version"] = walk.server.database().sql("select active_version_id from templates");
  walk.values["file"] = walk.server.database().sql("select file_id from provisioner_jobs limit 1");
  const auto loose = walk.server.post("/api/v2/organizations/default/templateversions",
                                      walk.filled(R"({"storage_method":"file","file_id":"{file}","provisioner":"echo"})"), walk.server.owner());
  walk.values["loose"] = std::string(loose.json().at("id").as_string());

  std::set<std::string> walked{"POST /api/v2/users/first", "POST /api/v2/users/login"};  // by owner()
  EXPECT_EQ(walk.server.database().sql("select count(*) from audit_logs where resource_type || action in ('usercreate', 'api_keylogin')"), "2");
  for (const auto& step : kSteps) {
    walk.take(step);
    if (HasFatalFailure()) return;
    walked.insert(step.route);
  }

  const auto excused = listed("audit_unwalked.txt");
  for (const auto& route : walk.server.routes().all()) {
    const auto name = route->method + " " + route->pattern;
    if (route->audit == http::Audit::none) continue;
    EXPECT_NE(http::trail_type_of(route->pattern), "") << name << ": say in the feature's objects.hpp (routes of a Trail) what it is about";
    EXPECT_NE(walked.contains(name), excused.contains(name)) << name << ": add a step to features/audit/walk_db_test.cpp";
  }
}

TEST(AuditWalk, WhatLeavesNoLineIsReviewed) {
  TestServer server;
  const auto reviewed = listed("audit_silent.txt");
  std::set<std::string> silent;
  for (const auto& route : server.routes().all())
    if (route->audit == http::Audit::none && route->method != "GET") silent.insert(route->method + " " + route->pattern);

  for (const auto& name : silent)
    EXPECT_TRUE(reviewed.contains(name)) << name
                                         << " changes something and has Audit::none: give it an action, or add it to tests/golden/audit_silent.txt";
  for (const auto& name : reviewed) EXPECT_TRUE(silent.contains(name)) << name << " is in tests/golden/audit_silent.txt, but no such route is silent";
}

}  // namespace
}  // namespace slipway::test
