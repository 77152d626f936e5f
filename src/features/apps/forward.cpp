#include "features/apps/forward.hpp"

#include "base/text.hpp"
#include "features/tunnels/tunnels.hpp"
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
// What a caller names in Connection is dropped, but for these: without them the app would read another request than was sent.
constexpr std::string_view kNotOfConnection[] = {"Content-Length", "Host", "Cookie"};
// What may come back: what describes this one answer. Fields that speak for the whole origin (Service-Worker-Allowed, Clear-Site-Data,
// Strict-Transport-Security, NEL, Alt-Svc, Access-Control-…, and those yet to be invented) are not here.
constexpr std::string_view kOfAnswers[] = {"Accept-Patch",
                                           "Accept-Post",
                                           "Accept-Ranges",
                                           "Age",
                                           "Allow",
                                           "Cache-Control",
                                           "Content-Disposition",
                                           "Content-Encoding",
                                           "Content-Language",
                                           "Content-Length",
                                           "Content-Location",
                                           "Content-MD5",
                                           "Content-Range",
                                           "Content-Security-Policy",
                                           "Content-Security-Policy-Report-Only",
                                           "Content-Type",
                                           "Cross-Origin-Embedder-Policy",
                                           "Cross-Origin-Opener-Policy",
                                           "Cross-Origin-Resource-Policy",
                                           "DAV",
                                           "Date",
                                           "Depth",
                                           "Digest",
                                           "ETag",
                                           "Expires",
                                           "If",
                                           "Last-Modified",
                                           "Link",
                                           "Location",
                                           "Lock-Token",
                                           "Overwrite",
                                           "Permissions-Policy",
                                           "Pragma",
                                           "Preference-Applied",
                                           "Referrer-Policy",
                                           "Refresh",
                                           "Retry-After",
                                           "Server",
                                           "Server-Timing",
                                           "Set-Cookie",
                                           "SourceMap",
                                           "Timeout",
                                           "Vary",
                                           "Via",
                                           "WWW-Authenticate",
                                           "Warning"};
// Of programs that are no browsers, and what apps call their own.
constexpr std::string_view kFamilies[] = {"Docker-", "Grpc-", "Mcp-", "Sec-WebSocket-", "Tus-", "Upload-", "X-"};
// Orders to a proxy before us, which would send its own files.
constexpr std::string_view kOrders[] = {"X-Accel-", "X-Sendfile", "X-Lighttpd-", "X-Litespeed-", "X-Reproxy-"};
constexpr std::string_view kSandbox =
    "sandbox allow-downloads allow-forms allow-modals allow-pointer-lock allow-popups allow-popups-to-escape-sandbox allow-scripts";
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
    for (const auto part : text::split(field, ','))
      if (const auto name = text::trim(part, " "); !name.empty()) named.emplace_back(name);
  for (const auto& name : named)
    if (std::ranges::none_of(kNotOfConnection, [&](auto kept) { return net::iequals(kept, name); })) headers.remove(name);
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
  // Below are ports of the agent's own (agents/ports.hpp).
  if (url.port < tunnels::kLeastPort)
    return fail(Code::invalid,
                fmt::format("Application port {} is not permitted. Ports less than {} are for internal use.", url.port, tunnels::kLeastPort));
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

net::Headers to_app(const net::Headers& from, const Front& front, std::string_view host) {
  net::Headers to = from;
  const std::string protocol(from.get("Upgrade"));
  remove_of_connection(to);
  for (const auto name : kOursAlone) to.remove(name);
  const auto proves = [&](auto field) { return !front.session_token.empty() && http::bearer_of(field) == front.session_token; };
  if (std::ranges::any_of(from.all("Authorization"), proves)) to.remove("Authorization");
  net::remove_cookies(to, is_ours);
  to.set("Host", host);
  to.set("X-Forwarded-For", front.client_ip);
  to.set("X-Forwarded-Host", front.host);
  to.set("X-Forwarded-Proto", front.tls ? "https" : "http");
  to.remove("Content-Length");
  if (!front.length)
    to.set("Transfer-Encoding", "chunked");
  else if (*front.length > 0 || from.has("Content-Length"))
    to.set("Content-Length", std::to_string(*front.length));
  if (front.upgrade) {
    to.set("Connection", "Upgrade");
    to.set("Upgrade", protocol);
  }
  return to;
}

namespace {

std::string_view trimmed(std::string_view text) { return text::trim(text, " \t"); }

bool comes_back(std::string_view name) {
  if (std::ranges::any_of(kOrders, [&](auto head) { return starts_with_letters(name, head); })) return net::iequals(name, "X-Accel-Buffering");
  return std::ranges::any_of(kOfAnswers, [&](auto one) { return net::iequals(one, name); }) ||
         std::ranges::any_of(kFamilies, [&](auto head) { return starts_with_letters(name, head); });
}

bool is_below(std::string_view path, std::string_view base) {
  return path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/');
}

// The name under which a browser sends the cookie back: one without a name goes out as its value, which may look like a name.
std::string_view sent_as(std::string_view cookie) {
  auto pair = trimmed(cookie.substr(0, cookie.find(';')));
  if (pair.starts_with('=')) pair = trimmed(pair.substr(1));
  return trimmed(pair.substr(0, pair.find('=')));
}

// The app's cookie, for this host and the app's own pages only; empty when it is none that an app may set.
std::string confined(std::string_view cookie, std::string_view base) {
  if (is_ours(sent_as(cookie))) return {};
  std::string kept;
  for (bool first = true; !cookie.empty() || first; first = false) {
    const auto end = cookie.find(';');
    const auto part = cookie.substr(0, end), name = trimmed(part.substr(0, part.find('=')));
    cookie = end == cookie.npos ? std::string_view() : cookie.substr(end + 1);
    if (!first && net::iequals(name, "Domain")) return {};
    const bool wide = !first && net::iequals(name, "Path") && !is_below(trimmed(part.substr(std::min(part.size(), part.find('=') + 1))), base);
    kept.append(first ? "" : ";").append(wide ? " Path=" : part).append(wide ? base : "");
  }
  return kept;
}

}  // namespace

net::Headers from_app(const net::Headers& from, const Back& back) {
  net::Headers base = from;
  remove_of_connection(base);
  net::Headers to;
  for (std::size_t i = 0; i < base.size(); ++i) {
    const auto [name, value] = base.at(i);
    if (!comes_back(name)) continue;
    if (!net::iequals(name, "Set-Cookie")) {
      to.add(name, value);
    } else if (const auto cookie = confined(value, back.base); !cookie.empty()) {
      to.add(name, cookie);
    }
  }
  // Beside the app's own policies, not in their place: a browser keeps to all of them.
  if (back.sandbox) to.add("Content-Security-Policy", kSandbox);
  if (back.upgrade) {
    to.set("Connection", "Upgrade");
    to.set("Upgrade", from.get("Upgrade"));
  }
  return to;
}

}  // namespace slipway::apps
