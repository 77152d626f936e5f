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

// Apps of ana's: one that is private, none, and what is wrong with the others stands beside them.
const std::vector<std::string> kRefused = {"web--main--ws",     "none--main--ws", "8080--main--ws", "web--main--idle",  // stopped
                                           "web--main--faulty",                                                         // no address
                                           "web--main--nothing"};

struct Denials {
  Denials(TestServer& the_server, const Person& owner) : server(the_server) {
    add_agent(server, owner, "ws");
    add_build(server, add_agent(server, owner, "idle"), "stop");
    const auto faulty = add_agent(server, owner, "faulty");
    server.database().sql("update workspace_apps set url = '' where id = '" + faulty.app + "'");
  }
  Answer by_name(const std::string& name, const std::string& token) const {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!token.empty()) headers.emplace_back("Coder-Session-Token", token);
    return by_host(server.url(), name + "--ana" + std::string(kWildcard), "GET", "/", headers);
  }
  TestServer& server;
};

void deny_alike(server::Config& config) {
  config.wildcard_access_url = "*" + std::string(kWildcard);
  config.uniform_app_denial = true;
}

TEST(UniformDenial, WhoMayNotIsToldTheSameOfEverythingAtTheSameCost) {
  TestServer server(deny_alike);
  const auto ana = server.member("ana"), mo = server.member("mo");
  const Denials all(server, ana);
  const auto absent = server.get("/@ana/ws/apps/none/", mo), nobodys = server.call("GET", "/@ana/ws/apps/none/");
  ASSERT_EQ(absent.status, 404);
  ASSERT_EQ(nobodys.status, 303);

  for (const char* path : {"/@ana/ws/apps/web/", "/@ana/ws/apps/8080/", "/@ana/idle/apps/web/", "/@ana/faulty/apps/web/", "/@ana/nothing/apps/web/",
                           "/@nobody/ws/apps/web/"}) {
    const auto member = server.get(path, mo), anonymous = server.call("GET", path);

    EXPECT_EQ(member.status, 404) << path;
    EXPECT_EQ(member.body, absent.body) << path;
    EXPECT_EQ(server.cost(member).sql, server.cost(absent).sql) << path;
    EXPECT_EQ(anonymous.status, 303) << path;
    EXPECT_EQ(anonymous.body, nobodys.body) << path;
    EXPECT_TRUE(anonymous.header("Location").starts_with("/login?")) << path;
    EXPECT_EQ(server.cost(anonymous).sql, server.cost(nobodys).sql) << path;
  }
}

TEST(UniformDenial, HostsTellNoMoreThanPaths) {
  TestServer server(deny_alike);
  const auto ana = server.member("ana"), mo = server.member("mo");
  const Denials all(server, ana);
  const auto absent = all.by_name("none--main--ws", mo.token);

  for (const auto& name : kRefused) {
    const auto member = all.by_name(name, mo.token), anonymous = all.by_name(name, "");

    EXPECT_EQ(member.status, 404) << name;
    EXPECT_EQ(member.body, absent.body) << name;
    EXPECT_EQ(anonymous.status, 303) << name;
    EXPECT_NE(anonymous.header("Location").find(name), std::string::npos) << name;
  }
}

TEST(UniformDenial, WhoMayConnectIsToldWhatIsTheMatterAndPublicAppsOpen) {
  TestServer server(deny_alike);
  const auto ana = server.member("ana");
  const Denials all(server, ana);

  EXPECT_EQ(all.by_name("web--main--idle", ana.token).status, 400);
  EXPECT_EQ(all.by_name("web--main--faulty", ana.token).status, 500);
  EXPECT_EQ(all.by_name("web--main--ws", ana.token).status, kOpen);
  EXPECT_EQ(all.by_name("web--main--idle", server.owner().token).status, 400) << "by the right to connect to all";
  server.database().sql("update workspace_apps set sharing_level = 'public' where url <> ''");
  EXPECT_EQ(all.by_name("web--main--ws", "").status, kOpen);
}

TEST(UniformDenial, NobodyReadsOfAnAppsSharingInAWarning) {
  TestServer server(deny_alike);
  const auto ana = server.member("ana"), mo = server.member("mo");
  const Denials all(server, ana);
  server.database().sql("update workspace_apps set sharing_level = 'public'");

  const auto shared = server.get("/@ana/ws/apps/web/", mo), absent = server.get("/@ana/ws/apps/none/", mo);

  EXPECT_EQ(shared.status, 404);
  EXPECT_EQ(shared.body, absent.body);
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
