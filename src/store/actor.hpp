// Who acts. Made by http's authentication (people, agents, provisioners) or by Db (duties); immutable, shared by pointer.
#pragma once

#include "base/ids.hpp"

#include <memory>
#include <string>

namespace slipway::rbac {
class Subject;
}

namespace slipway::store {

struct Actor {
  enum class Kind { nobody, user, agent, provisioner, duty };

  Kind kind = Kind::nobody;
  UserId user_id = {};                           // nil for nobody, provisioners and most duties
  std::string name;                              // for the log and the audit trail; never decides
  std::shared_ptr<const rbac::Subject> subject;  // never null
};

using ActorPtr = std::shared_ptr<const Actor>;

}  // namespace slipway::store
