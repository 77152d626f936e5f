// The lines of one's own inbox: read by pages, marked as read.
#include "features/inbox/filter.hpp"
#include "features/inbox/objects.hpp"
#include "features/inbox/routes.hpp"
#include "features/inbox/wire.hpp"
#include "store/store.hpp"

namespace slipway::inbox {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::int32_t kPage = 25;

Task<Result<api::ListInboxNotificationsResponse>> list(http::Call& call) {
  CO_TRY(filter, list_filter(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::inbox_notification>(lines_of(call.actor().user_id))));
  const sql::PageArgs args{.targets = std::move(filter.targets),
                           .templates = std::move(filter.templates),
                           .is_read = filter.is_read,
                           .before = filter.before,
                           .most = kPage};
  CO_TRY(rows, co_await sql::page(call.store(), may, args));
  api::ListInboxNotificationsResponse out;
  for (auto& row : rows) {
    out.unread_count = row.unread;
    if (row.id) out.notifications.push_back(to_wire(std::move(row), call.access_url()));
  }
  co_return out;
}

Task<Result<api::UpdateInboxNotificationReadStatusResponse>> mark(http::Call& call, api::UpdateInboxNotificationReadStatusRequest ask) {
  CO_TRY(id, call.path_uuid("id"));
  auto body = [&](store::Tx& tx) -> Task<Result<sql::Line>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::inbox_notification>(lines_of(call.actor().user_id))));
    CO_TRY(line, co_await sql::mark(tx, may, ask.is_read, tx.now(), id));
    if (!line || !line->id) co_return not_found();
    co_return std::move(*line);
  };
  CO_TRY(line, co_await call.store().tx(body));
  const auto unread = line.unread;
  co_return api::UpdateInboxNotificationReadStatusResponse{.notification = to_wire(std::move(line), call.access_url()), .unread_count = unread};
}

Task<Result<http::NoContent>> mark_all(http::Call& call) {
  auto body = [&](store::Tx& tx) -> Task<Result<std::int64_t>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::inbox_notification>(lines_of(call.actor().user_id))));
    co_return co_await sql::mark_all(tx, may, tx.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

}  // namespace

void add_line_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string inbox = "/api/v2/notifications/inbox";
  routes.get<Auth::user, Audit::none>(inbox, list);
  routes.put<Auth::user, Audit::none>(inbox + "/mark-all-as-read", mark_all);
  routes.put<Auth::user, Audit::none>(inbox + "/{id}/read-status", mark);
}

}  // namespace slipway::inbox
