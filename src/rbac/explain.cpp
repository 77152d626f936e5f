#include "rbac/explain.hpp"
#include "rbac/decide.hpp"

#include <algorithm>
#include <array>

namespace slipway::rbac {
namespace {

constexpr std::array kLevels{Level::site, Level::user, Level::org, Level::member};

// The permissions of one level, with who brought them and where they hold.
struct Source {
  std::string role;
  const Permissions* permissions;
  OrganizationId organization;
};

std::vector<Source> role_sources(const Subject& subject, Level level) {
  constexpr Permissions Role::* kLists[] = {&Role::site, &Role::user, &Role::org, &Role::member};
  std::vector<Source> sources;
  for (const auto& held : subject.roles()) sources.push_back({held.str(), &((*held.role).*kLists[static_cast<int>(level)]), held.organization});
  return sources;
}

std::vector<Source> scope_sources(const Subject& subject, Level level) {
  const auto& scope = subject.scope();
  if (level == Level::site) return {{scope.name, &scope.site, {}}};
  if (level == Level::user) return {{scope.name, &scope.user, {}}};
  std::vector<Source> sources;
  for (const auto& [organization, permissions] : scope.by_org)
    sources.push_back({scope.name, level == Level::org ? &permissions.org : &permissions.member, organization});
  return sources;
}

struct Question {
  const Subject& subject;
  Action action;
  const Object& object;

  bool owned() const { return !object.owner.is_nil() && object.owner == subject.id(); }

  // Pools the sources that hold in one place; negatives win.
  LevelVote pooled(Level level, const std::vector<Source>& sources, OrganizationId organization) const {
    bool local = level == Level::org || level == Level::member;
    LevelVote out{.level = level, .vote = 0, .reasons = {}};
    for (const auto& source : sources) {
      if (local && source.organization != organization) continue;
      for (const auto& p : *source.permissions) {
        if (!matches(p, object.type, action)) continue;
        out.reasons.push_back({source.role, p});
        out.vote = p.negate ? -1 : (out.vote == 0 ? 1 : out.vote);
      }
    }
    return out;
  }

