// What people set for themselves: appearance, preferences, the key pair for git.
#include "features/users/routes.hpp"
#include "features/users/ssh_key.hpp"

namespace slipway::users {

namespace {

using rbac::Action, rbac::Resource;
using Values = std::map<std::string, std::string>;
using Change = std::pair<std::string, std::string>;

Task<Result<Values>> settings_of(http::Call& call, const sql::User& row) {
  CO_TRY(may, (call.store().permit<Action::read_personal, Resource::user>(sql::object_of(row))));
  CO_TRY(rows, co_await sql::settings(call.store(), may));
  Values values;
  for (auto& one : rows) values[std::move(one.key)] = std::move(one.value);
  co_return values;
}

// What there is afterwards.
Task<Result<Values>> save(http::Call& call, const sql::User& row, const std::vector<Change>& changes) {
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(locked, co_await lock_account(tx, row.id));
    CO_TRY(may, (store::permit<Action::update_personal, Resource::user>(tx, locked)));
    for (const auto& [key, value] : changes) CO_CHECK(co_await sql::set_setting(tx, may, key, value));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return co_await settings_of(call, row);
}

std::string value_or(const Values& values, const std::string& key, std::string_view fallback) {
  const auto found = values.find(key);
  return found == values.end() ? std::string(fallback) : found->second;
}

api::UserAppearanceSettings appearance_of(const Values& values) {
  return {.theme_preference = value_or(values, "theme_preference", ""),
          .theme_mode = value_or(values, "theme_mode", ""),
          .theme_light = value_or(values, "theme_light", ""),
          .theme_dark = value_or(values, "theme_dark", ""),
          .terminal_font = value_or(values, "terminal_font", "")};
}

Task<Result<api::UserAppearanceSettings>> appearance(http::Call& call) {
  CO_TRY(row, co_await find(call, call.path("user")));
  CO_TRY(values, co_await settings_of(call, row));
  co_return appearance_of(values);
}

Task<Result<api::UserAppearanceSettings>> set_appearance(http::Call& call, api::UpdateUserAppearanceSettingsRequest ask) {
  CO_TRY(row, co_await find_changeable(call, call.path("user")));
  CO_CHECK(api::json::require({{"theme_preference", ask.theme_preference}}));
  std::vector<Change> changes{{"theme_preference", ask.theme_preference}};
  if (!ask.terminal_font.empty()) changes.emplace_back("terminal_font", ask.terminal_font);
  if (!ask.theme_mode.empty()) {  // older clients do not know the newer fields
    changes.emplace_back("theme_mode", ask.theme_mode);
    changes.emplace_back("theme_light", ask.theme_light);
    changes.emplace_back("theme_dark", ask.theme_dark);
  }
  CO_TRY(values, co_await save(call, row, changes));
  co_return appearance_of(values);
}

api::UserPreferenceSettings preferences_of(const Values& values) {
  return {.task_notification_alert_dismissed = value_or(values, "task_notification_alert_dismissed", "false") == "true",
          .thinking_display_mode = value_or(values, "thinking_display_mode", "auto"),
          .shell_tool_display_mode = value_or(values, "shell_tool_display_mode", "auto"),
          .code_diff_display_mode = value_or(values, "code_diff_display_mode", "auto"),
          .agent_chat_send_shortcut = value_or(values, "agent_chat_send_shortcut", "enter")};
}

Task<Result<api::UserPreferenceSettings>> preferences(http::Call& call) {
  CO_TRY(row, co_await find(call, call.path("user")));
  CO_TRY(values, co_await settings_of(call, row));
  co_return preferences_of(values);
}

Task<Result<api::UserPreferenceSettings>> set_preferences(http::Call& call, api::UpdateUserPreferenceSettingsRequest ask) {
  CO_TRY(row, co_await find_changeable(call, call.path("user")));
  std::vector<Change> changes;
  const auto change = [&changes](std::string key, const std::optional<std::string>& value) {
    if (value && !value->empty()) changes.emplace_back(std::move(key), *value);
  };
  if (ask.task_notification_alert_dismissed)
    changes.emplace_back("task_notification_alert_dismissed", *ask.task_notification_alert_dismissed ? "true" : "false");
  change("thinking_display_mode", ask.thinking_display_mode);
  change("shell_tool_display_mode", ask.shell_tool_display_mode);
  change("code_diff_display_mode", ask.code_diff_display_mode);
  change("agent_chat_send_shortcut", ask.agent_chat_send_shortcut);
  CO_TRY(values, co_await save(call, row, changes));
  co_return preferences_of(values);
}

Task<Result<api::UserLoginType>> login_type(http::Call& call) {
  CO_TRY(row, co_await find(call, call.path("user")));
  if (!call.store().may(Action::read_personal, sql::object_of(row))) co_return forbidden();
  co_return api::UserLoginType{.login_type = row.login_type};
}

Task<Result<api::GitSSHKey>> read_key(http::Call& call, const sql::User& row) {
  CO_TRY(may, (call.store().permit<Action::read_personal, Resource::user>(sql::object_of(row))));
  CO_TRY(key, co_await sql::ssh_key(call.store(), may));
  if (!key) {
    const auto made = make_ssh_key();
    auto body = [&](store::Tx& tx) -> Task<Result<void>> {
      CO_TRY(own, (tx.permit<Action::read_personal, Resource::user>(sql::object_of(row))));
      co_return co_await sql::insert_ssh_key(tx, own, made.public_key, made.private_key.reveal(), call.now());
    };
    CO_CHECK(co_await call.store().tx(body));
    CO_TRY(stored, co_await sql::ssh_key(call.store(), may));
    key = std::move(stored);
  }
  if (!key) co_return not_found();
  co_return api::GitSSHKey{.user_id = row.id.uuid, .created_at = key->created_at, .updated_at = key->updated_at, .public_key = key->public_key};
}

Task<Result<api::GitSSHKey>> git_ssh_key(http::Call& call) {
  CO_TRY(row, co_await find_changeable(call, call.path("user")));
  co_return co_await read_key(call, row);
}

Task<Result<api::GitSSHKey>> renew_git_ssh_key(http::Call& call) {
  CO_TRY(row, co_await find_changeable(call, call.path("user")));
  const auto made = make_ssh_key();
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(locked, co_await lock_account(tx, row.id));
    CO_TRY(may, (store::permit<Action::update_personal, Resource::user>(tx, locked)));
    CO_TRY(see, (tx.permit<Action::read_personal, Resource::user>(sql::object_of(row))));
    CO_TRY(old, co_await sql::ssh_key(tx, see));
    http::AuditObject before{
        .type = "git_ssh_key", .id = row.id.uuid, .target = row.username, .fields = {{"public_key", old ? old->public_key : std::string()}}};
    http::AuditObject after{.type = before.type, .id = before.id, .target = before.target, .fields = {{"public_key", made.public_key}}};
    http::audit_replaced(before, after, "private_key");
    tx.trace(http::audit_change(before, after));
    CO_CHECK(co_await sql::replace_ssh_key(tx, may, made.public_key, made.private_key.reveal(), call.now()));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return co_await read_key(call, row);
}

Task<Result<std::vector<api::UserParameter>>> autofill_parameters(http::Call& call) {
  CO_TRY(row, co_await find(call, call.path("user")));
  CO_TRY(id, call.query_uuid("template_id"));
  if (!id) co_return fail_field("Invalid query parameters.", "template_id", "Query param \"template_id\" is required.");
  CO_TRY(may, (call.store().permit<Action::read_personal, Resource::user>(sql::object_of(row))));
  CO_TRY(rows, co_await sql::recent_parameters(call.store(), may, TemplateId{*id}));
  std::vector<api::UserParameter> out;
  for (auto& one : rows) out.push_back({.name = std::move(one.name), .value = std::move(one.value)});
  co_return out;
}

}  // namespace

void add_setting_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string user = "/api/v2/users/{user}";
  routes.get<Auth::user, Audit::none>(user + "/appearance", appearance);
  routes.put<Auth::user, Audit::none>(user + "/appearance", set_appearance);
  routes.get<Auth::user, Audit::none>(user + "/preferences", preferences);
  routes.put<Auth::user, Audit::none>(user + "/preferences", set_preferences);
  routes.get<Auth::user, Audit::none>(user + "/login-type", login_type);
  routes.get<Auth::user, Audit::none>(user + "/gitsshkey", git_ssh_key);
  routes.put<Auth::user, Audit::write>(user + "/gitsshkey", renew_git_ssh_key);
  routes.get<Auth::user, Audit::none>(user + "/autofill-parameters", autofill_parameters);
}

}  // namespace slipway::users
