// The numbered facts of docs/guide/authorization.md that are about requests: through a whole server. Those
// that the engine alone decides are in src/rbac (Facts.F..); facts 30 and 31 are in lists_db_test.cpp.
#include "api/gen/auth.hpp"
#include "pg/pool.hpp"
#include "store/db.hpp"
#include "store/sqlstate.hpp"
#include "support/replica.hpp"
#include "support/test_agent.hpp"

#include <set>

namespace slipway::test {
namespace {

const std::string kTokens = "/api/v2/users/me/keys/tokens";
const std::string kMembers = "/api/v2/organizations/default/members";

struct Facts : ::testing::Test {
  Facts() : owner((server.owner(), server.owner())), alice(server.member("alice")), bob(server.member("bob")) {}

  std::string say(const Answer& answer, const std::string& field) {
    const auto json = answer.json();
    const auto* found = json.is_object() ? json.as_object().if_contains(field) : nullptr;
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
  }
  Person with_token(const std::string& body, const Person& who) {
    const auto made = server.post(kTokens, body, who);
    EXPECT_EQ(made.status, 201) << made.body;
    return {who.id, who.username, made.status == 201 ? say(made, "key") : std::string()};
  }
  // Whether `who` may do it; `object` is the inside of the JSON object.
  bool may(const Person& who, const std::string& action, const std::string& object) {
    const auto answer = server.post("/api/v2/authcheck", R"({"checks":{"k":{"object":{)" + object + R"(},"action":")" + action + R"("}}})", who);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.status == 200 && answer.json().at("k").as_bool();
  }
  std::string workspace(const std::string& id) { return R"("resource_type":"workspace","resource_id":")" + id + "\""; }
  void sql(const std::string& text) { server.database().sql(text); }
  void give(const Person& who, const std::string& roles) {
    sql("update organization_members set roles = '" + roles + "' where user_id = '" + who.id + "'");
  }
  std::set<std::string> seen_workspaces(const Person& who) {
    std::set<std::string> ids;
    for (const auto& one : server.get("/api/v2/workspaces", who).json().at("workspaces").as_array())
      ids.insert(std::string(one.at("id").as_string()));
    return ids;
  }

  TestServer server;
  Person owner, alice, bob;
};

TEST_F(Facts, F01_TheDefaultRoleIsWhatLetsMembersHaveWorkspaces) {
  const std::string own = R"("resource_type":"workspace","owner_id":"me","organization_id":")" + server.organization() + "\"";
  for (const char* action : {"create", "start", "ssh", "application_connect"}) EXPECT_TRUE(may(alice, action, own)) << action;

  sql("update organizations set default_org_member_roles = '{}'");

  for (const char* action : {"create", "read", "start", "ssh", "application_connect"}) EXPECT_FALSE(may(alice, action, own)) << action;
}

TEST_F(Facts, F02_AColleaguesWorkspaceIsNotFoundAndNotListed) {
  const auto row = add_agent(server, bob, "ws");
  const auto admin = server.member("admin");
  give(admin, "{organization-admin}");
  const auto path = "/api/v2/workspaces/" + row.workspace;

  EXPECT_EQ(server.get(path, alice).status, 404);
  EXPECT_TRUE(seen_workspaces(alice).empty());
  EXPECT_EQ(server.get(path, admin).status, 200);
  EXPECT_EQ(seen_workspaces(admin).size(), 1U);
  EXPECT_TRUE(may(admin, "update", workspace(row.workspace)));
  for (const char* action : {"ssh", "application_connect"}) EXPECT_FALSE(may(admin, action, workspace(row.workspace))) << action;
  EXPECT_EQ(server.get(row.path() + "/ssh", admin).status, 403) << "readable, but not to be entered";
}

