// The decision (docs/guide/authorization.md): (roles or ACL) and scope. Pure; allocates nothing; well under 200 ns.
#pragma once

#include "rbac/object.hpp"
#include "rbac/subject.hpp"

namespace slipway::rbac {

// May the subject do it? An action or type unknown to us, or a pair the type lacks, is matched by wildcards only.
// An object with both any_org and an organization is denied.
bool decide(const Subject& subject, Action action, const Object& object);

// The same with the pair judged by the compiler: `may<Action::update, Resource::license>(...)` is no program.
template <Action A, Resource R>
  requires ValidPair<R, A>
bool may(const Subject& subject, Object object) {
  object.type = R;
  return decide(subject, A, object);
}

}  // namespace slipway::rbac
