#include "store/sqlstate.hpp"

#include <algorithm>
#include <array>

namespace slipway::store {

namespace {

struct Taken {
  std::string_view constraint, say, field;
};

// A unique constraint that a caller can meet, and what they are told.
constexpr std::array kTaken = {
    Taken{"users_username", "A user with this username already exists.", "username"},
    Taken{"users_email", "A user with this email already exists.", "email"},
    Taken{"organizations_name", "An organization with this name already exists.", "name"},
    Taken{"groups_name", "A group with this name already exists in the organization.", "name"},
    Taken{"api_keys_token_name", "A token with this name already exists.", "name"},
    Taken{"custom_roles_pkey", "A role with this name already exists in the organization.", "name"},
    Taken{"organization_members_pkey", "This user is already a member of the organization.", "user"},
    Taken{"templates_name", "A template with this name already exists.", "name"},
    Taken{"template_versions_name", "A template version with this name already exists for this template.", "name"},
    Taken{"workspaces_name", "A workspace with this name already exists.", "name"},
    Taken{"workspace_builds_workspace_id_build_number_key", "A workspace build is already active.", ""},
    Taken{"provisioner_keys_name", "A provisioner key with this name already exists.", "name"},
    Taken{"workspace_agents_auth_token_key", "An agent's token is already in use by another agent.", ""},
};

}  // namespace

Error worded(const pg::SqlFailure& failure) {
  if (failure.unique_violation()) {
    const auto known = std::ranges::find(kTaken, std::string_view(failure.constraint), &Taken::constraint);
    if (known != kTaken.end()) {
      Error error{.code = Code::conflict, .say = std::string(known->say), .why = failure.constraint};
      if (!known->field.empty()) error.fields.push_back({std::string(known->field), "This value is already in use and should be unique."});
      return error;
    }
    return Error{.code = Code::conflict, .say = "Something with the same value exists already.", .why = failure.constraint};
  }
  if (failure.is("22001")) return Error{.code = Code::invalid, .say = "A value is longer than its place in the database.", .why = failure.message};
  if (failure.is("22021") || failure.is("22P05"))  // a NUL or a broken sequence in text from outside
    return Error{.code = Code::invalid, .say = "Text must be valid UTF-8 without NUL characters.", .why = failure.message};
  if (failure.query_canceled())
    return Error{.code = Code::unavailable, .say = "The database took too long to answer. Try again in a moment.", .why = failure.message};
  if (failure.is("55P03"))
    return Error{
        .code = Code::unavailable, .say = "Something else holds what this needs for too long. Try again in a moment.", .why = failure.message};
  if (failure.serialization_failure() || failure.deadlock())  // undone by the server; nothing is repeated by itself
    return Error{.code = Code::unavailable, .say = "Somebody else changed the same at the same time. Try again in a moment.", .why = failure.message};
  Error error = pg::to_error(failure);
  if (!failure.constraint.empty()) error.why += " (constraint " + failure.constraint + ")";
  return error;
}

}  // namespace slipway::store
