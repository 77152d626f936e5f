// Which app a request is for, as it was written: before anything is looked up. Pure.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::apps {

// How an app is reached: below the dashboard's own address, by a host of its own, or as a terminal's WebSocket.
enum class Method : std::uint8_t { path, subdomain, terminal };
std::string_view name_of(Method method);
std::optional<Method> method_of(std::string_view name);

struct AppRequest {
  Method method = Method::path;
  std::string base_path;                       // the path of all of the app's pages; its token's cookie is bound to it
  std::string prefix;                          // of a host, with the "---" that ends it
  std::string user, workspace, agent, target;  // names or ids; `target` is a slug or a port

  bool operator==(const AppRequest&) const = default;
};

// "workspace.agent" taken apart at its first dot, and a base path that ends with "/".
AppRequest normalised(AppRequest request);
// Errors: what makes it no request that this server could have made. It is the server's own fault: 500.
Result<void> check(const AppRequest& normalised);

// A port, if `target` is one: "8080", or "8080s" for one that speaks TLS. Whatever reads as a port is none of the slugs.
struct PortTarget {
  std::uint16_t port = 0;
  bool tls = false;
};
std::optional<PortTarget> port_of(std::string_view target);

}  // namespace slipway::apps
