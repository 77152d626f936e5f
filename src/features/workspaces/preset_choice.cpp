#include "features/workspaces/preset_choice.hpp"

#include <algorithm>
#include <tuple>

namespace slipway::workspaces {

namespace {

using templates::sql::Preset;

bool is_within(const Preset& preset, const Values& asked) {
  for (std::size_t i = 0; i < preset.names.size(); ++i)
    if (const auto found = asked.find(preset.names[i]); found == asked.end() || found->second != preset.values[i]) return false;
  return true;
}

PresetChoice choice_of(const Preset& preset) {
  PresetChoice out{.id = preset.id, .values = {}, .has_pool = preset.desired_instances.has_value()};
  for (std::size_t i = 0; i < preset.names.size(); ++i) out.values[preset.names[i]] = preset.values[i];
  return out;
}

}  // namespace

Result<std::optional<PresetChoice>> choose(const std::vector<Preset>& presets, std::optional<PresetId> wanted, const Values& asked) {
  if (wanted) {
    const auto found = std::ranges::find(presets, *wanted, &Preset::id);
    if (found == presets.end()) return fail_field("Validation failed.", "template_version_preset_id", "This version has no such preset.");
    return choice_of(*found);
  }
  const Preset* best = nullptr;
  const auto better = [&](const Preset& one) {
    if (!best || one.names.size() != best->names.size()) return !best || one.names.size() > best->names.size();
    return std::tie(one.name, one.id) < std::tie(best->name, best->id);
  };
  for (const auto& preset : presets)
    if (is_within(preset, asked) && better(preset)) best = &preset;
  return best ? std::optional(choice_of(*best)) : std::nullopt;
}

}  // namespace slipway::workspaces
