#include "provisioner/limits.hpp"

#include <gtest/gtest.h>

namespace slipway::provisioner {
namespace {

Outcome with_agent(auto change) {
  Agent agent{.name = "main", .operating_system = "linux", .architecture = "amd64"};
  change(agent);
  Resource resource{.address = "a.b", .type = "a", .name = "b"};
  resource.agents.push_back(std::move(agent));
  Outcome out;
  out.resources.push_back(std::move(resource));
  return out;
}

std::string fault(const Outcome& outcome) {
  const auto judged = storable(outcome);
  return judged ? "" : judged.error().say;
}

bool blames(const Outcome& outcome, std::string_view part) {
  const auto said = fault(outcome);
  EXPECT_NE(said.find(part), said.npos) << said;
  EXPECT_LT(said.size(), 300U);
  return said.find(part) != said.npos;
}

TEST(Limits, AnOrdinaryResultIsStorable) {
  EXPECT_EQ(fault(with_agent([](Agent& agent) {
              agent.directory = "/home/ana";
              agent.apps.push_back({.slug = "code-server", .display_name = std::string(64, 'x')});
              agent.metadata.push_back({.key = "0_cpu", .display_name = "CPU"});
            })),
            "");
}

TEST(Limits, EachValueIsNamedThatItsColumnDoesNotTake) {
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.name = std::string(70, 'n'); }), "The name of the agent \"nnn"));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.name = "two words"; }), "two words"));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.name = "\x1b]0;title\x07"; }), "must be letters and digits"));
  EXPECT_TRUE(
      blames(with_agent([](Agent& a) { a.directory = std::string(5001, '/'); }), "The folder (dir) of the agent \"main\" has 5001 characters"));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.architecture = std::string(65, 'a'); }), "The architecture"));
  EXPECT_TRUE(
      blames(with_agent([](Agent& a) { a.operating_system = std::string("a\0b", 3); }), "The operating system of the agent \"main\" is not text"));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.troubleshooting_url = "\xff"; }), "not text"));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.order = 1LL << 40; }), "The order"));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.metadata.push_back({.key = std::string(128, 'k')}); }), "The key of the metadata"));
  EXPECT_TRUE(
      blames(with_agent([](Agent& a) { a.environment.push_back({"A", std::string("\0", 1)}); }), "The value of the environment variable \"A\""));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.scripts.push_back({.display_name = std::string(300, 's')}); }), "The display name of the script"));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.apps.push_back({.slug = "s", .display_name = std::string(65, 'd')}); }),
                     "The display name of the app \"s\""));
  EXPECT_TRUE(
      blames(with_agent([](Agent& a) { a.apps.push_back({.slug = "s", .share = "everyone"}); }), "The share of the app \"s\" is \"everyone\""));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.apps.push_back({.slug = "S_"}); }), "The app slug \"S_\""));
  EXPECT_TRUE(blames(with_agent([](Agent& a) { a.devcontainers.push_back({.apps = {{.slug = "-"}}}); }), "The app slug \"-\""));
}

TEST(Limits, PartsOfAVersionAreJudgedToo) {
  Outcome outcome;
  outcome.parameters = {{.name = "p", .options = {{.name = "o", .value = std::string("\0", 1)}}}};
  EXPECT_TRUE(blames(outcome, "The value of the option \"o\""));
  outcome = {};
  outcome.variables = {{.name = std::string(300, 'v')}};
  EXPECT_TRUE(blames(outcome, "The name of the variable"));
  outcome = {};
  outcome.presets = {{.name = "p", .parameters = {{"a", "\xc3"}}}};
  EXPECT_TRUE(blames(outcome, "not text"));
  outcome = {};
  outcome.replacements = {{.resource = "box.a", .paths = {"image", std::string(5000, 'p')}}};
  EXPECT_TRUE(blames(outcome, "An attribute of the replacement of \"box.a\""));
}

Outcome with_preset(auto change) {
  Preset preset{.name = "small"};
  preset.prebuild_instances = 1;
  change(preset);
  Outcome out;
  out.presets.push_back(std::move(preset));
  return out;
}

TEST(Limits, APresetsPoolIsJudgedInTheTemplateLanguagesWords) {
  EXPECT_EQ(fault(with_preset([](Preset& p) { p.prebuild_ttl_seconds = 0; })), "");
  EXPECT_EQ(fault(with_preset([](Preset& p) { p.prebuild_ttl_seconds = 3600; })), "");
  EXPECT_EQ(fault(with_preset([](Preset& p) { p.prebuild_ttl_seconds = 31536000; })), "");
  EXPECT_EQ(fault(with_preset([](Preset& p) { p.prebuild_ttl_seconds = 3599; })), "\"ttl\" must be 0 or between 3600 and 31536000, got 3599");
  EXPECT_EQ(fault(with_preset([](Preset& p) { p.prebuild_ttl_seconds = 31536001; })), "\"ttl\" must be 0 or between 3600 and 31536000, got 31536001");
  EXPECT_EQ(fault(with_preset([](Preset& p) { p.prebuild_instances = -1; })), "\"instances\" must be at least 0, got -1");
  EXPECT_EQ(fault(with_preset([](Preset& p) {
              p.schedule_timezone = "UTC";
              p.schedules = {{"0 8 * * *", 1}};
            })),
            "cron spec failed validation: minute field should be *");
  EXPECT_TRUE(blames(with_preset([](Preset& p) { p.schedules = {{"* 8 * * *", 1}}; }), "failed to load timezone \"\""));
}

TEST(Limits, PresetsHaveNamesOfTheirOwnAndOneDefault) {
  Outcome outcome;
  outcome.presets = {{.name = "a"}, {.name = "a"}};
  EXPECT_EQ(fault(outcome), "coder_workspace_preset names must be unique but \"a\" appears multiple times");
  outcome.presets = {{.name = "a", .is_default = true}, {.name = "b", .is_default = true}};
  EXPECT_EQ(fault(outcome), "a maximum of 1 coder_workspace_preset can be marked as default, but 2 are set");
  outcome.presets = {{.name = ""}};
  EXPECT_TRUE(blames(outcome, "has no name"));
  outcome.presets = {{.name = "a", .description = std::string(129, 'd')}};
  EXPECT_TRUE(blames(outcome, "The description of the preset \"a\" has 129 characters"));
  outcome.presets = {{.name = "a", .icon = std::string(257, 'i')}};
  EXPECT_TRUE(blames(outcome, "The icon of the preset \"a\" has 257 characters"));
}

TEST(Limits, QuotedTextIsShortWholeAndOnOneLine) {
  EXPECT_EQ(quotable("plain"), "plain");
  EXPECT_EQ(quotable("a\nb\x1b"), "a b ");
  EXPECT_EQ(quotable("ääää", 5), "ää…");
  EXPECT_EQ(quotable(std::string(100, 'x'), 10), std::string(10, 'x') + "…");
}

}  // namespace
}  // namespace slipway::provisioner
