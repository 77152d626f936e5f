// Carries one exchange to the app that it may reach and back: streaming both ways in constant memory, upgrades included.
#pragma once

#include "features/apps/resolve.hpp"

namespace slipway::apps {

struct Carry {
  Claims claims;
  std::string rest, query;    // what is asked of the app, as it came, still encoded; `rest` without the slash that it begins with
  std::string session_token;  // see Admitted
  std::string cookie;         // to be added to the answer
  std::string base;           // path of all the app's pages, for cookies
  bool sandbox = false;       // pages get an origin of their own, which is nobody's: of path apps (decision 0024)
  bool own_host = false;      // the app has a host of its own: what it says for its whole origin is its own affair
  std::string cors_origin;    // the page of another app that may read the answer; empty: none (cors.hpp)
};

// Answers the exchange, with a page when the app cannot be reached.
Task<void> carry(Doors& doors, net::Exchange& exchange, Visit& visit, Carry what);

}  // namespace slipway::apps