  LevelVote vote(Level level, const std::vector<Source>& sources) const {
    LevelVote none{.level = level, .vote = 0, .reasons = {}};
    bool deployment = object.organization.is_nil() && !object.any_org;
    if (level == Level::site) return pooled(level, sources, {});
    if (level == Level::user) return owned() && deployment ? pooled(level, sources, {}) : none;
    if (level == Level::member && !owned()) return none;
    if (!object.any_org) return subject.is_member(object.organization) ? pooled(level, sources, object.organization) : none;
    std::optional<LevelVote> best;
    for (auto organization : subject.organizations()) {
      auto here = pooled(level, sources, organization);
      if (!best || here.vote > best->vote) best = std::move(here);
    }
    return best ? *best : none;
  }
};

std::string list_of(const LevelVote& vote, bool negate) {
  std::string text;
  for (const auto& reason : vote.reasons) {
    if (reason.permission.negate != negate) continue;
    text += (text.empty() ? "" : ", ") + to_text(reason.permission) + " of " + reason.role;
  }
  return text;
}

Verdict verdict_of(std::vector<LevelVote> votes) {
  auto vote = [&votes](Level level) -> const LevelVote& { return votes[static_cast<std::size_t>(level)]; };
  auto settle = [&](bool allowed, Level level) {
    auto text = std::string("The ") + std::string(name_of(level)) + " level " + (allowed ? "allows it: " : "forbids it: ") +
                list_of(vote(level), !allowed) + ".";
    return Verdict{allowed, votes, std::move(text)};
  };
  if (vote(Level::site).vote != 0) return settle(vote(Level::site).vote > 0, Level::site);
  if (vote(Level::user).vote > 0) return settle(true, Level::user);
  if (vote(Level::org).vote != 0) return settle(vote(Level::org).vote > 0, Level::org);
  if (vote(Level::member).vote > 0) return settle(true, Level::member);
  for (auto level : {Level::user, Level::member})
    if (vote(level).vote < 0) return settle(false, level);
  return Verdict{false, std::move(votes), "No level allows it: no permission that applies here mentions it."};
}

template <class Sources>
Verdict verdict(const Question& asked, Sources&& sources) {
  std::vector<LevelVote> votes;
  for (auto level : kLevels) votes.push_back(asked.vote(level, sources(asked.subject, level)));
  return verdict_of(std::move(votes));
}

// The entry of the object's access lists that grants, as words; sets `allowed`.
std::string acl_words(const Question& asked, bool& allowed) {
  const auto& [subject, action, object] = asked;
  bool listed = !object.user_acl.empty() || !object.group_acl.empty() || object.read_by_own_group;
  if (!listed) return "The object has no access list.";
  bool member = object.any_org ? !subject.organizations().empty() : subject.is_member(object.organization);
  if (!member) return "Access lists work only for members of the object's organization.";
  for (const auto& entry : object.user_acl) {
    if (entry.who != subject.id().uuid || !entry.actions.grants(action)) continue;
    allowed = true;
    return "The access list names the user itself.";
  }
  std::vector<AclEntry> groups(object.group_acl.begin(), object.group_acl.end());
  if (object.read_by_own_group) groups.push_back({object.id, Action::read});
  for (const auto& entry : groups) {
    if (!entry.actions.grants(action)) continue;
    bool everyone = !object.any_org && entry.who == object.organization.uuid;
    if (!everyone && !subject.in_group(entry.who)) continue;
    allowed = true;
    if (everyone) return "The access list names everyone in the organization.";
    return "The access list names group " + entry.who.str() + ", to which the user belongs.";
  }
  return "No entry of the access lists grants this action to the user or one of its groups.";
}

std::string allow_list_words(const Question& asked, bool& covers) {
  const auto& object = asked.object;
  for (const auto& entry : asked.subject.scope().allow_list.entries()) {
    if (!AllowList({entry}).covers(object.type, object.id)) continue;
    covers = true;
    return "Entry " + entry.str() + " covers the object.";
  }
  if (object.id.is_nil()) return "No entry covers it: an object without id needs <type>:* or *:*.";
  return "No entry of the token's allow list covers the object.";
}

std::string pair_text(const Question& asked) { return std::string(name_of(asked.object.type)) + ":" + std::string(name_of(asked.action)); }

std::string summary_of(const Question& asked, const Explanation& e) {
  if (asked.object.any_org && !asked.object.organization.is_nil()) return "Denied: a question about any organization cannot name one.";
  if (!e.allow_list_covers) return "Denied by the token's allow list. " + e.allow_list;
  if (!e.scope.allowed) return "Denied by the token's scope. " + e.scope.because;
  if (e.roles.allowed) return "Allowed by roles. " + e.roles.because;
  if (e.acl_allowed) return "Allowed by sharing. " + e.acl;
  return "Denied by roles. " + e.roles.because;
}

}  // namespace

std::string_view name_of(Level level) {
  constexpr std::array<std::string_view, 4> kNames{"site", "user", "organization", "member"};
  return kNames[static_cast<std::size_t>(level)];
}

Explanation explain(const Subject& subject, Action action, const Object& object) {
  static const RoleBook book;
  return explain(subject, action, object, book);
}

Explanation explain(const Subject& subject, Action action, const Object& object, const RoleBook& book) {
  Question asked{subject, action, object};
  Explanation e;
  e.roles = verdict(asked, role_sources);
  e.scope = verdict(asked, scope_sources);
  e.acl = acl_words(asked, e.acl_allowed);
  e.allow_list = allow_list_words(asked, e.allow_list_covers);
  bool possible = !object.any_org || object.organization.is_nil();
  e.allowed = possible && (e.roles.allowed || e.acl_allowed) && e.scope.allowed && e.allow_list_covers;
  e.summary = pair_text(asked) + ": " + summary_of(asked, e);
  if (!e.allowed && possible) e.remedy = remedy_for(subject, action, object, e, book);
  return e;
}

}  // namespace slipway::rbac
