#include "pg/statement.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <mutex>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view key) {
  const auto* found = value.as_object().if_contains(key);
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

struct AuthcheckDb : ::testing::Test {
  AuthcheckDb() { server.owner(); }

  Person with_token(const std::string& body, const Person& who) {
    const auto made = server.post("/api/v2/users/me/keys/tokens", body, who);
    EXPECT_EQ(made.status, 201) << made.body;
    return {who.id, who.username, text(made.json(), "key")};
  }
  bool check(const std::string& question, const Person& who) {
    const auto answer = server.post("/api/v2/authcheck", R"({"checks":{"k":)" + question + "}}", who);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json().at("k").as_bool();
  }

  TestServer server;
};

TEST_F(AuthcheckDb, AnswersForTheCaller) {
  const auto alice = server.member("alice");
  EXPECT_TRUE(check(R"({"object":{"resource_type":"user","resource_id":")" + alice.id + R"("},"action":"read"})", alice));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"user","resource_id":")" + server.owner().id + R"("},"action":"read"})", alice));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"template","any_org":true},"action":"create"})", alice));
  EXPECT_TRUE(check(
      R"({"object":{"resource_type":"workspace","owner_id":"me","organization_id":")" + server.organization() + R"("},"action":"create"})", alice));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"template","any_org":true,"organization_id":")" + server.organization() + R"("},"action":"read"})",
                     server.owner()));
  EXPECT_TRUE(check(R"({"object":{"resource_type":"file"},"action":"zonk"})", server.owner()));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"zonk"},"action":"read"})", server.owner()));
}

TEST_F(AuthcheckDb, RefusesWhatItCannotAsk) {
  const auto message = [&](const std::string& checks) {
    const auto answer = server.post("/api/v2/authcheck", R"({"checks":{)" + checks + "}}", server.owner());
    EXPECT_EQ(answer.status, 400) << answer.body;
    return text(answer.json(), "message");
  };
  EXPECT_EQ(message(R"("k":{"object":{},"action":"read"})"), "Object's \"resource_type\" field must be defined for key \"k\".");
  EXPECT_EQ(message(R"("k":{"object":{"resource_type":"user","resource_id":"7"},"action":"read"})"), "Object \"7\" id is not a valid uuid.");
  const std::string id = "3b579bf4-1ed8-4b99-87a8-e9a1e3410410";
  EXPECT_EQ(message(R"("k":{"object":{"resource_type":"file","resource_id":")" + id + R"("},"action":"read"})"),
            "Object type \"file\" does not support \"resource_id\" field.");
  std::string many;
  for (int i = 0; i < 11; ++i)
    many += fmt::format(R"({}"k{}":{{"object":{{"resource_type":"user","resource_id":"{}"}},"action":"read"}})", i ? "," : "", i, id);
  EXPECT_EQ(message(many), "Endpoint only supports using \"resource_id\" field 10 times, found 11 usages. Remove 1 objects with this field set.");
}

// Which of the statements that a question is answered by were sent. That there are no others, its cost says: the server has work of its own in
// the background.
class Statements {
 public:
  Statements() { pg::observe_statements(&note); }
  ~Statements() { pg::observe_statements(nullptr); }
  std::vector<std::string> taken() {
    const std::lock_guard lock(mutex());
    return std::exchange(names(), {});
  }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static std::vector<std::string>& names() {
    static std::vector<std::string> all;
    return all;
  }
  static void note(const pg::Statement& statement) {
    const std::string name = statement.name;
    if (name != "sessions.principal_by_key" && name != "users.by_id") return;
    const std::lock_guard lock(mutex());
    names().push_back(name);
  }
};

