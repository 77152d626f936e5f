// What of a request goes on to an app, and what of its answer comes back. Pure.
#pragma once

#include "base/result.hpp"

#include "net/message.hpp"

#include <string>
#include <string_view>

namespace slipway::apps {

// The path of the URL after the app's own; "workspace" or "workspace.agent".
struct Names {
  std::string workspace;
  std::string agent;  // empty: not said
};
Names split_names(std::string_view workspace_and_agent);

struct Upstream {
  std::uint16_t port = 0;
  std::string host;    // for the Host field
  std::string target;  // path and query
};
// Where a request for `rest` (still encoded) goes. Errors: an app that is no plain HTTP server on the workspace's loopback.
Result<Upstream> upstream_of(std::string_view app_url, std::string_view rest, std::string_view query);

// Is this cookie ours? None of them reaches an app, and no app sets one.
bool is_ours(std::string_view cookie_name);

struct Front {
  std::string client_ip;
  std::string host;
  bool tls = false;
};
// The fields that an app is sent. `upgrade`: the connection is to become something else, so those fields stay.
net::Headers to_app(const net::Headers& from, const Front& front, std::string_view host, std::string_view session_token, bool upgrade);
net::Headers from_app(const net::Headers& from, bool upgrade);

}  // namespace slipway::apps
