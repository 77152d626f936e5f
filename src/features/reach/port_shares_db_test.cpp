#include "support/meanwhile.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, const char* key) { return std::string(std::string_view(value.at(key).as_string())); }

struct PortSharesDb : ::testing::Test {
  PortSharesDb() : alice((server.owner(), server.member("alice"))), bob(server.member("bob")), row(add_agent(server, alice, "ws")) {
    allow("public");
  }

  Answer share(const std::string& level, int port = 8080, const std::string& agent = "main", const std::string& protocol = "http") {
    return server.post(shares(), fmt::format(R"({{"agent_name":"{}","port":{},"share_level":"{}","protocol":"{}"}})", agent, port, level, protocol),
                       alice);
  }
  Answer allow(const std::string& level) {
    return server.patch("/api/v2/templates/" + row.template_id, fmt::format(R"({{"max_port_share_level":"{}"}})", level), server.owner());
  }
  Answer take_back(int port, const Person& who) {
    return server.call("DELETE", shares(), fmt::format(R"({{"agent_name":"main","port":{}}})", port), who.token);
  }
  std::string stored() {
    return server.database().sql("select string_agg(port || ' ' || share_level, ', ' order by port) from workspace_agent_port_share");
  }
  std::string shares() const { return "/api/v2/workspaces/" + row.workspace + "/port-share"; }

  TestServer server;
  Person alice, bob;
  AgentRow row;
};

TEST_F(PortSharesDb, ArePutShownChangedAndTakenBack) {
  const auto made = share("authenticated");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(text(made.json(), "workspace_id"), row.workspace);
  EXPECT_EQ(share("public", 8080, "main", "https").status, 200);
  EXPECT_EQ(share("organization", 9000).status, 200);

  const auto all = server.get(shares(), alice).json().at("shares").as_array();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(text(all.at(0), "share_level"), "public");
  EXPECT_EQ(text(all.at(0), "protocol"), "https");
  EXPECT_EQ(all.at(1).at("port").as_int64(), 9000);

  EXPECT_EQ(take_back(8080, alice).status, 200);
  const auto again = take_back(8080, alice);
  EXPECT_EQ(again.status, 404);
  EXPECT_EQ(text(again.json(), "message"), "Port share not found.");
  EXPECT_EQ(stored(), "9000 organization");
}

TEST_F(PortSharesDb, WrongInputNamesTheField) {
  const auto field = [](const Answer& answer) {
    return answer.status == 400 ? text(answer.json().at("validations").as_array().at(0), "field") : std::to_string(answer.status);
  };

  EXPECT_EQ(field(share("public", 8)), "port");
  EXPECT_EQ(field(share("public", 65536)), "port");
  EXPECT_EQ(field(share("owner")), "share_level");
  EXPECT_EQ(field(share("world")), "share_level");
  EXPECT_EQ(field(share("public", 8080, "other")), "agent_name");
  EXPECT_EQ(field(share("public", 8080, "main", "ftp")), "protocol");
  EXPECT_EQ(stored(), "");
}

TEST_F(PortSharesDb, TheFirstFaultIsTold) {
  const auto said = [](const Answer& answer) { return text(answer.json(), "message"); };
  allow("owner");

  EXPECT_EQ(said(share("world", 8, "other", "ftp")), "Port sharing level not allowed.");
  EXPECT_EQ(said(share("public", 8, "other", "ftp")), "Port must be between 9 and 65535.");
  EXPECT_EQ(said(share("public", 8080, "other", "ftp")), "Port protocol not allowed.");
  EXPECT_EQ(said(share("public", 8080, "other")), R"("public" sharing level is not allowed under max level "owner")");
  allow("public");
  EXPECT_EQ(said(share("public", 8080, "other")), "Agent not found.");
}

TEST_F(PortSharesDb, AreSortedByPort) {
  share("public", 9000);
  share("public", 80);
  share("public", 8080);

  const auto json = server.get(shares(), alice).json();
  std::string ports;
  for (const auto& one : json.at("shares").as_array()) ports += fmt::format("{} ", one.at("port").as_int64());

  EXPECT_EQ(ports, "80 8080 9000 ");
}

TEST_F(PortSharesDb, TheTemplateCapsThemAlsoWhenItsCapComesDown) {
  const auto tries = [&] {
    std::string out;
    for (const char* level : {"organization", "authenticated", "public"}) out += share(level).status == 200 ? '+' : '-';
    return out;
  };
  for (const auto& [cap, allowed] : {std::pair("public", "+++"), {"authenticated", "++-"}, {"organization", "+--"}, {"owner", "---"}}) {
    allow(cap);
    EXPECT_EQ(tries(), allowed) << cap;
  }

  allow("public");
  share("public", 1000);
  share("authenticated", 2000);
  share("organization", 3000);
  allow("authenticated");
  EXPECT_EQ(stored(), "1000 authenticated, 2000 authenticated, 3000 organization");
  allow("organization");
  EXPECT_EQ(stored(), "1000 organization, 2000 organization, 3000 organization");
  allow("owner");
  EXPECT_EQ(stored(), "");
}

TEST_F(PortSharesDb, AreNotPutAboveACapThatIsComingDown) {
  Meanwhile capped(server, fmt::format("update templates set max_port_sharing_level = 'organization' where id = '{}'", row.template_id));

  const auto shared = capped.commit_under([&] { return share("public"); });

  EXPECT_EQ(shared.status, 409) << shared.body;
  EXPECT_EQ(stored(), "");
}

TEST_F(PortSharesDb, ReadersSeeThemAndOnlyWhoMayUpdateChangesThem) {
  share("public");
  EXPECT_EQ(server.get(shares(), bob).status, 404);
  ASSERT_EQ(server.patch("/api/v2/workspaces/" + row.workspace + "/acl", fmt::format(R"({{"user_roles":{{"{}":"use"}}}})", bob.id), alice).status,
            204);

  EXPECT_EQ(server.get(shares(), bob).json().at("shares").as_array().size(), 1u);
  EXPECT_EQ(server.post(shares(), R"({"agent_name":"main","port":9000,"share_level":"public","protocol":"http"})", bob).status, 403);
  EXPECT_EQ(take_back(8080, bob).status, 403);
  EXPECT_EQ(server.call("GET", shares()).status, 401);
  EXPECT_EQ(stored(), "8080 public");
}

}  // namespace
}  // namespace slipway::test
