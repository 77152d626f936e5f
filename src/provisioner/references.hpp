// Who refers to whom, by configuration address: from the expressions of a plan's configuration, and where those go
// through locals (which it does not resolve) from a `graph` or from the dependencies kept in a state.
#pragma once

#include "provisioner/model.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

struct Reference {
  std::string node;                  // configuration address, or a variable, local or output of a module
  std::optional<std::string> index;  // written as a constant: coder_agent.main[0]
  auto operator<=>(const Reference&) const = default;
};

class References {
 public:
  void add_configuration(const json::object& root_module);
  void add_graph(std::string_view dot);
  void add_state(const std::vector<Instance>& instances);

  // Managed resources outside the coder_ family that lead to `target` by the fewest other such resources, in order of
  // address. Empty: nothing uses it.
  std::vector<std::string> nearest_users(const std::string& target) const;
  // What the attribute of a resource refers to, through variables, locals and outputs, as far as resources.
  std::vector<Reference> targets(const std::string& config, const std::string& attribute) const;

  // Whether some reference goes through a local that no edge resolves.
  bool has_open_locals() const { return open_locals_; }

 private:
  void add_module(const json::object& module, const std::string& prefix);
  void add_resource(const json::object& resource, const std::string& prefix);
  void add_call(const std::string& name, const json::object& call, const std::string& prefix);
  void connect(const std::string& from, const std::vector<Reference>& to);

  std::map<std::string, std::set<Reference>> uses_;       // from -> to
  std::map<std::string, std::set<std::string>> used_by_;  // to -> from
  std::map<std::pair<std::string, std::string>, std::vector<Reference>> attributes_;
  bool open_locals_ = false;
};

// A resource of the provider that stands for no machine.
bool is_virtual(std::string_view type);

}  // namespace slipway::provisioner
