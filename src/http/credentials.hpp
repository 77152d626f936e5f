// What a request brings to prove who it is, and the guards around it: the token's place, the CSRF token, the origin, the
// client's true address. Each is decided here and nowhere else.
#pragma once

#include "http/home.hpp"
#include "net/message.hpp"

#include <string>
#include <string_view>

namespace slipway::http {

inline constexpr std::string_view kSessionCookie = "coder_session_token";
inline constexpr std::string_view kSessionHeader = "Coder-Session-Token";
inline constexpr std::string_view kCsrfCookie = "csrf_token";
inline constexpr std::string_view kCsrfHeader = "X-CSRF-TOKEN";
inline constexpr std::string_view kProvisionerKeyHeader = "Coder-Provisioner-Daemon-Key";

struct Credentials {
  std::string token;  // empty: none
  bool by_cookie = false;
};
// Cookie, then query, then header, then bearer (contract README). Of the two names that the cookie may have, the site's alone counts:
// whoever could set the other would choose whose session a page acts in.
Credentials credentials(const net::Request& request, const Site& site);
// What the session's cookie is called: with host_prefix "__Host-…", which browsers take from this very host over TLS only.
std::string session_cookie(const Site& site);
// The Set-Cookie that takes the session's cookie under its plain name away from a browser that still has it, on a site with host_prefix.
std::optional<std::string> without_plain_cookie(const net::Request& request, const Site& site);
// The token of an Authorization field of the scheme Bearer; empty when it is of another.
std::string_view bearer_of(std::string_view authorization);

// What the csrf_token cookie holds for a session: bound to it, so that a planted cookie is worth nothing.
std::string csrf_token(std::string_view session_token);
// May a request that the cookie alone authenticates change something? It must carry the token and come from our origin.
bool csrf_passes(const net::Request& request, const Site& site, std::string_view session_token);
// No Origin header, our own - scheme and authority as the client reached us -, the access URL's, or one of the site's list; compared
// as whole, parsed origins.
bool origin_passes(const net::Request& request, const Site& site);

// The host and port that a client asked for, as it wrote them: what a trusted proxy says in X-Forwarded-Host, else Host. Anybody
// else's X-Forwarded-Host is a word of the page that asks.
std::string authority_asked_for(const net::Request& request, const Site& site);
// The host alone, in small letters and without its port; empty when it is none.
std::string host_asked_for(const net::Request& request, const Site& site);
// Does the request name a web app's host, which is not the dashboard's own?
bool names_app(const net::Request& request, const Site& site);

// Does the request name this server: by an address, a loopback name, the access URL's host, a web app's, or that of one of the site's
// origins? A page whose own name was pointed at us does not (DNS rebinding). Behind trusted proxies X-Forwarded-Host says which
// name was asked for. Errors: forbidden, naming the settings that say what this server is called.
Result<void> host_passes(const net::Request& request, const Site& site);

// Does the request name the access URL's host and port, or a web app's host? One that came without TLS does not when the access URL
// has it and `tls_here` says that this server speaks it: no proxy in front has taken the TLS off, unless a trusted one says so.
bool is_addressed(const net::Request& request, const Site& site, bool tls_here);
// Where such a request should have gone: the access URL, or the app's host by the scheme and port that people see.
std::string right_address(const net::Request& request, const Site& site);

// Is the address one of these networks'?
bool in_networks(std::string_view address, const std::vector<std::string>& networks);

// The client's address: hops are counted from the right, through configured trusted proxies only.
std::string client_address(const net::Request& request, const Site& site);

}  // namespace slipway::http
