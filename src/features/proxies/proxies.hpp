// Workspace proxies: servers elsewhere that carry apps and terminals for the people near them. This server, the primary, knows who they
// are and how they are, decides for them who may reach what, and lends them its keys (docs/guide/workspace-proxies.md).
#pragma once

#include "aio/task_fwd.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::apps {
struct Doors;
}
namespace slipway::http {
class Routes;
struct Home;
}  // namespace slipway::http
namespace slipway::net {
struct Response;
struct Url;
}  // namespace slipway::net
namespace slipway::store {
struct Cost;
}
namespace slipway::tunnels {
class Tunnels;
}

namespace slipway::proxies {

// What a proxy proves itself with: "<its id>:<secret>".
inline constexpr std::string_view kTokenHeader = "Coder-External-Proxy-Token";
struct Token {
  Uuid proxy;
  std::string_view secret;
};
std::optional<Token> parse_token(std::string_view text);

// What proxies are told when any token may have been taken back.
inline constexpr std::string_view kEverybody = "*";

// Whose address it is that people open apps by.
struct Address {
  std::string url;       // of the proxy
  std::string wildcard;  // its setting, where the address is one of its apps'; empty: its own
};
// Nothing for what is no registered proxy's. Of a wildcard's hosts whatever the port.
Task<Result<std::optional<Address>>> address_of(http::Home& home, std::shared_ptr<store::Cost> cost, const net::Url& url);

// Forgets processes long gone; runs until cancelled.
Task<void> keep(http::Home& home);

// Has all agents end their tunnels to proxies that are deleted, those held by this server now and those that come; runs until cancelled.
Task<void> keep_parted(http::Home& home, tunnels::Tunnels& tunnels);
// NOTIFY channel: a proxy has been deleted, or an address has another owner.
inline constexpr std::string_view kGone = "proxies_gone";

// What a browser times to find out which server is the nearest: nothing, to pages of any origin.
net::Response latency_answer();

// What people ask of proxies, and what proxies ask. `doors` are this server's, wanted as long as the routes are.
void add_routes(http::Routes& routes, apps::Doors& doors);
// Inside the feature only: the second half, and what an agent is asked so that it ends its tunnel to the proxy at `url`.
std::string part_from(const std::string& url);
void add_proxy_routes(http::Routes& routes, apps::Doors& doors);

}  // namespace slipway::proxies
