#include "features/apps/forward.hpp"

#include "base/text.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/credentials.hpp"
#include "net/cookie.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace slipway::apps {

namespace {

// Fields of one connection (RFC 9110, 7.6.1).
constexpr std::string_view kOfConnection[] = {
    "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"};
// Of this server alone, or written by it.
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
                                           "X-Real-Ip",
                                           "Host",
                                           "Content-Length",
                                           "Expect",
                                           "HTTP2-Settings"};
// What a caller names in Connection is dropped, but for these: without them the app would read another request than was sent.
constexpr std::string_view kNotOfConnection[] = {"Content-Length", "Host", "Cookie", "Authorization"};
// Some apps read these names letter by letter, and what is before us may have changed their letters.
constexpr std::string_view kWebSocket[] = {"Sec-WebSocket-Accept", "Sec-WebSocket-Extensions", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol",
                                           "Sec-WebSocket-Version"};
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
constexpr std::string_view kSubdomainCookie = "coder_subdomain_app_session_token";
constexpr std::string_view kReserved[] = {"coder_session_token", "coder_path_app_session_token", "coder_signed_app_token", "oauth_state",
                                          "oauth_redirect"};
constexpr std::string_view kOursHere[] = {"csrf_token", "oauth_pkce_verifier"};  // besides all that begin with "coder_"
constexpr std::string_view kOurParameters[] = {"coder_session_token", "coder_application_connect_api_key_35e783", "coder_signed_app_token_23db1dde"};
// Of a trailer that could change what the message is, or whose.
constexpr std::string_view kNeverTrail[] = {"Authorization", "Cookie",   "Set-Cookie", "Cache-Control", "Clear-Site-Data", "Date",
                                            "Expires",       "Location", "Vary",       "Max-Forwards",  "Pragma",          "Age"};
constexpr std::string_view kNeverTrailFamilies[] = {"Content-", "If-", "Access-Control-", "Sec-", "Proxy-", "X-Slipway-", "X_Slipway_"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](auto one) { return net::iequals(one, name); });
}

// As servers read it that make variables of fields: "Content_Length" is "Content-Length" to them.
bool is_read_as_one_of(std::string_view name, std::span<const std::string_view> names) {
  const auto alike = [](char a, char b) { return text::lower(a == '_' ? '-' : a) == text::lower(b); };
  return std::ranges::any_of(names, [&](auto one) { return std::ranges::equal(name, one, alike); });
}

bool starts_with_letters(std::string_view text, std::string_view head) {
  return text.size() >= head.size() && net::iequals(text.substr(0, head.size()), head);
}

bool starts_with_one_of(std::string_view name, std::span<const std::string_view> heads) {
  return std::ranges::any_of(heads, [&](auto head) { return starts_with_letters(name, head); });
}

std::string_view trimmed(std::string_view text) { return text::trim(text, " \t"); }

// Pairs keep their bytes; those of ours go.
std::string without_ours(std::string_view query) {
  std::string kept;
  for (bool first = true; !query.empty();) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    const auto name = net::percent_decode(pair.substr(0, pair.find('='))).value_or("");
    if (!is_one_of(name, kOurParameters)) {
      kept.append(first ? "" : "&").append(pair);
      first = false;
    }
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
  }
  return kept;
}

// The names in Connection, which are of that connection too.
std::vector<std::string> named_by_connection(const net::Headers& headers) {
  std::vector<std::string> named;
  for (const auto field : headers.all("Connection"))
    for (const auto part : text::split(field, ','))
      if (const auto name = trimmed(part); !name.empty() && !is_one_of(name, kNotOfConnection)) named.emplace_back(name);
  return named;
}

bool is_of_connection(std::string_view name, const std::vector<std::string>& named) {
  return is_one_of(name, kOfConnection) || std::ranges::any_of(named, [&](const auto& one) { return net::iequals(one, name); });
}

// As it stands in the URL: what parse_url() refuses, people are told by its name.
std::string_view port_text(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return {};
  auto authority = url.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto closed = authority.rfind(']'); closed != authority.npos) authority.remove_prefix(closed);
  const auto colon = authority.rfind(':');
  return colon == authority.npos ? std::string_view() : authority.substr(colon + 1);
}

