// Which preset of a version a new workspace is made of. Pure.
#pragma once

#include "features/templates/templates.hpp"
#include "features/workspaces/parameters.hpp"

#include <optional>
#include <vector>

namespace slipway::workspaces {

struct PresetChoice {
  PresetId id;
  Values values;
  bool has_pool = false;  // workspaces are built ahead for it
};

// The one that is asked for, else the one whose values the request gives all of: of several that with the most, then by name, then by id.
// One without values is in every request. Errors: invalid, where the version has no preset of the id that is asked for.
Result<std::optional<PresetChoice>> choose(const std::vector<templates::sql::Preset>& presets, std::optional<PresetId> wanted, const Values& asked);

}  // namespace slipway::workspaces
