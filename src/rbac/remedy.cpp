// The smallest change that would allow a denied action: tried out on the engine itself, not guessed.
#include "rbac/decide.hpp"
#include "rbac/explain.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

namespace slipway::rbac {
namespace {

int weight(const Role& role) {
  int pairs = 0;
  for (const auto* mask : {&role.masks.site, &role.masks.user, &role.masks.org, &role.masks.member})
    for (auto word : mask->allow.words) pairs += std::popcount(word);
  return pairs;
}

using Roles = std::vector<HeldRole>;

Roles roles_of(const Subject& subject) { return {subject.roles().begin(), subject.roles().end()}; }

// The decision if the subject's roles were these, whatever its token.
bool allowed_with(const Subject& subject, Roles roles, Action action, const Object& object) {
  std::vector<GroupId> groups(subject.groups().begin(), subject.groups().end());
  auto with = Subject::make({.id = subject.id(), .roles = std::move(roles), .groups = std::move(groups), .scope = scope_all()});
  return with && decide(**with, action, object);
}

// The built-in role of the narrowest reach, then of the fewest rights, that is enough.
std::string role_that_helps(const Subject& subject, Action action, const Object& object, const RoleBook& book) {
  Roles candidates;
  for (const auto& role : book.site_roles()) candidates.push_back({role, {}});
  if (!object.organization.is_nil())
    for (const auto& role : book.organization_roles()) candidates.push_back({role, object.organization});
  std::ranges::sort(candidates, {}, [](const HeldRole& held) { return std::tuple(held.organization.is_nil(), weight(*held.role), held.role->name); });
  for (const auto& candidate : candidates) {
    auto roles = roles_of(subject);
    roles.push_back(candidate);
    if (allowed_with(subject, std::move(roles), action, object)) return candidate.str();
  }
  return {};
}

// The negatives that speak of this, if their absence would be enough.
std::string negatives_that_hinder(const Subject& subject, Action action, const Object& object, const Verdict& verdict) {
  auto roles = roles_of(subject);
  for (auto& held : roles) {
    Role without = *held.role;
    for (auto* list : {&without.site, &without.user, &without.org, &without.member})
      std::erase_if(*list, [&](const Permission& p) { return p.negate && matches(p, object.type, action); });
    held.role = share(std::move(without));
  }
  if (!allowed_with(subject, std::move(roles), action, object)) return {};
  std::string text;
  for (const auto& level : verdict.votes)
    for (const auto& reason : level.reasons)
      if (reason.permission.negate) text += (text.empty() ? "" : ", ") + to_text(reason.permission) + " of " + reason.role;
  return text;
}

// Whether an entry of its own in the object's access list would be enough.
bool sharing_helps(const Subject& subject, Action action, const Object& object) {
  constexpr std::array kShared{Resource::workspace,    Resource::template_,         Resource::chat,
                               Resource::chat_project, Resource::mcp_server_config, Resource::chat_model_config};
  if (std::ranges::find(kShared, object.type) == kShared.end() || object.id.is_nil()) return false;
  const AclEntry own{subject.id().uuid, action};
  Object shared = object;
  shared.user_acl = {&own, 1};
  return allowed_with(subject, roles_of(subject), action, shared);
}

bool waking_helps(const Subject& subject, Action action, const Object& object) {
  Object awake = object;
  awake.type = Resource::workspace;
  return object.type == Resource::workspace_dormant && allowed_with(subject, roles_of(subject), action, awake);
}

// One step of several that are each enough, for what roles and sharing refuse.
std::string change_of_rights(const Subject& subject, Action action, const Object& object, const Verdict& verdict, const RoleBook& book) {
  std::vector<std::string> ways;
  if (waking_helps(subject, action, object)) ways.push_back("activate the workspace, which is dormant");
  if (auto role = role_that_helps(subject, action, object, book); !role.empty()) ways.push_back("grant role " + role);
  if (auto hindering = negatives_that_hinder(subject, action, object, verdict); !hindering.empty()) ways.push_back("take away " + hindering);
  if (sharing_helps(subject, action, object)) ways.push_back("share the object with the user");
  if (ways.empty()) return "no role allows this; it is closed to people";
  std::string text;
  for (const auto& way : ways) text += (text.empty() ? "" : " or ") + way;
  return text;
}

}  // namespace

std::string remedy_for(const Subject& subject, Action action, const Object& object, const Explanation& e, const RoleBook& book) {
  auto pair = std::string(name_of(object.type)) + ":" + std::string(name_of(action));
  std::vector<std::string> steps;
  if (!e.allow_list_covers)
    steps.push_back("use a token whose allow list covers " +
                    AllowEntry{object.type, object.id.is_nil() ? std::nullopt : std::optional(object.id)}.str());
  if (!e.scope.allowed) steps.push_back("use a token whose scope includes " + pair);
  if (!e.roles.allowed && !e.acl_allowed) steps.push_back(change_of_rights(subject, action, object, e.roles, book));
  std::string text;
  for (const auto& step : steps) text += (text.empty() ? "" : "; and ") + step;
  if (!text.empty()) text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + ".";
}

}  // namespace slipway::rbac
