#include "rbac/scope.hpp"
#include "base/check.hpp"
#include "rbac/scope_tables.hpp"

#include <algorithm>

namespace slipway::rbac {
namespace {

constexpr std::string_view kAll = "coder:all";
constexpr std::string_view kApplicationConnect = "coder:application_connect";

std::unexpected<Error> unknown_scope(std::string_view name) {
  return fail(Code::invalid, "Invalid API key scope.", "no scope named \"" + std::string(name) + "\"");
}

template <class T>
void append_new(std::vector<T>& to, const std::vector<T>& from) {
  for (const auto& item : from)
    if (std::ranges::find(to, item) == to.end()) to.push_back(item);
}

// "type:action", "type:*"; "*:*" too, through the pseudo type.
std::optional<Permission> low_level(std::string_view name) {
  auto colon = name.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Permission p{false, resource_named(name.substr(0, colon)), action_named(name.substr(colon + 1))};
  if (p.type == Resource::unknown) return std::nullopt;
  bool known = p.action == Action::any || valid(p.type, p.action);
  return known ? std::optional(p) : std::nullopt;
}

bool is_plain(const Scope& scope) {
  auto negative = [](const Permission& p) { return p.negate; };
  return scope.user.empty() && scope.by_org.empty() && std::ranges::none_of(scope.site, negative) && scope.allow_list.is_everything();
}

// A `*` must be met by a `*`: today's actions do not cover tomorrow's.
bool subsumes(const Permission& wide, const Permission& narrow) {
  return (wide.type == Resource::any || wide.type == narrow.type) && (wide.action == Action::any || wide.action == narrow.action);
}

Result<std::vector<Scope>> expand_all(std::span<const std::string> names) {
  std::vector<Scope> scopes;
  for (const auto& name : names) {
    TRY(scope, expand_scope(canonical_scope(name)));
    scopes.push_back(std::move(scope));
  }
  return scopes;
}

}  // namespace

std::string_view canonical_scope(std::string_view name) {
  if (name == "all") return kAll;
  if (name == "application_connect") return kApplicationConnect;
  return name;
}

Result<Scope> expand_scope(std::string_view canonical) {
  Scope scope{.name = "Scope_" + std::string(canonical), .site = {}};
  if (special_scope(canonical, scope.site)) return scope;
  auto permission = low_level(canonical);
  if (!permission) return unknown_scope(canonical);
  scope.site.push_back(*permission);
  return scope;
}

const std::vector<std::string>& public_scopes() {
  static const auto names = catalogue();
  return names;
}

bool is_requestable(std::string_view canonical) { return std::ranges::binary_search(public_scopes(), canonical); }

ScopePtr scope_all() {
  static const ScopePtr all = std::make_shared<const Scope>(*expand_scope(kAll));
  return all;
}

Result<std::vector<std::string>> requested_scopes(std::optional<std::string_view> scope, std::span<const std::string> scopes) {
  std::vector<std::string_view> asked(scopes.begin(), scopes.end());
  if (asked.empty()) asked.push_back(scope && !scope->empty() ? *scope : kAll);
  std::vector<std::string> names;
  for (auto name : asked) {
    auto canonical = canonical_scope(name);
    if (!is_requestable(canonical))
      return fail(Code::invalid, "Failed to create API key.", "invalid or unsupported API key scope: \"" + std::string(name) + "\"");
    append_new(names, {std::string(canonical)});
  }
  return names;
}

std::string_view single_scope(std::span<const std::string> stored) {
  auto has = [stored](std::string_view name) {
    return std::ranges::any_of(stored, [name](const std::string& one) { return canonical_scope(one) == name; });
  };
  if (has(kApplicationConnect)) return "application_connect";
  return has(kAll) ? "all" : "";
}

Scope union_of(std::span<const Scope> scopes) {
  if (scopes.size() == 1) return scopes[0];
  Scope pooled{.name = "scopes[", .site = {}, .allow_list = {}};
  for (const auto& scope : scopes) {
    if (&scope != &scopes[0]) pooled.name += "+";
    pooled.name += scope.name.starts_with("Scope_") ? scope.name.substr(6) : scope.name;
    append_new(pooled.site, scope.site);
    append_new(pooled.user, scope.user);
    for (const auto& [organization, permissions] : scope.by_org) {
      append_new(pooled.by_org[organization].org, permissions.org);
      append_new(pooled.by_org[organization].member, permissions.member);
    }
    pooled.allow_list = union_of(pooled.allow_list, scope.allow_list);
  }
  pooled.name += "]";
  return pooled;
}

Result<ScopePtr> scope_of_key(std::span<const std::string> stored, const AllowList& key_list) {
  if (stored.empty()) return fail(Code::invalid, "Invalid API key scope.", "no scopes provided");
  if (stored.size() == 1 && canonical_scope(stored[0]) == kAll && key_list.is_everything()) return scope_all();
  TRY(scopes, expand_all(stored));
  auto pooled = union_of(scopes);
  pooled.allow_list = intersection_of(pooled.allow_list, key_list);
  return std::make_shared<const Scope>(std::move(pooled));
}

Result<bool> covers(const Scope& holder, const Scope& wanted) {
  if (!is_plain(holder) || !is_plain(wanted))
    return fail(Code::invalid, "These scopes cannot be compared.",
                "scopes with lower levels, negative permissions or a narrowed allow list cannot be compared");
  return std::ranges::all_of(wanted.site, [&holder](const Permission& narrow) {
    return std::ranges::any_of(holder.site, [&narrow](const Permission& wide) { return subsumes(wide, narrow); });
  });
}

Result<bool> covers(std::span<const std::string> holder, std::span<const std::string> wanted) {
  TRY(held, expand_all(holder));
  TRY(asked, expand_all(wanted));
  if (held.empty() || asked.empty()) return fail(Code::invalid, "Invalid API key scope.", "no scopes provided");
  return covers(union_of(held), union_of(asked));
}

ScopePtr agent_scope(const AgentScopeIds& ids, bool no_user_data) {
  check(!ids.workspace.is_nil() && !ids.template_.is_nil() && !ids.template_version.is_nil() && !ids.owner.is_nil(),
        "an agent scope needs four ids that are not nil");
  auto scope = *expand_scope(no_user_data ? "no_user_data" : kAll);
  scope.allow_list = AllowList({{Resource::workspace, ids.workspace},
                                {Resource::template_, ids.template_},
                                {Resource::template_, ids.template_version},
                                {Resource::user, ids.owner.uuid},
                                {Resource::boundary_log, std::nullopt}});
  return std::make_shared<const Scope>(std::move(scope));
}

}  // namespace slipway::rbac