// Ten letters or digits, a hyphen, twenty-two: an API key of ours.
bool has_shape_of_key(std::string_view token) {
  constexpr std::size_t kId = 10, kSecret = 22;
  if (token.size() != kId + 1 + kSecret || token[kId] != '-') return false;
  const auto letter = [](char c) { return (c >= '0' && c <= '9') || (text::lower(c) >= 'a' && text::lower(c) <= 'z'); };
  return std::ranges::all_of(token.substr(0, kId), letter) && std::ranges::all_of(token.substr(kId + 1), letter);
}

bool is_ours_to_prove(std::string_view authorization, const Front& front) {
  const auto token = http::bearer_of(authorization);
  return !token.empty() && (token == front.session_token || has_shape_of_key(token));
}

// How the body ends, and what becomes of the connection.
void frame(net::Headers& to, const net::Headers& from, const Front& front) {
  if (!front.length)
    to.add("Transfer-Encoding", "chunked");
  else if (*front.length > 0 || from.has("Content-Length"))
    to.add("Content-Length", std::to_string(*front.length));
  if (front.awaits_continue) to.add("Expect", "100-continue");
  if (front.upgrade) {
    to.add("Connection", "Upgrade");
    to.add("Upgrade", from.get("Upgrade"));
  } else if (from.lists("TE", "trailers")) {
    to.add("Connection", "TE");
    to.add("TE", "trailers");
  }
  if (!front.length && from.has("Trailer")) to.add("Trailer", from.get("Trailer"));
}

// Who asks, and how: nothing of it is believed but what a trusted proxy says.
void tell_front(net::Headers& to, const net::Headers& from, const Front& front) {
  const bool by_proxy = !front.proxy_ip.empty() && front.proxy_ip != front.client_ip;
  to.add("X-Forwarded-For", by_proxy ? front.client_ip + ", " + front.proxy_ip : front.client_ip);
  to.add("X-Forwarded-Host", front.host);
  const auto said = front.proxy_ip.empty() ? std::string_view() : from.get("X-Forwarded-Proto");
  to.add("X-Forwarded-Proto", !said.empty() ? said : front.tls ? "https" : "http");
}

}  // namespace

Result<Upstream> upstream_of(std::string_view app_url, std::string_view rest, std::string_view query) {
  if (const auto port = port_text(app_url); !port.empty() && !text::number<std::uint16_t>(port))
    return fail(Code::invalid, fmt::format("App URL \"{}\" has an invalid port \"{}\".", app_url, port));
  const auto parsed = net::parse_url(app_url);
  if (!parsed || (parsed->scheme != "http" && parsed->scheme != "https"))
    return fail(Code::precondition, fmt::format("Application has an invalid URL \"{}\".", app_url));
  const auto& url = *parsed;
  // Below are ports of the agent's own.
  if (url.port < tunnels::kLeastPort)
    return fail(Code::invalid, fmt::format("Application port {} is not permitted. Coder reserves ports less than {} for internal use.", url.port,
                                           tunnels::kLeastPort));
  Upstream up{.port = url.port, .tls = url.scheme == "https", .host = url.host, .target = url.path, .default_query = url.query};
  if (!up.target.ends_with('/')) up.target += '/';
  up.target += rest;
  if (const auto asked = without_ours(query); !asked.empty()) up.target += "?" + asked;
  return up;
}

bool is_ours(std::string_view cookie_name, bool own_host) {
  for (const std::string_view prefix : {"__Host-", "__Secure-"})
    if (starts_with_letters(cookie_name, prefix)) cookie_name.remove_prefix(prefix.size());
  if (is_one_of(cookie_name, kReserved) || starts_with_letters(cookie_name, kSubdomainCookie)) return true;
  return !own_host && (is_one_of(cookie_name, kOursHere) || starts_with_letters(cookie_name, "coder_"));
}