TEST_F(Facts, F07_ADormantWorkspaceIsNotSharedAndNotEntered) {
  const auto row = add_agent(server, bob, "ws");
  sql(fmt::format(R"(update workspaces set user_acl = '{{"{}":{{"permissions":["read","ssh"]}}}}')", alice.id));
  const auto path = "/api/v2/workspaces/" + row.workspace;
  ASSERT_EQ(server.get(path, alice).status, 200);
  ASSERT_EQ(seen_workspaces(alice).size(), 1U);

  sql("update workspaces set dormant_at = now()");

  EXPECT_EQ(server.get(path, alice).status, 404);
  EXPECT_TRUE(seen_workspaces(alice).empty());
  EXPECT_EQ(server.get(path, bob).status, 200);
  EXPECT_EQ(seen_workspaces(bob).size(), 1U);
  for (const char* action : {"start", "ssh", "application_connect", "share"}) EXPECT_FALSE(may(bob, action, workspace(row.workspace))) << action;
  for (const char* action : {"stop", "update", "delete"}) EXPECT_TRUE(may(bob, action, workspace(row.workspace))) << action;
}

TEST_F(Facts, F12_AnEntryForAUserWaitsForTheReturnOfItsHolder) {
  const auto row = add_agent(server, bob, "ws");
  sql(fmt::format(R"(update workspaces set user_acl = '{{"{}":{{"permissions":["read"]}}}}')", alice.id));
  const auto path = "/api/v2/workspaces/" + row.workspace;
  const auto join = "insert into organization_members (organization_id, user_id, created_at, updated_at) select id, '" + alice.id +
                    "', now(), now() from organizations where is_default";

  EXPECT_EQ(server.get(path, alice).status, 200);
  sql("delete from organization_members where user_id = '" + alice.id + "'");
  EXPECT_EQ(server.get(path, alice).status, 404);
  sql(join);
  EXPECT_EQ(server.get(path, alice).status, 200);
}

TEST_F(Facts, F13_WhoLeavesTheGroupOrWhoseGroupLeavesTheListIsOutWithTheNextRequest) {
  const auto row = add_agent(server, bob, "ws");
  Replica second(server);
  const auto group = Uuid::random().str();
  sql(
      fmt::format("insert into groups (id, organization_id, name, created_at) values ('{}', '{}', 'crew', now());"
                  "insert into group_members (group_id, user_id) values ('{}', '{}');"
                  R"(update workspaces set group_acl = '{{"{}":{{"permissions":["read"]}}}}')",
                  group, server.organization(), group, alice.id, group));
  const auto path = "/api/v2/workspaces/" + row.workspace;
  const auto both = [&] { return std::pair(server.get(path, alice).status, second.get(path, alice).status); };

  EXPECT_EQ(both(), std::pair(200, 200));
  sql("delete from group_members");
  EXPECT_EQ(both(), std::pair(404, 404));
  sql(fmt::format("insert into group_members (group_id, user_id) values ('{}', '{}')", group, alice.id));
  EXPECT_EQ(both(), std::pair(200, 200));
  sql("update workspaces set group_acl = '{}'");
  EXPECT_EQ(both(), std::pair(404, 404));
}

TEST_F(Facts, F17_AKeyThatOnlyReadsWorkspaces) {
  const auto row = add_agent(server, alice, "ws");
  const auto key = with_token(R"({"scopes":["workspace:read"]})", alice);

  EXPECT_TRUE(may(key, "read", workspace(row.workspace)));
  EXPECT_FALSE(may(key, "update", workspace(row.workspace)));
  EXPECT_FALSE(may(key, "read", R"("resource_type":"template","resource_id":")" + row.template_id + "\""));
  EXPECT_FALSE(may(key, "read_personal", R"("resource_type":"user","owner_id":"me")"));
  EXPECT_EQ(server.get("/api/v2/users/me", key).status, 404);
  EXPECT_EQ(seen_workspaces(key).size(), 1U);
}

