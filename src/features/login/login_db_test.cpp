// Whose account a sign-in opens, and what it changes there, with a provider that says what the test wants.
#include "support/fake_identity.hpp"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>

namespace slipway::test {
namespace {

const std::string kPassword = "SomeSecurePassword!";

struct LoginDb : ::testing::Test {
  LoginDb() { server.owner(); }

  // Signs in as whom the provider says; the answer of the callback.
  Answer sign_in(const std::string& claims) {
    provider.is(claims);
    browser.cookies.clear();
    return browser.sign_in("oidc");
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  std::string of_user(const std::string& name, const std::string& column) {
    return sql("select " + column + " from users where username = '" + name + "'");
  }
  std::string my_name() {
    const auto answer = server.get("/api/v2/users/me", browser.person());
    return answer.status == 200 ? std::string(answer.json().at("username").as_string()) : answer.body;
  }
  // By the owner: somebody who signs in as `login_type` says.
  std::string add_user(const std::string& name, const std::string& email, const std::string& login_type) {
    const auto password = login_type == "password" ? fmt::format(R"(,"password":"{}")", kPassword) : std::string();
    const auto made = server.post("/api/v2/users",
                                  fmt::format(R"({{"username":"{}","email":"{}","login_type":"{}","organization_ids":["{}"]{}}})", name, email,
                                              login_type, server.organization(), password),
                                  server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("id").as_string());
  }

  FakeIdentity provider;
  TestServer server{[this](server::Config& config) {
    config.login = provider.options();
    config.login.oidc.group_field = "groups";
    config.login.oidc.group_auto_create = true;
    config.login.oidc.role_field = "roles";
  }};
  FakeBrowser browser{server};
};

TEST_F(LoginDb, ANewPersonIsMadeAndFoundAgainByTheirIdentityAlone) {
  ASSERT_EQ(sign_in(R"({"sub":"42","email":"ana@example.com","preferred_username":"ana"})").status, 307);
  EXPECT_EQ(my_name(), "ana");
  EXPECT_EQ(of_user("ana", "login_type || ' ' || email"), "oidc ana@example.com");

  ASSERT_EQ(sign_in(R"({"sub":"42","email":"moved@example.org","preferred_username":"renamed"})").status, 307);

  EXPECT_EQ(my_name(), "ana");
  EXPECT_EQ(sql("select count(*) from users where not is_system"), "2") << "the owner and ana";
  EXPECT_EQ(sql("select claims->>'email' from user_links"), "moved@example.org") << "as last received";
}

TEST_F(LoginDb, WhoseAccountWasDeletedComesBackAsSomebodyNew) {
  const std::string ana = R"({"sub":"42","email":"ana@example.com","preferred_username":"ana"})";
  ASSERT_EQ(sign_in(ana).status, 307);
  const auto before = of_user("ana", "id");
  ASSERT_EQ(server.del("/api/v2/users/ana", server.owner()).status, 200);

  ASSERT_EQ(sign_in(ana).status, 307);

  EXPECT_EQ(my_name(), "ana");
  EXPECT_NE(sql("select user_id from user_links"), before);
}

TEST_F(LoginDb, TheSameSubjectOfAnotherProviderIsSomebodyElse) {
  add_user("cy", "cy@example.com", "oidc");
  sql("insert into user_links (user_id, login_type, issuer, subject, created_at) select id, 'oidc', 'https://elsewhere.example', '42', now()"
      " from users where username = 'cy'");

  ASSERT_EQ(sign_in(R"({"sub":"42","email":"ana@example.com","preferred_username":"ana"})").status, 307);

  EXPECT_EQ(my_name(), "ana");
}

TEST_F(LoginDb, AnAddressFindsAnAccountThatIsBoundToNobodyYet) {
  add_user("hal", "Hal@Example.com", "oidc");

  ASSERT_EQ(sign_in(R"({"sub":"hal-1","email":"hal@example.com","preferred_username":"other"})").status, 307);
  EXPECT_EQ(my_name(), "hal");
  const auto second = sign_in(R"({"sub":"hal-2","email":"hal@example.com","preferred_username":"other"})");

  EXPECT_EQ(second.status, 403);
  EXPECT_NE(second.body.find("belongs to another identity of the same provider"), std::string::npos) << second.body;
  EXPECT_EQ(browser.cookie("coder_session_token"), "");
  EXPECT_EQ(sql("select string_agg(subject, ' ') from user_links"), "hal-1");
}

TEST_F(LoginDb, AnAccountThatSignsInOtherwiseIsNotTakenOver) {
  add_user("pam", "pam@example.com", "password");

  const auto refused = sign_in(R"({"sub":"42","email":"pam@example.com"})");

  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("Incorrect login type"), std::string::npos) << refused.body;
  EXPECT_EQ(sql("select count(*) from user_links"), "0");
}

TEST_F(LoginDb, ATakenNameGetsLettersBehindItWhateverTheCase) {
  ASSERT_EQ(sign_in(R"({"sub":"42","email":"ed@example.com","preferred_username":"OWNER"})").status, 307);

  const auto name = my_name();
  EXPECT_TRUE(name.starts_with("OWNER-") && name.size() == 11) << name;
}

TEST_F(LoginDb, RolesAreThoseOfTheProviderAtEachSignIn) {
  const auto with = [&](const std::string& roles) {
    EXPECT_EQ(sign_in(R"({"sub":"42","email":"ana@example.com","preferred_username":"ana","roles":)" + roles + "}").status, 307);
    return of_user("ana", "rbac_roles");
  };

  EXPECT_EQ(with(R"(["user-admin","no-such-role"])"), "{user-admin}");
  const auto since = of_user("ana", "updated_at");
  EXPECT_EQ(with(R"(["user-admin"])"), "{user-admin}");
  EXPECT_EQ(of_user("ana", "updated_at"), since) << "nothing was to be changed";
  EXPECT_EQ(with("[]"), "{}");
  EXPECT_EQ(of_user("owner", "rbac_roles"), "{owner}") << "nobody else's";
  EXPECT_EQ(sql("select count(*) from audit_logs a join users u on u.id = a.resource_id where u.username = 'ana' and a.resource_type = 'user' and"
                " a.action = 'write'"),
            "2")
      << "given, and taken away";
}

TEST_F(LoginDb, TheLastActiveOwnerStaysOneWhateverTheProviderSays) {
  sql("update users set login_type = 'oidc', hashed_password = '' where username = 'owner'");
  const std::string claims = R"({"sub":"1","email":"owner@example.com","roles":["auditor"]})";

  EXPECT_EQ(sign_in(claims).status, 307);
  EXPECT_EQ(of_user("owner", "rbac_roles"), "{owner}") << "there is no other";
  server.member("second");
  sql("update users set rbac_roles = '{owner}', status = 'suspended' where username = 'second'");
  EXPECT_EQ(sign_in(claims).status, 307);
  EXPECT_EQ(of_user("owner", "rbac_roles"), "{owner}") << "the other one is suspended";
  sql("update users set status = 'active' where username = 'second'");
  EXPECT_EQ(sign_in(claims).status, 307);
  EXPECT_EQ(of_user("owner", "rbac_roles"), "{auditor}");
}

TEST_F(LoginDb, GroupsAreMadeJoinedAndLeftInTheDefaultOrganizationAlone) {
  const auto in = [&] {
    return sql(
        "select coalesce(string_agg(g.name || ' ' || g.source, ', ' order by lower(g.name)), '') from group_members m join groups g on g.id ="
        " m.group_id join users u on u.id = m.user_id where u.username = 'ana'");
  };
  const auto with = [&](const std::string& groups) {
    return sign_in(R"({"sub":"42","email":"ana@example.com","preferred_username":"ana","groups":)" + groups + "}").status;
  };
  ASSERT_EQ(server.post("/api/v2/organizations/default/groups", R"({"name":"staff"})", server.owner()).status, 201);
  const auto other = server.post("/api/v2/organizations", R"({"name":"other"})", server.owner());
  ASSERT_EQ(other.status, 201) << other.body;

  EXPECT_EQ(with(R"(["Staff","guild","everyone","not a name"])"), 307);
  EXPECT_EQ(in(), "guild oidc, staff user") << "the one that is there, and one that the provider brought";
  sql("insert into groups (id, organization_id, name, source, created_at) select gen_random_uuid(), id, 'guest', 'user', now() from organizations"
      " where name = 'other'; insert into group_members (group_id, user_id) select g.id, u.id from groups g, users u where g.name = 'guest' and"
      " u.username = 'ana'");
  server.member("bo");
  sql("insert into group_members (group_id, user_id) select g.id, u.id from groups g, users u where g.name = 'guild' and u.username = 'bo'");
  EXPECT_EQ(with(R"(["staff"])"), 307);

  EXPECT_EQ(in(), "guest user, staff user") << "that of the other organization is not the provider's to say";
  EXPECT_EQ(sql("select count(*) from group_members m join groups g on g.id = m.group_id where g.name = 'guild'"), "1") << "bo did not leave";
  EXPECT_EQ(sql("select count(*) from groups where lower(name) in ('staff', 'guild')"), "2");
}

TEST(Login, GroupsThatAreNotHereAreNotMadeUnlessAskedFor) {
  FakeIdentity provider;
  TestServer server([&](server::Config& config) {
    config.login = provider.options();
    config.login.oidc.group_field = "groups";
  });
  server.owner();
  provider.is(R"({"sub":"42","email":"ana@example.com","groups":["guild"]})");

  ASSERT_EQ(FakeBrowser(server).sign_in("oidc").status, 307);

  EXPECT_EQ(server.database().sql("select count(*) from groups where name = 'guild'"), "0");
}

TEST_F(LoginDb, GitHubsNumberIsKnownOfWhoSignsInThere) {
  provider.is_on_github(583231, "octo-cat", "octo@example.com");

  ASSERT_EQ(browser.sign_in("github").status, 307);

  EXPECT_EQ(my_name(), "octo-cat");
  EXPECT_EQ(of_user("octo-cat", "login_type || ' ' || github_com_user_id"), "github 583231");
  EXPECT_EQ(sql("select count(*) from users where github_com_user_id is not null"), "1");
  EXPECT_EQ(sql("select issuer = '" + provider.options().github.base_url + "' and subject = '583231' from user_links"), "t");
}

// Gil signs in by password and has asked to sign in with GitHub from now on.
struct Switch : LoginDb {
  Switch() {
    id = add_user("gil", "gil@example.com", "password");
    provider.is_on_github(99, "gil-at-github", "gil@elsewhere.example");
    provider.is(R"({"sub":"99","email":"gil@elsewhere.example","preferred_username":"gil-elsewhere"})");
    EXPECT_EQ(enter(browser).status, 201);
    const auto asked = browser.post("/api/v2/users/me/convert-login", fmt::format(R"({{"to_type":"github","password":"{}"}})", kPassword));
    EXPECT_EQ(asked.status, 201) << asked.body;
    if (asked.status == 201) state = std::string(asked.json().at("state_string").as_string());
  }

