// A workspace's parameters: from flags, a file, a preset, or asked for one by one.
#pragma once

#include "api/gen/builds.hpp"
#include "api/gen/versions.hpp"
#include "cli/session.hpp"

namespace slipway::cli {

class Command;

struct ParameterFlags {
  std::vector<std::string> values;     // name=value
  std::vector<std::string> ephemeral;  // name=value, for this build only
  std::string file;                    // lines of `name: value`
  std::string preset;                  // "none": no preset
  bool yes = false;

  void add_to(Command& command, bool with_preset);
};

struct Parameters {
  std::vector<api::WorkspaceBuildParameter> values;
  std::optional<Uuid> preset;
};

// What to send with a build of that version. `before`: the values of the last build, which need no repeating; nothing
// for a new workspace. Asks on a terminal for what is open, unless --yes. Errors: invalid, naming what is missing.
Result<Parameters> choose_parameters(Session& session, const Uuid& version, const ParameterFlags& flags,
                                     const std::vector<api::WorkspaceBuildParameter>* before);

// "name=value"; errors: invalid.
Result<api::WorkspaceBuildParameter> parse_parameter(std::string_view text);
// Lines of `name: value`, values plain or in quotes; # begins a comment. Errors: invalid with the line's number.
Result<std::vector<api::WorkspaceBuildParameter>> parse_parameter_file(std::string_view text);

}  // namespace slipway::cli