TEST_F(Facts, F18_OldAndNewNamesOfEverythingMakeTheSameKey) {
  with_token(R"({"token_name":"old","scope":"all"})", alice);
  with_token(R"({"token_name":"new","scopes":["coder:all"]})", alice);
  with_token(R"({"token_name":"none"})", alice);
  with_token(R"({"token_name":"both","scope":"application_connect","scopes":["all"]})", alice);

  const auto shape = [&](const std::string& name) {
    auto json = server.get(kTokens + "/" + name, alice).json();
    for (const char* own : {"id", "token_name", "created_at", "updated_at", "expires_at", "last_used"}) json.as_object().erase(own);
    return boost::json::serialize(json);
  };

  EXPECT_NE(shape("old").find(R"("scope":"all")"), std::string::npos) << shape("old");
  EXPECT_NE(shape("old").find(R"("scopes":["coder:all"])"), std::string::npos) << shape("old");
  EXPECT_NE(shape("old").find(R"("allow_list":[{"type":"*","id":"*"}])"), std::string::npos) << shape("old");
  for (const char* name : {"new", "none", "both"}) EXPECT_EQ(shape(name), shape("old")) << name;
}

TEST_F(Facts, F19_AnApplicationConnectKeyOpensAppsAndReadsNothing) {
  const auto row = add_agent(server, alice, "ws");
  FakeAgent agent(server, row);
  server.wait_for(row.path(), "/status", "connected", alice);
  const auto key = with_token(R"({"scope":"application_connect"})", alice);
  const auto reader = with_token(R"({"scopes":["workspace:read"]})", alice);

  EXPECT_EQ(server.get("/@alice/ws.main/apps/web/", key).status, 502) << "the app behind it does not run: it was let through";
  EXPECT_EQ(server.get("/@alice/ws.main/apps/web/", reader).status, 404);
  for (const auto& path : std::vector<std::string>{"/api/v2/users/me", "/api/v2/workspaces/" + row.workspace, row.path(),
                                                   "/api/v2/templates/" + row.template_id, kTokens + "/x", "/api/v2/users/me/gitsshkey"})
    EXPECT_EQ(server.get(path, key).status, 404) << path;
  EXPECT_TRUE(seen_workspaces(key).empty());
  EXPECT_EQ(server.get("/api/v2/templates", key).json().as_array().size(), 0U);
}

TEST_F(Facts, F20_RemovingAScopeRemovesExactlyItsPairs) {
  const auto both = with_token(R"({"token_name":"t","scopes":["workspace:read","file:create"]})", alice);
  const std::string workspaces = R"("resource_type":"workspace","owner_id":"me","organization_id":")" + server.organization() + "\"",
                    file = R"("resource_type":"file","owner_id":"me")";
  EXPECT_TRUE(may(both, "read", workspaces) && may(both, "create", file));

  sql("update api_keys set scopes = '{file:create}' where token_name = 't'");

  EXPECT_FALSE(may(both, "read", workspaces));
  EXPECT_TRUE(may(both, "create", file));
}

TEST_F(Facts, F21_AKeyOfOneWorkspaceIsThatEvenForAnOwner) {
  const auto listed = add_agent(server, bob, "listed"), other = add_agent(server, bob, "other");
  const auto narrow = with_token(R"({"allow_list":["workspace:)" + listed.workspace + R"("]})", owner);
  const auto wide = with_token(R"({"allow_list":[{"type":"workspace","id":"*"},{"type":"workspace","id":")" + listed.workspace + R"("}]})", owner);
  const std::string fresh = R"("resource_type":"workspace","organization_id":")" + server.organization() + "\"";

  EXPECT_EQ(server.get("/api/v2/workspaces/" + listed.workspace, narrow).status, 200);
  EXPECT_EQ(server.get("/api/v2/workspaces/" + other.workspace, narrow).status, 404);
  EXPECT_EQ(seen_workspaces(narrow), std::set<std::string>{listed.workspace});
  EXPECT_EQ(seen_workspaces(wide).size(), 2U);
  EXPECT_FALSE(may(narrow, "create", fresh));
  EXPECT_TRUE(may(wide, "create", fresh));
}

