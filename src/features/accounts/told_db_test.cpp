// What people are told of accounts.
#include "support/fake_clock.hpp"
#include "support/fake_identity.hpp"
#include "support/told.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const std::string kCreated = "User account created", kDeleted = "User account deleted", kSuspended = "User account suspended",
                  kActivated = "User account activated", kYoursSuspended = "Your account has been suspended",
                  kYoursActivated = "Your account has been activated";

struct ToldOfAccounts : ::testing::Test {
  Answer create(const std::string& name, const std::string& more = {}) {
    auto made =
        server.post("/api/v2/users",
                    fmt::format(R"({{"username":"{0}","email":"{0}@example.com","login_type":"oidc","name":"Full {0}"{1}}})", name, more), cast.uma);
    EXPECT_EQ(made.status, 201) << made.body;
    return made;
  }
  Answer set_status(const std::string& name, const std::string& act) {
    auto done = server.put("/api/v2/users/" + name + "/status/" + act, "", cast.uma);
    EXPECT_EQ(done.status, 200) << done.body;
    return done;
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  void name_ana() { sql("update users set name = 'Ana A.' where username = 'ana'"); }
  boost::json::value ana() { return boost::json::object{{"user", {{"id", cast.ana.id}, {"name", "Ana A."}, {"email", "ana@example.com"}}}}; }

  FakeIdentity provider;
  FakeClock clock;
  TestServer server{[this](server::Config& config) { config.login = provider.options(); }, clock};
  Cast cast{server};
};

TEST_F(ToldOfAccounts, ThoseWhoLookAfterThemOfANewOne) {
  const auto id = std::string(create("kim").json().at("id").as_string());

  const auto said = told_once(server, kCreated);
  EXPECT_EQ(said.people, kUserAdmins);
  EXPECT_EQ(said.labels, (Labels{{"created_account_name", "kim"}, {"created_account_user_name", "Full kim"}, {"initiator", "uma"}}));
  EXPECT_EQ(said.data, boost::json::value(boost::json::object{{"user", {{"id", id}, {"name", "Full kim"}, {"email", "kim@example.com"}}}}));
  EXPECT_EQ(said.targets, (Targets{id}));
  EXPECT_EQ(said.organization, "");
  EXPECT_EQ(said.urls, "/deployment/users?filter=status:active");
  EXPECT_EQ(count_told(server), "1");
}

TEST_F(ToldOfAccounts, ANewAdministratorNotOfThemselves) {
  sql("update users set rbac_roles = '{owner}' where username = 'uma'");

  create("kim", R"(,"roles":["user-admin"])");

  EXPECT_EQ(told_once(server, kCreated).people, kUserAdmins);
}

TEST_F(ToldOfAccounts, NobodyOfTheFirstOneOrWhereThatWasAskedFor) {
  EXPECT_EQ(count_told(server), "0") << "the first user";

  create("kim", R"(,"skip_notifications":true)");

  EXPECT_EQ(count_told(server), "0");
}

TEST_F(ToldOfAccounts, OfOneThatAProviderBrought) {
  FakeBrowser browser(server);
  provider.is(R"({"sub":"42","email":"kim@example.com","preferred_username":"kim","name":"Kim"})");

  ASSERT_EQ(browser.sign_in("oidc").status, 307);
  browser.cookies.clear();
  ASSERT_EQ(browser.sign_in("oidc").status, 307);

  const auto said = told_once(server, kCreated);
  EXPECT_EQ(said.people, kUserAdmins);
  EXPECT_EQ(said.labels, (Labels{{"created_account_name", "kim"}, {"created_account_user_name", "Kim"}, {"initiator", "OpenID Connect"}}));
}

TEST_F(ToldOfAccounts, ThoseWhoLookAfterThemOfOneThatIsGone) {
  name_ana();

  ASSERT_EQ(server.del("/api/v2/users/ana", cast.uma).status, 200);

  const auto said = told_once(server, kDeleted);
  EXPECT_EQ(said.people, kUserAdmins);
  EXPECT_EQ(said.labels, (Labels{{"deleted_account_name", "ana"}, {"deleted_account_user_name", "Ana A."}, {"initiator", "uma"}}));
  EXPECT_EQ(said.data, ana());
  EXPECT_EQ(said.targets, (Targets{cast.ana.id}));
  EXPECT_EQ(count_told(server), "1");
}

TEST_F(ToldOfAccounts, ThoseWhoLookAfterThemAndThePersonOfASuspension) {
  name_ana();

  set_status("ana", "suspend");

  const auto said = told_once(server, kSuspended), theirs = told_once(server, kYoursSuspended);
  EXPECT_EQ(said.people, kUserAdmins);
  EXPECT_EQ(said.labels, (Labels{{"suspended_account_name", "ana"}, {"suspended_account_user_name", "Ana A."}, {"initiator", "uma"}}));
  EXPECT_EQ(said.data, ana());
  EXPECT_EQ(said.targets, (Targets{cast.ana.id}));
  EXPECT_EQ(said.urls, "/deployment/users?filter=status:suspended");
  EXPECT_EQ(theirs.people, "ana");
  EXPECT_EQ(theirs.labels, (Labels{{"suspended_account_name", "ana"}, {"initiator", "uma"}}));
  EXPECT_EQ(theirs.targets, (Targets{cast.ana.id}));
  EXPECT_EQ(theirs.urls, "");
  EXPECT_EQ(count_told(server), "2");
}

TEST_F(ToldOfAccounts, LikewiseOfItsEnd) {
  name_ana();
  sql("update users set status = 'suspended' where username = 'ana'");

  set_status("ana", "activate");

  const auto said = told_once(server, kActivated), theirs = told_once(server, kYoursActivated);
  EXPECT_EQ(said.people, kUserAdmins);
  EXPECT_EQ(said.labels, (Labels{{"activated_account_name", "ana"}, {"activated_account_user_name", "Ana A."}, {"initiator", "uma"}}));
  EXPECT_EQ(said.data, ana());
  EXPECT_EQ(said.urls, "/deployment/users?filter=status:active");
  EXPECT_EQ(theirs.people, "ana");
  EXPECT_EQ(theirs.labels, (Labels{{"activated_account_name", "ana"}, {"initiator", "uma"}}));
  EXPECT_EQ(theirs.urls, "/");
  EXPECT_EQ(count_told(server), "2");
}

TEST_F(ToldOfAccounts, NobodyOfAStatusThatAnAccountHasAlready) {
  set_status("ana", "activate");
  EXPECT_EQ(count_told(server), "0");
  set_status("ana", "suspend");
  clock.advance(Seconds(60));

  set_status("ana", "suspend");

  EXPECT_EQ(count_told(server), "2");
}

TEST_F(ToldOfAccounts, OfEachChangeAnew) {
  for (const auto* act : {"suspend", "activate", "suspend"}) {
    set_status("ana", act);
    clock.advance(Seconds(1));
  }

  EXPECT_EQ(told(server, kSuspended).size(), 2U);
  EXPECT_EQ(told(server, kActivated).size(), 1U);
}

TEST_F(ToldOfAccounts, ItIsOneStatementInTheRoundTripOfTheCommit) {
  const auto quiet = create("kim", R"(,"skip_notifications":true)"), told_of = create("lee");

  EXPECT_EQ(server.cost(told_of).sql, server.cost(quiet).sql + 1);
  EXPECT_EQ(server.cost(told_of).trips, server.cost(quiet).trips);
}

TEST_F(ToldOfAccounts, SeveralMessagesAreOneStatementToo) {
  const auto suspended = set_status("ana", "suspend"), again = set_status("ana", "suspend");

  EXPECT_EQ(server.cost(suspended).sql, server.cost(again).sql + 1);
}

}  // namespace
}  // namespace slipway::test
