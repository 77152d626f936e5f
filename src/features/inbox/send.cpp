// What people send to themselves: a test of the ways out, and messages of their own.
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "crypto/hash.hpp"
#include "features/inbox/objects.hpp"
#include "features/inbox/routes.hpp"
#include "store/store.hpp"

namespace slipway::inbox {

namespace {

using notifications::Kind;
using rbac::Action, rbac::Resource;

constexpr std::size_t kTitle = 120, kMessage = 2000;  // bytes
constexpr std::int64_t kHourly = 30;

std::string moment(std::string_view name, Time now) { return fmt::format(R"({{"{}":"{}"}})", name, to_rfc3339(now)); }

Task<Result<http::NoContent>> test(http::Call& call, bool leaves) {
  if (!call.store().may(Action::update, rbac::all_of(Resource::deployment_config))) co_return forbidden();
  if (!leaves)
    co_return fail(Code::invalid, "Neither a mail server nor a webhook is configured.",
                   "Set --email-smarthost and --email-from, or --notifications-webhook-endpoint, and start the server again.");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    const auto person = call.actor().user_id;
    notifications::Event event{.kind = Kind::test,
                               .to = {.users = {person}},
                               .data = moment("timestamp", call.now()),
                               .created_by = person.str(),
                               .key = Uuid::random().str()};  // each is one of its own
    notifications::raise(tx, std::move(event));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

std::unexpected<Error> bad_body(std::string detail) { return fail(Code::invalid, "Invalid request body", std::move(detail)); }

Result<api::CustomNotificationContent> content_of(api::CustomNotificationRequest ask) {
  if (!ask.content) return bad_body("content is required");
  if (text::trim(ask.content->title).empty() || text::trim(ask.content->message).empty())
    return bad_body("provide a non-empty 'content.title' and 'content.message'");
  if (ask.content->title.size() > kTitle) return bad_body(fmt::format("'content.title' must be less than {} characters", kTitle));
  if (ask.content->message.size() > kMessage) return bad_body(fmt::format("'content.message' must be less than {} characters", kMessage));
  // What PostgreSQL takes for text.
  return api::CustomNotificationContent{.title = utf8::clean(ask.content->title), .message = utf8::clean(ask.content->message)};
}

// The same words again within a minute are the same message.
notifications::Event custom_event(UserId person, api::CustomNotificationContent content, Time now) {
  auto key = fmt::format("{}/{}/{}", person.str(), notifications::minute_of(now), crypto::sha256_hex(content.title + '\n' + content.message));
  return {.kind = Kind::custom,
          .to = {.users = {person}},
          .labels = {{"custom_title", std::move(content.title)}, {"custom_message", std::move(content.message)}},
          .data = moment("dedupe_bypass_ts", now),
          .created_by = person.str(),
          .key = std::move(key)};
}

Task<Result<http::NoContent>> custom(http::Call& call, api::CustomNotificationRequest ask) {
  CO_TRY(content, content_of(std::move(ask)));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    const auto person = call.actor().user_id;
    const rbac::Object own{.type = Resource::notification_message, .owner = person};
    CO_TRY(may, (tx.permit<Action::create, Resource::notification_message>(own)));
    CO_TRY(sent, co_await sql::sent_by_hand(tx, may, notifications::id_of(Kind::custom)));
    if (sent >= kHourly)
      co_return fail(Code::too_many, "You have sent yourself many messages within an hour.",
                     fmt::format("At most {} an hour are sent. Try again later.", kHourly));
    notifications::raise(tx, custom_event(person, std::move(content), call.now()));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

}  // namespace

void add_send_routes(http::Routes& routes, const notifications::Delivery& delivery) {
  using http::Audit, http::Auth;
  routes.post<Auth::user, Audit::none>("/api/v2/notifications/test",
                                       [leaves = !delivery.available.empty()](http::Call& call) { return test(call, leaves); });
  routes.post<Auth::user, Audit::none>("/api/v2/notifications/custom", custom);
}

}  // namespace slipway::inbox