TEST_F(Facts, F22_AllowListsHave128EntriesAndAreNormalised) {
  const auto list = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += (i ? "," : "") + ("\"workspace:" + Uuid::random().str() + "\"");
    return R"({"token_name":"n)" + std::to_string(count) + R"(","allow_list":[)" + out + "]}";
  };
  EXPECT_EQ(server.post(kTokens, list(128), alice).status, 201);
  const auto refused = server.post(kTokens, list(129), alice);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(say(refused, "message"), "Failed to create API key.");
  EXPECT_EQ(say(refused, "detail"), "allow_list has 129 entries; max allowed is 128");
  EXPECT_EQ(server.get(kTokens + "/n128", alice).json().at("allow_list").as_array().size(), 128U);

  const std::string a = "11111111-1111-4111-8111-111111111111", b = "22222222-2222-4222-8222-222222222222";
  with_token(R"({"token_name":"sorted","allow_list":["workspace:)" + b + R"(","template:*","workspace:)" + a + R"(","workspace:)" + b +
                 R"(","template:)" + a + R"("]})",
             alice);
  with_token(R"({"token_name":"all","allow_list":["workspace:)" + a + R"("," *:* "]})", alice);
  const auto stored = [&](const std::string& name) {
    return boost::json::serialize(server.get(kTokens + "/" + name, alice).json().at("allow_list"));
  };
  EXPECT_EQ(stored("sorted"), R"([{"type":"template","id":"*"},{"type":"workspace","id":")" + a + R"("},{"type":"workspace","id":")" + b + R"("}])");
  EXPECT_EQ(stored("all"), R"([{"type":"*","id":"*"}])");
}

TEST_F(Facts, F23_AKeyWithAnEmptyListAuthorisesNothing) {
  add_agent(server, owner, "ws");
  const auto key = with_token(R"({"token_name":"empty"})", owner);
  sql("update api_keys set allow_list = '{}' where token_name = 'empty'");

  EXPECT_EQ(server.get("/api/v2/users/me", key).status, 404);
  EXPECT_TRUE(seen_workspaces(key).empty());
  EXPECT_EQ(server.get("/api/v2/users", key).json().at("users").as_array().size(), 0U);
  EXPECT_EQ(server.get(kTokens + "?include_all=true", key).json().as_array().size(), 0U);
  EXPECT_FALSE(may(key, "read", R"("resource_type":"workspace")"));
}

TEST_F(Facts, F24_EveryNameOfTheCatalogueCanBeRequested) {
  const auto json = server.call("GET", "/api/v2/auth/scopes").json();
  std::vector<std::string> names;
  for (const auto& one : json.at("external").as_array()) names.emplace_back(one.as_string());

  EXPECT_TRUE(std::ranges::is_sorted(names));
  for (const char* composite :
       {"coder:workspaces.create", "coder:workspaces.operate", "coder:workspaces.delete", "coder:workspaces.access", "coder:templates.build",
        "coder:templates.author", "coder:apikeys.manage_self", "coder:all", "coder:application_connect"})
    EXPECT_TRUE(std::ranges::binary_search(names, std::string(composite))) << composite;
  for (const char* hidden : {"all", "application_connect", "no_user_data", "inbox_notification:*", "system:read"})
    EXPECT_FALSE(std::ranges::binary_search(names, std::string(hidden))) << hidden;
  for (const auto& name : names) EXPECT_EQ(server.post(kTokens, R"({"scopes":[")" + name + R"("]})", alice).status, 201) << name;
}

TEST_F(Facts, F25_AnAgentReachesItsOwnAndNoUserDataWhenSaidSo) {
  const auto row = add_agent(server, alice, "ws"), other = add_agent(server, alice, "other");
  sql("insert into git_ssh_keys (user_id, public_key, private_key, created_at, updated_at) values ('" + alice.id +
      "', 'open', 'secret', now(), now())");
  EXPECT_EQ(server.get("/api/v2/workspaceagents/me/manifest", row.agent()).status, 200);
  EXPECT_EQ(server.get("/api/v2/workspaceagents/me/gitsshkey", row.agent()).status, 200);
  EXPECT_EQ(server.get("/api/v2/workspaces/" + other.workspace, row.agent()).status, 401) << "an agent's token is no person's";

  sql("update workspace_agents set api_key_scope = 'no_user_data' where id = '" + row.id + "'");

  EXPECT_EQ(server.get("/api/v2/workspaceagents/me/manifest", row.agent()).status, 200);
  EXPECT_EQ(server.get("/api/v2/workspaceagents/me/gitsshkey", row.agent()).status, 403);
}

