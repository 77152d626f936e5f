#include "http/packing.hpp"

#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "crypto/hash.hpp"
#include "http/coding.hpp"
#include "http/etag.hpp"

namespace slipway::http {

namespace {

constexpr std::size_t kWorthIt = 1024;       // below, the head is most of it
constexpr std::size_t kInPlace = 64 * 1024;  // above, it takes more than a millisecond
constexpr std::size_t kMost = 64 * 1024 * 1024;

// Lists and views that pages show. Never here: keys and tokens, signing in, what belongs to agents and daemons, states and logs of
// builds (they hold whatever a program printed), parameters (what people typed), conversations, mails' links.
constexpr std::string_view kPacked[] = {
    "/api/v2/audit",
    "/api/v2/connectionlog",
    "/api/v2/deployment/stats",
    "/api/v2/entitlements",
    "/api/v2/groups",
    "/api/v2/groups/{group}",
    "/api/v2/groups/{group}/members",
    "/api/v2/organizations",
    "/api/v2/organizations/{organization}",
    "/api/v2/organizations/{organization}/groups",
    "/api/v2/organizations/{organization}/members",
    "/api/v2/organizations/{organization}/members/roles",
    "/api/v2/organizations/{organization}/paginated-members",
    "/api/v2/organizations/{organization}/provisionerdaemons",
    "/api/v2/organizations/{organization}/provisionerjobs",
    "/api/v2/organizations/{organization}/templates",
    "/api/v2/organizations/{organization}/templates/examples",
    "/api/v2/organizations/{organization}/templates/{templatename}",
    "/api/v2/regions",
    "/api/v2/templates",
    "/api/v2/templates/examples",
    "/api/v2/templates/{template}",
    "/api/v2/templates/{template}/acl",
    "/api/v2/templates/{template}/acl/available",
    "/api/v2/templates/{template}/prebuilds/status",
    "/api/v2/templates/{template}/versions",
    "/api/v2/templateversions/{templateversion}",
    "/api/v2/users",
    "/api/v2/users/roles",
    "/api/v2/users/{user}",
    "/api/v2/users/{user}/organizations",
    "/api/v2/users/{user}/workspace/{workspacename}",
    "/api/v2/users/{user}/workspace/{workspacename}/builds/{buildnumber}",
    "/api/v2/workspacebuilds/{workspacebuild}",
    "/api/v2/workspacebuilds/{workspacebuild}/timings",
    "/api/v2/workspaceproxies",
    "/api/v2/workspaces",
    "/api/v2/workspaces/{workspace}",
    "/api/v2/workspaces/{workspace}/acl",
    "/api/v2/workspaces/{workspace}/builds",
    "/api/v2/workspaces/{workspace}/sessions",
    "/api/v2/workspaces/{workspace}/timings",
};

bool may_pack(const Route* route, const net::Response& response) {
  const auto& headers = response.headers;
  return route && route->method == "GET" && std::ranges::binary_search(kPacked, route->pattern) && response.status == 200 &&
         headers.get("Content-Type").starts_with("application/json") && !headers.has("Set-Cookie") && !headers.has("Content-Encoding") &&
         (headers.has("ETag") ? headers.get("ETag").starts_with("W/") : !headers.has("Cache-Control")) && response.body.size() >= kWorthIt &&
         response.body.size() <= kMost;
}

// Whoever measures lengths needs requests that it chooses: pages of other sites get nothing compressed. Programs do not say where they are.
bool is_of_other_site(const net::Request& request) {
  const auto site = request.headers.get("Sec-Fetch-Site");
  return !site.empty() && site != "same-origin" && site != "none";
}

// Up to and with the brace that closes the object which begins at `from`; the keys and values in it are strings.
std::size_t end_of_object(std::string_view json, std::size_t from) {
  bool quoted = false;
  for (std::size_t at = from; at < json.size(); ++at) {
    if (quoted && json[at] == '\\')
      ++at;
    else if (json[at] == '"')
      quoted = !quoted;
    else if (!quoted && json[at] == '}')
      return at + 1;
  }
  return json.size();
}

struct Packed {
  std::string etag, body;  // body empty: not worth it, or not wanted
};

// `own`: the entity tag that the answer has already, of what it is made from.
Packed look_at(std::string_view body, std::string_view own, bool wanted, std::string_view held) {
  Packed packed{.etag = own.empty() ? "W/\"" + crypto::sha256_hex(body).substr(0, 32) + "\"" : std::string(own), .body = {}};
  if (!wanted || names_etag(held, packed.etag)) return packed;
  if (const auto apart = kept_apart(body)) packed.body = gzip(body, *apart);
  if (packed.body.size() >= body.size()) packed.body.clear();
  return packed;
}

}  // namespace

std::span<const std::string_view> packed_routes() { return kPacked; }

std::optional<std::vector<std::string_view>> kept_apart(std::string_view json) {
  // Within a string these would have a backslash before each quote.
  constexpr std::string_view kEnvironment = "\"environment_variables\":{", kSensitive = "\"sensitive\":true";
  if (json.find(kSensitive) != json.npos) return std::nullopt;
  std::vector<std::string_view> apart;
  for (std::size_t at = json.find(kEnvironment); at != json.npos; at = json.find(kEnvironment, at)) {
    at += kEnvironment.size();
    const auto end = end_of_object(json, at);
    if (end - at > 1) apart.push_back(json.substr(at, end - at));  // more than its brace
    at = end;
  }
  return apart;
}

Task<void> pack(const Route* route, const net::Request& request, net::Response& response) {
  if (!may_pack(route, response)) co_return;
  constexpr Coding kOurs[] = {Coding::gzip};
  const bool wanted = !is_of_other_site(request) && choose_coding(request.headers, kOurs) == Coding::gzip;
  const auto held = request.headers.get("If-None-Match");
  const auto look = [&] { return look_at(response.body, response.headers.get("ETag"), wanted, held); };
  Packed packed;
  if (response.body.size() <= kInPlace)
    packed = look();
  else
    packed = co_await aio::blocking(look);
  // What a browser keeps it asks for anew each time, and shows to nobody else.
  response.headers.set("Cache-Control", "private, no-cache");
  response.headers.set("ETag", packed.etag);
  response.headers.set("Vary", "Accept-Encoding");
  if (names_etag(held, packed.etag)) {
    response.status = 304;
    response.body.clear();
    response.headers.remove("Content-Type");
  } else if (!packed.body.empty()) {
    response.headers.set("Content-Encoding", name_of(Coding::gzip));
    response.body = std::move(packed.body);
  }
}

}  // namespace slipway::http
