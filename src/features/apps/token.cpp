#include "features/apps/token.hpp"

#include "aio/task.hpp"
#include "base/text.hpp"
#include "crypto/compact.hpp"
#include "http/home.hpp"
#include "net/cookie.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>

namespace slipway::apps {

namespace {

namespace bj = boost::json;

constexpr double kLatest = 1e11;  // seconds since the epoch: what a time can still be said in

bj::object json_of(const AppRequest& request) {
  return {{"access_method", name_of(request.method)},
          {"base_path", request.base_path},
          {"app_prefix", request.prefix},
          {"username_or_id", request.user},
          {"workspace_name_or_id", request.workspace},
          {"agent_name_or_id", request.agent},
          {"app_slug_or_port", request.target}};
}

// What is beside the claims of others: who visits, as far as known, and when the token was made.
bj::object visitor_of(const Claims& claims) {
  bj::object out;
  if (claims.issued_at) out["at"] = claims.issued_at->time_since_epoch().count();
  if (!claims.visitor) return out;
  out["id"] = claims.visitor->id.str();
  if (!claims.visitor->told) return out;
  out["username"] = claims.visitor->username;
  out["name"] = claims.visitor->name;
  out["email"] = claims.visitor->email;
  out["groups"] = bj::array(claims.visitor->groups.begin(), claims.visitor->groups.end());
  return out;
}

// Other servers of this contract write these characters as escapes: the same claims are the same bytes.
std::string escaped(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else if (c == '>')
      out += "\\u003e";
    else if (c == '&')
      out += "\\u0026";
    else
      out += c;
  }
  return out;
}

// Empty when there is none; nothing when it is no text.
std::optional<std::string> text_in(const bj::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (!found) return std::string();
  const auto* text = found->if_string();
  if (!text) return std::nullopt;
  return std::string(*text);
}

template <class Id>
std::optional<Id> id_in(const bj::object& object, std::string_view name) {
  const auto text = text_in(object, name);
  return text ? Id::parse(*text) : std::nullopt;
}

const bj::object* object_in(const bj::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found ? found->if_object() : nullptr;
}

std::optional<Time> seconds_in(const bj::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (!found || !found->is_number()) return std::nullopt;
  const auto seconds = found->to_number<double>();
  if (!std::isfinite(seconds) || std::abs(seconds) > kLatest) return std::nullopt;
  return Time(Seconds(static_cast<std::int64_t>(std::floor(seconds))));
}

std::optional<AppRequest> request_in(const bj::object& claims) {
  const auto* object = object_in(claims, "request");
  if (!object) return std::nullopt;
  const auto method = text_in(*object, "access_method"), base = text_in(*object, "base_path"), prefix = text_in(*object, "app_prefix");
  const auto user = text_in(*object, "username_or_id"), workspace = text_in(*object, "workspace_name_or_id");
  const auto agent = text_in(*object, "agent_name_or_id"), target = text_in(*object, "app_slug_or_port");
  if (!method || !base || !prefix || !user || !workspace || !agent || !target || !method_of(*method)) return std::nullopt;
  auto request = normalised({.method = *method_of(*method),
                             .base_path = *base,
                             .prefix = *prefix,
                             .user = *user,
                             .workspace = *workspace,
                             .agent = *agent,
                             .target = *target});
  if (!check(request)) return std::nullopt;
  return request;
}

// False when it is not as we write it.
bool read_visitor(const bj::object& object, Claims& into) {
  if (const auto* at = object.if_contains("at")) {
    if (!at->is_int64()) return false;
    into.issued_at = Time(Microseconds(at->as_int64()));
  }
  if (!object.contains("id")) return true;
  const auto id = id_in<UserId>(object, "id");
  const auto username = text_in(object, "username"), name = text_in(object, "name"), email = text_in(object, "email");
  if (!id || !username || !name || !email) return false;
  Visitor visitor{.id = *id, .username = *username, .name = *name, .email = *email, .groups = {}, .told = object.contains("groups")};
  if (visitor.told) {
    const auto* groups = object.at("groups").if_array();
    if (!groups || !std::ranges::all_of(*groups, [](const bj::value& one) { return one.is_string(); })) return false;
    for (const auto& group : *groups) visitor.groups.emplace_back(group.get_string());
  }
  into.visitor = std::move(visitor);
  return true;
}

std::optional<Claims> claims_in(const bj::object& object) {
  const auto expires = seconds_in(object, "exp");
  auto request = request_in(object);
  const auto owner = id_in<UserId>(object, "user_id");
  const auto workspace = id_in<WorkspaceId>(object, "workspace_id");
  const auto agent = id_in<AgentId>(object, "agent_id");
  const auto url = text_in(object, "app_url"), cors = text_in(object, "cors_behavior");
  if (!expires || !request || !owner || !workspace || !agent || !url || !cors) return std::nullopt;
  Claims claims{.expires_at = *expires,
                .request = std::move(*request),
                .owner = *owner,
                .workspace = *workspace,
                .agent = *agent,
                .app_url = *url,
                .cors = *cors == "passthru" ? "passthru" : "simple",
                .visitor = {}};
  const auto* visitor = object_in(object, "visitor");
  if (visitor && !read_visitor(*visitor, claims)) return std::nullopt;
  return claims;
}

std::string_view without_slash(std::string_view path) { return path.ends_with('/') ? path.substr(0, path.size() - 1) : path; }

// The parameter's value as it came; what we put there needs no escapes.
std::string_view query_token(std::string_view query) {
  for (const auto pair : text::split(query, '&')) {
    const auto equals = pair.find('=');
    if (equals != pair.npos && pair.substr(0, equals) == kTokenQuery) return pair.substr(equals + 1);
  }
  return {};
}

// As cookies say a moment (RFC 9110, section 5.6.7).
std::string http_date(Time time) {
  const auto seconds = static_cast<std::time_t>(std::chrono::floor<Seconds>(time).time_since_epoch().count());
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

std::string token_of(const Claims& claims, const keys::Key& key) {
  bj::object out{{"exp", std::chrono::floor<Seconds>(claims.expires_at).time_since_epoch().count()},
                 {"request", json_of(claims.request)},
                 {"user_id", claims.owner.str()},
                 {"workspace_id", claims.workspace.str()},
                 {"agent_id", claims.agent.str()},
                 {"app_url", claims.app_url},
                 {"cors_behavior", claims.cors}};
  if (auto visitor = visitor_of(claims); !visitor.empty()) out["visitor"] = std::move(visitor);
  return crypto::sign_hs512(escaped(bj::serialize(out)), std::to_string(key.sequence), key.secret);
}

std::optional<std::int32_t> key_named(std::string_view token) {
  const auto named = crypto::named_secret(token);
  const auto number = named ? text::number<std::int32_t>(*named) : std::nullopt;
  if (!number || *number < 1 || std::to_string(*number) != *named) return std::nullopt;
  return number;
}

std::optional<Claims> claims_of(std::string_view token, const keys::Key& key, Time now) {
  const auto payload = crypto::verify_hs512(token, key.secret);
  if (!payload) return std::nullopt;
  boost::system::error_code fault;
  const auto parsed = bj::parse(*payload, fault);
  if (fault || !parsed.is_object()) return std::nullopt;
  auto claims = claims_in(parsed.get_object());
  if (!claims || now >= claims->expires_at + kTokenLeeway) return std::nullopt;
  return claims;
}

bool is_for(const Claims& claims, const AppRequest& wanted) {
  const auto& of = claims.request;
  return of.method == wanted.method && without_slash(of.base_path) == without_slash(wanted.base_path) && of.prefix == wanted.prefix &&
         of.user == wanted.user && of.workspace == wanted.workspace && of.agent == wanted.agent && of.target == wanted.target;
}

Candidates candidates_of(const net::Request& request) {
  Candidates out;
  if (const auto given = query_token(request.query); !given.empty()) {
    out.by_query = true;
    out.tokens.push_back(given);
  }
  for (const auto& cookie : net::cookies(request.headers))
    if (cookie.name == kTokenCookie && out.tokens.size() < kTokenCandidates) out.tokens.push_back(cookie.value);
  return out;
}

std::string token_cookie(const Claims& claims, std::string_view token, bool secure) {
  const auto& path = claims.request.base_path;
  const bool sayable = path.starts_with('/') && std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7f && c != ';' && c != ','; });
  if (!sayable) return {};
  return fmt::format("{}={}; Path={}; Expires={}; HttpOnly; SameSite=Lax{}", kTokenCookie, token, path, http_date(claims.expires_at),
                     secure ? "; Secure" : "");
}

Task<std::optional<Claims>> Tokens::of_request(http::Home& home, const net::Request& request, const AppRequest& wanted) {
  const auto candidates = candidates_of(request);
  for (const auto token : candidates.tokens) {
    const auto number = key_named(token);
    if (!number) continue;
    const auto key = co_await ring_.numbered(home, *number);
    if (!key) continue;
    auto claims = claims_of(token, *key, home.db.clock().now());
    if (!claims || revoked_.is(*claims)) continue;
    if (candidates.by_query && claims->request.method != Method::terminal) co_return std::nullopt;
    if (is_for(*claims, wanted)) co_return claims;
  }
  co_return std::nullopt;
}

Task<Result<std::string>> Tokens::sign(http::Home& home, Claims claims) {
  const Time now = home.db.clock().now();
  if (!claims.issued_at) claims.issued_at = now;
  if (claims.expires_at == Time{}) claims.expires_at = now + kTokenLife;
  CO_TRY(key, co_await ring_.signing(home));
  co_return token_of(claims, key);
}

}  // namespace slipway::apps
