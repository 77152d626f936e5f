// The audit trail as people read it: what each kind of change leaves, what a failure leaves, who sees what.
#include "base/text.hpp"
#include "features/audit/lines_test.hpp"
#include "http/audit.hpp"

#include <algorithm>

namespace slipway::test {
namespace {

Answer make_user(TestServer& server, const std::string& name) {
  return server.post("/api/v2/users", fmt::format(R"({{"email":"{0}@example.com","username":"{0}","password":"SomeSecurePassword!"}})", name),
                     server.owner());
}

TEST(AuditDb, EveryFieldIsDecidedOn) {
  TestServer server;
  for (const auto& type : http::trail_types()) {
    if (type.table.empty()) continue;
    std::vector<std::string> listed;
    const auto derived = text::words(type.derived);
    for (const auto words : {type.shown, type.masked, type.ignored})
      for (const auto field : text::words(words))
        if (std::ranges::find(derived, field) == derived.end()) listed.emplace_back(field);
    std::ranges::sort(listed);

    const auto columns = server.database().sql(fmt::format(
        "select string_agg(column_name::text, ' ' order by column_name::text collate \"C\") from information_schema.columns where table_name = '{}'",
        type.table));

    EXPECT_EQ(fmt::format("{}", fmt::join(listed, " ")), columns) << type.type << ": say in its feature's objects.hpp how each column is shown";
  }
}

TEST(AuditDb, TellsOfPeople) {
  TestServer server;
  const std::string ada = text(make_user(server, "ada").json(), "id"), one = "/api/v2/users/" + ada;
  const auto made = line(server, "user%20action:create%20resource_id:" + ada);
  EXPECT_EQ(by(made), "owner");
  EXPECT_EQ(text(made, "description"), "{user} created user {target}");
  EXPECT_EQ(text(made, "resource_target"), "ada");
  EXPECT_EQ(text(made, "resource_link"), "/users?filter=ada");
  EXPECT_EQ(made.at("status_code").as_int64(), 201);
  EXPECT_EQ(diff(made, "username"), R"("" -> "ada")");
  EXPECT_EQ(diff(made, "email"), R"("" -> "ada@example.com")");
  EXPECT_EQ(diff(made, "hashed_password"), "absent");
  const auto last = [&] { return line(server, "user%20resource_id:" + ada); };

  ASSERT_EQ(server.put(one + "/profile", R"({"username":"ada","name":"Ada L."})", server.owner()).status, 200);
  EXPECT_EQ(diff(last(), "name"), R"("" -> "Ada L.")");
  EXPECT_EQ(last().at("diff").as_object().size(), 1u);

  ASSERT_EQ(server.put(one + "/roles", R"({"roles":["auditor"]})", server.owner()).status, 200);
  EXPECT_EQ(diff(last(), "rbac_roles"), R"([] -> ["auditor"])");

  ASSERT_EQ(server.put(one + "/password", R"({"password":"AnotherSecurePassword!"})", server.owner()).status, 204);
  EXPECT_EQ(diff(last(), "hashed_password"), "secret");
  EXPECT_EQ(last().at("status_code").as_int64(), 204);

  ASSERT_EQ(server.put(one + "/status/suspend", "", server.owner()).status, 200);
  EXPECT_EQ(diff(last(), "status"), R"("dormant" -> "suspended")");

  ASSERT_EQ(server.put(one + "/gitsshkey", "", server.owner()).status, 200);
  const auto key = line(server, "git_ssh_key");
  EXPECT_EQ(diff(key, "private_key"), "secret");
  EXPECT_EQ(text(key, "description"), "{user} updated the git ssh key");

  ASSERT_EQ(server.del(one, server.owner()).status, 200);
  EXPECT_EQ(text(last(), "action"), "delete");
  EXPECT_EQ(diff(last(), "username"), R"("ada" -> "")");
  EXPECT_TRUE(last().at("is_deleted").as_bool());
  EXPECT_EQ(text(last(), "resource_link"), "");
}

TEST(AuditDb, TellsOfTheFirstUserOfKeysAndSessions) {
  TestServer server;
  const auto first = line(server, "user%20action:create");
  EXPECT_EQ(by(first), "owner");
  EXPECT_EQ(diff(first, "rbac_roles"), R"([] -> ["owner"])");
  const auto signed_in = line(server, "api_key%20action:login");
  EXPECT_EQ(by(signed_in), "owner");
  EXPECT_EQ(text(signed_in, "description"), "{user} logged in");
  EXPECT_EQ(diff(signed_in, "hashed_secret"), "secret");

  const auto keys = "/api/v2/users/me/keys";
  const auto made = server.post(std::string(keys) + "/tokens", R"({"token_name":"ci","scopes":["workspace:read"]})", server.owner());
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = text(made.json(), "key").substr(0, 10);
  EXPECT_EQ(diff(line(server, "api_key%20action:create"), "scopes"), R"([] -> ["workspace:read"])");
  EXPECT_EQ(text(line(server, "api_key%20action:create"), "resource_target"), "ci");
  ASSERT_EQ(server.put(keys + ("/" + id) + "/expire", "", server.owner()).status, 204);
  EXPECT_NE(diff(line(server, "api_key%20action:write"), "expires_at"), "absent");
  ASSERT_EQ(server.del(keys + ("/" + id), server.owner()).status, 204);
  EXPECT_EQ(diff(line(server, "api_key%20action:delete"), "token_name"), R"("ci" -> "")");
  ASSERT_EQ(server.post(keys, "", server.owner()).status, 201);
  EXPECT_EQ(lines(server, "api_key%20action:create").size(), 2u);

  ASSERT_EQ(make_user(server, "ada").status, 201);
  const auto session = server.call("POST", "/api/v2/users/login", R"({"email":"ada@example.com","password":"SomeSecurePassword!"})");
  const Person ada{"", "ada", text(session.json(), "session_token")};
  EXPECT_EQ(diff(line(server, "user%20username:ada"), "status"), R"("dormant" -> "active")");
  ASSERT_EQ(server.post("/api/v2/users/logout", "", ada).status, 200);
  EXPECT_EQ(text(line(server, "username:ada%20action:logout"), "description"), "{user} logged out");
}

TEST(AuditDb, TellsOfTemplatesWorkspacesAndBuilds) {
  TestServer server([](server::Config& config) { config.allow_workspace_renames = true; });
  const auto id = server.replay_template("box");
  const auto version = line(server, "template_version%20action:create");
  ASSERT_TRUE(version.as_object().contains("organization")) << boost::json::serialize(version);
  EXPECT_EQ(text(version.at("organization"), "name"), "default");
  EXPECT_EQ(diff(line(server, "template%20action:create"), "name"), R"("" -> "box")");
  EXPECT_EQ(text(line(server, "template%20action:create"), "resource_link"), "/templates/default/box");
  ASSERT_EQ(server.patch("/api/v2/templates/" + id, R"({"description":"A box.","default_ttl_ms":3600000})", server.owner()).status, 200);
  const auto changed = line(server, "template%20action:write");
  EXPECT_EQ(diff(changed, "description"), R"("" -> "A box.")");
  EXPECT_EQ(diff(changed, "default_ttl_ms"), "0 -> 3600000");
  EXPECT_EQ(changed.at("diff").as_object().size(), 2u);
  ASSERT_EQ(server.patch("/api/v2/templates/" + id, R"({"description":"A box."})", server.owner()).status, 304);
  EXPECT_EQ(lines(server, "template%20action:write").size(), 1u);  // nothing changed, nothing said

  const auto made = server.post("/api/v2/users/me/workspaces", fmt::format(R"({{"name":"mine","template_id":"{}"}})", id), server.owner());
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string workspace = "/api/v2/workspaces/" + text(made.json(), "id");
  EXPECT_EQ(diff(line(server, "workspace%20action:create"), "name"), R"("" -> "mine")");
  const auto build = line(server, "workspace_build%20action:start%20build_reason:initiator");
  ASSERT_TRUE(build.at("additional_fields").as_object().contains("workspace_name")) << boost::json::serialize(build);
  EXPECT_EQ(diff(build, "transition"), R"("" -> "start")");
  EXPECT_EQ(text(build.at("additional_fields"), "workspace_name"), "mine");
  EXPECT_EQ(text(build.at("additional_fields"), "build_number"), "1");
  EXPECT_EQ(text(build, "resource_link"), "/@owner/mine/builds/1");
  EXPECT_EQ(text(build, "description"), "{user} started workspace build {target}");
  server.wait_for(workspace, "/latest_build/status", "running", server.owner());

  ASSERT_EQ(server.put(workspace + "/ttl", R"({"ttl_ms":7200000})", server.owner()).status, 204);
  EXPECT_EQ(diff(line(server, "workspace%20action:write"), "ttl_ms"), "3600000 -> 7200000");
  ASSERT_EQ(server.put(workspace + "/autostart", R"({"schedule":"CRON_TZ=UTC 0 9 * * 1-5"})", server.owner()).status, 204);
  EXPECT_EQ(diff(line(server, "workspace%20action:write"), "autostart_schedule"), R"(null -> "CRON_TZ=UTC 0 9 * * 1-5")");
  ASSERT_EQ(server.patch(workspace, R"({"name":"renamed"})", server.owner()).status, 204);
  EXPECT_EQ(diff(line(server, "workspace%20action:write"), "name"), R"("mine" -> "renamed")");
  ASSERT_EQ(server.post(workspace + "/builds", R"({"transition":"stop"})", server.owner()).status, 201);
  EXPECT_EQ(text(line(server, "workspace_build%20action:stop"), "resource_target"), "renamed");
  server.wait_for(workspace, "/latest_build/status", "stopped", server.owner());
  ASSERT_EQ(server.post(workspace + "/builds", R"({"transition":"delete"})", server.owner()).status, 201);
  EXPECT_EQ(text(line(server, "workspace_build%20action:delete").at("additional_fields"), "build_number"), "3");
}

TEST(AuditDb, TellsOfSettings) {
  TestServer server;
  ASSERT_EQ(
      server.put("/api/v2/appearance", R"({"application_name":"Dock","logo_url":"","service_banner":{"enabled":false}})", server.owner()).status,
      200);
  EXPECT_EQ(diff(line(server, "appearance"), "application_name"), R"("" -> "Dock")");
}

TEST(AuditDb, TellsOfWhatFailed) {
  TestServer server;
  server.owner();
  const auto bob = server.member("bob");
  ASSERT_EQ(make_user(server, "ada").status, 201);

  EXPECT_EQ(server.call("POST", "/api/v2/users/login", R"({"email":"ada@example.com","password":"wrong"})").status, 401);
  const auto wrong = line(server, "api_key%20action:login%20username:ada");
  EXPECT_EQ(wrong.at("status_code").as_int64(), 401);
  EXPECT_EQ(text(wrong, "description"), "{user} unsuccessfully attempted to login");

  EXPECT_EQ(server.call("POST", "/api/v2/users/login", R"({"email":"nobody@example.com","password":"wrong"})").status, 401);
  EXPECT_EQ(server.database().sql("select 1 from api_keys limit 1"), "1");
  const auto owner = server.owner().id;
  EXPECT_EQ(server.del("/api/v2/organizations/default/members/" + owner, bob).status, 403);
  const auto forbidden = line(server, "organization_member%20username:bob%20resource_id:" + owner);
  EXPECT_EQ(forbidden.at("status_code").as_int64(), 403);
  EXPECT_EQ(text(forbidden, "resource_target"), "owner");
  EXPECT_EQ(text(forbidden, "description"), "{user} unsuccessfully attempted to delete organization member {target}");
  EXPECT_TRUE(forbidden.at("diff").as_object().empty());

  EXPECT_EQ(make_user(server, "ada").status, 409);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.database().sql("select count(*) from audit_logs where status_code = 409 and resource_target = 'ada' and action = 'create'") != "1" &&
         std::chrono::steady_clock::now() < until)
    breathe();
  EXPECT_EQ(server.database().sql("select count(*) from audit_logs where status_code = 409 and resource_target = 'ada' and action = 'create'"), "1");
  EXPECT_EQ(server.database().sql("select count(*) from audit_logs where status_code = 401 and user_id is null and action = 'login'"), "1");
  // Whoever is not known cannot fill the trail; nor is it said of what only reads.
  EXPECT_EQ(server.call("PUT", "/api/v2/users/" + owner + "/status/suspend").status, 401);
  EXPECT_EQ(server.get("/api/v2/users/nobody", bob).status, 404);
  EXPECT_EQ(server.put("/api/v2/users/not-there/status/suspend", "", bob).status, 404);
  EXPECT_EQ(text(line(server, "username:bob%20resource_target:not-there"), "resource_type"), "user");
  EXPECT_EQ(server.database().sql("select count(*) from audit_logs where status_code = 401"), "2");
}

TEST(AuditDb, TellsFromWhereAndInWhichRequest) {
  TestServer server([](server::Config& config) { config.trusted_proxies = {"127.0.0.1/32"}; });
  const auto done = server.call("PUT", "/api/v2/users/me/profile", R"({"username":"owner","name":"O"})", server.owner().token,
                                {{"X-Forwarded-For", "198.51.100.9"}, {"User-Agent", "pipe/1.0 \xff"}});
  ASSERT_EQ(done.status, 200) << done.body;

  const auto found = line(server, "request_id:" + done.header("X-Coder-Request-Id"));

  EXPECT_EQ(text(found, "ip"), "198.51.100.9");
  EXPECT_TRUE(text(found, "user_agent").starts_with("pipe/1.0 "));
  EXPECT_EQ(text(found, "request_id"), done.header("X-Coder-Request-Id"));
}

TEST(AuditDb, FiltersAndPages) {
  TestServer server;
  server.owner();
  server.database().sql("delete from audit_logs");
  const auto generate = [&](const std::string& body) { EXPECT_EQ(server.post("/api/v2/audit/testgenerate", body, server.owner()).status, 204); };
  const std::string thing = "0e8400e2-9b41-4d16-a7c4-46655440000f", request = "1e8400e2-9b41-4d16-a7c4-46655440000f";
  generate(fmt::format(
      R"({{"action":"stop","resource_type":"workspace_build","resource_id":"{}","build_reason":"autostop","time":"2026-03-01T23:59:59Z"}})", thing));
  generate(fmt::format(
      R"({{"action":"delete","resource_type":"template","request_id":"{}","organization_id":"{}","time":"2026-03-02T00:00:00Z","additional_fields":{{"a":1}}}})",
      request, server.organization()));
  generate(R"({"action":"create","resource_type":"user","time":"2026-03-03T12:00:00Z"})");
  const auto only = [&](const std::string& q) {
    const auto found = lines(server, q);
    return found.size() == 1 ? text(found.front(), "resource_type") : fmt::format("{} lines", found.size());
  };

  EXPECT_EQ(lines(server, "").size(), 3u);
  EXPECT_EQ(only("template"), "template");
  EXPECT_EQ(only("resource_type:user"), "user");
  EXPECT_EQ(only("resource_id:" + thing), "workspace_build");
  EXPECT_EQ(only("action:delete"), "template");
  EXPECT_EQ(only("build_reason:autostop"), "workspace_build");
  EXPECT_EQ(only("request_id:" + request), "template");
  EXPECT_EQ(only("organization:default"), "template");
  EXPECT_EQ(only("organization:" + server.organization()), "template");
  EXPECT_EQ(only("date_to:2026-03-01"), "workspace_build");
  EXPECT_EQ(only("date_from:2026-03-02%20date_to:2026-03-02"), "template");
  EXPECT_EQ(only("date_from:2026-03-03"), "user");
  EXPECT_EQ(lines(server, "resource_target:owner").size(), 3u);
  EXPECT_EQ(lines(server, "username:OWNER").size(), 3u);
  EXPECT_EQ(lines(server, "email:owner@example.com%20action:create").size(), 1u);
  EXPECT_EQ(lines(server, "username:nobody").size(), 0u);

  for (const std::string wrong : {"colour:red", "action:dance", "resource_type:cloud", "resource_id:7", "request_id:7", "date_from:yesterday",
                                  "build_reason:bored", "organization:nowhere"}) {
    const auto answer = server.get("/api/v2/audit?q=" + wrong, server.owner());
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_EQ(text(answer.json().at("validations").as_array().at(0), "field"), "q");
  }
  const auto page = server.get("/api/v2/audit?limit=1&offset=1", server.owner()).json();
  EXPECT_EQ(page.at("count").as_int64(), 3);
  EXPECT_EQ(page.at("count_cap").as_int64(), 2000);
  ASSERT_EQ(page.at("audit_logs").as_array().size(), 1u);
  EXPECT_EQ(text(page.at("audit_logs").as_array()[0], "resource_type"), "template");
  EXPECT_EQ(lines(server, "", "&limit=0").size(), 3u);
  EXPECT_EQ(server.get("/api/v2/audit?limit=x", server.owner()).status, 400);
}

TEST(AuditDb, CountsNoFurtherThanItsCap) {
  TestServer server;
  server.owner();
  server.database().sql(
      "insert into audit_logs (id, time, resource_type, resource_id, action, status_code, request_id)"
      " select gen_random_uuid(), now() - n * interval '1 second', 'user', gen_random_uuid(), 'write', 200, gen_random_uuid() from "
      "generate_series(1, 2500) n");

  const auto page = server.get("/api/v2/audit", server.owner()).json();

  EXPECT_EQ(page.at("count").as_int64(), 2001);
  EXPECT_EQ(page.at("audit_logs").as_array().size(), 100u);
}

// Who reads the trail of what: an organization's auditor their organization's, and nobody else anything.
TEST(AuditDb, OrganizationsAreApart) {
  TestServer server;
  server.owner();
  const auto other = OrganizationId::random().str();
  server.database().sql(fmt::format("insert into organizations (id, name, created_at, updated_at) values ('{}', 'other', now(), now())", other));
  const auto here = server.member("here"), there = server.member("there"), both = server.member("both"), nobody = server.member("nobody");
  const auto role = [&](const Person& who, const std::string& organization) {
    server.database().sql(
        fmt::format("insert into organization_members (organization_id, user_id, roles, created_at, updated_at) values ('{}', '{}',"
                    " '{{organization-auditor}}', now(), now()) on conflict (organization_id, user_id) do update set roles = excluded.roles",
                    organization, who.id));
  };
  role(here, server.organization());
  role(both, server.organization());
  role(there, other);
  role(both, other);
  server.database().sql(
      fmt::format("delete from organization_members where user_id = '{}' and organization_id = '{}'", there.id, server.organization()));
  server.database().sql("delete from audit_logs");
  for (const std::string& organization : {server.organization(), other, std::string("00000000-0000-0000-0000-000000000000")})
    ASSERT_EQ(server.post("/api/v2/audit/testgenerate", fmt::format(R"({{"organization_id":"{}"}})", organization), server.owner()).status, 204);
  const auto seen = [&](const Person& who, const std::string& q = "") {
    const auto answer = server.get("/api/v2/audit?q=" + q, who);
    if (answer.status != 200) return fmt::format("{}", answer.status);
    std::string out;
    for (const auto& one : answer.json().at("audit_logs").as_array())
      out += text(one, "organization_id") == other ? "o" : text(one, "organization_id") == server.organization() ? "d" : "-";
    std::ranges::sort(out);
    return fmt::format("{}:{}", answer.json().at("count").as_int64(), out);
  };

  EXPECT_EQ(seen(server.owner()), "3:-do");
  EXPECT_EQ(seen(here), "1:d");
  EXPECT_EQ(seen(there), "1:o");
  EXPECT_EQ(seen(both), "2:do");
  EXPECT_EQ(seen(nobody), "403");
  EXPECT_EQ(seen(here, "username:owner"), "1:d");
  EXPECT_EQ(seen(here, "resource_id:" + server.owner().id), "1:d");
  EXPECT_EQ(seen(there, "organization:default"), "400");  // which is not theirs to see
  EXPECT_EQ(server.call("GET", "/api/v2/audit").status, 401);
  EXPECT_EQ(server.post("/api/v2/audit/testgenerate", "{}", here).status, 403);
}

}  // namespace
}  // namespace slipway::test
