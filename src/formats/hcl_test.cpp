#include "formats/hcl.hpp"

#include <gtest/gtest.h>

namespace slipway::formats::hcl {
namespace {

const std::string kFile = R"(
# data "commented" "out" {}
terraform { required_providers { coder = { source = "coder/coder" } } }
/* variable "no" {} */
variable "region" {
  type    = string // a comment
  default = "eu"
  validation {
    condition     = contains(["eu", "us"], var.region)
    error_message = "No } here."
  }
}
data "coder_workspace_tags" "t" {
  tags = {
    "zone"   = "z-${var.region}" # why
    cluster  = data.coder_parameter.cluster.value, "{" = "}"
  }
}
locals {
  text = <<-EOT
    a } line "with ${things}
    EOT
  one = 1
}
)";

TEST(Hcl, BlocksAreFoundWhateverTheirTextHolds) {
  const auto blocks = read_blocks(kFile);

  ASSERT_TRUE(blocks) << blocks.error().say;
  ASSERT_EQ(blocks->size(), 4U);
  EXPECT_EQ((*blocks)[1].type, "variable");
  EXPECT_EQ((*blocks)[1].labels, std::vector<std::string>{"region"});
  EXPECT_EQ((*blocks)[1].attributes.at("default"), "\"eu\"");
  EXPECT_FALSE((*blocks)[1].attributes.contains("condition"));
  EXPECT_EQ((*blocks)[2].labels, (std::vector<std::string>{"coder_workspace_tags", "t"}));
  EXPECT_EQ((*blocks)[3].attributes.at("one"), "1");
}

TEST(Hcl, WhatIsNoTerraformIsSaidWithItsLine) {
  for (const char* text : {"a", "a {", "a = {", "a = \"x", "a \"b {}", "}", "a = (]", "= 1", "a = \"x\ny\""}) EXPECT_FALSE(read_blocks(text)) << text;
  EXPECT_EQ(read_blocks("a = 1\n\nb {").error().say, "Line 3 cannot be read as Terraform.");
  EXPECT_FALSE(read_blocks(std::string(100'000, '{')));
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "a {";
  EXPECT_FALSE(read_blocks(nested));
  EXPECT_TRUE(read_blocks("")->empty());
}

Result<Referent> look_up(const std::vector<std::string>& steps) {
  if (steps[0] == "var" && steps.size() > 1)
    return Referent{steps[1] == "region" ? Value(std::string("eu")) : Value(Members{{Value(std::string("a")), Value(1.0)}}), 2};
  return Referent{Unknown{}, steps.size()};
}
std::string worked_out(std::string_view expression) {
  const auto value = evaluate(expression, look_up);
  if (!value) return "wrong";
  if (!value->is_known()) return "unknown";
  if (std::holds_alternative<std::nullptr_t>(*value)) return "null";
  return value->text().value_or("composed");
}

TEST(Hcl, SimpleExpressionsAreWorkedOut) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"("a")", "a"},
      {R"("a\"b\u00e9$${x}")", "a\"bé${x}"},
      {R"("z-${var.region}-${1}")", "z-eu-1"},
      {R"("${ "in ${"in"}" }")", "in in"},
      {R"("${true}")", "true"},
      {"var.region", "eu"},
      {"var.map.a", "1"},
      {"var.map[\"a\"]", "1"},
      {"{ x = var.region }[\"x\"]", "eu"},
      {"{ x = { y = \"deep\" }\n z = 1 }.x.y", "deep"},
      {"[1, 2,\n 3][2]", "3"},
      {"(var.region == \"eu\" ? 1.5 : 2)", "1.5"},
      {"var.region != \"eu\" || !(true && false)", "true"},
      {"null", "null"},
      {"1000000", "1000000"},
      {"-5", "-5"},
      {"{}", "composed"},
  };
  for (const auto& [text, value] : kCases) EXPECT_EQ(worked_out(text), value) << text;
}

TEST(Hcl, WhatIsBeyondItIsUnknownAndWhatIsNoneIsAFault) {
  for (const char* text :
       {"lower(\"A\")", "merge({a = 1}, { b = [2] })", "1 + 2", "data.x.y.z", "\"a${data.x.y}\"", "{ for k, v in var.map : k => v }",
        "[for x in var.map : x]", "data.x.y ? 1 : 2", "\"%{if true}x%{endif}\"", "var.map[data.x.y]", "<<EOT\nx\nEOT"})
    EXPECT_EQ(worked_out(text), "unknown") << text;
  for (const char* text : {"", "(", "\"", "var.map.b", "{ a }", "[1", "=", "f(", "\"${\"", "a ? b", "{ a = ] }"})
    EXPECT_EQ(worked_out(text), "wrong") << text;
  for (const char open : {'(', '[', '{', '!'}) EXPECT_EQ(worked_out(std::string(100'000, open)), "wrong") << open;
}

}  // namespace
}  // namespace slipway::formats::hcl
