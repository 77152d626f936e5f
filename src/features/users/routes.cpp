#include "features/users/routes.hpp"

namespace slipway::users {

namespace {

Task<Result<api::User>> show(http::Call& call) {
  // "me" was read while authenticating: one round trip in all.
  if (call.path("user") == "me") {
    const auto& me = *call.principal().user;
    const rbac::Object own{.type = rbac::Resource::user, .id = me.id.uuid, .owner = me.id};
    if (!call.store().may(rbac::Action::read, own)) co_return not_found();
    co_return to_wire(me);
  }
  CO_TRY(user, co_await find(call, call.path("user")));
  co_return to_wire(user);
}

}  // namespace

Task<Result<sql::User>> find(http::Call& call, std::string_view name) {
  std::optional<sql::User> row;
  if (name == "me") {
    CO_TRY(mine, co_await sql::by_id(call.store(), call.actor().user_id));
    row = std::move(mine);
  } else if (const auto id = UserId::parse(name)) {
    CO_TRY(found, co_await sql::by_id(call.store(), *id));
    row = std::move(found);
  } else {
    CO_TRY(found, co_await sql::by_username(call.store(), std::string(name)));
    row = std::move(found);
  }
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Task<Result<sql::User>> find_changeable(http::Call& call, std::string_view name) {
  CO_TRY(row, co_await find(call, name));
  if (row.is_system) co_return forbidden();
  co_return std::move(row);
}

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/users", list);
  routes.get<Auth::user, Audit::none>("/api/v2/users/{user}", show);
  add_setting_routes(routes);
}

}  // namespace slipway::users