TEST_F(AuthcheckDb, CostsNothingBeyondSigningInButTheRowsItNames) {
  const auto alice = server.member("alice");
  const std::string fields = R"({"object":{"resource_type":"workspace","owner_id":"me"},"action":"read"})";
  const std::string row = R"({"object":{"resource_type":"user","resource_id":")" + alice.id + R"("},"action":"read"})";
  std::string many;
  for (int i = 0; i < 40; ++i) many += fmt::format(R"({}"k{}":{})", i ? "," : "", i, fields);
  Statements statements;

  const auto without_rows = server.post("/api/v2/authcheck", R"({"checks":{)" + many + "}}", alice);
  EXPECT_EQ(without_rows.status, 200);
  EXPECT_EQ(statements.taken(), std::vector<std::string>{"sessions.principal_by_key"});
  EXPECT_EQ(server.cost(without_rows).sql, 1);
  const auto with_rows = server.post("/api/v2/authcheck", R"({"checks":{"a":)" + row + R"(,"b":)" + row + "}}", alice);
  EXPECT_EQ(with_rows.status, 200);
  EXPECT_EQ(statements.taken(), (std::vector<std::string>{"sessions.principal_by_key", "users.by_id", "users.by_id"}));
  EXPECT_EQ(server.cost(with_rows).sql, 3);
}

struct ExplainDb : AuthcheckDb {
  Answer explain(const std::string& user, const std::string& action, const std::string& object, const Person& who, const std::string& more = "") {
    return server.post("/api/v2/authcheck/explain", fmt::format(R"({{"user":"{}","action":"{}","object":{{{}}}{}}})", user, action, object, more),
                       who);
  }
  std::string own(const std::string& user_id) {
    return R"("resource_type":"workspace","owner_id":")" + user_id + R"(","organization_id":")" + server.organization() + "\"";
  }
};

TEST_F(ExplainDb, SaysWhichRoleDecidesAndWhatWouldHelp) {
  const auto alice = server.member("alice"), bob = server.member("bob");

  const auto yes = explain("alice", "start", own(alice.id), server.owner()).json();
  const auto no = explain(alice.id, "read", own(bob.id), server.owner()).json();

  EXPECT_TRUE(yes.at("allowed").as_bool());
  EXPECT_NE(text(yes, "summary").find("workspace:start of organization-workspace-access:" + server.organization()), std::string::npos)
      << text(yes, "summary");
  EXPECT_EQ(yes.at("roles").at("votes").as_array().size(), 4u);
  EXPECT_EQ(yes.at("roles").at("votes").as_array().at(3).at("vote").as_int64(), 1);
  EXPECT_FALSE(no.at("allowed").as_bool());
  EXPECT_EQ(text(no, "remedy").rfind("Grant role organization-template-admin:", 0), 0u) << text(no, "remedy");
  EXPECT_EQ(text(no, "username"), "alice");
}

TEST_F(ExplainDb, JudgesATokenASuspensionAndAnExpiry) {
  const auto alice = server.member("alice");
  const auto narrow = with_token(R"({"token_name":"narrow","scopes":["workspace:read"]})", alice);
  const auto key = R"(,"key_id":")" + narrow.token.substr(0, 10) + "\"";

  const auto by_token = explain("alice", "start", own(alice.id), server.owner(), key).json();
  EXPECT_EQ(text(by_token, "remedy"), "Use a token whose scope includes workspace:start.");
  EXPECT_TRUE(by_token.at("roles").at("allowed").as_bool());
  EXPECT_FALSE(by_token.at("scope").at("allowed").as_bool());
  EXPECT_EQ(explain("alice", "start", own(alice.id), server.owner(), R"(,"key_id":"nothing123")").status, 404);

  server.database().sql("update api_keys set expires_at = now() - interval '1 hour' where token_name = 'narrow'");
  EXPECT_EQ(text(explain("alice", "read", own(alice.id), server.owner(), key).json(), "remedy"), "Use another token.");
  ASSERT_EQ(server.put("/api/v2/users/alice/status/suspend", "", server.owner()).status, 200);
  const auto suspended = explain("alice", "read", own(alice.id), server.owner()).json();
  EXPECT_FALSE(suspended.at("allowed").as_bool());
  EXPECT_EQ(text(suspended, "summary").rfind("The account is suspended", 0), 0u);
  EXPECT_EQ(text(suspended, "remedy"), "Activate the account.");
}

