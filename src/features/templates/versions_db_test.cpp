#include "support/replay.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const char* const kWithVariables =
    R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[{"address":"box.b","mode":"managed","type":"box","name":"b","values":{}}]}},
  "configuration":{"root_module":{"variables":{"region":{"default":"eu","description":"Where."},"secret":{"default":"hidden","sensitive":true}}}}})";

const char* const kWithParameter =
    R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[{"address":"box.b","mode":"managed","type":"box","name":"b","values":{}}]}},
  "prior_state":{"values":{"root_module":{"resources":[{"address":"data.coder_parameter.region","mode":"data","type":"coder_parameter","name":"region",
    "values":{"name":"region","type":"string","default":"eu","optional":true,"description":"**Where** it [stands](https://example.com)."}}]}}},
  "configuration":{"root_module":{"resources":[]}}})";

struct VersionsDb : ::testing::Test {
  VersionsDb() : alice((server.owner(), server.member("alice"))) {}

  std::string more(const std::string& name) { return fmt::format(R"(,"template_id":"{}","name":"{}")", id, name); }
  Answer promote(const std::string& version) {
    return server.patch("/api/v2/templates/" + id + "/versions", R"({"id":")" + version + "\"}", server.owner());
  }
  std::string active() { return std::string(server.get("/api/v2/templates/" + id, alice).json().at("active_version_id").as_string()); }

  TestServer server;
  Person alice;
  std::string first = import_version(server, {{"replay/import.json", kSmallPlan}, {"README.md", "# Read me"}}, R"(,"name":"v1")");
  std::string id = make_template(server, "small", first);
};

TEST_F(VersionsDb, ImportIsShownWithReadmeLogAndResources) {
  const auto path = "/api/v2/templateversions/" + first;

  const auto shown = server.get(path, alice).json();

  EXPECT_EQ(shown.at("readme").as_string(), "# Read me");
  EXPECT_EQ(shown.at("job").at("status").as_string(), "succeeded");
  EXPECT_NE(server.get(path + "/logs", alice).body.find("Detecting persistent resources"), std::string::npos);
  EXPECT_EQ(server.get(path + "/resources", alice).json().at(0).at("agents").at(0).at("name").as_string(), "main");
  EXPECT_EQ(server.get(path + "/presets", alice).body, "[]");
  EXPECT_EQ(server.get(path + "/external-auth", alice).body, "[]");
  EXPECT_EQ(server.call("GET", path).status, 401);
}

// A command line shows what a browser would draw.
TEST_F(VersionsDb, DescriptionOfAParameterComesPlainToo) {
  const auto version = import_version(server, {{"replay/import.json", kWithParameter}}, more("v2"));

  const auto shown = server.get("/api/v2/templateversions/" + version + "/rich-parameters", alice).json();

  EXPECT_EQ(shown.at(0).at("description").as_string(), "**Where** it [stands](https://example.com).");
  EXPECT_EQ(shown.at(0).at("description_plaintext").as_string(), "Where it stands (https://example.com).");
}

TEST_F(VersionsDb, OnlyImportedVersionsOfTheTemplateArePromoted) {
  const auto second = import_version(server, small_files(), more("v2"));
  const auto failed = post_version(server, small_files(R"({"fail":"No."})"), more("v3"));
  server.wait_for("/api/v2/templateversions/" + failed, "/job/status", "failed", server.owner());
  const auto loose = import_version(server, small_files(R"({"log_lines":1})"));

  EXPECT_EQ(promote(failed).status, 400);
  EXPECT_EQ(promote(loose).status, 400);
  EXPECT_EQ(active(), first);
  EXPECT_EQ(promote(second).status, 200);
  EXPECT_EQ(active(), second);
  EXPECT_EQ(server.patch("/api/v2/templates/" + id + "/versions", R"({"id":")" + first + "\"}", alice).status, 403);
  EXPECT_EQ(server.get("/api/v2/organizations/default/templates/small/versions/v2/previous", alice).json().at("name").as_string(), "v1");
  EXPECT_EQ(server.get("/api/v2/organizations/default/templates/small/versions/v1/previous", alice).status, 404);
}

