// Made by tools/sqlgen of the lines `-- conflict:` in src/features/*/*.sql; do not edit.
#include "store/conflict_words.hpp"

namespace slipway::store {

std::span<const ConflictWords> conflict_words() {
  static constexpr ConflictWords kAll[] = {
      {"api_keys_token_name", "name", "A token with this name already exists."},
      {"custom_roles_pkey", "name", "A role with this name already exists in the organization."},
      {"groups_name", "name", "A group with this name already exists in the organization."},
      {"organization_members_pkey", "user", "This user is already a member of the organization."},
      {"organizations_name", "name", "An organization with this name already exists."},
      {"provisioner_keys_name", "name", "A provisioner key with this name already exists."},
      {"template_versions_name", "name", "A template version with this name already exists for this template."},
      {"templates_name", "name", "A template with this name already exists."},
      {"users_email", "email", "A user with this email already exists."},
      {"users_username", "username", "A user with this username already exists."},
      {"workspace_agents_auth_token_key", "", "An agent's token is already in use by another agent."},
      {"workspace_builds_workspace_id_build_number_key", "", "A workspace build is already active."},
      {"workspace_proxies_name", "name", "A workspace proxy with this name already exists."},
      {"workspaces_name", "name", "A workspace with this name already exists."},
  };
  return kAll;
}

}  // namespace slipway::store
