#include "features/apps/apps.hpp"
#include "features/proxies/gen/proxies_sql.hpp"
#include "features/proxies/proxies.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/home.hpp"
#include "net/url.hpp"

#include "aio/event.hpp"
#include "base/log.hpp"

namespace slipway::proxies {

namespace {

constexpr Seconds kAgain{5};  // after the database did not answer
constexpr Seconds kForgetEvery = std::chrono::hours(1), kForgetAfter = std::chrono::hours(24);
// An agent that does not reach the primary for so long is told nothing of a proxy that went meanwhile.
constexpr Seconds kTold = std::chrono::hours(24 * 7);

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

std::string part_from(const std::string& url) { return "/part?" + net::build_query({{"url", url}}); }

namespace {

Task<Result<void>> tell_agents(http::Home& home, tunnels::Tunnels& tunnels) {
  auto duty = home.db.duty<rbac::Duty::proxy_keeper>();
  const Time since = duty.now() - kTold;
  CO_TRY(urls, co_await sql::gone(duty, since));
  std::vector<std::string> asks;
  for (const auto& url : urls) asks.push_back(part_from(url));
  co_await tunnels.ask_all(std::move(asks));
  co_return Result<void>();
}

}  // namespace

Task<void> keep_parted(http::Home& home, tunnels::Tunnels& tunnels) {
  auto news = std::make_shared<aio::Event>(home.executor);
  const auto subscription = home.db.listener().subscribe(home.executor, std::string(kGone), [news](const pg::Wake&) { news->notify(); });
  for (;;) {
    const auto told = co_await tell_agents(home, tunnels);
    if (!told) log::warn("agents could not be told of proxies that are deleted", {{"why", told.error().why}});
    co_await news->wait_for(told ? Milliseconds(kForgetEvery) : Milliseconds(kAgain));
  }
}

}  // namespace slipway::proxies
