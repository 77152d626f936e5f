// The contract's answers to good input that a walk over rows cannot get: for jobs that run, agents that are connected, and what is
// good once only. contract_elsewhere.txt says which test has which route.
#include "support/fake_site.hpp"
#include "support/replay.hpp"
#include "support/test_agent.hpp"
#include "whole/contract.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace slipway::test {
namespace {

std::string id_of(const Answer& answer) { return std::string(answer.json().at("id").as_string()); }

// A job that runs until it is told to stop.
const char* const kLong = R"({"delay_ms":3600000,"fail_on":[]})";

struct ContractElsewhere : ::testing::Test {
  explicit ContractElsewhere(std::function<void(server::Config&)> change = {}) : server(std::move(change)) {}

  // The status and exactly the fields that the contract has for the route; a route without a JSON answer has none.
  void fits(const std::string& route, const Answer& answer) {
    const auto found = std::ranges::find_if(contract.core, [&](const auto& one) { return one.method + " " + one.path == route; });
    ASSERT_NE(found, contract.core.end()) << route << " is no core route of the contract";
    EXPECT_EQ(answer.status, found->status) << route << ": " << answer.body;
    if (found->response == "-") {
      EXPECT_EQ(answer.body, "") << route;
      return;
    }
    for (const auto& fault : contract.faults(answer.json(), found->response)) ADD_FAILURE() << route << " " << fault;
  }
  Answer ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    return server.call(method, path, body, server.owner().token);
  }

  TestServer server;
  Contract contract;
};

TEST_F(ContractElsewhere, FirstUser) {
  fits("POST /api/v2/users/first",
       server.call("POST", "/api/v2/users/first", R"({"email":"owner@example.com","username":"owner","password":"SomeSecurePassword!"})"));
}

TEST_F(ContractElsewhere, PeopleAndOrganizationsComeAndGo) {
  const auto made = ask("POST", "/api/v2/organizations", R"({"name":"other"})");
  ASSERT_EQ(made.status, 201) << made.body;
  server.member("alice");

  fits("POST /api/v2/organizations/{organization}/members/{user}", ask("POST", "/api/v2/organizations/other/members/alice"));
  ASSERT_EQ(ask("DELETE", "/api/v2/organizations/other/members/alice").status, 204);
  fits("DELETE /api/v2/organizations/{organization}", ask("DELETE", "/api/v2/organizations/other"));
  fits("DELETE /api/v2/users/{user}", ask("DELETE", "/api/v2/users/alice"));
}

TEST_F(ContractElsewhere, TemplateWithoutWorkspacesAndVersionThatIsNotActive) {
  const auto one = server.replay_template("t");
  const auto version = server.replay_version(one);

  fits("POST /api/v2/templateversions/{templateversion}/archive", ask("POST", "/api/v2/templateversions/" + version + "/archive"));
  fits("DELETE /api/v2/templates/{template}", ask("DELETE", "/api/v2/templates/" + one));
}

TEST_F(ContractElsewhere, ImportThatRunsIsCancelled) {
  const auto version = "/api/v2/templateversions/" + post_version(server, small_files(kLong));
  server.wait_for(version, "/job/status", "running", server.owner());

  fits("PATCH /api/v2/templateversions/{templateversion}/cancel", ask("PATCH", version + "/cancel"));
}

TEST_F(ContractElsewhere, DryRunThatRunsIsCancelled) {
  const auto runs = "/api/v2/templateversions/" +
                    import_version(server, {{"replay/import.json", kSmallPlan}, {"replay/options.json", R"({"fail_on":[]})"}}) + "/dry-run";
  const auto made = ask(
      "POST", runs, R"({"workspace_name":"dev","rich_parameter_values":[{"name":"replay_delay_ms","value":"3600000"}],"user_variable_values":[]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto job = runs + "/" + id_of(made);
  server.wait_for(job, "/status", "running", server.owner());

  fits("PATCH /api/v2/templateversions/{templateversion}/dry-run/{jobID}/cancel", ask("PATCH", job + "/cancel"));
}

TEST_F(ContractElsewhere, BuildThatRunsIsCancelled) {
  const auto slow = server.replay_template("t", {{"replay/start.log.ndjson", R"({"delay_ms":3600000,"output":"slow"})"}});
  const auto made = ask("POST", "/api/v2/users/me/workspaces", R"({"name":"ws","template_id":")" + slow + "\"}");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto build = "/api/v2/workspacebuilds/" + std::string(made.json().at("latest_build").at("id").as_string());
  server.wait_for(build, "/job/status", "running", server.owner());

  fits("PATCH /api/v2/workspacebuilds/{workspacebuild}/cancel", ask("PATCH", build + "/cancel"));
}

