#include "support/replay.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

struct DryRunDb : ::testing::Test {
  DryRunDb() : alice((server.owner(), server.member("alice"))) {}

  void use(const TestFiles& files) {
    const auto version = import_version(server, files);
    make_template(server, "small", version);
    all = "/api/v2/templateversions/" + version + "/dry-run";
  }
  std::string begin(const Person& who, const std::string& body = R"({"workspace_name":"maybe","rich_parameter_values":[]})") {
    const auto made = server.post(all, body, who);
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.json().at("type").as_string(), "template_version_dry_run");
    return all + "/" + std::string(made.json().at("id").as_string());
  }

  TestServer server;
  Person alice;
  std::string all;
};

TEST_F(DryRunDb, WhoeverMayMakeAWorkspacePlansIt) {
  use(small_files());

  const auto one = begin(alice);
  server.wait_for(one, "/status", "succeeded", alice);

  const auto resources = server.get(one + "/resources", alice).json();
  EXPECT_EQ(resources.at(0).at("agents").at(0).at("name").as_string(), "main");
  EXPECT_NE(server.get(one + "/logs", alice).body.find("Planning infrastructure"), std::string::npos);
  EXPECT_EQ(server.get(one + "/matched-provisioners", alice).json().at("available").as_int64(), 1);
  EXPECT_EQ(server.database().sql("select count(*) from workspaces"), "0");
  EXPECT_EQ(server.patch(one + "/cancel", "", alice).json().at("message").as_string(), "Job has already completed!");
  const auto followed = talk(server, one + "/logs?follow", alice, {}, "Cleaning Up");
  EXPECT_NE(followed.heard.find("Planning infrastructure"), std::string::npos) << followed.error;
}

TEST_F(DryRunDb, OnlyItsStarterAndTheOrganizationsAdministratorsSeeIt) {
  use(small_files());
  const auto bob = server.member("bob");
  const auto one = begin(alice);
  server.wait_for(one, "/status", "succeeded", alice);

  for (const auto* what : {"", "/resources", "/logs", "/matched-provisioners"}) {
    EXPECT_EQ(server.get(one + what, bob).status, 404) << what;
    EXPECT_EQ(server.get(one + what, server.owner()).status, 200) << what;
    EXPECT_EQ(server.call("GET", one + what).status, 401) << what;
    EXPECT_EQ(server.get(all + "/" + Uuid::random().str() + what, alice).status, 404) << what;
    EXPECT_EQ(server.get(all + "/x" + what, alice).status, 400) << what;
  }
  EXPECT_EQ(server.patch(one + "/cancel", "", bob).status, 404);
  // A job of another kind is no dry run, even of the same version.
  EXPECT_EQ(server.get(all + "/" + server.database().sql("select id from provisioner_jobs where type = 'template_version_import'"), alice).status,
            404);
}

TEST_F(DryRunDb, StatesThatDoNotAllowItAre412) {
  use(small_files());
  const auto waiting = post_version(server, small_files(), R"(,"tags":{"region":"mars"})");
  const auto failing = post_version(server, small_files(R"({"fail":"No."})"));
  server.wait_for("/api/v2/templateversions/" + failing, "/job/status", "failed", server.owner());
  const std::string body = R"({"workspace_name":"maybe","rich_parameter_values":[]})";

  EXPECT_EQ(server.post("/api/v2/templateversions/" + waiting + "/dry-run", body, server.owner()).status, 412);
  EXPECT_EQ(server.post("/api/v2/templateversions/" + failing + "/dry-run", body, server.owner()).status, 412);
  EXPECT_EQ(server.post(all, R"({"workspace_name":"not a name"})", alice).status, 400);
  EXPECT_EQ(server.post(all, "{", alice).status, 400);

  const auto one = begin(alice, R"({"workspace_name":"maybe","rich_parameter_values":[{"name":"replay_delay_ms","value":"3600000"}]})");
  server.wait_for(one, "/status", "running", alice);
  EXPECT_EQ(server.get(one + "/resources", alice).status, 412);
  EXPECT_EQ(server.patch(one + "/cancel", "", alice).status, 200);
  server.wait_for(one, "/status", "canceled", alice);
  EXPECT_EQ(server.patch(one + "/cancel", "", alice).status, 412);
}

}  // namespace
}  // namespace slipway::test