TEST_F(VersionsDb, ArchivingSparesWhatIsInUse) {
  const auto second = import_version(server, small_files(), more("v2"));
  const auto archive = [this](const std::string& version, const std::string& what = "archive") {
    return server.post("/api/v2/templateversions/" + version + "/" + what, "", server.owner()).status;
  };

  EXPECT_EQ(archive(first), 400);  // it is active
  EXPECT_EQ(archive(second), 200);
  EXPECT_EQ(promote(second).status, 400);
  EXPECT_EQ(archive(second, "unarchive"), 200);
  EXPECT_EQ(promote(second).status, 200);
  const auto made = server.post("/api/v2/users/me/workspaces", R"({"name":"old","template_version_id":")" + first + "\"}", alice);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(archive(first), 400);  // a workspace runs it
  EXPECT_EQ(
      server.post("/api/v2/templates/" + id + "/versions/archive", R"({"all":true})", server.owner()).json().at("archived_ids").as_array().size(),
      0U);
}

TEST_F(VersionsDb, VersionIsRenamedByWhoMayChangeTheTemplate) {
  const auto path = "/api/v2/templateversions/" + first;

  EXPECT_EQ(server.patch(path, R"({"name":"stable","message":"Good."})", server.owner()).json().at("name").as_string(), "stable");
  EXPECT_EQ(server.patch(path, R"({"name":"mine"})", alice).status, 403);
  EXPECT_EQ(server.patch(path, R"({"name":"no name"})", server.owner()).status, 400);
  EXPECT_EQ(server.get("/api/v2/templates/" + id + "/versions/stable", alice).json().at("message").as_string(), "Good.");
}

TEST_F(VersionsDb, VariablesAreShownWithoutTheirSecrets) {
  const auto version =
      import_version(server, {{"replay/import.json", kWithVariables}}, R"(,"user_variable_values":[{"name":"secret","value":"typed"}])");

  const auto variables = server.get("/api/v2/templateversions/" + version + "/variables", server.owner()).json();

  ASSERT_EQ(variables.as_array().size(), 2U);
  EXPECT_EQ(variables.at(0).at("value").as_string(), "eu");
  EXPECT_EQ(variables.at(0).at("description").as_string(), "Where.");
  EXPECT_TRUE(variables.at(1).at("sensitive").as_bool());
  EXPECT_EQ(variables.at(1).at("value").as_string(), "");
  EXPECT_EQ(server.get("/api/v2/templateversions/" + version + "/variables", alice).status, 404);
}

TEST_F(VersionsDb, AListCostsTheSameHoweverLongItIs) {
  const auto path = "/api/v2/templates/" + id + "/versions";
  const auto spent = [&](std::size_t rows, const std::string& query = {}) {
    const auto answer = server.get(path + query, server.owner());
    EXPECT_EQ(answer.json().as_array().size(), rows) << answer.body;
    const auto cost = server.cost(answer);
    return std::make_pair(cost.sql, cost.rbac);
  };
  const auto of_one = spent(1);

  for (int i = 2; i < 6; ++i) import_version(server, small_files(), more(fmt::format("v{}", i)));

  EXPECT_EQ(spent(5), of_one);
  EXPECT_EQ(spent(2, "?limit=2"), of_one);
  EXPECT_EQ(spent(5, "?limit=2147483647"), of_one);
}

// As long as a version needs a provider that is not there, it says so instead of showing a way that leads nowhere.
TEST_F(VersionsDb, AnExternalAuthProviderThatIsNotThereIsSaid) {
  const auto version = import_version(server, small_files(), more("v2"));
  server.database().sql("update template_versions set external_auth = '[{\"id\":\"github\",\"optional\":false}]' where id = '" + version + "'");

  const auto answer = server.get("/api/v2/templateversions/" + version + "/external-auth", alice);

  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("\\\"github\\\" that is not configured"), std::string::npos) << answer.body;
}

TEST_F(VersionsDb, WrongRequestsNameTheirField) {
  const auto ask = [this](const std::string& body) { return server.post("/api/v2/organizations/default/templateversions", body, server.owner()); };

  EXPECT_EQ(ask(R"({"provisioner":"echo","storage_method":"file"})").json().at("validations").at(0).at("field").as_string(), "file_id");
  EXPECT_EQ(ask(R"({"provisioner":"echo","example_id":"no-such-example"})").status, 404);
  EXPECT_EQ(ask(R"({"provisioner":"echo","file_id":")" + Uuid::random().str() + "\"}").status, 404);
  EXPECT_EQ(server.post("/api/v2/organizations/default/templateversions", R"({"provisioner":"echo","example_id":"host"})", alice).status, 403);
  EXPECT_EQ(server.get("/api/v2/templateversions/x", alice).status, 400);
  EXPECT_EQ(server.get("/api/v2/templateversions/" + Uuid::random().str(), alice).status, 404);
}

}  // namespace
}  // namespace slipway::test
