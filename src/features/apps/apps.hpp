// Web apps of workspaces under this server's own origin: /@owner/workspace[.agent]/apps/slug/…
#pragma once

#include "features/apps/visit.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/authenticator.hpp"

namespace slipway::http {
class Routes;
}

namespace slipway::apps {

struct Options {
  bool path_apps = true;  // false: CODER_DISABLE_PATH_APPS
  Dangers dangers = {};
  Milliseconds answer_limit{600'000};  // from a request to the head of the app's answer: long polls are shorter
};

// Both are wanted as long as the routes are.
void add_routes(http::Routes& routes, tunnels::Tunnels& tunnels, http::Authenticator& authenticator, Options options = {});

}  // namespace slipway::apps
