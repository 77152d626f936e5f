#include "features/reports/reports.hpp"

#include "base/log.hpp"
#include "features/reports/events.hpp"
#include "store/db.hpp"

namespace slipway::reports {

namespace {

using rbac::Duty;

constexpr std::chrono::minutes kEvery{15};
constexpr std::chrono::days kWeek{7};
constexpr std::int32_t kMostOfVersion = 10;

// What people are told and that it was made go together: neither is lost or doubled, whatever stops this server.
Task<Result<bool>> make(store::Db& db, Time last, Time now) {
  auto reader = db.duty<Duty::metrics_reader>();
  CO_TRY(rows, co_await sql::failed_builds(reader, last, now, kMostOfVersion));
  auto all = events(rows, now);
  bool made = false;
  auto duty = db.duty<Duty::notifier>();
  auto body = [&](store::DutyTx<Duty::notifier>& tx) -> Task<Result<void>> {
    CO_TRY(noted, co_await sql::note(tx, now, notifications::id_of(notifications::Kind::builds_failed_report), last));
    made = noted > 0;
    if (!made) co_return Result<void>();
    for (auto& event : all) notifications::raise(tx, std::move(event));
    co_return Result<void>();
  };
  CO_CHECK(co_await duty.tx(body));
  co_return made;
}

}  // namespace

Task<Result<bool>> report_once(store::Db& db) {
  const auto report = notifications::id_of(notifications::Kind::builds_failed_report);
  auto duty = db.duty<Duty::notifier>();
  const Time now = duty.now();
  CO_TRY(last, co_await sql::last_report(duty, report));
  if (last && now - *last >= kWeek) co_return co_await make(db, *last, now);
  if (!last) CO_CHECK(co_await sql::begin(duty, report, now));
  co_return false;
}

Task<void> keep(http::Home& home) {
  for (;;) {
    const auto done = co_await report_once(home.db);
    if (!done) log::warn("the report of failed builds could not be made", {{"say", done.error().say}, {"why", done.error().why}});
    co_await aio::sleep(kEvery);
  }
}

}  // namespace slipway::reports
