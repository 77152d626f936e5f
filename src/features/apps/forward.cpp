#include "features/apps/forward.hpp"

#include "http/credentials.hpp"
#include "net/cookie.hpp"
#include "net/url.hpp"

#include <algorithm>

namespace slipway::apps {

namespace {

// Fields of one connection (RFC 9110, 7.6.1) and of this server alone.
constexpr std::string_view kOfConnection[] = {
    "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"};
constexpr std::string_view kOursAlone[] = {http::kSessionHeader,
                                           http::kCsrfHeader,
                                           http::kProvisionerKeyHeader,
                                           "Coder-Provisioner-Daemon-PSK",
                                           "Coder-External-Proxy-Token",
                                           "X-Coder-Bypass-Ratelimit",
                                           "X-Forwarded-For",
                                           "X-Forwarded-Host",
                                           "X-Forwarded-Proto",
                                           "Forwarded",
                                           "X-Real-Ip"};
constexpr std::string_view kOurCookies[] = {"csrf_token", "oauth_state", "oauth_redirect", "oauth_pkce_verifier"};
constexpr std::string_view kOurParameters[] = {"coder_session_token", "coder_application_connect_api_key_35e783", "coder_signed_app_token_23db1dde"};

bool starts_with_letters(std::string_view text, std::string_view head) {
  return text.size() >= head.size() && net::iequals(text.substr(0, head.size()), head);
}

// Pairs keep their bytes; those of ours go.
std::string without_ours(std::string_view query) {
  std::string kept;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    const auto name = net::percent_decode(pair.substr(0, pair.find('='))).value_or("");
    if (std::ranges::find(kOurParameters, name) == std::end(kOurParameters)) kept.append(kept.empty() ? "" : "&").append(pair);
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
  }
  return kept;
}

void remove_of_connection(net::Headers& headers) {
  std::vector<std::string> named;
  for (const auto field : headers.all("Connection"))
    for (std::string_view rest = field; !rest.empty();) {
      const auto comma = rest.find(',');
      auto name = rest.substr(0, comma);
      while (name.starts_with(' ')) name.remove_prefix(1);
      while (name.ends_with(' ')) name.remove_suffix(1);
      if (!name.empty()) named.emplace_back(name);
      rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
  for (const auto& name : named) headers.remove(name);
  for (const auto name : kOfConnection) headers.remove(name);
}

}  // namespace

Names split_names(std::string_view workspace_and_agent) {
  const auto dot = workspace_and_agent.find('.');
  if (dot == workspace_and_agent.npos) return {std::string(workspace_and_agent), {}};
  return {std::string(workspace_and_agent.substr(0, dot)), std::string(workspace_and_agent.substr(dot + 1))};
}

Result<Upstream> upstream_of(std::string_view app_url, std::string_view rest, std::string_view query) {
  const auto parsed = net::parse_url(app_url);
  if (!parsed) return fail(Code::bad_gateway, "The app has no URL that could be opened.");
  const auto& url = *parsed;
  if (url.scheme != "http") return fail(Code::bad_gateway, "Only apps that speak plain HTTP can be opened through the server.");
  if (url.host != "localhost" && url.host != "127.0.0.1" && url.host != "::1" && url.host != "0.0.0.0")
    return fail(Code::bad_gateway, "The app does not run inside the workspace.");
  Upstream up{.port = url.port, .host = url.authority(), .target = url.path};
  if (!rest.empty()) {
    if (!up.target.ends_with('/')) up.target += '/';
    up.target += rest;
  }
  std::string asked = without_ours(query);
  if (!url.query.empty()) asked = asked.empty() ? url.query : url.query + "&" + asked;
  if (!asked.empty()) up.target += "?" + asked;
  return up;
}

bool is_ours(std::string_view cookie_name) {
  for (const std::string_view prefix : {"__Host-", "__Secure-"})
    if (starts_with_letters(cookie_name, prefix)) cookie_name.remove_prefix(prefix.size());
  if (starts_with_letters(cookie_name, "coder_")) return true;
  return std::ranges::any_of(kOurCookies, [&](auto name) { return net::iequals(name, cookie_name); });
}

net::Headers to_app(const net::Headers& from, const Front& front, std::string_view host, std::string_view session_token, bool upgrade) {
  net::Headers to = from;
  const std::string protocol(from.get("Upgrade"));
  remove_of_connection(to);
  for (const auto name : kOursAlone) to.remove(name);
  if (const auto bearer = from.get("Authorization");
      starts_with_letters(bearer, "Bearer ") && !session_token.empty() && bearer.substr(7) == session_token)
    to.remove("Authorization");
  net::remove_cookies(to, is_ours);
  to.set("Host", host);
  to.set("X-Forwarded-For", front.client_ip);
  to.set("X-Forwarded-Host", front.host);
  to.set("X-Forwarded-Proto", front.tls ? "https" : "http");
  if (upgrade) {
    to.set("Connection", "Upgrade");
    to.set("Upgrade", protocol);
  }
  return to;
}

net::Headers from_app(const net::Headers& from, bool upgrade) {
  net::Headers base = from;
  remove_of_connection(base);
  net::Headers to;
  for (std::size_t i = 0; i < base.size(); ++i) {
    const auto [name, value] = base.at(i);
    if (net::iequals(name, "Set-Cookie")) {
      auto cookie = value.substr(0, value.find_first_of("=;"));
      while (cookie.starts_with(' ') || cookie.starts_with('\t')) cookie.remove_prefix(1);
      while (cookie.ends_with(' ') || cookie.ends_with('\t')) cookie.remove_suffix(1);
      if (is_ours(cookie)) continue;
    }
    to.add(name, value);
  }
  if (upgrade) {
    to.set("Connection", "Upgrade");
    to.set("Upgrade", from.get("Upgrade"));
  }
  return to;
}

}  // namespace slipway::apps
