// The kinds of what people are told, and the way each goes out.
#include "features/inbox/objects.hpp"
#include "features/inbox/routes.hpp"
#include "store/db.hpp"

#include <array>

namespace slipway::inbox {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::array<std::string_view, 3> kMethods{"smtp", "webhook", "inbox"};

Task<Result<std::vector<api::NotificationTemplate>>> list(http::Call& call, const std::string& kind) {
  auto open = call.db().open(call.cost());
  CO_TRY(rows, co_await sql::kinds(open, kind));
  std::vector<api::NotificationTemplate> out;
  for (auto& row : rows)
    out.push_back({.id = row.id,
                   .name = std::move(row.name),
                   .title_template = std::move(row.title_template),
                   .body_template = std::move(row.body_template),
                   .actions = std::move(row.actions.text),
                   .group = std::move(row.group),
                   .method = std::move(row.method).value_or(""),
                   .kind = std::move(row.kind),
                   .enabled_by_default = row.enabled_by_default});
  co_return out;
}

Task<Result<api::NotificationMethodsResponse>> methods(http::Call&, const std::string& usual) {
  co_return api::NotificationMethodsResponse{.available = {"smtp", "webhook"}, .default_ = usual};
}

std::unexpected<Error> bad_method(std::string detail) {
  return fail_field("Invalid request to update notification template method", "method", std::move(detail));
}

Task<Result<http::Json>> set_method(http::Call& call, api::UpdateNotificationTemplateMethod ask) {
  CO_TRY(id, call.path_uuid("notification_template"));
  const auto method = ask.method.value_or("");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::notification_template>(kind_object(id))));
    if (std::ranges::find(kMethods, method) == kMethods.end())
      co_return bad_method(fmt::format("\"{}\" is not a valid method; {} are the available options", method, fmt::join(kMethods, ", ")));
    CO_TRY(kind, co_await sql::lock_kind(tx, may));
    if (!kind) co_return not_found();
    if (id == notifications::id_of(notifications::Kind::one_time_passcode))
      co_return bad_method("Codes for new passwords go by mail alone: whoever reads one can take over the account.");
    if (kind->method == method) co_return fail(Code::unchanged, "Nothing changed.");
    auto after = *kind;
    after.method = method;
    tx.trace(http::audit_change(audit_of(*kind), audit_of(after)));
    co_return co_await sql::set_method(tx, may, method);
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::Json{"{}"};
}

}  // namespace

void add_kind_routes(http::Routes& routes, const notifications::Delivery& delivery) {
  using http::Audit, http::Auth;
  const std::string all = "/api/v2/notifications";
  for (const char* kind : {"system", "custom"})
    routes.get<Auth::user, Audit::none>(all + "/templates/" + kind, [kind = std::string(kind)](http::Call& call) { return list(call, kind); });
  routes.put<Auth::user, Audit::write>(all + "/templates/{notification_template}/method", set_method);
  routes.get<Auth::user, Audit::none>(all + "/dispatch-methods", [usual = delivery.method](http::Call& call) { return methods(call, usual); });
}

}  // namespace slipway::inbox
