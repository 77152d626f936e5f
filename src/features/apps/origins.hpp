// Whose page a request to an app on a host of its own comes from.
#pragma once

#include "features/apps/apps.hpp"
#include "features/apps/hosts.hpp"

namespace slipway::apps {

enum class From {
  elsewhere,  // no page, its own, or one that is no app's of ours
  kin,        // of another app of the same owner
  stranger,   // of another owner's app, of another wildcard's, or of a page that hides which it is of
};
// `owner` is the app's. A lookup that fails makes strangers.
Task<From> asks_from(const Doors& doors, Visit& visit, const Place& place, UserId owner);

// What decides about a request before it is let in: does its app's template leave other origins to the server, and is the page that
// asks of an app of the same owner?
struct Preflight {
  bool by_server = true;
  bool kin = false;
};
Task<Preflight> judge_preflight(const Doors& doors, Visit& visit, const Place& place);

}  // namespace slipway::apps
