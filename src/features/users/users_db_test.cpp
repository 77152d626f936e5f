#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <cstdio>
#include <fstream>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view key) { return std::string(value.at(key).as_string()); }

std::string fault(const Answer& answer) {
  const auto json = answer.json();
  const auto* list = json.as_object().if_contains("validations");
  return list && !list->as_array().empty() ? text(list->as_array()[0], "field") : "";
}

std::vector<std::string> names(const Answer& answer) {
  std::vector<std::string> out;
  const auto json = answer.json();
  for (const auto& user : json.at("users").as_array()) out.push_back(text(user, "username"));
  return out;
}

Answer make_user(TestServer& server, const std::string& name) {
  return server.post("/api/v2/users", fmt::format(R"({{"email":"{0}@example.com","username":"{0}","password":"SomeSecurePassword!"}})", name),
                     server.owner());
}

Answer sign_in(TestServer& server, const std::string& name, const std::string& password) {
  return server.call("POST", "/api/v2/users/login", fmt::format(R"({{"email":"{}@example.com","password":"{}"}})", name, password));
}

TEST(UsersDb, MakesAPersonWhoJoinsTheDefaultOrganizationAndSignsIn) {
  TestServer server;
  const auto made = make_user(server, "alice");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(text(made.json(), "status"), "dormant");
  EXPECT_EQ(made.json().at("organization_ids").as_array().at(0).as_string(), server.organization());
  const auto login = sign_in(server, "alice", "SomeSecurePassword!");
  ASSERT_EQ(login.status, 201) << login.body;
  const Person alice{text(made.json(), "id"), "alice", text(login.json(), "session_token")};
  EXPECT_EQ(text(server.get("/api/v2/users/me", alice).json(), "status"), "active");
}

