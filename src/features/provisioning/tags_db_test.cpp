// Jobs of a template that says where it is built go there, and nowhere else.
#include "features/provisioning/rig_test.hpp"
#include "formats/archive.hpp"

namespace slipway::test {
namespace {

const char* const kTagged = R"(
data "coder_parameter" "where" {
  name    = "where"
  default = "eu"
}
data "coder_workspace_tags" "t" {
  tags = { "zone" = data.coder_parameter.where.value }
}
)";

struct WorkspaceTagsDb : ::testing::Test {
  WorkspaceTagsDb() : server([](server::Config& config) { config.provisioner_daemons = 0; }) {
    for (const char* zone : {"eu", "us"}) {
      const auto made = server.post("/api/v2/organizations/default/provisionerkeys", fmt::format(R"({{"name":"{0}","tags":{{"zone":"{0}"}}}})", zone),
                                    server.owner());
      keys[zone] = std::string(made.json().at("key").as_string());
    }
  }
  Answer ask(const std::string& zone, const std::string& path, const std::string& body) {
    return server.call("POST", "/api/v2/provisionerdaemons/me" + path, body, {}, {{"Coder-Provisioner-Daemon-Key", keys[zone]}});
  }
  Answer acquire(const std::string& zone) {
    return ask(zone, "/acquire", fmt::format(R"({{"name":"{}","engines":["replay"],"request":"{}"}})", zone, Uuid::random().str()));
  }

  TestServer server;
  std::map<std::string, std::string> keys;
};

TEST_F(WorkspaceTagsDb, AnImportGoesByTheDefaultsAndABuildByItsValues) {
  const auto version = post_version(server, {{"main.tf", kTagged}, {"replay/import.json", kSmallPlan}});
  const auto shown = server.get("/api/v2/templateversions/" + version, server.owner()).json();
  EXPECT_EQ(shown.at("job").at("status").as_string(), "pending");
  EXPECT_EQ(shown.at("job").at("tags").at("zone").as_string(), "eu");
  EXPECT_EQ(shown.at("matched_provisioners").at("count").as_int64(), 0);

  EXPECT_EQ(acquire("us").status, 204);
  const auto import = acquire("eu");
  ASSERT_EQ(import.status, 200) << import.body;
  ASSERT_EQ(ask("eu", "/jobs/" + std::string(import.json().at("id").as_string()) + "/end",
                R"({"outcome":{"parameters":[{"name":"where","type":"string","default_value":"eu","mutable":true}]}})")
                .status,
            204);
  const auto id = make_template(server, "t", version);
  const auto make = [&](const std::string& name, const std::string& more) {
    const auto made =
        server.post("/api/v2/users/me/workspaces", fmt::format(R"({{"name":"{}","template_id":"{}"{}}})", name, id, more), server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("latest_build").at("job").at("tags").at("zone").as_string());
  };

  EXPECT_EQ(make("there", R"(,"rich_parameter_values":[{"name":"where","value":"us"}])"), "us");
  EXPECT_EQ(acquire("eu").status, 204);
  EXPECT_EQ(acquire("us").status, 200);
  EXPECT_EQ(make("here", ""), "eu");
  EXPECT_EQ(acquire("eu").status, 200);
}

TEST_F(WorkspaceTagsDb, WhatCannotBeWorkedOutIsRefusedBeforeAnythingRuns) {
  const auto refused = [&](const std::string& tags) {
    const auto version = R"(data "coder_workspace_tags" "t" { tags = { zone = )" + tags + " } }";
    const auto tar = *formats::write_archive(formats::ArchiveKind::tar, std::vector<formats::ArchiveEntry>{{.path = "main.tf", .bytes = version}});
    const auto file = server.call("POST", "/api/v2/files", tar, server.owner().token, {{"Content-Type", "application/x-tar"}});
    return server.post("/api/v2/organizations/default/templateversions",
                       R"({"storage_method":"file","provisioner":"echo","file_id":")" + std::string(file.json().at("hash").as_string()) + "\"}",
                       server.owner());
  };

  const auto answer = refused("var.none");

  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.json().at("message").as_string(), "Unable to parse workspace tags");
  EXPECT_EQ(answer.json().at("validations").at(0).at("field").as_string(), "zone");
  EXPECT_EQ(server.database().sql("select count(*) from provisioner_jobs"), "0");
}

}  // namespace
}  // namespace slipway::test
