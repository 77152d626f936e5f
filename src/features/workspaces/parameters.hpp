// Which value each parameter of a build gets, and whether it may: pure, so that it is tested without a database.
#pragma once

#include "api/gen/versions.hpp"
#include "base/result.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::workspaces {

using Values = std::map<std::string, std::string>;

struct ParameterInputs {
  const std::vector<api::TemplateVersionParameter>& declared;  // of the version to build
  Values asked;                                                // of the request
  Values preset;                                               // of the chosen preset
  Values previous;                                             // of the workspace's last build; empty for the first
  bool first_build = false;
};

// What one parameter gets, or what is wrong with it.
struct Judged {
  std::optional<std::string> value;  // nothing when nobody gave one and there is no default
  std::string fault;                 // empty: it may
  bool missing = false;              // the fault is that a value is needed
};
Judged judge(const api::TemplateVersionParameter& parameter, const ParameterInputs& inputs);

// Each declared parameter's value: asked, else preset, else the last build's (not for ephemeral ones), else the default.
// Errors: 400 `Unable to validate parameters` with a validation per parameter: unknown or missing ones, an immutable one
// that would change, values that break the type, the options or the validation.
Result<Values> resolve(const ParameterInputs& inputs);

}  // namespace slipway::workspaces
