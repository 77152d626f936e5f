// What people ask of workspace proxies: the list with their health, and for administrators making, changing and removing them.
#include "http/routes.hpp"
#include "api/gen/proxies.hpp"
#include "api/gen/response.hpp"
#include "base/log.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"
#include "features/keys/keys.hpp"
#include "features/proxies/health.hpp"
#include "features/proxies/objects.hpp"
#include "features/proxies/proxies.hpp"
#include "store/store.hpp"

namespace slipway::proxies {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::string_view kPrimary = "primary", kPrimaryId = "00000000-0000-0000-0000-000000000001";
constexpr std::size_t kSecretLength = 64, kLongestIcon = 2048;

Time alive_since(const http::Call& call) { return call.now() - kSilent; }

// This server itself, which stands among them.
api::WorkspaceProxy primary(http::Call& call) {
  const auto& site = *call.home().site;
  api::WorkspaceProxy out;
  out.id = *Uuid::parse(kPrimaryId);
  out.name = kPrimary;
  out.display_name = "Default";
  out.icon_url = "/icon/cloud.svg";
  out.healthy = true;
  out.path_app_url = call.access_url();
  out.wildcard_hostname = site.wildcard_access_host;
  out.status =
      api::WorkspaceProxyStatus{.status = std::string(api::ProxyHealthStatus::ok), .report = api::ProxyHealthReport{}, .checked_at = call.now()};
  out.version = site.version;
  return out;
}

api::WorkspaceProxy to_wire(http::Call& call, const sql::Proxy& row) {
  auto health =
      health_of({.url = row.url, .version = row.version, .alive = row.alive, .errors = row.errors, .last = row.heard_at}, call.home().site->version);
  api::WorkspaceProxy out;
  out.id = row.id;
  out.name = row.name;
  out.display_name = row.display_name;
  out.icon_url = row.icon;
  out.healthy = health.healthy();
  out.path_app_url = row.url;
  out.wildcard_hostname = row.wildcard_hostname;
  out.status = api::WorkspaceProxyStatus{.status = std::string(health.status),
                                         .report = api::ProxyHealthReport{.errors = std::move(health.errors), .warnings = std::move(health.warnings)},
                                         .checked_at = row.heard_at.value_or(kUnsetTime)};
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  out.version = row.version;
  return out;
}

api::Region region_of(api::WorkspaceProxy proxy) {
  return {.id = proxy.id,
          .name = std::move(proxy.name),
          .display_name = std::move(proxy.display_name),
          .icon_url = std::move(proxy.icon_url),
          .healthy = proxy.healthy,
          .path_app_url = std::move(proxy.path_app_url),
          .wildcard_hostname = std::move(proxy.wildcard_hostname)};
}

Task<Result<std::vector<sql::Proxy>>> all(http::Call& call) {
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace_proxy>(rbac::all_of(Resource::workspace_proxy))));
  co_return co_await sql::list(call.store(), may, alive_since(call));
}

