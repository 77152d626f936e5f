// What a member leaves behind goes at once and together.
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

struct RemovedMemberDb : ::testing::Test {
  RemovedMemberDb()
      : alice((server.owner(), server.member("alice"))), row(add_agent(server, server.owner(), "shared")), mine(add_agent(server, alice, "mine")) {
    const auto organization = server.organization();
    const auto group = Uuid::random().str();
    sql(
        fmt::format("insert into groups (id, organization_id, name, created_at) values ('{0}', '{1}', 'team', now());"
                    "insert into group_members values ('{0}', '{2}');"
                    "update templates set user_acl = jsonb_build_object('{2}', '[\"read\"]'::jsonb, '{3}', '[\"*\"]'::jsonb);"
                    "update workspaces set user_acl = jsonb_build_object('{2}', '{{\"permissions\":[\"read\"]}}'::jsonb) where name = 'shared';"
                    "update organization_members set roles = '{{organization-auditor}}' where user_id = '{2}'",
                    group, organization, alice.id, server.owner().id));
    add_key("wide", "{coder:all}", "{*:*}");
    add_key("elsewhere", "{coder:all}", "{" + ("workspace:" + Uuid::random().str()) + "}");
    add_key("half", "{coder:all}", "{workspace:*,organization:" + organization + "}");
    add_key("here", "{coder:all}", "{organization:" + organization + ",template:" + row.template_id + ",workspace:" + row.workspace + "}");
    add_key("app", "{coder:application_connect}", "{*:*}");
    add_key(mine.workspace + "_session_token", "{coder:all}", "{*:*}");
    before = left();
  }

