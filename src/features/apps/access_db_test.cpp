// The whole table of access through a real server: each level, each way, each danger, with a full key and with one for apps alone.
#include "support/by_host.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

constexpr std::string_view kWildcard = ".apps.example.com";

struct Scene {
  explicit Scene(bool sharing, bool site)
      : server([=](server::Config& config) {
          config.wildcard_access_url = "*" + std::string(kWildcard);
          config.path_app_dangers = {.path_sharing = sharing, .site_owner_access = site};
        }) {
    people = {{'O', server.member("ana")}, {'S', server.owner()}, {'M', server.member("mo")}, {'X', server.member("xen")}, {'A', {}}};
    const auto other = Uuid::random().str();
    auto& db = server.database();
    db.sql(
        fmt::format("insert into organizations (id, name, created_at, updated_at) values ('{}', 'other', now(), now());"
                    "update organization_members set organization_id = '{}' where user_id = '{}'",
                    other, other, people['X'].id));
    row = add_agent(server, people['O'], "ws");
    for (auto& [who, person] : people)
      if (who != 'A')
        narrow[who] = server.post("/api/v2/users/me/keys/tokens", R"({"scope":"application_connect"})", person).json().at("key").as_string();
  }

  void set_level(const std::string& level) { server.database().sql("update workspace_apps set sharing_level = '" + level + "'"); }
  std::string key_of(char who, bool full) { return who == 'A' ? "" : full ? people[who].token : narrow[who]; }
  int by_path(char who, bool full) { return server.call("GET", "/@ana/ws.main/apps/web/", {}, key_of(who, full)).status; }
  int by_subdomain(char who, bool full) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (who != 'A') headers.emplace_back("Coder-Session-Token", key_of(who, full));
    return by_host(server.url(), "web--main--ws--ana" + std::string(kWildcard), "GET", "/", headers).status;
  }
  int by_terminal(char who, bool full) {
    return server.call("GET", row.path() + "/pty?reconnect=" + Uuid::random().str(), {}, key_of(who, full)).status;
  }

  TestServer server;
  std::map<char, Person> people;
  std::map<char, std::string> narrow;
  AgentRow row;
};

// The agent is not there: 502 says that the door was open.
constexpr int kOpen = 502;

int expected(std::string_view open, char who) { return open.find(who) != open.npos ? kOpen : who == 'A' ? 303 : 404; }

std::string_view open_by_subdomain(std::string_view level) {
  return level == "owner" ? "OS" : level == "authenticated" ? "OSMX" : level == "organization" ? "OSM" : "OSMXA";
}

std::string_view open_by_path(std::string_view level, bool sharing, bool site) {
  if (!sharing || level == "owner") return site ? "OS" : "O";
  return open_by_subdomain(level);
}

TEST(AppAccessDb, IsItsTable) {
  for (const bool sharing : {false, true})
    for (const bool site : {false, true}) {
      Scene scene(sharing, site);
      for (const std::string level : {"owner", "authenticated", "organization", "public"}) {
        scene.set_level(level);
        for (const bool full : {true, false})
          for (const char who : std::string_view("OSMXA")) {
            const auto told = fmt::format("{} {} sharing {} site owners {} full key {}", who, level, sharing, site, full);
            EXPECT_EQ(scene.by_path(who, full), expected(open_by_path(level, sharing, site), who)) << "path " << told;
            EXPECT_EQ(scene.by_subdomain(who, full), expected(open_by_subdomain(level), who)) << "subdomain " << told;
          }
      }
    }
}

TEST(AppAccessDb, ATerminalIsForThoseWhoMayUseSsh) {
  Scene scene(true, true);
  scene.set_level("public");

  for (const char who : std::string_view("OS")) EXPECT_EQ(scene.by_terminal(who, true), kOpen) << who;
  for (const char who : std::string_view("MX")) EXPECT_EQ(scene.by_terminal(who, true), 404) << who;
  for (const char who : std::string_view("OSMX")) EXPECT_EQ(scene.by_terminal(who, false), 404) << who;
  const auto anonymous = scene.server.call("GET", scene.row.path() + "/pty?reconnect=" + Uuid::random().str());
  EXPECT_EQ(anonymous.status, 404);
  EXPECT_EQ(anonymous.json().at("message").as_string(), "Resource not found or you do not have access to this resource");
}

TEST(AppAccessDb, SiteOwnersReachOthersByTheirRoleAlone) {
  TestServer server([](server::Config& config) {
    config.no_owner_workspace_exec = true;
    config.wildcard_access_url = "*" + std::string(kWildcard);
  });
  const auto ana = server.member("ana");
  const auto row = add_agent(server, ana, "ws");

  EXPECT_EQ(server.get(row.path() + "/pty?reconnect=" + Uuid::random().str(), server.owner()).status, 404);
  EXPECT_EQ(server.get(row.path() + "/pty?reconnect=" + Uuid::random().str(), ana).status, kOpen);
}

TEST(AppAccessDb, ADenialIsWhatAnAbsentAppIs) {
  Scene scene(false, false);

  const auto& stranger = scene.people['M'];
  const auto hidden = scene.server.get("/@ana/ws/apps/web/", stranger), absent = scene.server.get("/@ana/ws/apps/none/", stranger),
             nowhere = scene.server.get("/@nobody/ws/apps/web/", stranger);

  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(hidden.body, absent.body);
  EXPECT_EQ(hidden.body, nowhere.body);
}

TEST(AppAccessDb, WarningsAreToldAndEscaped) {
  Scene scene(false, false);
  scene.set_level("public");

  const auto member = scene.server.get("/@ana/ws/apps/web/", scene.people['M']), site = scene.server.get("/@ana/ws/apps/web/", scene.server.owner());

  EXPECT_NE(member.body.find("unable to use configured sharing level &quot;public&quot;"), std::string::npos) << member.body;
  EXPECT_EQ(member.body.find("--dangerous-allow-path-app-site-owner-access"), std::string::npos) << member.body;
  EXPECT_NE(site.body.find("--dangerous-allow-path-app-site-owner-access"), std::string::npos) << site.body;
  EXPECT_EQ(site.body.find("level \"public\""), std::string::npos);
}

}  // namespace
}  // namespace slipway::test
