// Why a decision came out as it did, in words: for administrators only; the ordinary answer stays "forbidden".
#pragma once

#include "rbac/object.hpp"
#include "rbac/subject.hpp"

#include <string>
#include <vector>

namespace slipway::rbac {

enum class Level { site, user, org, member };
std::string_view name_of(Level level);

// One permission that matched, and who brought it.
struct Reason {
  std::string role;  // "organization-admin:<uuid>", or the scope's name
  Permission permission;
};
struct LevelVote {
  Level level;
  int vote = 0;  // -1 deny, 0 abstain, +1 allow
  std::vector<Reason> reasons;
};
struct Verdict {
  bool allowed = false;
  std::vector<LevelVote> votes;  // all four, site first
  std::string because;           // a sentence
};
struct Explanation {
  bool allowed = false;
  Verdict roles;
  bool acl_allowed = false;
  std::string acl;  // the entry that grants, or why none does
  Verdict scope;
  bool allow_list_covers = false;
  std::string allow_list;  // the entry that covers, or that none does
  std::string summary;     // one sentence: what decided
  std::string remedy;      // the smallest change that would allow; empty when allowed
};

// Slow and literal; its `allowed` always equals decide(). `book` has the roles that a remedy may name.
Explanation explain(const Subject& subject, Action action, const Object& object, const RoleBook& book);
Explanation explain(const Subject& subject, Action action, const Object& object);  // without any switch
// The remedy of a denied explanation; every change it names was tried on the engine.
std::string remedy_for(const Subject& subject, Action action, const Object& object, const Explanation& e, const RoleBook& book);

}  // namespace slipway::rbac