  void add_key(const std::string& name, const std::string& scopes, const std::string& allow) {
    sql(
        fmt::format("insert into api_keys (id, hashed_secret, user_id, login_type, token_name, scopes, allow_list, lifetime_seconds, last_used, "
                    "expires_at, created_at, updated_at)"
                    " values (substr(md5('{0}'), 1, 10), '', '{1}', 'token', '{0}', '{2}', '{3}', 1, now(), now(), now(), now())",
                    name, alice.id, scopes, allow));
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  // All that a removal touches, as one text.
  std::string left() {
    return sql(
        "select (select string_agg(roles::text, ';') from organization_members m join users u on u.id = m.user_id where u.username = 'alice')"
        " || (select count(*) from group_members) || (select string_agg(user_acl::text, ';' order by id) from templates)"
        " || (select string_agg(user_acl::text, ';' order by name) from workspaces) || (select string_agg(token_name, ';' order by token_name) from "
        "api_keys)");
  }
  Answer remove() { return server.del("/api/v2/organizations/default/members/alice", server.owner()); }

  TestServer server;
  Person alice;
  AgentRow row, mine;
  std::string before;
};

TEST_F(RemovedMemberDb, LeavesGroupsListsRolesAndKeysOfTheOrganization) {
  ASSERT_EQ(remove().status, 204);

  EXPECT_EQ(sql("select count(*) from organization_members m join users u on u.id = m.user_id where u.username = 'alice'"), "0");
  EXPECT_EQ(sql("select count(*) from group_members"), "0");
  EXPECT_EQ(sql("select distinct user_acl::text from templates"), "{\"" + server.owner().id + "\": [\"*\"]}");
  EXPECT_EQ(sql("select count(*) from workspaces where user_acl <> '{}'"), "0");
  EXPECT_EQ(sql("select string_agg(token_name, ' ' order by token_name) from api_keys where user_id = '" + alice.id + "' and token_name <> ''"),
            "elsewhere half wide");
  EXPECT_EQ(sql("select count(*) from workspaces where not deleted"), "2");  // workspaces stay, for administrators to decide about
  EXPECT_EQ(server.get("/api/v2/workspaces/" + mine.workspace, alice).status, 404);
  EXPECT_EQ(server.get("/api/v2/workspaces/" + mine.workspace, server.owner()).status, 200);
  EXPECT_EQ(server.get("/api/v2/users/me", alice).status, 200);  // the person's own session is not the organization's

  ASSERT_EQ(server.post("/api/v2/organizations/default/members/alice", "", server.owner()).status, 200);
  EXPECT_EQ(server.get("/api/v2/workspaces/" + row.workspace, alice).status, 404);
  EXPECT_EQ(server.get("/api/v2/workspaces/" + mine.workspace, alice).status, 200);
}

// An account that ends ends as a member everywhere: nothing names it any more, in whichever organization.
TEST_F(RemovedMemberDb, ADeletedAccountLeavesEveryOrganization) {
  const auto other = Uuid::random().str(), group = Uuid::random().str();
  sql(
      fmt::format("insert into organizations (id, name, display_name, created_at, updated_at) values ('{0}', 'other', 'Other', now(), now());"
                  "insert into organization_members (organization_id, user_id, created_at, updated_at) values ('{0}', '{1}', now(), now());"
                  "insert into groups (id, organization_id, name, created_at) values ('{2}', '{0}', 'else', now());"
                  "insert into group_members values ('{2}', '{1}');"
                  "update workspaces set deleted = true where id = '{3}'",
                  other, alice.id, group, mine.workspace));

  ASSERT_EQ(server.del("/api/v2/users/alice", server.owner()).status, 200);

  EXPECT_EQ(sql("select count(*) from organization_members where user_id = '" + alice.id + "'"), "0");
  EXPECT_EQ(sql("select count(*) from group_members where user_id = '" + alice.id + "'"), "0");
  EXPECT_EQ(sql("select distinct user_acl::text from templates"), "{\"" + server.owner().id + "\": [\"*\"]}");
  EXPECT_EQ(sql("select count(*) from workspaces where user_acl <> '{}'"), "0");
  EXPECT_EQ(sql("select count(*) from api_keys where user_id = '" + alice.id + "'"), "0");
}

TEST_F(RemovedMemberDb, AnAccountIsDeletedWithItsTracesOrNotAtAll) {
  sql("update workspaces set deleted = true where id = '" + mine.workspace + "'");
  sql("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
      "create trigger refuse before update on workspaces for each statement execute function refuse()");

  EXPECT_EQ(server.del("/api/v2/users/alice", server.owner()).status, 500);

  EXPECT_EQ(left(), before);
  EXPECT_EQ(server.get("/api/v2/users/me", alice).status, 200);
}

TEST_F(RemovedMemberDb, AFailureMidwayLeavesAllInPlace) {
  for (const auto* table : {"group_members", "templates", "workspaces", "api_keys"}) {
    const auto verb = std::string_view(table) == "templates" || std::string_view(table) == "workspaces" ? "update" : "delete";
    sql(
        fmt::format("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
                    "create trigger refuse before {} on {} for each statement execute function refuse()",
                    verb, table));
    EXPECT_EQ(remove().status, 500) << table;
    EXPECT_EQ(left(), before) << table;
    sql("drop function refuse cascade");
  }
  EXPECT_EQ(remove().status, 204);
}

// Fact 12: entries that outlive a membership, however that ended, count for nothing, and again after a return.
TEST_F(RemovedMemberDb, AnEntryCountsOnlyWhileItsHolderIsAMember) {
  const std::string workspace = "/api/v2/workspaces/" + row.workspace;
  EXPECT_EQ(server.get(workspace, alice).status, 200);

  sql("delete from organization_members where user_id = '" + alice.id + "'");
  EXPECT_EQ(server.get(workspace, alice).status, 404);

  sql(fmt::format("insert into organization_members (organization_id, user_id, created_at, updated_at) values ('{}', '{}', now(), now())",
                  server.organization(), alice.id));
  EXPECT_EQ(server.get(workspace, alice).status, 200);
}

// The prebuilds user is the system's: nobody changes it, signs in as it, or gives it keys, roles or places.
TEST(SystemUser, IsFrozen) {
  TestServer server;
  const auto& owner = server.owner();
  const std::string id = "c42fdf75-3097-471c-8c33-fb52454d81c0", user = "/api/v2/users/" + id, member = "/api/v2/organizations/default/members/" + id;
  const auto row = [&] { return server.database().sql("select u::text from users u where id = '" + id + "'"); };
  const auto before = row();

  EXPECT_EQ(server.put(user + "/profile", R"({"username":"mine","name":"x"})", owner).status, 403);
  EXPECT_EQ(server.put(user + "/status/suspend", "", owner).status, 403);
  EXPECT_EQ(server.put(user + "/status/activate", "", owner).status, 403);
  EXPECT_EQ(server.put(user + "/password", R"({"password":"SomeSecurePassword!"})", owner).status, 403);
  EXPECT_EQ(server.put(user + "/roles", R"({"roles":["auditor"]})", owner).status, 403);
  EXPECT_EQ(server.put(user + "/appearance", R"({"theme_preference":"dark"})", owner).status, 403);
  EXPECT_EQ(server.put(user + "/gitsshkey", "", owner).status, 403);
  EXPECT_EQ(server.get(user + "/gitsshkey", owner).status, 403);
  EXPECT_EQ(server.post(user + "/keys", "", owner).status, 403);
  EXPECT_EQ(server.post(user + "/keys/tokens", "{}", owner).status, 403);
  EXPECT_EQ(server.post(member, "", owner).status, 403);
  EXPECT_EQ(server.del(user, owner).status, 403);
  EXPECT_EQ(server.call("POST", "/api/v2/users/login", R"({"email":"prebuilds@system","password":"SomeSecurePassword!"})").status, 401);
  EXPECT_EQ(row(), before);
  EXPECT_EQ(server.database().sql("select count(*) from api_keys where user_id = '" + id + "'"), "0");
  EXPECT_EQ(server.database().sql("select count(*) from git_ssh_keys where user_id = '" + id + "'"), "0");

  // It is in the first organization from the start, and stays there as it is, unseen unless asked for.
  EXPECT_EQ(server.put(member + "/roles", R"({"roles":["organization-admin"]})", owner).status, 403);
  EXPECT_EQ(server.del(member, owner).status, 403);
  const std::string people = "/api/v2/organizations/default/members";
  EXPECT_EQ(server.get(people, owner).json().as_array().size(), 1u);
  EXPECT_EQ(server.get(people + "?q=include_system:true", owner).json().as_array().size(), 2u);
  EXPECT_EQ(server.get("/api/v2/groups/" + server.organization(), owner).json().at("total_member_count").as_int64(), 1);
}

TEST(MembersByRoleDb, AreFoundByTheRoleThatTheyHoldThere) {
  TestServer server;
  server.owner();
  server.member("alice");
  server.member("bob");
  const std::string organization = "/api/v2/organizations/default";
  ASSERT_EQ(server.put(organization + "/members/alice/roles", R"({"roles":["organization-auditor"]})", server.owner()).status, 200);
  const auto found = [&](const std::string& query) { return server.get(organization + "/paginated-members?" + query, server.owner()).json(); };

  const auto auditors = found("q=role:organization-auditor");

  EXPECT_EQ(auditors.at("count").as_int64(), 1);
  EXPECT_EQ(auditors.at("members").as_array().at(0).at("username").as_string(), "alice");
  EXPECT_EQ(found("q=role:organization-auditor%20bob").at("count").as_int64(), 0);
  EXPECT_EQ(found("q=role:auditor").at("count").as_int64(), 0);
  EXPECT_EQ(found("q=").at("count").as_int64(), 3);
}

}  // namespace
}  // namespace slipway::test
