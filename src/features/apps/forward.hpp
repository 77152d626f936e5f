// What of a request goes on to an app, and what of its answer comes back. Pure.
#pragma once

#include "base/result.hpp"

#include "net/message.hpp"

#include <optional>
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
  std::string session_token;            // what proved the caller
  bool upgrade = false;                 // the connection is to become something else, so those fields stay
  std::optional<std::uint64_t> length;  // of the body; nothing: chunked
};
// The fields that an app is sent. How long the body is follows `front` alone, whatever the caller's fields say.
net::Headers to_app(const net::Headers& from, const Front& front, std::string_view host);

struct Back {
  std::string base;  // the path of all the app's pages: its cookies stay below
  bool upgrade = false;
  bool sandbox = true;  // its pages get an origin of their own, which is nobody's (decision 0024)
};
// The fields of an app's answer that reach a browser: an allow list, for whatever a browser does for a whole origin would be done
// for the dashboard's.
net::Headers from_app(const net::Headers& from, const Back& back);

}  // namespace slipway::apps
