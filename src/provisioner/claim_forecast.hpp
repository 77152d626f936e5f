// What a claim of a prebuilt workspace would replace, foreseen when a version is imported: its plan is taken for done, and planned again as
// somebody else's. What that replaces, and a plan of the same owner's does not, depends on the owner or the name. Pure.
#pragma once

#include "base/result.hpp"
#include "provisioner/job.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

// The agents' token in such a state.
inline constexpr std::string_view kForecastToken = "11111111-1111-4111-8111-111111111111";

// A state file (version 4) as if all that `plan`, a `show -json`, wants to make were there; what only the making would tell is left empty.
// Errors (Code::invalid): not such a plan.
Result<std::string> state_as_planned(std::string_view plan);

// What is in `claim` alone, path by path.
std::vector<Replacement> only_in(std::vector<Replacement> claim, const std::vector<Replacement>& same_owner);

}  // namespace slipway::provisioner
