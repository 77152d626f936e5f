// What a plan or a state holds, as one flat list, whichever of Terraform's forms it came in.
// Instances point into the documents they were read from: those must live as long. home: any thread.
#pragma once

#include "provisioner/json_read.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

struct Instance {
  std::string address;  // module.m[0].docker_container.c["x"]
  std::string module;   // module.m[0]
  std::string config;   // the same without indices: module.m.docker_container.c
  std::string type;
  std::string name;
  std::optional<std::string> index;  // 0, or x
  bool data = false;
  const json::object* values = nullptr;  // never null in a list
  std::vector<std::string> depends_on;   // configuration addresses
};

// "a.b[0].c[\"x.y\"]" -> "a.b.c"
std::string without_indices(std::string_view address);

// Of a plan: its configuration's own module; null when it shows none.
const json::object* root_configuration(const json::value& plan);

// The instances of `show -json` values ({"root_module": ...}), or of a version 4 state file. Errors: invalid or
// too_large.
Result<std::vector<Instance>> instances_of_values(const json::object& values);
Result<std::vector<Instance>> instances_of_state(const json::value& document);

}  // namespace slipway::provisioner