TEST(UsersDb, RefusesWhatIsWrongWithANewPerson) {
  TestServer server;
  const auto ask = [&](const std::string& body) { return server.post("/api/v2/users", body, server.owner()); };
  ASSERT_EQ(make_user(server, "alice").status, 201);
  EXPECT_EQ(ask(R"({"email":"x@example.com","username":"Alice","password":"SomeSecurePassword!"})").status, 409);
  const auto taken = ask(R"({"email":"alice@example.com","username":"other","password":"SomeSecurePassword!"})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(fault(taken), "email");
  const auto bad_name = ask(R"({"email":"b@example.com","username":"no blanks","password":"SomeSecurePassword!"})");
  EXPECT_EQ(bad_name.status, 400);
  EXPECT_EQ(fault(bad_name), "username");
  const auto weak = ask(R"({"email":"b@example.com","username":"bob","password":"short"})");
  EXPECT_EQ(weak.status, 400);
  EXPECT_EQ(fault(weak), "password");
  EXPECT_EQ(ask(R"({"email":"b@example.com","username":"bob","login_type":"none","password":"SomeSecurePassword!"})").status, 400);
  EXPECT_EQ(
      ask(R"({"email":"b@example.com","username":"bob","login_type":"none","organization_ids":["3b579bf4-1ed8-4b99-87a8-e9a1e3410410"]})").status,
      404);
  EXPECT_EQ(ask(R"({"email":"b@example.com","username":"bob","login_type":"none"})").status, 201);
  EXPECT_EQ(ask(R"({"username":"robot","service_account":true})").status, 201);
}

TEST(UsersDb, OnlyThoseWithTheRightMakeAndChangePeople) {
  TestServer server;
  server.owner();
  const auto alice = server.member("alice"), bob = server.member("bob");
  EXPECT_EQ(server.call("POST", "/api/v2/users", "{}").status, 401);
  EXPECT_EQ(server.call("GET", "/api/v2/users").status, 401);
  EXPECT_EQ(server.post("/api/v2/users", R"({"email":"c@example.com","username":"carl","password":"SomeSecurePassword!"})", alice).status, 403);
  EXPECT_EQ(server.get("/api/v2/users/bob", alice).status, 404);
  EXPECT_EQ(server.put("/api/v2/users/bob/profile", R"({"username":"bob2"})", alice).status, 404);
  EXPECT_EQ(server.del("/api/v2/users/bob", alice).status, 404);
  EXPECT_EQ(server.put("/api/v2/users/me/status/suspend", "", alice).status, 403);
  EXPECT_EQ(names(server.get("/api/v2/users", alice)), std::vector<std::string>{"alice"});
}

TEST(UsersDb, ListsByFilterAndPage) {
  TestServer server;
  server.owner();
  server.member("alice");
  const auto bob = server.member("bob");
  const auto get = [&](const std::string& query) { return server.get("/api/v2/users?" + query, server.owner()); };
  EXPECT_EQ(names(get("")), (std::vector<std::string>{"alice", "bob", "owner"}));
  EXPECT_EQ(names(get("q=ali")), std::vector<std::string>{"alice"});
  EXPECT_EQ(names(get("q=role:owner")), std::vector<std::string>{"owner"});
  EXPECT_EQ(names(get("q=status:suspended")), std::vector<std::string>());
  EXPECT_EQ(names(get("after_id=" + bob.id)), std::vector<std::string>{"owner"});
  const auto page = get("limit=1&offset=1");
  EXPECT_EQ(names(page), std::vector<std::string>{"bob"});
  EXPECT_EQ(page.json().at("count").as_int64(), 3);
  EXPECT_EQ(get("limit=1&offset=9").json().at("count").as_int64(), 3);
  EXPECT_EQ(fault(get("q=status:gone")), "q");
  EXPECT_EQ(fault(get("q=colour:red")), "q");
  EXPECT_EQ(fault(get("limit=many")), "limit");
}

TEST(UsersDb, ANewPasswordNeedsTheOldAndEndsOtherSessions) {
  TestServer server;
  ASSERT_EQ(make_user(server, "alice").status, 201);
  const Person here{"", "alice", text(sign_in(server, "alice", "SomeSecurePassword!").json(), "session_token")};
  const Person there{"", "alice", text(sign_in(server, "alice", "SomeSecurePassword!").json(), "session_token")};
  const auto change = [&](const std::string& body) { return server.put("/api/v2/users/me/password", body, here); };
  EXPECT_EQ(fault(change(R"({"password":"AnotherSecure1!"})")), "old_password");
  EXPECT_EQ(fault(change(R"({"old_password":"wrong-password","password":"AnotherSecure1!"})")), "old_password");
  EXPECT_EQ(fault(change(R"({"old_password":"SomeSecurePassword!","password":"short"})")), "password");
  ASSERT_EQ(change(R"({"old_password":"SomeSecurePassword!","password":"AnotherSecure1!"})").status, 204);
  EXPECT_EQ(server.get("/api/v2/users/me", here).status, 200);
  EXPECT_EQ(server.get("/api/v2/users/me", there).status, 401);
  EXPECT_EQ(sign_in(server, "alice", "SomeSecurePassword!").status, 401);
  EXPECT_EQ(sign_in(server, "alice", "AnotherSecure1!").status, 201);
}

TEST(UsersDb, SuspendingEndsSessionsAndIsUndone) {
  TestServer server;
  ASSERT_EQ(make_user(server, "alice").status, 201);
  const Person alice{"", "alice", text(sign_in(server, "alice", "SomeSecurePassword!").json(), "session_token")};
  EXPECT_EQ(server.put("/api/v2/users/me/status/suspend", "", server.owner()).status, 400);
  const auto gone = server.put("/api/v2/users/alice/status/suspend", "", server.owner());
  EXPECT_EQ(text(gone.json(), "status"), "suspended");
  EXPECT_EQ(server.get("/api/v2/users/me", alice).status, 401);
  EXPECT_EQ(sign_in(server, "alice", "SomeSecurePassword!").status, 401);
  EXPECT_EQ(text(server.put("/api/v2/users/alice/status/activate", "", server.owner()).json(), "status"), "active");
  EXPECT_EQ(server.get("/api/v2/users/me", alice).status, 401);
  EXPECT_EQ(sign_in(server, "alice", "SomeSecurePassword!").status, 201);
}

TEST(UsersDb, HandsOutRolesByTheTable) {
  TestServer server;
  server.owner();
  const auto alice = server.member("alice");
  server.member("bob");
  const auto set = [&](const std::string& who, const std::string& roles, const Person& by) {
    return server.put("/api/v2/users/" + who + "/roles", R"({"roles":)" + roles + "}", by);
  };
  EXPECT_EQ(set("alice", R"(["user-admin"])", server.owner()).status, 200);
  EXPECT_EQ(set("me", "[]", server.owner()).status, 400);
  EXPECT_EQ(text(set("bob", R"(["owner"])", alice).json(), "message"), "not authorized to assign role \"owner\"");
  EXPECT_EQ(text(set("bob", R"(["zonk"])", server.owner()).json(), "message"), "\"zonk\" is not a supported role");
  EXPECT_EQ(text(set("bob", R"(["organization-admin"])", server.owner()).json(), "message"), "Must only update site wide roles");
  EXPECT_EQ(set("owner", "[]", alice).status, 400);
  // A user admin may act on people, not on owners: their account would make him one.
  EXPECT_EQ(server.put("/api/v2/users/owner/password", R"({"password":"AnotherSecure1!"})", alice).status, 403);
  EXPECT_EQ(server.del("/api/v2/users/owner", alice).status, 403);
  const auto shown = server.get("/api/v2/users/alice/roles", server.owner()).json();
  EXPECT_EQ(shown.at("roles").as_array().at(0).as_string(), "user-admin");
  EXPECT_TRUE(shown.at("organization_roles").as_object().contains(server.organization()));
  const auto offered = server.get("/api/v2/users/roles", alice).json();
  for (const auto& role : offered.as_array()) EXPECT_FALSE(role.at("assignable").as_bool()) << text(role, "name");
}

TEST(UsersDb, KeepsSettings) {
  TestServer server;
  server.owner();
  const auto alice = server.member("alice");
  ASSERT_EQ(
      server.put("/api/v2/users/me/appearance", R"({"theme_preference":"dark","theme_mode":"sync","theme_light":"light","theme_dark":"dark"})", alice)
          .status,
      200);
  const auto old = server.put("/api/v2/users/me/appearance", R"({"theme_preference":"light","terminal_font":"fira-code"})", alice).json();
  EXPECT_EQ(text(old, "theme_mode"), "sync");
  EXPECT_EQ(text(server.get("/api/v2/users/me/appearance", alice).json(), "theme_preference"), "light");
  EXPECT_EQ(server.put("/api/v2/users/me/appearance", R"({"theme_preference":"x","terminal_font":"comic"})", alice).status, 400);
  ASSERT_EQ(server.put("/api/v2/users/me/preferences", R"({"task_notification_alert_dismissed":true})", alice).status, 200);
  const auto preferences = server.get("/api/v2/users/me/preferences", alice).json();
  EXPECT_TRUE(preferences.at("task_notification_alert_dismissed").as_bool());
  EXPECT_EQ(text(preferences, "thinking_display_mode"), "auto");
  EXPECT_EQ(fault(server.get("/api/v2/users/me/autofill-parameters", alice)), "template_id");
}

// OpenSSH itself reads the private half and derives the public one that the API shows.
TEST(UsersDb, MakesKeysThatOpenSshReads) {
  TestServer server;
  server.owner();
  const auto alice = server.member("alice");
  const auto first = text(server.get("/api/v2/users/me/gitsshkey", alice).json(), "public_key");
  EXPECT_EQ(text(server.get("/api/v2/users/me/gitsshkey", alice).json(), "public_key"), first);
  const auto second = text(server.put("/api/v2/users/me/gitsshkey", "", alice).json(), "public_key");
  EXPECT_NE(first, second);
  char path[] = "/tmp/slipway-key-XXXXXX";
  const int file = ::mkstemp(path);
  ASSERT_GE(file, 0);
  ::close(file);
  std::ofstream(path) << server.database().sql("select private_key from git_ssh_keys where user_id = '" + alice.id + "'") << "\n";
  FILE* tool = ::popen(fmt::format("ssh-keygen -y -f {}", path).c_str(), "r");
  char line[200] = {};
  ASSERT_NE(std::fgets(line, sizeof line, tool), nullptr);
  ::pclose(tool);
  ::unlink(path);
  EXPECT_EQ(std::string(line), second);
}

TEST(UsersDb, DeletesAPersonWithTheirKeys) {
  TestServer server;
  server.owner();
  const auto alice = server.member("alice");
  EXPECT_EQ(server.del("/api/v2/users/me", server.owner()).status, 403);
  EXPECT_EQ(server.del("/api/v2/users/alice", server.owner()).status, 200);
  EXPECT_EQ(server.get("/api/v2/users/alice", server.owner()).status, 404);
  EXPECT_EQ(server.get("/api/v2/users/me", alice).status, 401);
  EXPECT_EQ(make_user(server, "alice").status, 201);
}

}  // namespace
}  // namespace slipway::test
