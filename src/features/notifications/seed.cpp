#include "api/json.hpp"
#include "base/check.hpp"
#include "features/notifications/gen/notifications_sql.hpp"
#include "features/notifications/notifications.hpp"
#include "http/home.hpp"

#include <boost/json.hpp>

namespace slipway::notifications {

namespace {

namespace json = boost::json;

sql::WriteKindsArgs all_rows() {
  sql::WriteKindsArgs rows;
  for (const auto& row : kinds()) {
    json::array actions;
    for (const auto& action : row.actions) actions.push_back(json::object{{"label", action.label}, {"url", action.url}});
    rows.ids.push_back(id_of(row.kind));
    rows.names.emplace_back(row.name);
    rows.titles.emplace_back(row.title);
    rows.bodies.emplace_back(row.body);
    rows.actions.push_back({json::serialize(actions)});
    rows.groups.emplace_back(row.group);
    rows.kinds.emplace_back(row.custom ? "custom" : "system");
    rows.ons.push_back(row.on);
  }
  return rows;
}

}  // namespace

Task<Result<void>> write_kinds(http::Home& home, const Delivery& delivery) {
  json::array available;
  for (const auto& method : delivery.available) available.emplace_back(method);
  const auto ways = json::serialize(json::object{{"method", delivery.method}, {"available", std::move(available)}, {"inbox", delivery.inbox}});
  const auto rows = all_rows();
  auto duty = home.db.duty<rbac::Duty::notifier>();
  auto body = [&](store::DutyTx<rbac::Duty::notifier>& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::lock_kinds(tx));
    CO_CHECK(co_await sql::write_kinds(tx, rows));
    co_return co_await sql::write_delivery(tx, ways);
  };
  co_return co_await duty.tx(body);
}

}  // namespace slipway::notifications
