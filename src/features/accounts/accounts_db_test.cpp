// Who may act on an account, and that nobody acts on what it was: requests that meet somebody else's transaction.
#include "support/meanwhile.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

constexpr const char* kPassword = "SomeSecurePassword!";

std::string text(const boost::json::value& value, std::string_view key) { return std::string(value.at(key).as_string()); }

struct AccountsDb : ::testing::Test {
  AccountsDb() { server.owner(); }

  // A member with these roles, by SQL: "{owner}".
  Person with_roles(const std::string& name, const std::string& site, const std::string& in_organization = "{}") {
    auto who = server.member(name);
    server.database().sql(
        fmt::format("update users set rbac_roles = '{0}' where id = '{2}'; update organization_members set roles = '{1}' where user_id = '{2}'", site,
                    in_organization, who.id));
    return who;
  }
  // Somebody who signs in with kPassword.
  Person signing_in(const std::string& name) {
    const auto made = server.post("/api/v2/users", fmt::format(R"({{"email":"{0}@example.com","username":"{0}","password":"{1}"}})", name, kPassword),
                                  server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return {text(made.json(), "id"), name, {}};
  }
  Answer sign_in(const std::string& name, const std::string& password = kPassword) {
    return server.call("POST", "/api/v2/users/login", fmt::format(R"({{"email":"{}@example.com","password":"{}"}})", name, password));
  }
  std::string of_user(const Person& who, const std::string& column) {
    return server.database().sql(fmt::format("select {} from users where id = '{}'", column, who.id));
  }

  TestServer server;
};

TEST_F(AccountsDb, ARoleThatIsBeingTakenAwayDoesNotComeBack) {
  const auto admin = with_roles("carol", "{user-admin}"), other = with_roles("root", "{owner}");
  Meanwhile demoted(server, fmt::format("update users set rbac_roles = '{{}}' where id = '{}'", other.id));

  const auto unchanged = demoted.commit_under([&] { return server.put("/api/v2/users/root/roles", R"({"roles":["owner"]})", admin); });

  EXPECT_EQ(unchanged.status, 400) << unchanged.body;
  EXPECT_EQ(of_user(other, "rbac_roles"), "{}");
}

TEST_F(AccountsDb, AnOrganizationRoleThatIsBeingTakenAwayDoesNotComeBack) {
  const auto admin = with_roles("carol", "{}", "{organization-user-admin}"), other = with_roles("boss", "{}", "{organization-admin}");
  const auto roles = fmt::format("organization_members where user_id = '{}'", other.id);
  Meanwhile demoted(server, fmt::format("update organization_members set roles = '{{}}' where user_id = '{}'", other.id));

  const auto unchanged = demoted.commit_under(
      [&] { return server.put("/api/v2/organizations/default/members/boss/roles", R"({"roles":["organization-admin"]})", admin); });

  EXPECT_EQ(unchanged.status, 400) << unchanged.body;
  EXPECT_EQ(server.database().sql("select roles from " + roles), "{}");
}

TEST_F(AccountsDb, DefaultRolesThatAreBeingTakenAwayDoNotComeBack) {
  const auto admin = with_roles("carol", "{}", "{organization-admin}");
  server.database().sql("update organizations set default_org_member_roles = '{organization-workspace-access,organization-auditor}'");
  Meanwhile narrowed(server, "update organizations set default_org_member_roles = '{organization-workspace-access}'");

  const auto renamed = narrowed.commit_under([&] { return server.patch("/api/v2/organizations/default", R"({"description":"ours"})", admin); });

  EXPECT_EQ(renamed.status, 200) << renamed.body;
  EXPECT_EQ(server.database().sql("select default_org_member_roles from organizations"), "{organization-workspace-access}");
}

TEST_F(AccountsDb, ACustomRoleThatIsBeingDeletedIsGivenToNobody) {
  const auto ana = server.member("ana");
  ASSERT_EQ(server.post("/api/v2/organizations/default/members/roles", R"({"name":"helper","organization_permissions":[]})", server.owner()).status,
            200);
  Meanwhile deleted(server, "delete from custom_roles where name = 'helper'");

  const auto given =
      deleted.commit_under([&] { return server.put("/api/v2/organizations/default/members/ana/roles", R"({"roles":["helper"]})", server.owner()); });

  EXPECT_EQ(given.status, 400) << given.body;
  EXPECT_EQ(server.database().sql(fmt::format("select roles from organization_members where user_id = '{}'", ana.id)), "{}");
}

TEST_F(AccountsDb, WhoBecomesAnOwnerMeanwhileIsNotSuspended) {
  const auto other = server.member("ana");
  Meanwhile promoted(server, fmt::format("update users set rbac_roles = '{{owner}}' where id = '{}'", other.id));

  const auto answer = promoted.commit_under([&] { return server.put("/api/v2/users/ana/status/suspend", "", server.owner()); });

  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_EQ(of_user(other, "status"), "active");
}

TEST_F(AccountsDb, AnAccountThatIsBeingDeletedJoinsNothing) {
  ASSERT_EQ(server.post("/api/v2/organizations", R"({"name":"second"})", server.owner()).status, 201);
  const auto ana = server.member("ana");
  Meanwhile deleted(server,
                    fmt::format("update users set deleted = true where id = '{0}'; delete from organization_members where user_id = '{0}'", ana.id));

  const auto joined = deleted.commit_under([&] { return server.post("/api/v2/organizations/second/members/ana", "", server.owner()); });

  EXPECT_EQ(joined.status, 409) << joined.body;
  EXPECT_EQ(server.database().sql(fmt::format("select count(*) from organization_members where user_id = '{}'", ana.id)), "0");
}

TEST_F(AccountsDb, NobodyActsOnAnAccountWhoseRolesTheyCouldNotGive) {
  const auto admin = with_roles("carol", "{user-admin}");
  with_roles("root", "{owner}"), with_roles("dave", "{template-admin}"), with_roles("audi", "{auditor}"),
      with_roles("boss", "{}", "{organization-admin}");
  with_roles("ana", "{}");
  const std::vector<std::tuple<std::string, std::string, std::string>> acts{
      {"PUT", "/password", R"({"password":"TakenOver!TakenOver!"})"},
      {"PUT", "/password", R"({"password":"TakenOver!TakenOver!","old_password":"a guess at the old one"})"},
      {"PUT", "/profile", R"({"username":"renamed"})"},
      {"PUT", "/gitsshkey", ""},
      {"PUT", "/appearance", R"({"theme_preference":"dark"})"},
      {"PUT", "/preferences", R"({"thinking_display_mode":"auto"})"},
      {"PUT", "/status/suspend", ""},
      {"PUT", "/status/activate", ""},
      {"POST", "/convert-login", R"({"to_type":"oidc","password":"x"})"},
      {"DELETE", "/keys", ""},
      {"DELETE", "", ""},
  };

  for (const char* target : {"root", "dave", "audi", "boss"})
    for (const auto& [method, path, body] : acts)
      EXPECT_EQ(server.call(method, std::string("/api/v2/users/") + target + path, body, admin.token).status, 403) << method << " " << target << path;

  server.database().sql("update organizations set default_org_member_roles = '{organization-auditor}'");
  EXPECT_EQ(server.put("/api/v2/users/ana/password", R"({"password":"TakenOver!TakenOver!"})", admin).status, 403)
      << "every member is given this one";
  server.database().sql("update organizations set default_org_member_roles = '{organization-workspace-access}'");
  for (const auto& [method, path, body] : acts)
    if (path != "/convert-login" && body.find("old_password") == body.npos)
      EXPECT_LT(server.call(method, "/api/v2/users/ana" + path, path == "/profile" ? R"({"username":"ana"})" : body, admin.token).status, 300)
          << method << path;
}

TEST_F(AccountsDb, NobodyAddsMembersToRolesTheyCouldNotGive) {
  const auto second = text(server.post("/api/v2/organizations", R"({"name":"second"})", server.owner()).json(), "id");
  const auto carol = with_roles("carol", "{user-admin}");
  const auto gives = [&](const std::string& roles) {
    server.database().sql(fmt::format("update organizations set default_org_member_roles = '{}' where name = 'second'", roles));
  };
  const auto add = [&](const std::string& name, const Person& who) {
    return server.post("/api/v2/organizations/second/members/" + name, "", who).status;
  };
  const auto make = [&](const std::string& name, const Person& who) {
    const auto ask = R"({{"email":"{0}@example.com","username":"{0}","password":"{1}","organization_ids":["{2}"]}})";
    return server.post("/api/v2/users", fmt::format(fmt::runtime(ask), name, kPassword, second), who).status;
  };
  const auto people = fmt::format("select count(*) from organization_members where organization_id = '{}'", second);
  server.member("ana"), server.member("bo");
  const auto before = server.database().sql(people);

  for (const char* roles : {"{organization-template-admin}", "{organization-workspace-access,organization-auditor}", "{helper}"}) {
    gives(roles);
    EXPECT_EQ(add("carol", carol), 403) << roles;
    EXPECT_EQ(add("ana", carol), 403) << roles;
    EXPECT_EQ(make("hers", carol), 403) << roles;
  }
  EXPECT_EQ(server.database().sql(people), before);
  EXPECT_EQ(server.database().sql("select count(*) from users where username = 'hers'"), "0");

  gives("{organization-template-admin}");
  EXPECT_EQ(add("ana", server.owner()), 200);
  EXPECT_EQ(make("theirs", server.owner()), 201);
  for (const char* roles : {"{organization-workspace-access}", "{organization-workspace-creation-ban}", "{}"}) {
    gives(roles);
    EXPECT_EQ(make("ordinary-" + std::to_string(std::string_view(roles).size()), carol), 201) << roles;
  }
  EXPECT_EQ(add("bo", carol), 200);
}

TEST_F(AccountsDb, WhatAnOrganizationBeginsToGiveMeanwhileIsNotGivenByWhoCouldNot) {
  ASSERT_EQ(server.post("/api/v2/organizations", R"({"name":"second"})", server.owner()).status, 201);
  const auto carol = with_roles("carol", "{user-admin}");
  Meanwhile widened(server, "update organizations set default_org_member_roles = '{organization-admin}' where name = 'second'");

  const auto joined = widened.commit_under([&] { return server.post("/api/v2/organizations/second/members/carol", "", carol); });

  EXPECT_EQ(joined.status, 403) << joined.body;
  EXPECT_EQ(server.database().sql(fmt::format("select count(*) from organization_members where user_id = '{}'", carol.id)), "1");
}

TEST_F(AccountsDb, EndingAllKeysLeavesTheOneThatAsks) {
  const auto ana = server.member("ana"), bob = server.member("bob");
  const auto another = [&] { return Person{ana.id, ana.username, text(server.post("/api/v2/users/me/keys", "", ana).json(), "key")}; };
  const auto first = another();

  EXPECT_EQ(server.del("/api/v2/users/ana/keys", bob).status, 404);
  EXPECT_EQ(server.get("/api/v2/users/me", first).status, 200);
  EXPECT_EQ(server.del("/api/v2/users/me/keys", ana).status, 204);
  EXPECT_EQ(server.get("/api/v2/users/me", first).status, 401);
  EXPECT_EQ(server.get("/api/v2/users/me", ana).status, 200);

  EXPECT_EQ(server.del("/api/v2/users/ana/keys", server.owner()).status, 204);
  EXPECT_EQ(server.get("/api/v2/users/me", ana).status, 401);
  EXPECT_EQ(server.get("/api/v2/users/me", server.owner()).status, 200);
  EXPECT_EQ(server.get("/api/v2/users/me", bob).status, 200);
}

TEST_F(AccountsDb, APasswordThatIsBeingReplacedMakesNoSession) {
  const auto ana = signing_in("ana");
  Meanwhile replaced(
      server, fmt::format("update users set hashed_password = 'another' where id = '{0}'; delete from api_keys where user_id = '{0}'", ana.id));

  const auto answer = replaced.commit_under([&] { return sign_in("ana"); });

  EXPECT_EQ(answer.status, 401) << answer.body;
  EXPECT_EQ(text(answer.json(), "message"), "Incorrect email or password.");
  EXPECT_EQ(server.database().sql(fmt::format("select count(*) from api_keys where user_id = '{}'", ana.id)), "0");
}

TEST_F(AccountsDb, AnAccountThatIsBeingSuspendedOrDeletedGetsNoKey) {
  const auto ana = signing_in("ana"), bo = signing_in("bo");
  const Person cy = server.member("cy");
  const auto keys = [&](const Person& who) {
    return server.database().sql(fmt::format("select count(*) from api_keys where user_id = '{}'", who.id));
  };
  {
    Meanwhile suspended(server, fmt::format("update users set status = 'suspended' where id = '{}'", ana.id));
    EXPECT_EQ(suspended.commit_under([&] { return sign_in("ana"); }).status, 401);
    EXPECT_EQ(keys(ana), "0");
  }
  {
    Meanwhile deleted(server, fmt::format("update users set deleted = true where id = '{}'", bo.id));
    EXPECT_EQ(deleted.commit_under([&] { return sign_in("bo"); }).status, 401);
    EXPECT_EQ(keys(bo), "0");
  }
  {
    Meanwhile suspended(server, fmt::format("update users set status = 'suspended' where id = '{}'", cy.id));
    EXPECT_EQ(suspended.commit_under([&] { return server.post("/api/v2/users/me/keys/tokens", R"({"token_name":"ci"})", cy); }).status, 401);
    EXPECT_EQ(keys(cy), "1");
  }
}

TEST_F(AccountsDb, AKeyThatIsBeingEndedMakesNoOther) {
  const auto ana = server.member("ana");
  const std::string key = fmt::format("api_keys where user_id = '{}'", ana.id);
  {
    Meanwhile ended(server, fmt::format("update api_keys set expires_at = now() - interval '1 second' where user_id = '{}'", ana.id));
    EXPECT_EQ(ended.commit_under([&] { return server.post("/api/v2/users/me/keys", "", ana); }).status, 401);
  }
  server.database().sql(fmt::format("update api_keys set expires_at = now() + interval '1 hour' where user_id = '{}'", ana.id));
  {
    Meanwhile gone(server, "delete from " + key);
    EXPECT_EQ(gone.commit_under([&] { return server.post("/api/v2/users/me/keys/tokens", R"({"token_name":"ci"})", ana); }).status, 401);
  }
  EXPECT_EQ(server.database().sql("select count(*) from " + key), "0");
}

TEST_F(AccountsDb, ANewPasswordEndsEveryKeyButTheOneThatAsks) {
  const auto ana = signing_in("ana");
  const Person asks{ana.id, "ana", text(sign_in("ana").json(), "session_token")}, other{ana.id, "ana", text(sign_in("ana").json(), "session_token")};
  const auto token = server.post("/api/v2/users/me/keys/tokens", R"({"token_name":"ci"})", other);
  ASSERT_EQ(token.status, 201) << token.body;

  const auto changed =
      server.put("/api/v2/users/me/password", fmt::format(R"({{"old_password":"{}","password":"YetAnotherPassword!"}})", kPassword), asks);

  EXPECT_EQ(changed.status, 204) << changed.body;
  EXPECT_EQ(server.get("/api/v2/users/me", asks).status, 200);
  EXPECT_EQ(server.get("/api/v2/users/me", other).status, 401);
  EXPECT_EQ(server.get("/api/v2/users/me", {ana.id, "ana", text(token.json(), "key")}).status, 401)
      << "whoever knew the old password may have made it";
}

TEST_F(AccountsDb, APasswordIsChangedOnceByTheOldOne) {
  const auto ana = signing_in("ana");
  const Person session{ana.id, "ana", text(sign_in("ana").json(), "session_token")};
  Meanwhile replaced(server, fmt::format("update users set hashed_password = 'another' where id = '{}'", ana.id));

  const auto second = replaced.commit_under([&] {
    return server.put("/api/v2/users/me/password", fmt::format(R"({{"old_password":"{}","password":"YetAnotherPassword!"}})", kPassword), session);
  });

  EXPECT_EQ(second.status, 400) << second.body;
  EXPECT_EQ(of_user(ana, "hashed_password"), "another");
}

TEST_F(AccountsDb, AnExpiredSessionStaysSo) {
  const auto ana = server.member("ana"), bo = server.member("bo");
  server.database().sql("update api_keys set last_used = now() - interval '2 minutes'");
  ASSERT_EQ(server.get("/api/v2/users/me", ana).status, 200);
  ASSERT_EQ(server.get("/api/v2/users/me", bo).status, 200);
  const auto id = ana.token.substr(0, 10);

  ASSERT_EQ(server.put("/api/v2/users/me/keys/" + id + "/expire", "", ana).status, 204);

  const auto of_bo = fmt::format("select last_used > now() - interval '1 minute' from api_keys where user_id = '{}'", bo.id);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.database().sql(of_bo) != "t" && std::chrono::steady_clock::now() < until) breathe();  // what was used is written together
  ASSERT_EQ(server.database().sql(of_bo), "t");
  EXPECT_EQ(server.get("/api/v2/users/me", ana).status, 401);
  EXPECT_EQ(server.database().sql("select expires_at > now() from api_keys where id = '" + id + "'"), "f");
  EXPECT_EQ(server.database().sql(fmt::format("select expires_at > now() + interval '23 hours' from api_keys where user_id = '{}'", bo.id)), "t");
}

TEST_F(AccountsDb, WordsOfAddressesAreNoUsernames) {
  for (const auto& route : server.routes().all()) {
    for (const std::string before : {"/api/v2/users/", "/api/v2/organizations/{organization}/members/"}) {
      if (!route->pattern.starts_with(before) || route->pattern[before.size()] == '{') continue;
      const auto word = route->pattern.substr(before.size(), route->pattern.find('/', before.size()) - before.size());
      const auto made = server.post("/api/v2/users", fmt::format(R"({{"email":"x@example.com","username":"{}","password":"{}"}})", word, kPassword),
                                    server.owner());
      EXPECT_EQ(made.status, 400) << word << ": " << made.body;
    }
  }
  const auto ana = server.member("ana");
  for (const char* word : {"me", "Me", "default", "first", "roles"})
    EXPECT_EQ(server.put("/api/v2/users/me/profile", fmt::format(R"({{"username":"{}"}})", word), ana).status, 400) << word;
}

}  // namespace
}  // namespace slipway::test
