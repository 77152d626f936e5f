#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <set>

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

TEST_F(SessionsDb, KeysOfAPersonAreTheirSessionsAndTokensThatStillCount) {
  const auto alice = server.member("alice"), bob = server.member("bob");
  const auto id_of = [](const Person& who) { return who.token.substr(0, 10); };
  const auto ci = with_token(R"({"token_name":"ci"})", alice), old = with_token(R"({"token_name":"old"})", alice);
  const auto app = text(server.post("/api/v2/users/me/keys", "", alice).json(), "key").substr(0, 10);
  server.database().sql("update api_keys set scopes = '{coder:application_connect}' where id = '" + app + "'");
  server.database().sql("update api_keys set expires_at = now() - interval '1 minute' where id = '" + id_of(old) + "'");

  const auto listed = [&](const Person& who) {
    std::set<std::string> ids;
    const auto answer = server.get("/api/v2/users/alice/keys", who);
    EXPECT_EQ(answer.status, 200) << answer.body;
    for (const auto& one : answer.json().as_array()) ids.insert(text(one, "id"));
    return ids;
  };
  const std::set<std::string> counted{id_of(alice), id_of(ci)};
  EXPECT_EQ(listed(alice), counted);
  EXPECT_EQ(listed(server.owner()), counted);
  EXPECT_EQ(server.get("/api/v2/users/alice/keys", bob).status, 404);
  EXPECT_EQ(server.get("/api/v2/users/me/keys/tokens", alice).json().as_array().size(), 1u) << "tokens alone, as ever";
}

TEST(Sessions, LiveOnWhileTheyAreUsedUnlessTheyMayNot) {
  const auto lives_on = [](bool fixed) {
    TestServer server([fixed](server::Config& config) { config.fixed_sessions = fixed; });
    server.owner();
    const auto login = server.call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})");
    const auto token = text(login.json(), "session_token");
    const auto key = " where id = '" + token.substr(0, 10) + "'";
    server.database().sql("update api_keys set last_used = now() - interval '5 hours', expires_at = now() + interval '1 hour'" + key);

    EXPECT_EQ(server.call("GET", "/api/v2/users/me", "", token).status, 200);
    const auto written = [&] { return server.database().sql("select last_used > now() - interval '1 hour' from api_keys" + key) == "t"; };
    for (int i = 0; i < 4000 && !written(); ++i) breathe();
    EXPECT_TRUE(written());
    return server.database().sql("select expires_at > now() + interval '2 hours' from api_keys" + key) == "t";
  };

  EXPECT_TRUE(lives_on(false));
  EXPECT_FALSE(lives_on(true));
}

TEST_F(SessionsDb, SigningOutEndsTheSessionAndWhatItsBrowserGotForApps) {
  const auto& owner = server.owner();
  const auto bo = server.member("bo");
  const auto login = server.call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})");
  const Person session{owner.id, owner.username, text(login.json(), "session_token")};
  const auto own = with_token(R"({"token_name":"mine","scope":"application_connect"})", owner);
  const auto add = [&](const std::string& id, const Person& of) {
    server.database().sql(
        "insert into api_keys (id, hashed_secret, user_id, login_type, scopes, lifetime_seconds, last_used, expires_at, created_at, updated_at) "
        "values ('" +
        id + "', '\\x00', '" + of.id + "', 'password', '{coder:application_connect}', 1, now(), now() + interval '1 hour', now(), now())");
  };
  add("ofanapp001", owner);
  add("ofanapp002", bo);

  EXPECT_EQ(server.post("/api/v2/users/logout", "", session).status, 200);

  EXPECT_EQ(server.get("/api/v2/users/me", session).status, 401);
  EXPECT_EQ(server.get("/api/v2/users/me", owner).status, 200) << "a session elsewhere";
  EXPECT_EQ(server.database().sql("select string_agg(id, ',') from api_keys where id like 'ofanapp%'"), "ofanapp002") << "another person's";
  EXPECT_EQ(server.database().sql("select count(*) from api_keys where id = '" + own.token.substr(0, 10) + "'"), "1") << "a token that somebody made";
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

TEST_F(SessionsDb, ATokenForKeysAloneKeepsItsOwnersKeys) {
  const auto& owner = server.owner();
  const auto keys = with_token(R"({"scopes":["coder:apikeys.manage_self"],"token_name":"keeper"})", owner);
  const auto ana = server.member("ana");

  const auto made = token(R"({"scopes":["coder:apikeys.manage_self"],"token_name":"made"})", keys);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto listed = server.get(kTokens, keys);
  ASSERT_EQ(listed.status, 200) << listed.body;
  EXPECT_EQ(listed.json().as_array().size(), 2u);
  EXPECT_EQ(server.get("/api/v2/users/owner/keys/tokens/made", keys).status, 200);
  EXPECT_EQ(server.get(std::string(kTokens) + "/tokenconfig", keys).status, 200);
  const auto id = text(made.json(), "key").substr(0, 10);
  EXPECT_EQ(server.put("/api/v2/users/me/keys/" + id + "/expire", "", keys).status, 204);
  EXPECT_EQ(server.del("/api/v2/users/" + owner.id + "/keys/" + id, keys).status, 204);
  EXPECT_EQ(server.del("/api/v2/users/me/keys/" + id, keys).status, 404);

  EXPECT_EQ(server.get("/api/v2/users/me", keys).status, 404);
  EXPECT_EQ(server.get("/api/v2/users/ana/keys/tokens", keys).status, 404);
  EXPECT_EQ(token(R"({"scopes":["workspace:read"]})", keys).status, 403) << "no wider one";
}