  Answer enter(FakeBrowser& by) { return by.post("/api/v2/users/login", fmt::format(R"({{"email":"gil@example.com","password":"{}"}})", kPassword)); }
  std::string query() const { return "?oidc_merge_state=" + state; }
  // Gil still has the password, and no other way in.
  void expect_unchanged() {
    EXPECT_EQ(of_user("gil", "login_type"), "password");
    FakeBrowser other(server);
    EXPECT_EQ(enter(other).status, 201);
    EXPECT_EQ(sql("select count(*) from user_links where user_id = '" + id + "'"), "0");
  }

  std::string id, state;
};

TEST_F(Switch, BindsTheAccountAndEndsEveryKeyOfIt) {
  const auto old = browser.person();
  const auto made = server.post("/api/v2/users/me/keys/tokens", R"({"token_name":"ci"})", old);
  ASSERT_EQ(made.status, 201) << made.body;
  const Person token{{}, {}, std::string(made.json().at("key").as_string())};
  ASSERT_EQ(server.get("/api/v2/users/me", token).status, 200);

  const auto end = browser.sign_in("github", query());

  ASSERT_EQ(end.status, 307) << end.body;
  EXPECT_EQ(my_name(), "gil");
  EXPECT_EQ(of_user("gil", "login_type || length(hashed_password)"), "github0");
  EXPECT_EQ(sql("select user_id = '" + id + "' and subject = '99' from user_links"), "t");
  EXPECT_EQ(server.get("/api/v2/users/me", old).status, 401) << "the session that the password opened";
  EXPECT_EQ(server.get("/api/v2/users/me", token).status, 401) << "what whoever knew it may have made";
  EXPECT_EQ(server.get("/api/v2/users/me", server.owner()).status, 200) << "nobody else's keys";
  EXPECT_EQ(sql("select count(*) from login_conversions"), "0");
  FakeBrowser again(server);
  EXPECT_EQ(enter(again).status, 401) << "the password is gone";
}

TEST_F(Switch, IsOfTheBrowserThatAskedTheWayThatWasAskedForAndItsTime) {
  const auto kept = browser.cookies;
  const auto expect_refused = [&](const std::string& way, const std::string& what) {
    const auto end = browser.sign_in(way, query());
    EXPECT_EQ(end.status, 401) << what << ": " << end.body;
    browser.cookies = kept;
  };

  browser.cookies["oauth_switch"] = state + ".another";
  expect_refused("github", "another secret");
  expect_refused("oidc", "another way than the one asked for");
  sql("update login_conversions set expires_at = now() - interval '1 second'");
  expect_refused("github", "too late");
  expect_unchanged();
}

TEST_F(Switch, OfASuspendedPersonIsNone) {
  ASSERT_EQ(browser.get("/api/v2/users/oauth2/github/callback" + query()).status, 307);
  sql("update users set status = 'suspended' where username = 'gil'");

  const auto end = browser.get("/api/v2/users/oauth2/github/callback?code=c&state=" + state);

  EXPECT_GE(end.status, 400) << end.body;
  EXPECT_EQ(of_user("gil", "login_type"), "password");
  EXPECT_EQ(sql("select count(*) from user_links"), "0");
}

TEST_F(Switch, ToAnIdentityOfSomebodyElseIsRefused) {
  FakeBrowser theirs(server);
  ASSERT_EQ(theirs.sign_in("github").status, 307);

  const auto end = browser.sign_in("github", query());

  EXPECT_EQ(end.status, 409) << end.body;
  expect_unchanged();
}

// Two windows of one browser: the second comes when the first is done, and finds nothing left to complete.
TEST_F(Switch, WorksOnce) {
  auto second = browser;
  ASSERT_EQ(second.get("/api/v2/users/oauth2/github/callback" + query()).status, 307);
  ASSERT_EQ(browser.sign_in("github", query()).status, 307);

  EXPECT_EQ(second.get("/api/v2/users/oauth2/github/callback?code=c&state=" + state).status, 401);
  EXPECT_EQ(sql("select count(*) from user_links"), "1");
}

}  // namespace
}  // namespace slipway::test
