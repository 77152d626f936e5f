#include "features/prebuilds/settings.hpp"

#include "api/gen/prebuilds.hpp"
#include "api/json.hpp"
#include "features/jobs/jobs.hpp"
#include "features/prebuilds/objects.hpp"
#include "features/prebuilds/prebuilds.hpp"
#include "features/templates/templates.hpp"
#include "http/routes.hpp"

namespace slipway::prebuilds {

namespace {

using rbac::Action, rbac::Resource;

// Whoever asks learns that it was ours to do; why stays in the log.
std::unexpected<Error> broken(const Error& error, std::string say) {
  Error out{.code = Code::internal, .say = std::move(say), .why = error.say + " " + error.why};
  return std::unexpected(std::move(out));
}

Result<api::PrebuildsSettings> read(const std::optional<std::string>& stored) {
  if (!stored) return api::PrebuildsSettings{};
  auto settings = api::from_json<api::PrebuildsSettings>(*stored);
  if (!settings) return broken(settings.error(), "Failed to unmarshal prebuilds settings.");
  return settings;
}

http::AuditObject audit_of(const api::PrebuildsSettings& settings) {
  return {.type = "prebuilds_settings", .target = "prebuilds_settings", .fields = {{"reconciliation_paused", settings.reconciliation_paused}}};
}

Task<Result<api::PrebuildsSettings>> show(http::Call& call) {
  const rbac::Object self{.type = Resource::user, .id = call.actor().user_id.uuid, .owner = call.actor().user_id};
  CO_TRY(may, (call.store().permit<Action::read, Resource::user>(self)));
  const auto stored = co_await sql::settings_for_anybody(call.store(), may);
  if (!stored) co_return broken(stored.error(), "Failed to fetch current prebuilds settings.");
  co_return read(*stored);
}

// What cannot be read any more differs from everything, so that it can be replaced.
Task<Result<void>> write(store::Tx& tx, const api::PrebuildsSettings& ask) {
  CO_TRY(may, (tx.permit<Action::update, Resource::deployment_config>(rbac::all_of(Resource::deployment_config))));
  CO_TRY(stored, co_await sql::settings_now(tx, may));
  const auto before = read(stored);
  if (before && *before == ask) co_return fail(Code::unchanged, "Nothing changed.");
  CO_CHECK(co_await sql::set_settings(tx, may, api::to_json(ask)));
  tx.trace(http::audit_change(audit_of(before.value_or(api::PrebuildsSettings{.reconciliation_paused = !ask.reconciliation_paused})), audit_of(ask)));
  co_return co_await store::notify(tx, std::string(jobs::kPools), {});
}

Task<Result<api::PrebuildsSettings>> update(http::Call& call, api::PrebuildsSettings ask) {
  auto body = [&](store::Tx& tx) { return write(tx, ask); };
  auto done = co_await call.store().tx(body);
  if (!done && done.error().code == Code::internal) co_return broken(done.error(), "Failed to update prebuilds settings.");
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return ask;
}

Task<Result<api::InvalidatePresetsResponse>> invalidate(http::Call& call) {
  CO_TRY(id, call.path_id<TemplateId>("template"));
  CO_TRY(row, co_await templates::find_template(call, id));
  if (!call.store().may(Action::update, templates::sql::object_of(row))) co_return not_found();
  api::InvalidatePresetsResponse out;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::template_>(templates::sql::object_of(row))));
    CO_TRY(stale, co_await sql::invalidate(tx, may, tx.now()));
    std::ranges::sort(stale, {}, &sql::InvalidateRow::preset_name);
    std::vector<std::string> names;
    for (auto& preset : stale) {
      names.push_back(preset.preset_name);
      out.invalidated.push_back({.template_name = std::move(preset.template_name),
                                 .template_version_name = std::move(preset.version_name),
                                 .preset_name = std::move(preset.preset_name)});
    }
    auto before = templates::sql::audit_of(row), after = before;
    before.fields.emplace_back("invalidated_presets", std::vector<std::string>());
    after.fields.emplace_back("invalidated_presets", names);
    tx.trace(http::audit_change(before, after));
    co_return co_await store::notify(tx, std::string(jobs::kPools), id.str());
  };
  auto done = co_await call.store().tx(body);
  if (!done && (done.error().code == Code::forbidden || done.error().code == Code::not_found)) co_return not_found();
  if (!done && done.error().code == Code::internal) co_return broken(done.error(), "Failed to invalidate presets.");
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return out;
}

}  // namespace

void add_setting_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/prebuilds/settings", show);
  routes.put<Auth::user, Audit::write>("/api/v2/prebuilds/settings", update);
  routes.post<Auth::user, Audit::write>("/api/v2/templates/{template}/prebuilds/invalidate", invalidate);
}

}  // namespace slipway::prebuilds