TEST_F(ContractElsewhere, OwnWorkspacesFavoriteAndSharedPort) {
  const auto row = add_agent(server, server.owner(), "ws");
  const auto workspace = "/api/v2/workspaces/" + row.workspace;
  server.database().sql("update templates set max_port_sharing_level = 'public'");
  ASSERT_EQ(ask("POST", workspace + "/port-share", R"({"agent_name":"main","port":8080,"share_level":"authenticated","protocol":"http"})").status,
            200);
  ASSERT_EQ(ask("PATCH", workspace + "/app-sharing", fmt::format(R"({{"port":8080,"user_roles":{{"{}":"use"}}}})", server.owner().id)).status, 204);

  fits("PUT /api/v2/workspaces/{workspace}/favorite", ask("PUT", workspace + "/favorite"));
  fits("DELETE /api/v2/workspaces/{workspace}/favorite", ask("DELETE", workspace + "/favorite"));
  fits("DELETE /api/v2/workspaces/{workspace}/port-share", ask("DELETE", workspace + "/port-share", R"({"agent_name":"main","port":8080})"));
  fits("DELETE /api/v2/workspaces/{workspace}/app-sharing", ask("DELETE", workspace + "/app-sharing", R"({"port":8080})"));
}

TEST_F(ContractElsewhere, ProvisionersOwnKey) {
  const auto made = ask("POST", "/api/v2/organizations/default/provisionerkeys", R"({"name":"remote","tags":{}})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string key(made.json().at("key").as_string());

  fits("GET /api/v2/provisionerkeys/{provisionerkey}",
       server.call("GET", "/api/v2/provisionerkeys/" + key, {}, {}, {{"Coder-Provisioner-Daemon-Key", key}}));
}

TEST_F(ContractElsewhere, ConnectedAgentTellsOfPortsAndContainers) {
  const auto row = add_agent(server, server.owner(), "ws");
  FakeAgent agent(server, row);

  fits("GET /api/v2/workspaceagents/{workspaceagent}/listening-ports", ask("GET", row.path() + "/listening-ports"));
  fits("GET /api/v2/workspaceagents/{workspaceagent}/containers", ask("GET", row.path() + "/containers"));
}

// What a provider says to whoever asks for a device's code.
Task<void> give_device_code(net::Exchange& exchange) {
  auto body = co_await exchange.body(1 << 16);
  if (!body) co_return;
  net::Response answer{.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = {}};
  answer.body =
      exchange.request().path == "/login/device/code"
          ? R"({"device_code":"dc","user_code":"ABCD-EFGH","verification_uri":"https://github.example.com/login/device","expires_in":900,"interval":5})"
          : "{}";
  if (!co_await exchange.send(std::move(answer))) co_return;
}

struct Provider {
  FakeSite site{give_device_code};
};

struct ContractElsewhereLogin : Provider, ContractElsewhere {
  ContractElsewhereLogin()
      : ContractElsewhere([this](server::Config& config) {
          config.login.github.client_id = "gh";
          config.login.github.base_url = site.url();
          config.login.github.device_flow = true;
          config.login.github.allow_everyone = true;
        }) {}
};

TEST_F(ContractElsewhereLogin, DeviceCodeOfAProvider) {
  fits("GET /api/v2/users/oauth2/github/device", server.call("GET", "/api/v2/users/oauth2/github/device"));
}

TEST_F(ContractElsewhereLogin, PasswordUserSwitchesToAProvider) {
  fits("POST /api/v2/users/{user}/convert-login",
       ask("POST", "/api/v2/users/me/convert-login", R"({"to_type":"github","password":"SomeSecurePassword!"})"));
}

TEST_F(ContractElsewhere, DaemonsOfAnotherProtocolAreToldTheWayOut) {
  const auto refused = ask("GET", "/api/v2/organizations/default/provisionerdaemons/serve");

  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("slipwayd provisioner"), std::string::npos) << refused.body;
}

struct Programs {
  Programs() { std::ofstream(folder + "/slipway") << "the program"; }
  ~Programs() { std::filesystem::remove_all(folder); }
  std::string folder = [] {
    char pattern[] = "/tmp/slipway-programs-XXXXXX";
    return std::string(::mkdtemp(pattern));
  }();
};

struct ContractElsewhereBin : Programs, ContractElsewhere {
  ContractElsewhereBin() : ContractElsewhere([this](server::Config& config) { config.bin_dir = folder; }) {}
};

TEST_F(ContractElsewhereBin, ProgramIsServed) {
  const auto answer = server.call("GET", "/bin/slipway-agent");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "the program");
}

}  // namespace
}  // namespace slipway::test
