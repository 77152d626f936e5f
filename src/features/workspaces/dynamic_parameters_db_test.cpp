// The recording has parameters of every kind: flag, list, needed (required), only_max, repo (a pattern), cpus (0 to 8, growing), size.
#include "support/replay.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace slipway::test {
namespace {

std::string recorded_plan() {
  std::ifstream in(SLIPWAY_SOURCE_DIR "/tests/golden/provisioner/everything/plan.json");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const boost::json::value* parameter(const boost::json::value& answer, std::string_view name) {
  for (const auto& one : answer.at("parameters").as_array())
    if (one.at("name").as_string() == name) return &one;
  ADD_FAILURE() << "no parameter " << name;
  return nullptr;
}

struct DynamicParametersDb : ::testing::Test {
  DynamicParametersDb()
      : alice((server.owner(), server.member("alice"))), version(import_version(server, {{"replay/import.json", recorded_plan()}})) {
    make_template(server, "rich", version);
    path = "/api/v2/templateversions/" + version + "/dynamic-parameters";
  }
  boost::json::value evaluate(const std::string& inputs) {
    const auto answer = server.post(path + "/evaluate", R"({"id":3,"inputs":)" + inputs + "}", alice);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }
  static std::string fault(const boost::json::value& answer, std::string_view name) {
    const auto& found = parameter(answer, name)->at("diagnostics").as_array();
    return found.empty() ? "" : std::string(found.at(0).at("detail").as_string());
  }

  TestServer server;
  Person alice;
  std::string version, path;
};

TEST_F(DynamicParametersDb, ValuesAreJudgedByTheRulesOfABuild) {
  const auto empty = evaluate("{}");
  EXPECT_EQ(empty.at("id").as_int64(), 3);
  EXPECT_EQ(parameter(empty, "size")->at("value").at("value").as_string(), "small");
  EXPECT_TRUE(parameter(empty, "size")->at("value").at("valid").as_bool());
  EXPECT_EQ(parameter(empty, "size")->at("options").as_array().size(), 2U);
  EXPECT_FALSE(parameter(empty, "needed")->at("value").at("valid").as_bool());
  EXPECT_EQ(parameter(empty, "needed")->at("styling").at("placeholder").as_string(), "p");
  EXPECT_EQ(parameter(empty, "needed")->at("diagnostics").at(0).at("extra").at("code").as_string(), "required");
  EXPECT_EQ(parameter(empty, "needed")->at("diagnostics").at(0).at("severity").as_string(), "error");
  EXPECT_EQ(parameter(empty, "repo")->at("validations").at(0).at("validation_regex").as_string(), "^https://");
  EXPECT_TRUE(parameter(empty, "repo")->at("validations").at(0).at("validation_min").is_null());
  EXPECT_EQ(parameter(empty, "cpus")->at("validations").at(0).at("validation_max").as_int64(), 8);

  const auto wrong = evaluate(R"({"needed":"x","cpus":"9","size":"huge","flag":"perhaps","list":"a","unknown":"1"})");
  EXPECT_EQ(fault(wrong, "needed"), "");
  EXPECT_EQ(fault(wrong, "cpus"), "9 not in 0..8");
  EXPECT_NE(fault(wrong, "size"), "");
  EXPECT_NE(fault(wrong, "flag"), "");
  EXPECT_NE(fault(wrong, "list"), "");
  EXPECT_NE(std::string(wrong.at("diagnostics").at(0).at("summary").as_string()).find("unknown"), std::string::npos);
  const auto made = server.post("/api/v2/users/me/workspaces",
                                R"({"name":"ws","template_version_id":")" + version +
                                    R"(","rich_parameter_values":[{"name":"needed","value":"x"},{"name":"cpus","value":"9"}]})",
                                alice);
  EXPECT_EQ(made.status, 400);
  EXPECT_EQ(made.json().at("validations").at(0).at("detail").as_string(), "9 not in 0..8");
}

TEST_F(DynamicParametersDb, SocketBeginsByItselfAndThenAnswersEachMessage) {
  const auto heard =
      talk(server, path + "?user_id=" + alice.id, alice, {R"({"id":1,"inputs":{"needed":"x"}})", R"({"id":2,"inputs":{"cpus":"9"}})"}, R"("id":2,)");

  EXPECT_TRUE(heard.heard.starts_with(R"({"id":-1,)")) << heard.heard.substr(0, 40) << heard.error;
  EXPECT_NE(heard.heard.find(R"("id":1,)"), std::string::npos);
  EXPECT_NE(heard.heard.find(R"("id":2,)"), std::string::npos);
}

TEST_F(DynamicParametersDb, WrongMessagesStrangersAndUnreadyVersionsAreRefused) {
  EXPECT_EQ(talk(server, path, alice, {"no json"}, "never").close_code, 1003);
  EXPECT_EQ(server.post(path + "/evaluate", R"({"id":"x"})", alice).status, 400);
  EXPECT_EQ(server.post(path + "/evaluate", R"({"id":1,"inputs":{},"owner_id":")" + Uuid::random().str() + "\"}", alice).status, 404);
  EXPECT_EQ(server.post("/api/v2/templateversions/" + Uuid::random().str() + "/dynamic-parameters/evaluate", R"({"id":1,"inputs":{}})", alice).status,
            404);
  EXPECT_EQ(server.call("POST", path + "/evaluate", "{}").status, 401);
  const auto waiting = post_version(server, small_files(), R"(,"tags":{"region":"mars"})");
  EXPECT_EQ(server.post("/api/v2/templateversions/" + waiting + "/dynamic-parameters/evaluate", R"({"id":1,"inputs":{}})", server.owner()).status,
            412);
}

}  // namespace
}  // namespace slipway::test
