#include "http/credentials.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "net/cookie.hpp"
#include "net/url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace slipway::http {

namespace {

namespace ip = boost::asio::ip;

bool in_network(const ip::address& address, const std::string& network) {
  boost::system::error_code ec;
  if (network.find('/') == network.npos) return address == ip::make_address(network, ec) && !ec;
  if (address.is_v4()) {
    const auto net = ip::make_network_v4(network, ec);
    return !ec && net.canonical() == ip::network_v4(address.to_v4(), net.prefix_length()).canonical();
  }
  const auto net = ip::make_network_v6(network, ec);
  return !ec && net.canonical() == ip::network_v6(address.to_v6(), net.prefix_length()).canonical();
}

bool trusted(const std::string& text, const Site& site) { return in_networks(text, site.trusted_proxies); }

std::string_view trim(std::string_view text) { return text::trim(text, " \t"); }

}  // namespace

bool in_networks(std::string_view text, const std::vector<std::string>& networks) {
  boost::system::error_code ec;
  auto address = ip::make_address(text, ec);
  if (ec) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return std::ranges::any_of(networks, [&](const auto& network) { return in_network(address, network); });
}

std::string session_cookie(const Site& site) { return fmt::format("{}{}", site.host_prefix ? "__Host-" : "", kSessionCookie); }

std::optional<std::string> without_plain_cookie(const net::Request& request, const Site& site) {
  if (!site.host_prefix || !net::cookie(request.headers, kSessionCookie)) return std::nullopt;
  return net::to_header({.name = std::string(kSessionCookie), .value = {}, .domain = {}, .max_age = Seconds(0), .secure = true});
}

Credentials credentials(const net::Request& request, const Site& site) {
  if (const auto cookie = net::cookie(request.headers, session_cookie(site)); cookie && !cookie->empty()) {
    // A header beside the same cookie shows that a program, not a page of another site, made the request.
    return {std::string(*cookie), !request.headers.has(kSessionHeader)};
  }
  if (request.query.find(kSessionCookie) != request.query.npos)
    if (auto value = net::query_value(request.query, kSessionCookie); value && !value->empty()) return {std::move(*value)};
  if (const auto header = request.headers.get(kSessionHeader); !header.empty()) return {std::string(header)};
  return {std::string(bearer_of(request.headers.get("Authorization")))};
}

std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!net::iequals(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return trim(authorization.substr(kScheme.size()));
}

namespace {

// How the client reached this server: over TLS, or as a trusted proxy in front says.
std::string scheme_of(const net::Request& request, const Site& site) {
  std::string_view scheme = request.tls ? "https" : "http";
  if (trusted(request.peer.ip, site))
    for (const auto field : request.headers.all("X-Forwarded-Proto")) scheme = trim(field.substr(field.find_last_of(',') + 1));
  return std::string(net::iequals(scheme, "https") ? "https" : "http");
}

}  // namespace

std::string csrf_token(std::string_view session_token) { return crypto::base64url(crypto::hmac_sha256(session_token, "csrf")); }

bool origin_passes(const net::Request& request, const Site& site) {
  const auto origin = request.headers.find("Origin");
  if (!origin) return true;
  const auto parsed = net::parse_url(*origin);
  if (!parsed || request.headers.count("Origin") > 1) return false;
  const std::string theirs = parsed->origin();
  const auto own = net::parse_url(scheme_of(request, site) + "://" + std::string(request.headers.get("Host")));
  if (own && own->origin() == theirs) return true;
  if (const auto access = net::parse_url(site.access_url); access && access->origin() == theirs) return true;
  return std::ranges::find(site.origins, theirs) != site.origins.end();
}

std::string authority_asked_for(const net::Request& request, const Site& site) {
  std::string_view host = request.headers.get("Host");
  if (trusted(request.peer.ip, site))
    for (const auto field : request.headers.all("X-Forwarded-Host")) host = trim(field.substr(field.find_last_of(',') + 1));
  return std::string(host);
}

std::string host_asked_for(const net::Request& request, const Site& site) {
  const auto url = net::parse_url("http://" + authority_asked_for(request, site));
  return url && !url->has_userinfo && url->target() == "/" ? url->host : std::string();
}

namespace {

bool is_host_of(std::string_view url, std::string_view host) {
  const auto parsed = net::parse_url(url);
  return parsed && parsed->host == host;
}

// "*.apps.example.com" or "*--dev.example.com:8443": the star is one label or the start of one.
bool is_app_host(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with('*')) return false;
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto url = net::parse_url("http://x" + std::string(pattern.substr(1)));
  if (!url || !host.ends_with(std::string_view(url->host).substr(1))) return false;
  const auto start = host.substr(0, host.size() - (url->host.size() - 1));
  return !start.empty() && start.find('.') == start.npos;
}

}  // namespace

bool names_app(const net::Request& request, const Site& site) {
  const auto host = host_asked_for(request, site);
  return !is_host_of(site.access_url, host) && is_app_host(site.wildcard_access_host, host);
}

Result<void> host_passes(const net::Request& request, const Site& site) {
  const auto host = host_asked_for(request, site);
  boost::system::error_code no_address;
  ip::make_address(host, no_address);
  const bool ours = !host.empty() && (!no_address || host == "localhost" || host.ends_with(".localhost") || is_host_of(site.access_url, host) ||
                                      is_app_host(site.wildcard_access_host, host) ||
                                      std::ranges::any_of(site.origins, [&](const auto& origin) { return is_host_of(origin, host); }));
  if (ours) return {};
  return fail(Code::forbidden, fmt::format("This server is not known by the name \"{}\".", host),
              fmt::format("Open it as {}. If people reach it by this name, say so with --access-url; behind a reverse proxy, let that pass the "
                          "Host on, or send X-Forwarded-Host and be named by --trusted-proxies.",
                          site.access_url));
}

bool is_addressed(const net::Request& request, const Site& site, bool tls_here) {
  const auto access = net::parse_url(site.access_url);
  if (!access) return true;
  const auto asked = net::parse_url(access->scheme + "://" + authority_asked_for(request, site));
  if (!asked || (asked->origin() != access->origin() && !names_app(request, site))) return false;
  return access->scheme != "https" || !tls_here || scheme_of(request, site) == "https";
}

std::string right_address(const net::Request& request, const Site& site) {
  if (!names_app(request, site)) return site.access_url;
  const auto port = site.wildcard_access_host.find(':');
  return fmt::format("{}://{}{}", site.access_url.substr(0, site.access_url.find("://")), host_asked_for(request, site),
                     port == site.wildcard_access_host.npos ? "" : site.wildcard_access_host.substr(port));
}

bool csrf_passes(const net::Request& request, const Site& site, std::string_view session_token) {
  return origin_passes(request, site) && crypto::equal(request.headers.get(kCsrfHeader), csrf_token(session_token));
}

std::string client_address(const net::Request& request, const Site& site) {
  if (site.trusted_proxies.empty() || !trusted(request.peer.ip, site)) return request.peer.ip;
  std::vector<std::string> hops;
  for (const auto field : request.headers.all("X-Forwarded-For"))
    for (std::string_view rest = field; !rest.empty();) {
      const auto comma = rest.find(',');
      hops.emplace_back(trim(rest.substr(0, comma)));
      rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
  std::string client = request.peer.ip;
  for (auto hop = hops.rbegin(); hop != hops.rend() && trusted(client, site); ++hop) {
    boost::system::error_code ec;
    if (ip::make_address(*hop, ec); ec) break;
    client = *hop;
  }
  return client;
}

}  // namespace slipway::http
