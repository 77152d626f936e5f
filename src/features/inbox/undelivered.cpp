// What did not reach people, for administrators: which kind, to whom, why; never what it said. Tried again or given up by hand.
#include "base/text.hpp"
#include "features/inbox/objects.hpp"
#include "features/inbox/routes.hpp"
#include "features/users/users.hpp"
#include "store/db.hpp"

#include <array>

namespace slipway::inbox {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::array<std::string_view, 6> kStatuses{"pending", "leased", "sent", "temporary_failure", "permanent_failure", "inhibited"};
constexpr std::int64_t kUsual = 50, kMost = 500;

Result<std::vector<std::string>> asked_statuses(const http::Call& call) {
  const auto text = call.query("status").value_or("");
  std::vector<std::string> out;
  for (const auto word : text::words(text, ",")) {
    if (std::ranges::find(kStatuses, word) == kStatuses.end())
      return fail_field("Query parameters have invalid values.", "status", fmt::format("\"{}\" is none of {}.", word, fmt::join(kStatuses, ", ")));
    out.emplace_back(word);
  }
  if (out.empty()) out.emplace_back("permanent_failure");
  return out;
}

api::NotificationMessage to_wire(sql::Message row) {
  return {.id = row.id,
          .template_id = row.notification_template_id,
          .template_name = std::move(row.name).value_or(""),
          .user_id = row.user_id.uuid,
          .username = std::move(row.username),
          .method = std::move(row.method),
          .status = std::move(row.status),
          .status_reason = std::move(row.status_reason).value_or(""),
          .attempt_count = row.attempt_count,
          .created_at = row.created_at,
          .updated_at = row.updated_at,
          .next_retry_after = row.next_retry_after};
}

Task<Result<std::vector<api::NotificationMessage>>> list(http::Call& call) {
  const auto config = rbac::all_of(Resource::deployment_config);
  if (!call.store().may(Action::read, config)) co_return forbidden();
  CO_TRY(may, (call.store().permit<Action::read, Resource::deployment_config>(config)));
  CO_TRY(statuses, asked_statuses(call));
  CO_TRY(limit, call.query_int("limit", kUsual, 1));
  std::optional<UserId> person;
  if (const auto name = call.query("user"); name && !name->empty()) {
    CO_TRY(row, co_await users::find(call, *name));
    person = row.id;
  }
  CO_TRY(rows, co_await sql::messages(call.store(), may, statuses, person, static_cast<std::int32_t>(std::min(limit, kMost))));
  std::vector<api::NotificationMessage> out;
  for (auto& row : rows) out.push_back(to_wire(std::move(row)));
  co_return out;
}

enum class Act { retry, drop };

Task<Result<http::NoContent>> act(http::Call& call, Act what) {
  CO_TRY(id, call.path_uuid("message"));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::deployment_config>(rbac::all_of(Resource::deployment_config))));
    CO_TRY(message, co_await sql::lock_message(tx, may, id));
    if (!message) co_return not_found();
    if (message->status == "leased") co_return fail(Code::conflict, "The message is being sent right now. Look again in a minute.");
    if (message->status == "sent") co_return fail(Code::conflict, "The message was sent. There is nothing left to do with it.");
    const auto shown = [&id](std::string_view status) { return fmt::format("{} {}", id.str(), status); };
    const auto after = what == Act::retry ? std::optional(shown("pending")) : std::nullopt;
    tx.trace(http::audit_change(audit_of(*message, shown(message->status)), audit_of(*message, after)));
    if (what == Act::drop) {
      CO_CHECK(co_await sql::drop_message(tx, may, id));
      co_return Result<void>();
    }
    CO_CHECK(co_await sql::try_again(tx, may, id));
    co_return co_await store::notify(tx, std::string(notifications::kMessageNews), {});
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

}  // namespace

void add_undelivered_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string all = "/api/v2/notifications/messages", one = all + "/{message}";
  routes.get<Auth::user, Audit::none>(all, list);
  routes.post<Auth::user, Audit::write>(one + "/retry", [](http::Call& call) { return act(call, Act::retry); });
  routes.del<Auth::user, Audit::write>(one, [](http::Call& call) { return act(call, Act::drop); });
}

}  // namespace slipway::inbox
