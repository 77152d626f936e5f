#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view key) {
  const auto* found = value.as_object().if_contains(key);
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

const std::string kTokens = "/api/v2/users/me/keys/tokens";

struct SessionsDb : ::testing::Test {
  SessionsDb() { server.owner(); }

  Answer token(const std::string& body, const Person& who) { return server.post(kTokens, body, who); }
  Person with_token(const std::string& body, const Person& who) {
    const auto made = token(body, who);
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

TEST_F(SessionsDb, ATokenWorksUntilItExpiresOrIsDeleted) {
  const auto alice = server.member("alice");
  const auto by_token = with_token(R"({"token_name":"ci","lifetime":3600000000000})", alice);
  EXPECT_EQ(server.get("/api/v2/users/me", by_token).status, 200);
  const auto shown = server.get(kTokens + "/ci", alice).json();
  EXPECT_EQ(text(shown, "scope"), "all");
  EXPECT_EQ(shown.at("scopes").as_array().at(0).as_string(), "coder:all");
  EXPECT_EQ(shown.at("lifetime_seconds").as_int64(), 3600);
  const auto path = "/api/v2/users/me/keys/" + text(shown, "id");
  EXPECT_EQ(server.put(path + "/expire", "", alice).status, 204);
  EXPECT_EQ(server.get("/api/v2/users/me", by_token).status, 401);
  EXPECT_EQ(server.get(kTokens, alice).json().as_array().size(), 0u);
  EXPECT_EQ(server.get(kTokens + "?include_expired=true", alice).json().as_array().size(), 1u);
  EXPECT_EQ(server.del(path, alice).status, 204);
  EXPECT_EQ(server.get(path, alice).status, 404);
}

TEST_F(SessionsDb, RefusesBadTokensWithTheirTexts) {
  const auto& owner = server.owner();
  const auto detail = [&](const std::string& body) {
    const auto answer = token(body, owner);
    EXPECT_EQ(answer.status, 400) << answer.body;
    return text(answer.json(), "detail");
  };
  EXPECT_EQ(detail(R"({"scopes":["Workspace:Read"]})"), "invalid or unsupported API key scope: \"Workspace:Read\"");
  EXPECT_EQ(detail(R"({"allow_list":["zonk"]})"), "invalid allow_list entry \"zonk\": want <type>:<id>");
  EXPECT_EQ(detail(R"({"allow_list":[{"type":"workspace"}]})"), "allow_list entry must include both type and id");
  EXPECT_EQ(detail(R"({"allow_list":[7]})"), "invalid allow_list entry: expected object with type/id or string");
  EXPECT_EQ(detail(R"({"lifetime":-1})"), "lifetime must be positive number greater than 0");
  EXPECT_EQ(token(R"({"token_name":"ci"})", owner).status, 201);
  const auto twice = token(R"({"token_name":"ci"})", owner);
  EXPECT_EQ(twice.status, 409);
  EXPECT_EQ(text(twice.json(), "message"), "A token with name \"ci\" already exists.");
  EXPECT_EQ(server.call("POST", kTokens, "{}").status, 401);
}

TEST_F(SessionsDb, NobodyMakesOrSeesTheKeysOfOthers) {
  const auto alice = server.member("alice"), bob = server.member("bob");
  with_token(R"({"token_name":"ci"})", bob);
  EXPECT_EQ(server.post("/api/v2/users/bob/keys/tokens", "{}", alice).status, 404);
  EXPECT_EQ(server.get("/api/v2/users/bob/keys/tokens/ci", alice).status, 404);
  EXPECT_EQ(server.get(kTokens + "?include_all=true", alice).json().as_array().size(), 0u);
  EXPECT_EQ(server.get(kTokens + "?include_all=true", server.owner()).json().as_array().size(), 1u);
}

TEST_F(SessionsDb, ANarrowTokenIsNarrowAndMakesNoWiderOne) {
  const auto narrow = with_token(R"({"scopes":["workspace:read","coder:apikeys.manage_self","user:read"]})", server.owner());
  EXPECT_TRUE(check(R"({"object":{"resource_type":"workspace","owner_id":"me"},"action":"read"})", narrow));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"workspace","owner_id":"me"},"action":"update"})", narrow));
  EXPECT_EQ(token("{}", narrow).status, 403);
  EXPECT_EQ(server.post("/api/v2/users/me/keys", "", narrow).status, 403);
  EXPECT_EQ(token(R"({"scopes":["workspace:read"]})", narrow).status, 201);
}

TEST_F(SessionsDb, AuthcheckAnswersForTheCaller) {
  const auto alice = server.member("alice");
  EXPECT_TRUE(check(R"({"object":{"resource_type":"user","resource_id":")" + alice.id + R"("},"action":"read"})", alice));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"user","resource_id":")" + server.owner().id + R"("},"action":"read"})", alice));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"template","any_org":true},"action":"create"})", alice));
  EXPECT_TRUE(check(R"({"object":{"resource_type":"workspace","owner_id":"me","organization_id":")" + server.organization() + R"("},"action":"create"})", alice));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"template","any_org":true,"organization_id":")" + server.organization() + R"("},"action":"read"})", server.owner()));
  EXPECT_TRUE(check(R"({"object":{"resource_type":"file"},"action":"zonk"})", server.owner()));
  EXPECT_FALSE(check(R"({"object":{"resource_type":"zonk"},"action":"read"})", server.owner()));
}

TEST_F(SessionsDb, AuthcheckRefusesWhatItCannotAsk) {
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
  for (int i = 0; i < 11; ++i) many += fmt::format(R"({}"k{}":{{"object":{{"resource_type":"user","resource_id":"{}"}},"action":"read"}})", i ? "," : "", i, id);
  EXPECT_EQ(message(many), "Endpoint only supports using \"resource_id\" field 10 times, found 11 usages. Remove 1 objects with this field set.");
}

TEST_F(SessionsDb, ScopesAreListedInOrder) {
  const auto json = server.call("GET", "/api/v2/auth/scopes").json();
  const auto& list = json.at("external").as_array();
  ASSERT_GT(list.size(), 10u);
  for (std::size_t i = 1; i < list.size(); ++i) EXPECT_LT(list[i - 1].as_string(), list[i].as_string());
}

}  // namespace
}  // namespace slipway::test