TEST_F(Facts, F26_ARoleThatGrantsTooMuchIsRefusedWithItsText) {
  const auto refused = [&](const std::string& body) {
    const auto answer = server.post(kMembers + "/roles", body, owner);
    EXPECT_EQ(answer.status, 400) << answer.body;
    return say(answer, "message") + "|" + say(answer, "detail");
  };
  const auto with = [](const std::string& permission) { return R"({"name":"r","organization_permissions":[)" + permission + "]}"; };
  const auto prefix = "Failed to update role permissions|org=\"" + server.organization() + "\": ";

  EXPECT_EQ(refused(R"({"name":"owner"})"), "Reserved role name|\"owner\" is a reserved role name, and not allowed to be used");
  EXPECT_EQ(refused(R"({"name":"agents-access"})"), "Reserved role name|\"agents-access\" is a reserved role name, and not allowed to be used");
  EXPECT_EQ(refused(R"({"name":"-x"})").substr(0, 17), "Invalid role name");
  EXPECT_EQ(refused(R"({"name":"r","site_permissions":[{"resource_type":"user","action":"read"}]})"),
            "Invalid request, not allowed to assign site wide permissions for an organization role.|");
  EXPECT_EQ(refused(R"({"name":"r","user_permissions":[{"resource_type":"user","action":"read"}]})"),
            "Invalid request, not allowed to assign user permissions for an organization role.|");
  EXPECT_EQ(refused(with(R"({"resource_type":"workspace","action":"*"})")).rfind(prefix, 0), 0U);
  EXPECT_NE(refused(with(R"({"resource_type":"workspace","action":"*"})")).find("no wildcard symbols"), std::string::npos);
  EXPECT_NE(refused(with(R"({"negate":true,"resource_type":"workspace","action":"read"})")).find("no negative permissions"), std::string::npos);
  EXPECT_NE(refused(with(R"({"resource_type":"user_secret","action":"read"})")).find("not allowed to grant this permission"), std::string::npos);
}

TEST_F(Facts, F27_WhoHeldADeletedRoleStillSignsInWithoutTheRight) {
  ASSERT_EQ(
      server.post(kMembers + "/roles", R"({"name":"watcher","organization_permissions":[{"resource_type":"workspace","action":"read"}]})", owner)
          .status,
      200);
  const auto row = add_agent(server, bob, "ws");
  give(alice, "{watcher}");
  ASSERT_EQ(server.get("/api/v2/workspaces/" + row.workspace, alice).status, 200);

  sql("delete from custom_roles where name = 'watcher'");

  EXPECT_EQ(server.get("/api/v2/users/me", alice).status, 200);
  EXPECT_EQ(server.get("/api/v2/workspaces/" + row.workspace, alice).status, 404);
}

TEST_F(Facts, F28_UserAdminsMakeNoAdmins) {
  const auto admin = server.member("admin"), local = server.member("local");
  sql("update users set rbac_roles = '{user-admin}' where username = 'admin'");
  give(local, "{organization-user-admin}");

  for (const std::string role : {"owner", "auditor", "template-admin"})
    EXPECT_GE(server.put("/api/v2/users/alice/roles", R"({"roles":[")" + role + R"("]})", admin).status, 400) << role;
  EXPECT_GE(server.put(kMembers + "/alice/roles", R"({"roles":["organization-admin"]})", local).status, 400);
  EXPECT_EQ(server.put(kMembers + "/alice/roles", R"({"roles":["organization-workspace-access"]})", local).status, 200);
}

TEST_F(Facts, F29_StoredGrantsOfTheRetiredRoleAreNothing) {
  sql("update users set rbac_roles = '{agents-access}' where id = '" + alice.id + "'");
  give(alice, "{agents-access}");

  EXPECT_EQ(server.get("/api/v2/users/me", alice).status, 200);
  EXPECT_FALSE(may(alice, "read", R"("resource_type":"audit_log")"));
}

