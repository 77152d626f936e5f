#include "features/workspaces/preset_choice.hpp"

#include <gtest/gtest.h>

namespace slipway::workspaces {
namespace {

using templates::sql::Preset;

Preset preset(std::string name, Values values, bool pool = true) {
  Preset out{.id = PresetId::random(), .name = std::move(name)};
  for (auto& [key, value] : values) {
    out.names.push_back(key);
    out.values.push_back(value);
  }
  if (pool) out.desired_instances = 1;
  return out;
}

std::string chosen(const std::vector<Preset>& presets, const Values& asked) {
  const auto choice = choose(presets, {}, asked);
  if (!choice || !*choice) return "(none)";
  return std::ranges::find(presets, (*choice)->id, &Preset::id)->name;
}

TEST(PresetChoice, IsTheOneWithMostOfWhatIsAskedFor) {
  const std::vector<Preset> presets{preset("eu", {{"region", "eu"}}), preset("large eu", {{"region", "eu"}, {"size", "l"}}),
                                    preset("us", {{"region", "us"}})};

  EXPECT_EQ(chosen(presets, {{"region", "eu"}, {"size", "l"}, {"image", "x"}}), "large eu");
  EXPECT_EQ(chosen(presets, {{"region", "eu"}, {"size", "s"}}), "eu");
  EXPECT_EQ(chosen(presets, {{"region", "ap"}}), "(none)");
  EXPECT_EQ(chosen(presets, {}), "(none)");
}

TEST(PresetChoice, OfEqualOnesTheFirstByNameThenById) {
  auto twin = preset("a", {{"x", "1"}}), other = preset("a", {{"x", "1"}});
  if (other.id < twin.id) std::swap(twin, other);
  const std::vector<Preset> presets{preset("b", {{"y", "1"}}), other, twin};

  EXPECT_EQ(chosen(presets, {{"x", "1"}, {"y", "1"}}), "a");
  EXPECT_EQ((*choose(presets, {}, {{"x", "1"}}))->id, twin.id);
}

TEST(PresetChoice, OneWithoutValuesIsInEveryRequest) {
  const std::vector<Preset> presets{preset("empty", {}), preset("eu", {{"region", "eu"}})};

  EXPECT_EQ(chosen(presets, {}), "empty");
  EXPECT_EQ(chosen(presets, {{"region", "eu"}}), "eu");
}

TEST(PresetChoice, IsTheOneAskedForWhateverTheValues) {
  const std::vector<Preset> presets{preset("empty", {}), preset("eu", {{"region", "eu"}}, false)};

  const auto choice = choose(presets, presets[1].id, {{"region", "us"}});
  const auto unknown = choose(presets, PresetId::random(), {});

  ASSERT_TRUE(choice && *choice);
  EXPECT_EQ((*choice)->values, (Values{{"region", "eu"}}));
  EXPECT_FALSE((*choice)->has_pool);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().fields.at(0).field, "template_version_preset_id");
}

}  // namespace
}  // namespace slipway::workspaces
