#include "features/workspaces/parameters.hpp"

#include <gtest/gtest.h>

namespace slipway::workspaces {
namespace {

api::TemplateVersionParameter parameter(std::string name, std::string type, std::string fallback = "", bool is_mutable = true) {
  api::TemplateVersionParameter p;
  p.name = std::move(name);
  p.type = std::move(type);
  p.default_value = std::move(fallback);
  p.mutable_ = is_mutable;
  return p;
}

struct Case {
  std::vector<api::TemplateVersionParameter> declared;
  Values asked = {}, preset = {}, previous = {};
  bool first = false;
  Result<Values> run() const { return resolve({declared, asked, preset, previous, first}); }
  std::string fault() const {
    auto got = run();
    return got ? "" : got.error().fields.at(0).field + ": " + got.error().fields.at(0).detail;
  }
};

TEST(Parameters, AskedBeatsPresetBeatsPreviousBeatsDefault) {
  const auto p = parameter("size", "string", "default");

  EXPECT_EQ((Case{.declared = {p}}.run()->at("size")), "default");
  EXPECT_EQ((Case{.declared = {p}, .previous = {{"size", "old"}}}.run()->at("size")), "old");
  EXPECT_EQ((Case{.declared = {p}, .preset = {{"size", "preset"}}, .previous = {{"size", "old"}}}.run()->at("size")), "preset");
  EXPECT_EQ((Case{.declared = {p}, .asked = {{"size", "asked"}}, .preset = {{"size", "preset"}}}.run()->at("size")), "asked");
}

TEST(Parameters, EphemeralOnesAreNotCarriedOver) {
  auto p = parameter("once", "string", "no");
  p.ephemeral = true;

  EXPECT_EQ((Case{.declared = {p}, .previous = {{"once", "yes"}}}.run()->at("once")), "no");
}

TEST(Parameters, ImmutableOnesKeepTheirFirstValue) {
  const auto p = parameter("region", "string", "", false);

  EXPECT_TRUE((Case{.declared = {p}, .asked = {{"region", "eu"}}, .first = true}.run()));
  EXPECT_EQ((Case{.declared = {p}, .asked = {{"region", "us"}}, .previous = {{"region", "eu"}}}.fault()),
            "region: This parameter cannot be changed after the workspace was made; it is \"eu\".");
}

TEST(Parameters, MissingAndUnknownOnesAreNamed) {
  auto p = parameter("token", "string");
  p.required = true;

  EXPECT_EQ((Case{.declared = {p}}.fault()), "token: This parameter has no default; give a value.");
  EXPECT_EQ((Case{.declared = {}, .asked = {{"typo", "1"}}}.fault()), "typo: The template has no parameter of this name.");
}

TEST(Parameters, NumbersObeyTheirRangeAndDirection) {
  auto p = parameter("cpu", "number", "2");
  p.validation_min = 1;
  p.validation_max = 8;
  p.validation_monotonic = "increasing";

  EXPECT_EQ((Case{.declared = {p}, .asked = {{"cpu", "x"}}}.fault()), "cpu: Give a number.");
  EXPECT_EQ((Case{.declared = {p}, .asked = {{"cpu", "9"}}}.fault()), "cpu: Give a number from 1 to 8.");
  EXPECT_EQ((Case{.declared = {p}, .asked = {{"cpu", "2"}}, .previous = {{"cpu", "4"}}}.fault()), "cpu: This can only grow; it was 4.");
  EXPECT_TRUE((Case{.declared = {p}, .asked = {{"cpu", "6"}}, .previous = {{"cpu", "4"}}}.run()));
}

TEST(Parameters, OptionsListsAndExpressions) {
  auto choice = parameter("ide", "string", "vim");
  choice.options = {{.name = "Vim", .description = {}, .value = "vim", .icon = {}}};
  auto list = parameter("tools", "list(string)", "[]");
  auto text = parameter("name", "string");
  text.validation_regex = "^[a-z]+$";
  text.validation_error = "\"{value}\" is no name";

  EXPECT_EQ((Case{.declared = {choice}, .asked = {{"ide", "emacs"}}}.fault()), "ide: \"emacs\" is not one of the options.");
  EXPECT_EQ((Case{.declared = {list}, .asked = {{"tools", "go"}}}.fault()), "tools: Give a JSON list of texts, such as [\"a\", \"b\"].");
  EXPECT_TRUE((Case{.declared = {list}, .asked = {{"tools", "[\"go\"]"}}}.run()));
  EXPECT_EQ((Case{.declared = {text}, .asked = {{"name", "A1"}}}.fault()), "name: \"A1\" is no name");
}

}  // namespace
}  // namespace slipway::workspaces
