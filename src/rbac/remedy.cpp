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

bool allowed_with(const Subject& subject, const HeldRole& extra, Action action, const Object& object) {
  std::vector<HeldRole> held(subject.roles().begin(), subject.roles().end());
  held.push_back(extra);
  std::vector<GroupId> groups(subject.groups().begin(), subject.groups().end());
  auto with = Subject::make({.id = subject.id(), .roles = std::move(held), .groups = std::move(groups), .scope = scope_all()});
  return with && decide(**with, action, object);
}

// The built-in role of the narrowest reach, then of the fewest rights, that is enough.
std::string role_that_helps(const Subject& subject, Action action, const Object& object) {
  static const RoleBook book;
  std::vector<HeldRole> candidates;
  for (const auto& role : book.site_roles()) candidates.push_back({role, {}});
  if (!object.organization.is_nil())
    for (const auto& role : book.organization_roles()) candidates.push_back({role, object.organization});
  std::ranges::sort(candidates, {}, [](const HeldRole& held) {
    return std::tuple(held.organization.is_nil(), weight(*held.role), held.role->name);
  });
  for (const auto& candidate : candidates)
    if (allowed_with(subject, candidate, action, object)) return candidate.str();
  return {};
}

std::string negatives(const Verdict& verdict) {
  std::string text;
  for (const auto& level : verdict.votes)
    for (const auto& reason : level.reasons)
      if (reason.permission.negate) text += (text.empty() ? "" : ", ") + to_text(reason.permission) + " of " + reason.role;
  return text;
}

bool has_acl(Resource type) {
  constexpr std::array kShared{Resource::workspace, Resource::template_, Resource::chat, Resource::chat_project,
                               Resource::mcp_server_config, Resource::chat_model_config};
  return std::ranges::find(kShared, type) != kShared.end();
}

}  // namespace

std::string remedy_for(const Subject& subject, Action action, const Object& object, const Explanation& e) {
  auto pair = std::string(name_of(object.type)) + ":" + std::string(name_of(action));
  std::vector<std::string> steps;
  if (!e.allow_list_covers)
    steps.push_back("use a token whose allow list covers " + AllowEntry{object.type, object.id.is_nil() ? std::nullopt
                                                                           : std::optional(object.id)}.str());
  if (!e.scope.allowed) steps.push_back("use a token whose scope includes " + pair);
  if (!e.roles.allowed && !e.acl_allowed) {
    bool member = subject.is_member(object.organization);
    auto role = role_that_helps(subject, action, object);
    auto forbidding = negatives(e.roles);
    std::string step = role.empty() ? "" : "grant role " + role;
    if (!forbidding.empty()) step += (step.empty() ? "" : " or ") + ("take away " + forbidding);
    if (has_acl(object.type) && member && !object.id.is_nil())
      step += (step.empty() ? "" : " or ") + std::string("share the object with the user");
    steps.push_back(step.empty() ? "no role allows this; it is closed to people" : step);
  }
  std::string text;
  for (const auto& step : steps) text += (text.empty() ? "" : "; and ") + step;
  if (!text.empty()) text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + ".";
}

}  // namespace slipway::rbac
