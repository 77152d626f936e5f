// Token scopes: the second permission set that must agree with the roles.
// A scope is immutable once shared.
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "rbac/allow_list.hpp"
#include "rbac/permission.hpp"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rbac {

struct OrgPermissions {
  Permissions org;
  Permissions member;
};

// Everything published uses the site level only; the engine understands all four.
struct Scope {
  std::string name;  // for traces: "Scope_coder:all", "scopes[a+b]"
  Permissions site;
  Permissions user = {};
  std::map<OrganizationId, OrgPermissions> by_org = {};
  AllowList allow_list = AllowList::everything();
};
using ScopePtr = std::shared_ptr<const Scope>;

// `all` and `application_connect` become `coder:all` and `coder:application_connect`; any other name stays itself.
std::string_view canonical_scope(std::string_view name);
// Canonical names only; exact. Error: 400 with detail `no scope named "x"`.
Result<Scope> expand_scope(std::string_view canonical);
// Whether a person may ask for it (canonical name): the public catalogue.
bool is_requestable(std::string_view canonical);
// GET /auth/scopes: sorted by byte order.
const std::vector<std::string>& public_scopes();

// coder:all, made once: sessions and system subjects.
ScopePtr scope_all();

// The names to store for a new key. `scopes`, if not empty, wins over `scope`; neither means coder:all.
// Error: 400 `Failed to create API key.`, detail `invalid or unsupported API key scope: "x"`.
Result<std::vector<std::string>> requested_scopes(std::optional<std::string_view> scope, std::span<const std::string> scopes);
// The deprecated single field of a stored list: "application_connect", "all" or "".
std::string_view single_scope(std::span<const std::string> stored);

// Pools several scopes: first order kept, duplicates dropped, allow lists united.
Scope union_of(std::span<const Scope> scopes);
// What a stored key may do: the union of its scopes, intersected with its own list. Aliases are understood.
// Errors: `no scopes provided`, `no scope named "x"`: such a key authorises nothing.
Result<ScopePtr> scope_of_key(std::span<const std::string> stored, const AllowList& key_list);

// May a holder of `holder` mint `wanted`? Error when either has lower levels, negatives or a narrowed allow list.
Result<bool> covers(const Scope& holder, const Scope& wanted);
// The same by canonical names; unknown names are errors.
Result<bool> covers(std::span<const std::string> holder, std::span<const std::string> wanted);

// What an agent may touch. A nil id among the four is a programming error and ends the process.
struct AgentScopeIds {
  Uuid workspace;
  Uuid template_;
  Uuid template_version;
  UserId owner;
};
ScopePtr agent_scope(const AgentScopeIds& ids, bool no_user_data);

}  // namespace slipway::rbac
