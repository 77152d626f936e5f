#include "features/templates/tags.hpp"

#include "formats/archive.hpp"

#include <gtest/gtest.h>

namespace slipway::templates {
namespace {

using Tags = std::map<std::string, std::string>;

std::string archive(const std::string& main, const std::string& other = {}) {
  const std::vector<formats::ArchiveEntry> entries{
      {.path = "main.tf", .bytes = main},
      {.path = "other.tf", .bytes = other},
      {.path = "module/main.tf", .bytes = R"(data "coder_workspace_tags" "m" { tags = { module = "1" } })"}};
  return *formats::write_archive(formats::ArchiveKind::tar, entries);
}
std::string tags(const std::string& body) { return "data \"coder_workspace_tags\" \"t\" {\n tags = " + body + "\n}\n"; }

const std::string kRest = R"(
variable "region" { default = "eu" }
variable "count" {
  type    = number
  default = 2
}
variable "unset" { type = string }
locals {
  zones = { eu = "z1", us = "z2" }
  zone  = local.zones[data.coder_parameter.where.value]
}
data "coder_parameter" "where" {
  name    = "Where"
  default = var.region
  option {
    name  = "EU"
    value = "eu"
  }
}
data "coder_parameter" "no_default" { name = "no_default" }
)";

Result<Tags> worked_out(const std::string& body, const TagInputs& inputs = {}) {
  const auto source = tag_source(archive(tags(body), kRest));
  if (!source) return std::unexpected(source.error());
  return tags_of(*source, inputs);
}

TEST(WorkspaceTags, AreWorkedOutFromDefaultsAndFromWhatABuildHas) {
  const std::string body =
      R"({ "zone" = local.zone, region = var.region, n = var.count, big = var.count == 2, who = data.coder_workspace_owner.me.name, none = null })";

  EXPECT_EQ(worked_out(body, {.variables = {}, .parameters = {}, .owner = "ana"}),
            (Tags{{"zone", "z1"}, {"region", "eu"}, {"n", "2"}, {"big", "true"}, {"who", "ana"}}));
  EXPECT_EQ(worked_out(body, {.variables = {{"region", "us"}, {"count", "3"}}, .parameters = {}, .owner = "ana"}),
            (Tags{{"zone", "z2"}, {"region", "us"}, {"n", "3"}, {"big", "false"}, {"who", "ana"}}));
  EXPECT_EQ(worked_out("{ zone = local.zone }", {.variables = {}, .parameters = {{"Where", "us"}}, .owner = {}}), (Tags{{"zone", "z2"}}));
}

TEST(WorkspaceTags, OfATemplateWithoutAnyCostNothing) {
  EXPECT_EQ(tag_source(archive("resource \"a\" \"b\" {}", "this is { no terraform")), "");
  EXPECT_EQ(tag_source(archive("# coder_workspace_tags", "")), "");
  EXPECT_EQ(tags_of("", {}), Tags{});
  EXPECT_EQ(worked_out("null"), Tags{});
}

TEST(WorkspaceTags, LaterBlocksWinAndWhoseTheJobIsIsNotForThemToSay) {
  const auto source = tag_source(archive(tags(R"({ a = "1", b = "1" })"), tags(R"({ b = "2", scope = "user", owner = "x" })")));

  EXPECT_EQ(tags_of(*source, {}), (Tags{{"a", "1"}, {"b", "2"}}));
}

TEST(WorkspaceTags, ThatCannotBeWorkedOutAreNamed) {
  const auto fault = [](const std::string& body) {
    const auto found = worked_out(body);
    if (found) return std::string("fine");
    EXPECT_EQ(found.error().code, Code::invalid);
    EXPECT_EQ(found.error().say, "Unable to parse workspace tags");
    return found.error().fields.at(0).field + ": " + found.error().fields.at(0).detail;
  };
  const std::string unknown = " is not known, it likely refers to a variable that is not set or has no default.";

  EXPECT_EQ(fault("{ zone = var.unset }"), "zone: Tag value" + unknown);
  EXPECT_EQ(fault("{ zone = data.coder_parameter.no_default.value }"), "zone: Tag value" + unknown);
  EXPECT_EQ(fault("{ zone = lower(\"A\") }"), "zone: Tag value" + unknown);
  EXPECT_EQ(fault("{ (var.unset) = \"a\" }"), "tags: Tag key" + unknown);
  EXPECT_EQ(fault("{ zone = [\"a\"] }"), "zone: Tag value is not valid, it must be a non-null string value.");
  EXPECT_EQ(fault("\"zone\""), "tags: Incorrect type for \"tags\" attribute");
  EXPECT_EQ(fault("{ zone = local.zones[\"mars\"] }"), "tags: There is no member \"mars\".");
  const auto circle = tag_source(archive(tags("{ a = local.a }"), "locals {\n a = local.b\n b = local.a\n}"));
  EXPECT_FALSE(tags_of(*circle, {}));
  EXPECT_FALSE(tag_source(archive(tags("{ a = "))));
}

TEST(WorkspaceTags, HostileOnesTakeLittle) {
  std::string locals = "locals {\n l0 = \"0123456789\"\n";
  for (int i = 1; i < 19; ++i) {
    locals += fmt::format("l{} = \"", i);
    for (int j = 0; j < 10; ++j) locals += fmt::format("${{local.l{}}}", i - 1);
    locals += "\"\n";
  }
  const auto source = tag_source(archive(tags("{ a = local.l18 }"), locals + "}"));

  const auto found = tags_of(*source, {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().fields.at(0).detail, "What the tags speak of is too long.");
}

}  // namespace
}  // namespace slipway::templates