net::Headers to_app(const net::Headers& from, const Front& front) {
  const auto named = named_by_connection(from);
  net::Headers to;
  to.add("Host", front.host);
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto [name, value] = from.at(i);
    if (is_of_connection(name, named) || is_read_as_one_of(name, kOfConnection) || is_read_as_one_of(name, kOursAlone)) continue;
    if (net::iequals(name, "Authorization") && is_ours_to_prove(value, front)) continue;
    if (const auto spelled = std::ranges::find_if(kWebSocket, [&](auto one) { return net::iequals(one, name); }); spelled != std::end(kWebSocket))
      name = *spelled;
    to.add(name, value);
  }
  if (to.has("Cookie")) net::remove_cookies(to, [&](std::string_view name) { return is_ours(name, front.own_host); });
  tell_front(to, from, front);
  frame(to, from, front);
  return to;
}

namespace {

bool comes_back(std::string_view name, bool own_host) {
  if (starts_with_one_of(name, kOrders)) return net::iequals(name, "X-Accel-Buffering");
  // It would sign the visitor out of the dashboard: browsers clear the cookies of the whole registered domain.
  if (own_host) return !net::iequals(name, "Clear-Site-Data");
  return is_one_of(name, kOfAnswers) || starts_with_one_of(name, kFamilies);
}

bool is_below(std::string_view path, std::string_view base) {
  return path.starts_with(base) && (path.size() == base.size() || base.ends_with('/') || path[base.size()] == '/');
}

// The name under which a browser sends the cookie back: one without a name goes out as its value, which may look like a name.
std::string_view sent_as(std::string_view cookie) {
  auto pair = trimmed(cookie.substr(0, cookie.find(';')));
  if (pair.starts_with('=')) pair = trimmed(pair.substr(1));
  return trimmed(pair.substr(0, pair.find('=')));
}

std::string_view value_of(std::string_view attribute) { return trimmed(attribute.substr(std::min(attribute.size(), attribute.find('=') + 1))); }

bool names_host(std::string_view domain, std::string_view host) {
  if (domain.starts_with('.')) domain.remove_prefix(1);
  return !host.empty() && net::iequals(domain, host);
}

// The app's cookie, for this host and the app's own pages only; empty when it is none that an app may set.
std::string confined(std::string_view cookie, const Back& back) {
  if (is_ours(sent_as(cookie), back.own_host)) return {};
  std::string kept;
  for (bool first = true; !cookie.empty() || first; first = false) {
    const auto end = cookie.find(';');
    const auto part = cookie.substr(0, end), name = trimmed(part.substr(0, part.find('=')));
    cookie = end == cookie.npos ? std::string_view() : cookie.substr(end + 1);
    if (!first && net::iequals(name, "Domain") && !(back.own_host && names_host(value_of(part), back.host))) return {};
    const bool wide = !first && !back.own_host && net::iequals(name, "Path") && !is_below(value_of(part), back.base);
    kept.append(first ? "" : ";").append(wide ? " Path=" : part).append(wide ? back.base : "");
  }
  return kept;
}

bool may_trail(std::string_view name, const std::vector<std::string>& named) {
  return !is_of_connection(name, named) && !is_read_as_one_of(name, kOfConnection) && !is_read_as_one_of(name, kOursAlone) &&
         !is_read_as_one_of(name, kNeverTrail) && !starts_with_one_of(name, kNeverTrailFamilies);
}

}  // namespace

net::Headers from_app(const net::Headers& from, const Back& back) {
  const auto named = named_by_connection(from);
  net::Headers to;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto [name, value] = from.at(i);
    // Content-Length frames the answer, whatever Connection says of it; what would come behind is announced as it was.
    const bool announces = net::iequals(name, "Trailer") && back.own_host;
    if ((is_of_connection(name, named) && !announces) || (!comes_back(name, back.own_host) && !announces)) continue;
    if (!net::iequals(name, "Set-Cookie")) {
      to.add(name, value);
    } else if (const auto cookie = confined(value, back); !cookie.empty()) {
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

net::Headers trailers_to_app(const net::Headers& from) {
  net::Headers to;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (const auto [name, value] = from.at(i); may_trail(name, {})) to.add(name, value);
  return to;
}

net::Headers trailers_from_app(const net::Headers& from, const Back& back) {
  net::Headers to;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (const auto [name, value] = from.at(i); may_trail(name, {}) && comes_back(name, back.own_host)) to.add(name, value);
  return to;
}

}  // namespace slipway::apps
