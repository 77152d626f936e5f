// What people want of it: which kinds reach them, and when their mails may come.
#include "features/inbox/objects.hpp"
#include "features/inbox/routes.hpp"
#include "features/users/users.hpp"
#include "formats/schedule.hpp"

namespace slipway::inbox {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::size_t kMost = 200;  // choices at once

Task<Result<std::vector<api::NotificationPreference>>> preferences_of(http::Call& call, UserId person) {
  CO_TRY(may, (call.store().permit<Action::read, Resource::notification_preference>(choices_of(person))));
  CO_TRY(rows, co_await sql::preferences(call.store(), may));
  std::vector<api::NotificationPreference> out;
  for (const auto& row : rows) out.push_back({.id = row.notification_template_id, .disabled = row.disabled, .updated_at = row.updated_at});
  co_return out;
}

Task<Result<std::vector<api::NotificationPreference>>> preferences(http::Call& call) {
  CO_TRY(person, co_await users::find(call, call.path("user")));
  co_return co_await preferences_of(call, person.id);
}

struct Choices {
  std::vector<Uuid> kinds, disabled;
};
Result<Choices> read_choices(const std::map<std::string, bool>& asked) {
  if (asked.size() > kMost)
    return fail_field("Too many preferences at once.", "template_disabled_map", fmt::format("Set at most {} in one request.", kMost));
  Choices out;
  for (const auto& [text, disabled] : asked) {
    const auto kind = Uuid::parse(text);
    if (!kind)
      return std::unexpected(Error{.code = Code::invalid,
                                   .say = "Unable to parse notification template UUID.",
                                   .detail = fmt::format("\"{}\" is not a UUID.", text),
                                   .fields = {{"template_disabled_map", "Give the ids of notification templates."}}});
    // One id in two spellings is one choice: the row can be written once only.
    if (std::ranges::find(out.kinds, *kind) == out.kinds.end()) out.kinds.push_back(*kind);
    if (disabled) out.disabled.push_back(*kind);
  }
  return out;
}

Task<Result<std::vector<api::NotificationPreference>>> set_preferences(http::Call& call, api::UpdateUserNotificationPreferences ask) {
  CO_TRY(person, co_await users::find(call, call.path("user")));
  CO_TRY(seen, (call.store().permit<Action::read, Resource::notification_preference>(choices_of(person.id))));
  CO_TRY(choices, read_choices(ask.template_disabled_map));
  auto body = [&](store::Tx& tx) -> Task<Result<std::int64_t>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::notification_preference>(choices_of(seen.owner()))));
    co_return co_await sql::set_preferences(tx, may, choices.disabled, tx.now(), choices.kinds);
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return co_await preferences_of(call, person.id);
}

// ---- when mails may come ----

// The person of the path, who must be who calls: when somebody sleeps is nobody else's business.
Task<Result<UserId>> oneself(http::Call& call) {
  CO_TRY(person, co_await users::find(call, call.path("user")));
  if (person.id != call.actor().user_id) co_return not_found();
  co_return person.id;
}

Task<Result<api::NotificationUserSettings>> settings(http::Call& call) {
  CO_TRY(person, co_await oneself(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::notification_preference>(choices_of(person))));
  CO_TRY(row, co_await sql::user_settings(call.store(), may));
  if (!row) co_return api::NotificationUserSettings{.digest = "off", .digest_hour = 9, .timezone = "UTC", .hold_quiet_hours = false};
  co_return api::NotificationUserSettings{
      .digest = row->digest, .digest_hour = row->digest_hour, .timezone = row->timezone, .hold_quiet_hours = row->hold_quiet_hours};
}

Result<void> valid(const api::NotificationUserSettings& ask) {
  std::vector<FieldError> faults;
  if (ask.digest != "off" && ask.digest != "hourly" && ask.digest != "daily")
    faults.push_back({"digest", fmt::format("\"{}\" is none of off, hourly, daily.", ask.digest)});
  if (ask.digest_hour < 0 || ask.digest_hour > 23) faults.push_back({"digest_hour", "Give an hour of the day, from 0 to 23."});
  if (!formats::known_zone(ask.timezone))
    faults.push_back({"timezone", fmt::format("\"{}\" is no time zone that is known here. Give one such as Europe/Berlin.", ask.timezone)});
  if (faults.empty()) return {};
  return std::unexpected(Error{.code = Code::invalid, .say = "Validation failed.", .fields = std::move(faults)});
}

Task<Result<api::NotificationUserSettings>> set_settings(http::Call& call, api::NotificationUserSettings ask) {
  CO_TRY(person, co_await oneself(call));
  CO_CHECK(valid(ask));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::notification_preference>(choices_of(person))));
    const auto hour = static_cast<std::int32_t>(ask.digest_hour);
    CO_CHECK(co_await sql::set_user_settings(tx, may, ask.digest, hour, ask.timezone, ask.hold_quiet_hours));
    CO_CHECK(co_await sql::wait_anew(tx, may, ask.digest, hour, ask.timezone, ask.hold_quiet_hours));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return ask;
}

}  // namespace

void add_choice_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string one = "/api/v2/users/{user}/notifications";
  routes.get<Auth::user, Audit::none>(one + "/preferences", preferences);
  routes.put<Auth::user, Audit::none>(one + "/preferences", set_preferences);
  routes.get<Auth::user, Audit::none>(one + "/settings", settings);
  routes.put<Auth::user, Audit::none>(one + "/settings", set_settings);
}

}  // namespace slipway::inbox
