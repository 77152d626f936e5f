// The program that does the work: OpenTofu or Terraform, where it is and how new.
#pragma once

#include "aio/task_fwd.hpp"
#include "provisioner/engine.hpp"

#include <string>
#include <utility>

namespace slipway::provisioner {

struct TerraformTool {
  std::string path;
  std::string program;  // OpenTofu or Terraform
  std::string version;
  int major = 0;
  int minor = 0;
  bool at_least(int wanted_major, int wanted_minor) const { return std::pair(major, minor) >= std::pair(wanted_major, wanted_minor); }
};

// The file itself, not a link to it: builds see the one, perhaps not the other. Errors: precondition, when there is none.
Result<std::string> find_tool(const TerraformOptions& options);
// Runs it to ask which it is. Errors: precondition, when it is another program or too old.
Task<Result<TerraformTool>> examine_tool(const TerraformOptions& options);

}  // namespace slipway::provisioner
