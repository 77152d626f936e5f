// One function for each kind of block of the coder provider: its attribute values, as Terraform shows them, to a
// struct.
#pragma once

#include "provisioner/job.hpp"
#include "provisioner/json_read.hpp"

namespace slipway::provisioner {

Agent agent_of(const json::object& values, const std::string& resource_name);
App app_of(const json::object& values, const std::string& resource_name);
Script script_of(const json::object& values);
Devcontainer devcontainer_of(const json::object& values, const std::string& resource_name);
Parameter parameter_of(const json::object& values);
Preset preset_of(const json::object& values);
// `name` and its declaration inside a configuration's "variables".
Variable variable_of(const std::string& name, const json::object& declared);
// The size or machine type of a cloud machine, where its kind has one.
std::string instance_type_of(std::string_view type, const json::object& values);
// The id by which a machine of that kind proves itself; empty when it has none or it is not known yet.
std::string instance_id_of(std::string_view type, const json::object& values);

}  // namespace slipway::provisioner