TEST_F(SessionsDb, ATokenIsReadAndWrittenInBothForms) {
  const auto alice = server.member("alice");
  const std::string id = "3b579bf4-1ed8-4b99-87a8-e9a1e3410410";
  EXPECT_EQ(token(R"({"token_name":"objects","allow_list":[{"type":" workspace ","id":")" + id + R"("}]})", alice).status, 201);
  EXPECT_EQ(token(R"({"token_name":"texts","allow_list":["Workspace:)" + id + R"("]})", alice).status, 201);
  const auto shown = [&](const std::string& name) { return boost::json::serialize(server.get(kTokens + "/" + name, alice).json().at("allow_list")); };
  EXPECT_EQ(shown("objects"), R"([{"type":"workspace","id":")" + id + R"("}])");
  EXPECT_EQ(shown("texts"), shown("objects"));
  EXPECT_EQ(server.database().sql("select allow_list::text from api_keys where token_name = 'texts'"), "{workspace:" + id + "}");
  for (const auto& one : server.get(kTokens, alice).json().as_array())
    EXPECT_EQ(one.at("allow_list").as_array().at(0).at("type").as_string(), "workspace");
}

// What is refused of tokens: input, message, detail.
TEST_F(SessionsDb, EveryBadTokenOfTheTableHasItsText) {
  const auto alice = server.member("alice");
  const std::string key = "Failed to create API key.", ask = "Failed to validate create API key request.";
  std::vector<std::tuple<std::string, std::string, std::string>> rows{
      {R"({"allow_list":["workspace:"]})", key, "invalid allow_list entry \"workspace:\": want <type>:<id>"},
      {R"({"allow_list":[":x"]})", key, "invalid allow_list entry \":x\": want <type>:<id>"},
      {R"({"allow_list":["x"]})", key, "invalid allow_list entry \"x\": want <type>:<id>"},
      {R"({"allow_list":[{"id":"*"}]})", key, "allow_list entry must include both type and id"},
      {R"({"allow_list":[[]]})", key, "invalid allow_list entry: expected object with type/id or string"},
      {R"({"allow_list":[null]})", key, "invalid allow_list entry: expected object with type/id or string"},
      {R"({"allow_list":["x:*"]})", key, "unknown resource type \"x\""},
      {R"({"allow_list":["workspace:x"]})", key, "invalid workspace ID (must be UUID): \"x\""},
      {R"({"lifetime":-5})", ask, "lifetime must be positive number greater than 0"},
      {R"({"lifetime":9000000000000000000})", ask, "lifetime must be less than 876000h0m0s"},
  };
  for (const std::string scope :
       {"Workspace:Read", " workspace:read", "workspace:", ":read", "workspace", "", "no_user_data", "system:read", "*:*", "zonk:read"})
    rows.emplace_back(R"({"scopes":[")" + scope + R"("]})", key, "invalid or unsupported API key scope: \"" + scope + "\"");
  rows.emplace_back(R"({"scope":"zonk"})", key, "invalid or unsupported API key scope: \"zonk\"");

  for (const auto& [body, message, detail] : rows) {
    const auto answer = token(body, alice);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(text(answer.json(), "message"), message) << body;
    EXPECT_EQ(text(answer.json(), "detail"), detail) << body;
  }
  EXPECT_EQ(server.database().sql("select count(*)::text from api_keys where login_type = 'token'"), "0") << "nothing is stored";
  const auto first = token(R"({"token_name":"ci"})", alice), twice = token(R"({"token_name":"ci"})", alice);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(twice.json().at("validations").as_array().at(0).at("field").as_string(), "name");
}

TEST_F(SessionsDb, OwnersHaveAMaximumOfTheirOwn) {
  const auto alice = server.member("alice");
  const auto most = [&](const Person& who) { return server.get(kTokens + "/tokenconfig", who).json().at("max_token_lifetime").as_int64(); };
  constexpr std::int64_t kHour = 3'600'000'000'000;

  EXPECT_EQ(most(server.owner()), 168 * kHour);
  EXPECT_EQ(most(alice), 876'000 * kHour);
  const auto refused = token(fmt::format(R"({{"lifetime":{}}})", 169 * kHour), server.owner());
  EXPECT_EQ(text(refused.json(), "detail"), "lifetime must be less than 168h0m0s");
  EXPECT_EQ(token(fmt::format(R"({{"lifetime":{}}})", 168 * kHour), server.owner()).status, 201);
  EXPECT_EQ(token(fmt::format(R"({{"token_name":"long","lifetime":{}}})", 169 * kHour), alice).status, 201);
  EXPECT_EQ(token(R"({"token_name":"usual"})", alice).status, 201);
  EXPECT_EQ(server.get(kTokens + "/usual", alice).json().at("lifetime_seconds").as_int64(), 7 * 24 * 3600);
}

TEST_F(SessionsDb, ListsFollowTheAllowListOfTheTokenInUse) {
  const auto by_id = with_token(R"({"allow_list":["user:)" + server.owner().id + R"("]})", server.owner());
  EXPECT_EQ(server.get("/api/v2/users/me", by_id).status, 200);
  EXPECT_EQ(server.get(kTokens, by_id).json().as_array().size(), 0u) << "a key has no UUID that a list could name";
}

TEST_F(SessionsDb, ScopesAreListedInOrder) {
  const auto json = server.call("GET", "/api/v2/auth/scopes").json();
  const auto& list = json.at("external").as_array();
  ASSERT_GT(list.size(), 10u);
  for (std::size_t i = 1; i < list.size(); ++i) EXPECT_LT(list[i - 1].as_string(), list[i].as_string());
}

}  // namespace
}  // namespace slipway::test
