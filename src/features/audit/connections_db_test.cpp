// The connection log as people read it.
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& json, std::string_view key) { return std::string(json.at(key).as_string()); }

const std::string kWorkspace = "0e8400e2-9b41-4d16-a7c4-46655440000f", kConnection = "1e8400e2-9b41-4d16-a7c4-46655440000f";

struct ConnectionLogDb : ::testing::Test {
  ConnectionLogDb() : ana((server.owner(), server.member("ana"))) {
    other = OrganizationId::random().str();
    server.database().sql(fmt::format("insert into organizations (id, name, created_at, updated_at) values ('{}', 'other', now(), now())", other));
    // One open session, one that ended, an app that ana opened, and a port in another organization.
    add("ssh", server.organization(), server.owner().id, kWorkspace, "2026-03-01 08:00+00",
        fmt::format("'{}', null, null, '{}', null", kConnection, server.owner().id));
    add("vscode", server.organization(), ana.id, "2e8400e2-9b41-4d16-a7c4-46655440000f", "2026-03-02 08:00+00",
        "gen_random_uuid(), '2026-03-02 09:00+00', 'bye', null, null");
    add("workspace_app", server.organization(), ana.id, kWorkspace, "2026-03-03 08:00+00", fmt::format("null, null, null, '{}', 'code'", ana.id));
    add("port_forwarding", other, ana.id, Uuid::random().str(), "2026-03-04 08:00+00", "null, null, null, null, '8080'");
  }
  void add(const std::string& type, const std::string& organization, const std::string& owner, const std::string& workspace, const std::string& at,
           const std::string& rest) {
    server.database().sql(fmt::format(
        "insert into connection_logs (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, ip,"
        " code, user_agent, connection_id, disconnect_time, disconnect_reason, user_id, slug_or_port)"
        " values (gen_random_uuid(), '{}', '{}', '{}', '{}', 'box', 'main', '{}', '192.0.2.1', 200, 'Browser', {})",
        at, organization, owner, workspace, type, rest));
  }
  // The types of the lines that `q` finds, newest first.
  std::string types(const std::string& q, const Person& who) {
    const auto answer = server.get("/api/v2/connectionlog?q=" + q, who);
    if (answer.status != 200) return fmt::format("{}", answer.status);
    std::string out;
    for (const auto& line : answer.json().at("connection_logs").as_array()) out += (out.empty() ? "" : " ") + text(line, "type");
    return out;
  }
  std::string types(const std::string& q) { return types(q, server.owner()); }

  TestServer server;
  Person ana;
  std::string other;
};

TEST_F(ConnectionLogDb, ShowsWhatItsKindKnows) {
  const auto all = server.get("/api/v2/connectionlog", server.owner()).json();

  EXPECT_EQ(all.at("count").as_int64(), 4);
  EXPECT_EQ(all.at("count_cap").as_int64(), 2000);
  const auto& lines = all.at("connection_logs").as_array();
  ASSERT_EQ(lines.size(), 4u);
  const auto &app = lines[1], &ended = lines[2], &open = lines[3];
  EXPECT_EQ(text(app.at("web_info"), "slug_or_port"), "code");
  EXPECT_EQ(text(app.at("web_info").at("user"), "username"), "ana");
  EXPECT_EQ(app.at("web_info").at("status_code").as_int64(), 200);
  EXPECT_EQ(text(app.at("web_info"), "user_agent"), "Browser");
  EXPECT_FALSE(app.as_object().contains("ssh_info"));
  EXPECT_TRUE(lines[0].at("web_info").at("user").is_null());
  EXPECT_EQ(text(ended.at("ssh_info"), "disconnect_reason"), "bye");
  EXPECT_EQ(text(ended.at("ssh_info"), "disconnect_time"), "2026-03-02T09:00:00Z");
  EXPECT_EQ(text(open.at("ssh_info"), "connection_id"), kConnection);
  EXPECT_FALSE(open.at("ssh_info").as_object().contains("disconnect_time"));
  EXPECT_EQ(text(open.at("ssh_info").at("user"), "username"), "owner");
  EXPECT_FALSE(ended.at("ssh_info").as_object().contains("user"));
  EXPECT_EQ(text(open, "workspace_owner_username"), "owner");
  EXPECT_EQ(text(open.at("organization"), "name"), "default");
  EXPECT_EQ(text(open, "agent_name"), "main");
  EXPECT_EQ(text(open, "ip"), "192.0.2.1");
}

TEST_F(ConnectionLogDb, FiltersAndPages) {
  EXPECT_EQ(types("organization:other"), "port_forwarding");
  EXPECT_EQ(types("workspace_id:" + kWorkspace), "workspace_app ssh");
  EXPECT_EQ(types("workspace_owner:OWNER"), "ssh");
  EXPECT_EQ(types("owner"), "ssh");
  EXPECT_EQ(types("workspace_owner:me"), "ssh");
  EXPECT_EQ(types("workspace_owner_email:ana@example.com"), "port_forwarding workspace_app vscode");
  EXPECT_EQ(types("username:ana"), "workspace_app");
  EXPECT_EQ(types("username:me"), "ssh");
  EXPECT_EQ(types("user_email:ana@example.com"), "workspace_app");
  EXPECT_EQ(types("user_id:" + ana.id), "workspace_app");
  EXPECT_EQ(types("type:vscode"), "vscode");
  EXPECT_EQ(types("status:ongoing"), "ssh");
  EXPECT_EQ(types("status:completed"), "vscode");
  EXPECT_EQ(types("connection_id:" + kConnection), "ssh");
  EXPECT_EQ(types("connected_after:%222026-03-03T00:00:00Z%22"), "port_forwarding workspace_app");
  EXPECT_EQ(types("connected_before:%222026-03-01T08:00:00Z%22"), "ssh");
  EXPECT_EQ(types("workspace_id:" + kWorkspace + "%20type:ssh"), "ssh");
  for (const std::string wrong : {"colour:red", "type:telnet", "status:odd", "workspace_id:7", "connected_after:soon", "organization:nowhere"}) {
    const auto answer = server.get("/api/v2/connectionlog?q=" + wrong, server.owner());
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_EQ(text(answer.json().at("validations").as_array().at(0), "field"), "q");
  }
  const auto page = server.get("/api/v2/connectionlog?limit=1&offset=1", server.owner()).json();
  EXPECT_EQ(page.at("count").as_int64(), 4);
  EXPECT_EQ(text(page.at("connection_logs").as_array().at(0), "type"), "workspace_app");
}

TEST_F(ConnectionLogDb, OrganizationsAreApart) {
  const auto bo = server.member("bo");
  server.database().sql(fmt::format("update organization_members set roles = '{{organization-auditor}}' where user_id = '{}'", ana.id));

  EXPECT_EQ(types("", ana), "workspace_app vscode ssh");
  EXPECT_EQ(types("type:port_forwarding", ana), "");
  EXPECT_EQ(types("workspace_id:" + kWorkspace, ana), "workspace_app ssh");
  EXPECT_EQ(types("", bo), "403");
  EXPECT_EQ(server.call("GET", "/api/v2/connectionlog").status, 401);
}

}  // namespace
}  // namespace slipway::test