// With a role in the question the answer is as if it were held, though nothing is stored: beside what is held, or in place of it.
TEST_F(ExplainDb, TriesARoleBeforeItIsSaved) {
  const auto alice = server.member("alice"), bob = server.member("bob");
  const auto role = [](const std::string& name, const std::string& action) {
    return R"(,"role":{"name":")" + name +
           R"(","display_name":"","site_permissions":[],"user_permissions":[],"organization_permissions":[{"resource_type":"workspace","action":")" +
           action + R"("}],"organization_member_permissions":[]})";
  };
  const auto stored = R"({"name":"helper","organization_permissions":[{"resource_type":"workspace","action":"read"}]})";
  const std::string members = "/api/v2/organizations/" + server.organization() + "/members";
  ASSERT_EQ(server.post(members + "/roles", stored, server.owner()).status, 200);
  ASSERT_EQ(server.put(members + "/alice/roles", R"({"roles":["helper"]})", server.owner()).status, 200);

  EXPECT_TRUE(explain("alice", "read", own(bob.id), server.owner()).json().at("allowed").as_bool());
  EXPECT_FALSE(explain("alice", "read", own(bob.id), server.owner(), role("helper", "stop")).json().at("allowed").as_bool());
  EXPECT_TRUE(explain("alice", "stop", own(bob.id), server.owner(), role("helper", "stop")).json().at("allowed").as_bool());
  EXPECT_TRUE(explain("alice", "read", own(bob.id), server.owner(), role("other", "stop")).json().at("allowed").as_bool());
  EXPECT_TRUE(explain("bob", "stop", own(alice.id), server.owner(), role("other", "stop")).json().at("allowed").as_bool());
  EXPECT_FALSE(explain("bob", "stop", own(alice.id), server.owner()).json().at("allowed").as_bool());
}

TEST_F(ExplainDb, TriesOnlyWhatTheCallerCouldGive) {
  const auto alice = server.member("alice"), auditor = server.member("auditor");
  server.database().sql("update users set rbac_roles = '{auditor}' where username = 'auditor'");
  const std::string stops = R"(,"role":{"name":"other","organization_permissions":[{"resource_type":"workspace","action":"stop"}]})";

  EXPECT_EQ(explain("alice", "stop", own(alice.id), auditor, stops).status, 400);
  EXPECT_EQ(explain("alice", "stop", own(alice.id), server.owner(), R"(,"role":{"name":"organization-admin"})").status, 400);
  EXPECT_EQ(explain("alice", "stop", R"("resource_type":"workspace")", server.owner(), stops).status, 400);
  EXPECT_EQ(explain("alice", "stop", own(alice.id), server.owner(), R"(,"role":7)").status, 400);
}

// Who answers for rights may ask; everybody else is refused, and nobody learns of rows that they may not read.
TEST_F(ExplainDb, IsForOwnersAuditorsAndUserAdmins) {
  const auto alice = server.member("alice"), auditor = server.member("auditor"), admin = server.member("admin"), other = server.member("other");
  server.database().sql(
      "update users set rbac_roles = '{auditor}' where username = 'auditor'; update users set rbac_roles = '{user-admin}' where username = 'admin';"
      "update users set rbac_roles = '{template-admin}' where username = 'other'");

  for (const auto& who : {server.owner(), auditor, admin}) EXPECT_EQ(explain("alice", "start", own(alice.id), who).status, 200) << who.username;
  for (const auto& who : {alice, other}) EXPECT_EQ(explain("alice", "start", own(alice.id), who).status, 403) << who.username;
  EXPECT_EQ(explain("nobody", "read", own(alice.id), server.owner()).status, 404);
  EXPECT_EQ(explain("alice", "read", R"("resource_type":"workspace","resource_id":")" + alice.id + "\"", auditor).status, 404);
  EXPECT_EQ(explain("alice", "zonk", own(alice.id), server.owner()).status, 400);
  EXPECT_EQ(explain("alice", "read", R"("resource_type":"file","resource_id":")" + alice.id + "\"", server.owner()).status, 400);
  EXPECT_EQ(server.call("POST", "/api/v2/authcheck/explain", "{}").status, 401);
}

}  // namespace
}  // namespace slipway::test