// A read handle does not write, a permit of another action or type is another type, and nobody makes a store by hand.
template <class From, class... Args>
concept makes = std::is_constructible_v<From, Args...>;
static_assert(!makes<store::Store, store::ActorPtr> && !makes<store::Store, pg::Pool&, const Clock&, store::ActorPtr, std::shared_ptr<store::Cost>>);
static_assert(!std::is_copy_constructible_v<store::Store> && !makes<store::Tx, store::Store&>);
using Update = store::Permit<rbac::Action::update, rbac::Resource::workspace>;
using Read = store::Permit<rbac::Action::read, rbac::Resource::workspace>;
static_assert(!makes<Update> && !makes<Update, Uuid> && !makes<Update, Read> && !makes<Read, Update>);
static_assert(!makes<store::OneOf<Update, Read>> && makes<store::OneOf<Update, Read>, Update> && !makes<store::OneOf<Update>, Read>);

TEST_F(Facts, F32_NobodyIsRefusedAndWhatEndsEarlyIsNoDenial) {
  aio::Loops loops(1);
  pg::Pool pool(loops.at(0), pg::PoolOptions{.connect = server.database().options()});
  pg::Listener listener(loops.at(0), server.database().options());
  store::Db db(pool, listener, system_clock());
  bool nobody_may = true;
  auto work = [&]() -> Task<int> {
    auto open = db.open();
    nobody_may = open.may(rbac::Action::read, rbac::all_of(rbac::Resource::oauth2_app));
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  };
  loops.run(work());

  EXPECT_FALSE(nobody_may);
  for (const auto& ended :
       {pg::SqlFailure{.kind = pg::Kind::cancelled}, pg::SqlFailure{.sqlstate = "57014"}, pg::SqlFailure{.kind = pg::Kind::lost}}) {
    const auto code = store::worded(ended).code;
    EXPECT_TRUE(code != Code::not_found && code != Code::forbidden && code != Code::unauthenticated) << static_cast<int>(code);
  }
}

TEST_F(Facts, F33_DeniedAndMissingAreTheSameBytes) {
  const auto row = add_agent(server, bob, "ws");
  const auto missing = Uuid::random().str();
  for (const auto& [path, hidden, absent] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"/api/v2/workspaces/", row.workspace, missing},
                                                                      {"/api/v2/workspaceagents/", row.id, missing},
                                                                      {"/api/v2/workspacebuilds/", row.build, missing},
                                                                      {"/api/v2/users/", owner.id, missing},
                                                                      {"/api/v2/users/bob/workspace/", "ws", "none"}}) {
    const auto denied = server.get(path + hidden, alice), nothing = server.get(path + absent, alice);
    EXPECT_EQ(denied.status, 404) << path;
    EXPECT_EQ(nothing.status, 404) << path;
    EXPECT_EQ(denied.body, nothing.body) << path;
    EXPECT_EQ(denied.body, R"({"message":"Resource not found or you do not have access to this resource"})");
  }
}

TEST_F(Facts, F35_AuthcheckReadsTenRowsAtMost) {
  const auto hidden = add_agent(server, bob, "ws"), own = add_agent(server, alice, "own");
  const auto ask = [&](int count, const std::string& id) {
    std::string checks;
    for (int i = 0; i < count; ++i) checks += fmt::format(R"({}"k{}":{{"object":{{{}}},"action":"read"}})", i ? "," : "", i, workspace(id));
    return server.post("/api/v2/authcheck", R"({"checks":{)" + checks + "}}", alice);
  };

  const auto refused = ask(11, own.workspace), ten = ask(10, own.workspace);

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(say(refused, "message"),
            "Endpoint only supports using \"resource_id\" field 10 times, found 11 usages. Remove 1 objects with this field set.");
  EXPECT_EQ(ten.status, 200);
  for (const auto& [key, answer] : ten.json().as_object()) EXPECT_TRUE(answer.as_bool()) << key;
  EXPECT_FALSE(may(alice, "read", workspace(hidden.workspace)));
  EXPECT_FALSE(may(alice, "read", workspace(Uuid::random().str())));
}

}  // namespace
}  // namespace slipway::test
