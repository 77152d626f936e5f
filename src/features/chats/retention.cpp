#include "features/chats/retention.hpp"

#include "api/gen/chats.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "features/chats/objects.hpp"
#include "features/chats/routes.hpp"
#include "store/db.hpp"

namespace slipway::chats {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::chrono::minutes kEvery{10};
constexpr std::int32_t kBatch = 1000;

std::int64_t days_of(const std::optional<std::string>& stored) {
  const auto days = stored ? text::number<std::int64_t>(*stored) : std::optional(kRetentionDays);
  return days && *days >= 0 && *days <= kMostRetentionDays ? *days : kRetentionDays;
}

using Duty = store::DutyStore<rbac::Duty::chat_keeper>;

void tell(News& news, const std::vector<sql::Gone>& gone) {
  for (const auto& row : gone) news.changed(row.id, row.owner_id);
}

Task<Result<api::ChatRetentionDaysResponse>> read(http::Call& call) {
  auto open = call.db().open(call.cost());
  CO_TRY(stored, co_await sql::retention(open));
  co_return api::ChatRetentionDaysResponse{.retention_days = days_of(stored)};
}

Task<Result<http::NoContent>> set(http::Call& call, api::UpdateChatRetentionDaysRequest ask) {
  const auto config = rbac::all_of(Resource::deployment_config);
  if (!call.store().may(Action::update, config)) co_return forbidden();
  if (ask.retention_days < 0 || ask.retention_days > kMostRetentionDays) co_return fail(Code::invalid, "Retention days must be between 0 and 3650.");
  bool done = false;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::deployment_config>(config)));
    CO_TRY(stored, co_await sql::lock_retention(tx, may));
    const auto before = days_of(stored);
    if (stored && before == ask.retention_days) co_return Result<void>();
    done = true;
    tx.trace(http::audit_change(sql::audit_of_retention(before), sql::audit_of_retention(ask.retention_days)));
    co_return co_await sql::set_retention(tx, may, std::to_string(ask.retention_days));
  };
  CO_CHECK(co_await call.store().tx(body));
  if (!done) call.origin()->follows = true;  // nothing was done: there is no line
  co_return http::NoContent{};
}

}  // namespace

Task<Result<std::int64_t>> purge(store::Db& db, News& news, std::int32_t most) {
  auto open = db.open();
  CO_TRY(stored, co_await sql::retention(open));
  const auto days = days_of(stored);
  std::int64_t all = 0;
  for (std::size_t last = days == 0 ? 0 : 1; last > 0;) {
    Duty duty = db.duty<rbac::Duty::chat_keeper>();
    const Time before = duty.now() - std::chrono::days(days);
    CO_TRY(gone, co_await sql::purge(duty, before, most));
    tell(news, gone);
    last = gone.size();
    all += static_cast<std::int64_t>(last);
  }
  for (std::size_t last = 1; last > 0;) {
    Duty duty = db.duty<rbac::Duty::chat_keeper>();
    CO_TRY(gone, co_await sql::purge_of_deleted(duty, most));
    tell(news, gone);
    last = gone.size();
    all += static_cast<std::int64_t>(last);
  }
  co_return all;
}

Task<void> keep_purged(http::Home& home, News& news) {
  for (;;) {
    const auto gone = co_await purge(home.db, news, kBatch);
    if (!gone)
      log::warn("chats that are too old could not be deleted", {{"why", gone.error().why}});
    else if (*gone > 0)
      log::info("deleted chats that were too old", {{"chats", std::to_string(*gone)}});
    co_await aio::sleep(kEvery);
  }
}

void add_retention(http::Routes& routes, std::string_view prefix) {
  using http::Audit, http::Auth;
  const auto path = std::string(prefix) + "/config/retention-days";
  routes.get<Auth::user, Audit::none>(path, read);
  routes.put<Auth::user, Audit::write>(path, set);
}

}  // namespace slipway::chats
