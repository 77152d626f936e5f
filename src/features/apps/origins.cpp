#include "features/apps/origins.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "features/apps/cors.hpp"
#include "features/apps/gen/apps_sql.hpp"
#include "http/credentials.hpp"
#include "net/url.hpp"
#include "store/db.hpp"

namespace slipway::apps {

namespace {

// A person as a host names one.
struct Named {
  explicit Named(const std::string& text) : id(Uuid::parse(text)), name(id ? std::nullopt : std::optional(text)) {}

  std::optional<Uuid> id;
  std::optional<std::string> name;
};

Task<Result<sql::OwnersOfHostsRow>> owners(Visit& visit, const AppName& target, const AppName& asking) {
  const Named owner(target.user), workspace(target.workspace), other(asking.user);
  const sql::OwnersOfHostsArgs args{.target_uuid = owner.id,
                                    .target = owner.name,
                                    .asking_uuid = other.id,
                                    .asking = other.name,
                                    .workspace_uuid = workspace.id,
                                    .workspace = workspace.name};
  auto open = visit.home.db.open(visit.cost);
  auto row = co_await sql::owners_of_hosts(open, args);
  if (!row) log::warn("cannot tell whose app's page asks", {{"why", row.error().why}});
  co_return row;
}

// A workspace proxy has nobody to ask, and tokens that are a minute old at most.
bool has_no_database(const Doors& doors) { return !doors.options.dashboard.empty(); }

// Does the request come from a page of its own host, or of the dashboard's?
bool is_at_home(const Visit& visit, std::string_view origin) {
  const auto parsed = net::parse_url(origin);
  const auto access = net::parse_url(visit.home.site->access_url);
  return parsed && (parsed->host == http::host_asked_for(visit.request, *visit.home.site) || (access && parsed->host == access->host));
}

// "null": of a page that hides its origin, which any page may do. Whether it is of this host then the browser says, where it does so at all.
bool hides_origin(const Visit& visit, std::string_view origin) {
  const auto site = visit.request.headers.get("Sec-Fetch-Site");
  return origin == "null" && site != "same-origin" && site != "none";
}

// An app's host of another server's wildcard, a workspace proxy's say: browsers may count it to the same site, and send cookies along.
bool reads_as_app(std::string_view host) { return parse_name(host.substr(0, host.find('.'))).has_value(); }

}  // namespace

Task<From> asks_from(const Doors& doors, Visit& visit, const Place& place, UserId owner) {
  const auto origin = visit.request.headers.find("Origin");
  if (!origin || is_at_home(visit, *origin)) co_return From::elsewhere;
  if (hides_origin(visit, *origin)) co_return From::stranger;
  const auto parsed = net::parse_url(*origin);
  if (!parsed || (!doors.wildcard->name_in(parsed->host) && !reads_as_app(parsed->host))) co_return From::elsewhere;
  const auto asking = asking_app(visit.request, *doors.wildcard);
  if (!asking) co_return From::stranger;
  if (has_no_database(doors)) co_return asking->user == place.app.user ? From::kin : From::stranger;
  const auto row = co_await owners(visit, place.app, *asking);
  co_return row && row->asking == owner.uuid ? From::kin : From::stranger;
}

Task<Preflight> judge_preflight(const Doors& doors, Visit& visit, const Place& place) {
  const auto asking = asking_app(visit.request, *doors.wildcard);
  const auto other = asking.value_or(AppName());
  if (has_no_database(doors)) co_return Preflight{.by_server = true, .kin = asking && asking->user == place.app.user};
  const auto row = co_await owners(visit, place.app, other);
  if (!row) co_return Preflight{};
  const bool kin = asking && row->target && row->asking == row->target;
  co_return Preflight{.by_server = row->cors.value_or("simple") == "simple", .kin = kin};
}

}  // namespace slipway::apps
