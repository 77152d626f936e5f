#include "features/apps/lookup.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

sql::Found row(const std::string& agent) {
  sql::Found found;
  found.transition = "start";
  found.agent_id = AgentId::random();
  found.agent_name = agent;
  return found;
}

sql::Found with_app(const std::string& agent, const std::string& url, const std::string& level) {
  auto found = row(agent);
  found.app_id = AppId::random();
  found.url = url;
  found.external = false;
  found.sharing_level = level;
  return found;
}

AppRequest ask(Method method, const std::string& target, const std::string& agent = {}) {
  return {.method = method, .base_path = "/", .user = "ana", .workspace = "ws", .agent = agent, .target = target};
}

std::string told(const Looked& looked) {
  if (looked) return fmt::format("{} {} {}", *looked->row.agent_name, looked->url, looked->level);
  constexpr std::string_view words[] = {"absent", "stopped", "broken", "failed"};
  return std::string(words[static_cast<std::size_t>(looked.error().why)]);
}

TEST(AppLookup, AnAppSaysWhichAgentItIsOf) {
  const std::vector<sql::Found> rows{row("first"), with_app("second", "http://localhost:1234/x", "public")};

  EXPECT_EQ(told(choose(rows, ask(Method::path, "web"))), "second http://localhost:1234/x public");
  EXPECT_EQ(told(choose(rows, ask(Method::path, "web", "first"))), "second http://localhost:1234/x public");
  EXPECT_EQ(told(choose(rows, ask(Method::subdomain, "web", "nobody"))), "second http://localhost:1234/x public");
}

TEST(AppLookup, APortIsOfTheAgentThatIsNamed) {
  auto second = row("Second");
  second.port_level = "authenticated";
  const std::vector<sql::Found> rows{row("first"), second};

  EXPECT_EQ(told(choose(rows, ask(Method::subdomain, "8080", "first"))), "first http://127.0.0.1:8080 owner");
  EXPECT_EQ(told(choose(rows, ask(Method::subdomain, "8080s", "second"))), "Second https://127.0.0.1:8080 authenticated");
  EXPECT_EQ(told(choose(rows, ask(Method::subdomain, "8080", second.agent_id->str()))), "Second http://127.0.0.1:8080 authenticated");
  EXPECT_EQ(told(choose(rows, ask(Method::subdomain, "8080", "third"))), "absent");
}

TEST(AppLookup, APortWithoutAnAgentIsOfTheOnlyOne) {
  EXPECT_EQ(told(choose({row("main")}, ask(Method::subdomain, "8080"))), "main http://127.0.0.1:8080 owner");
  EXPECT_EQ(told(choose({row("main"), row("other")}, ask(Method::subdomain, "8080"))), "broken");
}

TEST(AppLookup, APortHasNoPath) { EXPECT_EQ(told(choose({row("main")}, ask(Method::path, "8080"))), "broken"); }

TEST(AppLookup, WhatIsNotServedIsAbsentOrBroken) {
  auto external = with_app("main", "https://example.com", "public");
  external.external = true;

  EXPECT_EQ(told(choose({}, ask(Method::path, "web"))), "absent");
  EXPECT_EQ(told(choose({row("main")}, ask(Method::path, "web"))), "absent");
  EXPECT_EQ(told(choose({external}, ask(Method::path, "web"))), "absent");
  EXPECT_EQ(told(choose({with_app("main", "", "owner")}, ask(Method::path, "web"))), "broken");
  EXPECT_EQ(told(choose({with_app("main", "not a url", "owner")}, ask(Method::path, "web"))), "broken");
}

TEST(AppLookup, AStoppedWorkspaceIsThatBeforeAnythingElse) {
  sql::Found stopped;
  stopped.transition = "stop";
  sql::Found starting;
  starting.transition = "start";

  EXPECT_EQ(told(choose({stopped}, ask(Method::path, "web"))), "stopped");
  EXPECT_EQ(told(choose({starting}, ask(Method::path, "web"))), "absent");
  auto late = row("main");
  late.transition = "stop";
  EXPECT_EQ(told(choose({late}, {.method = Method::terminal, .base_path = "/pty/", .agent = late.agent_id->str()})), "main  owner");
}

}  // namespace
}  // namespace slipway::apps
