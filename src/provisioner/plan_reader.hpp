// Pure readers of what Terraform prints: `show -json` of a plan or a state, the state file itself, a `graph`.
// Nothing here trusts its input: depth, counts and sizes are bounded, and wrong shapes are errors with a sentence.
#pragma once

#include "base/result.hpp"
#include "provisioner/job.hpp"

#include <string_view>
#include <vector>

namespace slipway::provisioner {

struct ReadInput {
  std::string_view plan;   // `show -json <plan>`; may be empty
  std::string_view state;  // `show -json` of a state or a version 4 state file; empty: what the plan expects
  std::string_view graph;  // `graph -type=plan` in DOT; only needed when needs_graph() says so
  Transition transition = Transition::start;
  bool claim = false;   // fill Outcome::replacements
  bool agents = false;  // with agents among them: a new one has a new token as far as a plan knows, and what holds that is replaced
};

// Fills resources with their agents, parameters, presets, variables, external authentication, tags and flags.
// Errors (Code::invalid): not JSON, another format, names or slugs that are taken twice or unusable.
Result<Outcome> read(const ReadInput& input);

// True when the plan's own references go through locals, which `show -json` does not resolve.
bool needs_graph(std::string_view plan);

// Variables out of `show -json -config` or a plan's configuration.
Result<std::vector<Variable>> read_variables(std::string_view json);

// The text of a variable's value and, where it is JSON, the strings within.
std::vector<std::string> strings_of(const std::string& value);

// Values that must not be seen in a log: sensitive variables, agent tokens, sensitive metadata and attributes.
std::vector<std::string> secrets_in(std::string_view plan_or_state);

}  // namespace slipway::provisioner
