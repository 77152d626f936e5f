#include "features/apps/apps.hpp"
#include "features/proxies/gen/proxies_sql.hpp"
#include "features/proxies/proxies.hpp"
#include "http/home.hpp"
#include "net/url.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"

namespace slipway::proxies {

namespace {

constexpr Seconds kForgetEvery = std::chrono::hours(1), kForgetAfter = std::chrono::hours(24);

bool is_under(std::string_view pattern, const std::string& host) {
  if (pattern.empty()) return false;
  const auto wildcard = apps::Wildcard::parse(pattern);
  return wildcard && wildcard->name_in(host);
}

}  // namespace

Task<Result<std::optional<Address>>> address_of(http::Home& home, std::shared_ptr<store::Cost> cost, const net::Url& url) {
  auto duty = home.db.duty<rbac::Duty::proxy_keeper>(std::move(cost));
  CO_TRY(rows, co_await sql::addresses(duty));
  for (auto& row : rows) {
    const auto own = net::parse_url(row.url);
    if (own && own->host == url.host && own->port == url.port) co_return Address{.url = std::move(row.url), .wildcard = {}};
    if (is_under(row.wildcard_hostname, url.host)) co_return Address{.url = std::move(row.url), .wildcard = std::move(row.wildcard_hostname)};
  }
  co_return std::optional<Address>();
}

Task<void> keep(http::Home& home) {
  for (;;) {
    auto duty = home.db.duty<rbac::Duty::proxy_keeper>();
    const Time since = duty.now() - kForgetAfter;
    if (const auto forgotten = co_await sql::forget_replicas(duty, since); !forgotten)
      log::warn("processes of workspace proxies that are gone could not be forgotten", {{"why", forgotten.error().why}});
    co_await aio::sleep(kForgetEvery);
  }
}

}  // namespace slipway::proxies
