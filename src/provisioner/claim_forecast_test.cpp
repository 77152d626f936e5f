#include "provisioner/claim_forecast.hpp"
#include "provisioner/json_read.hpp"

#include <gtest/gtest.h>

namespace slipway::provisioner {
namespace {

TEST(ClaimForecast, TellsOnlyWhatTheSameOwnersPlanDoesNotReplace) {
  const std::vector<Replacement> same{{"a.x", {"image"}}, {"b.y", {"id"}}};

  const auto left = only_in({{"a.x", {"image", "env.0"}}, {"b.y", {"id"}}, {"c.z", {"name"}}}, same);

  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].resource, "a.x");
  EXPECT_EQ(left[0].paths, std::vector<std::string>{"env.0"});
  EXPECT_EQ(left[1].resource, "c.z");
}

TEST(ClaimForecast, TakesAPlanForDone) {
  const auto text = state_as_planned(R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[
    {"address":"data.x.y","mode":"data","type":"x","name":"y","values":{}},
    {"address":"coder_agent.main","mode":"managed","type":"coder_agent","name":"main","provider_name":"r/coder","schema_version":1,"values":{"os":"linux"}}],
    "child_modules":[{"resources":[{"address":"module.m.terraform_data.t[0]","mode":"managed","type":"terraform_data","name":"t","index":0,
      "provider_name":"r/terraform","values":{"input":["a",1,true]}}]}]}},
    "resource_changes":[{"address":"coder_agent.main","change":{"after_unknown":{"id":true,"token":true,"init_script":true}}},
      {"address":"module.m.terraform_data.t[0]","change":{"after_unknown":{"output":true}}}]})");

  ASSERT_TRUE(text);
  const auto state = json::parse(*text);
  const auto& rows = state.at("resources").as_array();
  ASSERT_EQ(rows.size(), 2U);
  const auto& agent = rows[0].at("instances").at(0);
  EXPECT_EQ(rows[0].at("provider").as_string(), "provider[\"r/coder\"]");
  EXPECT_EQ(agent.at("schema_version").as_int64(), 1);
  EXPECT_EQ(agent.at("attributes").at("token").as_string(), kForecastToken);
  EXPECT_TRUE(agent.at("attributes").at("init_script").is_null());
  EXPECT_EQ(agent.at("attributes").at("id").as_string().size(), 36U);
  EXPECT_EQ(rows[1].at("module").as_string(), "module.m");
  EXPECT_EQ(json::serialize(rows[1].at("instances").at(0)),
            R"({"schema_version":0,"attributes":{"input":{"value":["a",1,true],"type":["tuple",["string","number","bool"]]},)"
            R"("output":{"value":["a",1,true],"type":["tuple",["string","number","bool"]]}},"index_key":0})");
}

TEST(ClaimForecast, RefusesWhatIsNoPlan) {
  for (const auto* text : {"", "[]", "{}", R"({"planned_values":{}})"}) EXPECT_FALSE(state_as_planned(text)) << text;
}

}  // namespace
}  // namespace slipway::provisioner
