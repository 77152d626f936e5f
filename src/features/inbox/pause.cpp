// The switch by which administrators hold back whatever would leave the house; inboxes go on.
#include "features/inbox/objects.hpp"
#include "features/inbox/routes.hpp"
#include "store/db.hpp"

namespace slipway::inbox {

namespace {

using rbac::Action, rbac::Resource;

// Nothing is stored until somebody pauses. Errors: what is stored is not what we write.
Result<bool> is_paused(const std::optional<std::string>& stored) {
  if (!stored) return false;
  auto settings = api::from_json<api::NotificationsSettings>(*stored);
  if (settings) return settings->notifier_paused;
  return std::unexpected(Error{.code = Code::internal,
                               .say = "Failed to fetch current notifications settings.",
                               .detail = "What is stored cannot be read. Set the switch anew.",
                               .why = "the stored notifications_settings are no such settings"});
}

Task<Result<api::NotificationsSettings>> read(http::Call& call) {
  auto open = call.db().open(call.cost());
  CO_TRY(stored, co_await sql::pause(open));
  CO_TRY(paused, is_paused(stored));
  co_return api::NotificationsSettings{.notifier_paused = paused};
}

Task<Result<api::NotificationsSettings>> set(http::Call& call, api::NotificationsSettings ask) {
  if (!call.store().may(Action::update, rbac::all_of(Resource::deployment_config)))
    co_return fail(Code::forbidden, "Insufficient permissions to update notifications settings.");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::deployment_config>(rbac::all_of(Resource::deployment_config))));
    CO_TRY(stored, co_await sql::lock_pause(tx, may));
    const auto before = is_paused(stored);
    if (before && *before == ask.notifier_paused) co_return fail(Code::unchanged, "Nothing changed.");
    tx.trace(http::audit_change(audit_of_pause(before ? std::optional(*before) : std::nullopt), audit_of_pause(ask.notifier_paused)));
    CO_CHECK(co_await sql::set_pause(tx, may, api::to_json(ask)));
    co_return co_await store::notify(tx, std::string(notifications::kMessageNews), {});
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return ask;
}

}  // namespace

void add_pause_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/notifications/settings", read);
  routes.put<Auth::user, Audit::write>("/api/v2/notifications/settings", set);
}

}  // namespace slipway::inbox