// By id or by name. Errors: not found.
Task<Result<sql::Proxy>> find(http::Call& call) {
  const std::string name(call.path("workspaceproxy"));
  const auto id = Uuid::parse(name);
  if (!id && !names::is_name(name)) co_return not_found();
  auto found = id ? co_await sql::by_id(call.store(), alive_since(call), *id) : co_await sql::by_name(call.store(), alive_since(call), name);
  CO_TRY(row, std::move(found));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Result<void> check_name(const std::string& name) {
  if (text::lower(name) == kPrimary) return fail_field("The name \"primary\" is reserved for the primary region.", "name", "Choose another name.");
  return names::valid_name(name);
}

Result<void> check_icon(const std::string& icon) {
  const bool fits = icon.empty() || icon.starts_with('/') || icon.starts_with("https://") || icon.starts_with("http://");
  if (fits && icon.size() <= kLongestIcon) return {};
  return fail_field("Validation failed.", "icon", "Must be a web address or a path that begins with /.");
}

Result<void> check(const sql::Proxy& row) {
  TRY_OK(check_name(row.name));
  TRY_OK(names::valid_display_name(row.display_name));
  return check_icon(row.icon);
}

std::string token_of(const Uuid& proxy, const std::string& secret) { return proxy.str() + ":" + secret; }

// Whoever has the old token could have read the keys with it, and make tokens for every app.
Task<Result<void>> forget_what_it_knew(http::Call& call) {
  auto replaced = co_await keys::replace(call.home());
  if (!replaced) {
    replaced.error().say =
        "The proxy's token is no good any more, but the keys that it could read could not be replaced. Make a proxy and delete it to try again.";
    log::error("keys that a workspace proxy knew could not be replaced", {{"why", replaced.error().why}});
  }
  co_return replaced;
}

Task<Result<api::WorkspaceProxiesResponse>> list(http::Call& call) {
  CO_TRY(rows, co_await all(call));
  api::WorkspaceProxiesResponse out{.regions = {primary(call)}};
  for (const auto& row : rows) out.regions.push_back(to_wire(call, row));
  co_return out;
}

// Everybody learns of the primary; of the others who may read them. Those that have never registered are nowhere yet.
Task<Result<api::RegionsResponse>> regions(http::Call& call) {
  api::RegionsResponse out{.regions = {region_of(primary(call))}};
  auto rows = co_await all(call);
  if (!rows && rows.error().code == Code::not_found) co_return out;
  if (!rows) co_return std::unexpected(std::move(rows).error());
  for (const auto& row : *rows)
    if (!row.url.empty()) out.regions.push_back(region_of(to_wire(call, row)));
  co_return out;
}

Task<Result<api::WorkspaceProxy>> show(http::Call& call) {
  if (call.path("workspaceproxy") == kPrimary || call.path("workspaceproxy") == kPrimaryId) {
    CO_CHECK((call.store().permit<Action::read, Resource::workspace_proxy>(rbac::all_of(Resource::workspace_proxy))));
    co_return primary(call);
  }
  CO_TRY(row, co_await find(call));
  co_return to_wire(call, row);
}

Task<Result<http::Created<api::UpdateWorkspaceProxyResponse>>> create(http::Call& call, api::CreateWorkspaceProxyRequest ask) {
  sql::Proxy made{.id = Uuid::random(), .name = std::move(ask.name), .created_at = call.now(), .updated_at = call.now()};
  made.display_name = ask.display_name.value_or("");
  made.icon = ask.icon.value_or("");
  call.audited(http::audit_about(sql::audit_of(made)));
  const std::string secret = crypto::random_text(kSecretLength);
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::workspace_proxy>(sql::object_of(made))));
    CO_CHECK(check(made));
    const sql::InsertArgs row{
        .name = made.name, .display_name = made.display_name, .icon = made.icon, .hashed_secret = {crypto::sha256(secret)}, .now = made.created_at};
    CO_CHECK(co_await sql::insert(tx, may, row));
    tx.trace(http::audit_new(sql::audit_of(made)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::Created<api::UpdateWorkspaceProxyResponse>{{.proxy = to_wire(call, made), .proxy_token = token_of(made.id, secret)}};
}

Task<Result<api::UpdateWorkspaceProxyResponse>> change(http::Call& call, api::PatchWorkspaceProxy ask) {
  CO_TRY(row, co_await find(call));
  call.audited(http::audit_about(sql::audit_of(row)));
  auto after = row;
  if (ask.name && !ask.name->empty()) after.name = std::move(*ask.name);
  if (ask.display_name) after.display_name = std::move(*ask.display_name);
  if (ask.icon) after.icon = std::move(*ask.icon);
  after.updated_at = call.now();
  const bool renews = ask.regenerate_token.value_or(false);
  const std::string secret = renews ? crypto::random_text(kSecretLength) : std::string();
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace_proxy>(sql::object_of(row))));
    CO_CHECK(check(after));
    sql::ChangeArgs to{
        .name = after.name, .display_name = after.display_name, .icon = after.icon, .hashed_secret = std::nullopt, .now = after.updated_at};
    if (renews) to.hashed_secret = pg::Bytes{crypto::sha256(secret)};
    CO_TRY(changed, co_await sql::change(tx, may, to));
    if (changed == 0) co_return not_found();
    auto was = sql::audit_of(row), is = sql::audit_of(after);
    if (renews) http::audit_replaced(was, is, "token_hashed_secret");
    tx.trace(http::audit_change(was, is));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  if (renews) CO_CHECK(co_await forget_what_it_knew(call));
  api::UpdateWorkspaceProxyResponse out{.proxy = to_wire(call, after), .proxy_token = {}};
  if (renews) out.proxy_token = token_of(after.id, secret);
  co_return out;
}

Task<Result<api::Response>> remove(http::Call& call) {
  CO_TRY(row, co_await find(call));
  call.audited(http::audit_about(sql::audit_of(row)));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::delete_, Resource::workspace_proxy>(sql::object_of(row))));
    CO_TRY(gone, co_await sql::remove(tx, may, call.now()));
    if (gone == 0) co_return not_found();
    tx.trace(http::audit_end(sql::audit_of(row)));
    co_return co_await store::notify(tx, std::string(kGone), "");
  };
  CO_CHECK(co_await call.store().tx(body));
  CO_CHECK(co_await forget_what_it_knew(call));
  co_return api::Response{.message = "Proxy has been deleted!", .detail = {}, .validations = {}};
}

// What a browser times to find out which of all is the nearest, from the dashboard's own origin.
Task<Result<http::Raw>> latency_check(http::Call&) { co_return http::Raw{latency_answer()}; }

}  // namespace

net::Response latency_answer() {
  return {.status = 200, .headers = {{"Access-Control-Allow-Origin", "*"}, {"Timing-Allow-Origin", "*"}, {"Cache-Control", "no-store"}}, .body = {}};
}

void add_routes(http::Routes& routes, apps::Doors& doors) {
  using http::Audit, http::Auth, http::Rate;
  const std::string proxies = "/api/v2/workspaceproxies", one = proxies + "/{workspaceproxy}";
  routes.get<Auth::user, Audit::none>("/api/v2/regions", regions);
  routes.get<Auth::user, Audit::none>(proxies, list);
  routes.post<Auth::user, Audit::create>(proxies, create);
  routes.get<Auth::user, Audit::none>(one, show);
  routes.patch<Auth::user, Audit::write>(one, change);
  routes.del<Auth::user, Audit::delete_>(one, remove);
  routes.get<Auth::none, Audit::none, Rate::none>("/latency-check", latency_check);
  add_proxy_routes(routes, doors);
}

}  // namespace slipway::proxies
