// From a request to the app that it may reach, or to what its caller is answered instead: by the token that it brings, else by asking
// who it is, what it names and whether that is allowed (docs/guide/apps.md).
#pragma once

#include "features/apps/token.hpp"
#include "http/authenticator.hpp"
#include "http/call.hpp"
#include "net/exchange.hpp"
#include "net/message.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace slipway::apps {

// One visit, whatever address it came by. Lives as long as the exchange.
struct Visit {
  http::Home& home;
  const net::Request& request;
  std::shared_ptr<store::Cost> cost;
  store::OriginPtr origin;  // client's address and so on
  Time now{};
};

// What is asked for. `own_cookie` is the session cookie of the access method, which counts before the usual places.
struct Asked {
  AppRequest app;           // normalised
  std::string own_cookie;   // its name; empty: none
  std::string base_url;     // scheme://host of the app, for the way back from signing in
  std::string path, query;  // what is asked of the app, as it came
};

struct Admitted {
  Claims claims;
  std::string cookie;         // the Set-Cookie of a new token; empty when the request brought one
  std::string session_token;  // what proved the caller, so that it never reaches the app; empty with a token
  http::PrincipalPtr caller;  // null with a token, or for nobody
};
// Admitted, or the page or redirection that answers.
using Resolution = std::variant<Admitted, net::Response>;

struct Doors;  // apps.hpp: what all of this stands on

Task<Resolution> resolve(Doors& doors, Visit& visit, const Asked& asked);
// Only the second half: for a proxy, which has looked for a token itself.
Task<Resolution> issue(Doors& doors, Visit& visit, const Asked& asked);

}  // namespace slipway::apps
