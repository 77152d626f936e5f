// The way from the dashboard's host, where people are signed in, to hosts of apps, where they are not: a key for apps alone, sealed into
// the address (docs/guide/apps.md); and the token by which a terminal is opened elsewhere.
#pragma once

#include "features/apps/apps.hpp"
#include "http/call.hpp"
#include "net/url.hpp"

#include <functional>
#include <optional>
#include <string>

namespace slipway::http {
class Routes;
}

namespace slipway::apps {

// Whose an address is: a workspace proxy's own, or one of its apps' hosts.
struct ProxyAddress {
  std::string url;       // the proxy's
  std::string wildcard;  // its setting, if the address is one of its apps'; empty: its own
};

struct RedirectOptions {
  Seconds longest = std::chrono::hours(24);  // how long a key is good that a session without a near end asks for
  // Nothing for what is no proxy's. Null: there are no proxies. Errors: nobody can tell.
  std::function<Task<Result<std::optional<ProxyAddress>>>(http::Call& call, const net::Url& asked)> proxy_of = {};
};

// Where a browser may be sent that asks for an app of this wildcard, with the scheme by which people reach the dashboard; nothing for
// any other host or port.
std::optional<net::Url> way_to_app(const net::Url& asked, const Wildcard& wildcard, std::string_view access_url);
std::optional<net::Url> way_to_proxy(const net::Url& asked, const ProxyAddress& proxy);
// The host of the same wildcard at which browsers get their key, on their way to `to`.
net::Url by_sign_in(const net::Url& to, const Wildcard& wildcard);
// The same with a sealed key in it, whatever key was there.
std::string with_key(net::Url to, std::string_view sealed);

// The WebSocket that a browser will open a terminal by. Errors: 400 with what is wrong with it.
Result<net::Url> terminal_address(std::string_view url, const Uuid& agent);

// When a key for apps ends that a session asks for, and how long it is said to live.
struct KeyTerm {
  Time expires_at{};
  Seconds lifetime{};

  bool operator==(const KeyTerm&) const = default;
};
KeyTerm term_of(Time now, Time session_ends, Seconds session_lifetime, Seconds longest);

void add_redirect_routes(http::Routes& routes, Doors& doors, RedirectOptions options);

}  // namespace slipway::apps
