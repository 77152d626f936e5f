// What an agent asks and reports with its own token.
#include "base/utf8.hpp"
#include "features/agents/agents.hpp"
#include "features/agents/metadata_news.hpp"
#include "features/agents/objects.hpp"
#include "features/agents/report.hpp"
#include "features/resources/resources.hpp"
#include "features/workspaces/workspaces.hpp"
#include "http/routes.hpp"
#include "store/db.hpp"

#include <boost/json.hpp>

namespace slipway::agents {

namespace {

constexpr std::size_t kLogsBody = 8 << 20;  // a mebibyte of output, escaped at its worst
const LogSourceId kExternalSource{*Uuid::parse("3b579bf4-1ed8-4b99-87a8-e9a1e3410410")};

rbac::Object workspace_of(const http::PrincipalAgent& agent) {
  return {.type = rbac::Resource::workspace, .id = agent.workspace_id.uuid, .owner = agent.owner_id, .organization = agent.organization_id};
}

const http::PrincipalAgent& self(const http::Call& call) { return *call.principal().agent; }

// Of a transaction to write by, of a store to read by.
auto may_update(auto& store, const http::PrincipalAgent& agent) {
  return store.template permit<rbac::Action::update_agent, rbac::Resource::workspace>(workspace_of(agent));
}

http::Json null_answer() { return {"null"}; }

Task<Result<void>> tell_workspace(store::Tx& tx, const http::PrincipalAgent& agent) {
  return store::notify(tx, std::string(resources::kWorkspaceNews), agent.workspace_id.str());
}

// ---- the manifest ----

std::string port_proxy(const http::Site& site, const http::PrincipalAgent& agent) {
  const auto star = site.wildcard_access_host.find('*');
  if (star == std::string::npos) return {};
  std::string host = site.wildcard_access_host;
  host.replace(star, 1, fmt::format("{{{{port}}}}--{}--{}--{}", agent.name, agent.workspace_name, agent.owner_name));
  return site.access_url.substr(0, site.access_url.find("://") + 3) + host;
}

api::AgentScript to_manifest(const api::WorkspaceAgentScript& script) {
  return {.id = script.id,
          .log_source_id = script.log_source_id,
          .log_path = script.log_path,
          .script = script.script,
          .cron = script.cron,
          .run_on_start = script.run_on_start,
          .run_on_stop = script.run_on_stop,
          .start_blocks_login = script.start_blocks_login,
          .timeout = script.timeout,
          .display_name = script.display_name};
}

Task<Result<api::AgentManifest>> manifest(http::Call& call) {
  const auto& agent = self(call);
  auto& store = call.store();
  CO_TRY(may, may_update(store, agent));
  CO_TRY(own, co_await sql::own(store, may, agent.id));
  CO_TRY(by_job, co_await resources::load_resources(store, may, {own.job_id}));
  CO_TRY(metadata, co_await resources::sql::metadata(store, may, agent.id));
  CO_TRY(devcontainers, co_await sql::own_devcontainers(store, may, agent.id));

  api::AgentManifest manifest;
  manifest.agent_id = agent.id.uuid;
  if (own.parent_id) manifest.parent_id = own.parent_id->uuid;
  manifest.agent_name = agent.name;
  manifest.owner_name = agent.owner_name;
  manifest.workspace_id = agent.workspace_id.uuid;
  manifest.workspace_name = agent.workspace_name;
  manifest.vscode_port_proxy_uri = port_proxy(*call.home().site, agent);
  manifest.environment_variables = resources::environment_of(own.environment_variables);
  manifest.directory = own.directory;
  manifest.motd_file = own.motd_file;
  manifest.disable_direct_connections = true;
  for (auto& [job, resources] : by_job)
    for (auto& resource : resources)
      for (auto& found : resource.agents) {
        if (found.id != agent.id.uuid) continue;
        manifest.apps = std::move(found.apps);
        for (const auto& script : found.scripts) manifest.scripts.push_back(to_manifest(script));
      }
  for (const auto& item : metadata)
    manifest.metadata.push_back(
        {.display_name = item.display_name, .key = item.key, .script = item.script, .interval = item.interval, .timeout = item.timeout});
  for (const auto& item : devcontainers)
    manifest.devcontainers.push_back({.id = item.id, .name = item.name, .workspace_folder = item.workspace_folder, .config_path = item.config_path});
  co_return manifest;
}

// ---- reports ----

Task<Result<http::Json>> startup(http::Call& call, api::AgentStartup ask) {
  CO_CHECK(check_version(ask.version));
  const sql::StartedUpArgs args{.version = ask.version,
                                .expanded_directory = ask.expanded_directory,
                                .subsystems = sorted_subsystems(std::move(ask.subsystems)),
                                .api_version = "2.0",
                                .now = call.now(),
                                .agent_id = self(call).id};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, may_update(tx, self(call)));
    CO_CHECK(co_await sql::started_up(tx, may, args));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return null_answer();
}

Task<Result<http::NoContent>> lifecycle(http::Call& call, api::AgentLifecycle ask) {
  CO_CHECK(check_lifecycle(ask.state));
  const Time now = call.now(), changed_at = ask.changed_at == kUnsetTime ? now : ask.changed_at;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, may_update(tx, self(call)));
    CO_CHECK(co_await sql::set_lifecycle(tx, may, ask.state, now, changed_at, self(call).id));
    co_return co_await tell_workspace(tx, self(call));
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

bool is_used(const api::AgentStats& stats) {
  for (const auto& [kind, count] : stats.session_counts)
    if (count > 0) return true;
  return stats.connection_count + stats.session_count_vscode + stats.session_count_jetbrains + stats.session_count_reconnecting_pty +
             stats.session_count_ssh >
         0;
}

Task<Result<void>> store_stats(http::Call& call, const api::AgentStats& stats) {
  const auto& agent = self(call);
  const Time now = call.now();
  const sql::InsertStatsArgs args{.agent_id = agent.id,
                                  .template_id = agent.template_id,
                                  .connections_by_proto = {api::to_json(stats.connections_by_proto)},
                                  .connection_count = stats.connection_count,
                                  .connection_median_latency_ms = stats.connection_median_latency_ms,
                                  .rx_packets = stats.rx_packets,
                                  .rx_bytes = stats.rx_bytes,
                                  .tx_packets = stats.tx_packets,
                                  .tx_bytes = stats.tx_bytes,
                                  .session_count_vscode = stats.session_count_vscode,
                                  .session_count_jetbrains = stats.session_count_jetbrains,
                                  .session_count_reconnecting_pty = stats.session_count_reconnecting_pty,
                                  .session_count_ssh = stats.session_count_ssh,
                                  .now = now};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, may_update(tx, agent));
    CO_CHECK(co_await sql::insert_stats(tx, may, args));
    if (!is_used(stats)) co_return Result<void>();
    co_return co_await workspaces::mark_used(tx, may);
  };
  co_return co_await call.store().tx(body);
}

Task<Result<api::AgentStatsResponse>> stats(http::Call& call, Seconds interval) {
  CO_TRY(report, co_await call.body<api::AgentStats>());
  // A report that says nothing only asks how often to report.
  if (is_used(report) || report.rx_bytes + report.tx_bytes + report.rx_packets + report.tx_packets > 0) CO_CHECK(co_await store_stats(call, report));
  co_return api::AgentStatsResponse{.report_interval = std::chrono::nanoseconds(interval).count()};
}

Task<Result<http::NoContent>> store_metadata(http::Call& call, MetadataNews& news, const std::vector<api::AgentMetadataValue>& report) {
  CO_CHECK(may_update(call.store(), self(call)));
  auto rows = metadata_rows(report);
  const auto outcome = rows.outcome;
  news.add(self(call).id, std::move(rows), call.now());
  CO_CHECK(outcome);
  co_return http::NoContent{};
}

Task<Result<http::NoContent>> one_metadata(http::Call& call, MetadataNews& news, api::AgentMetadataValue ask) {
  ask.key = std::string(call.path("key"));
  const std::vector<api::AgentMetadataValue> report{std::move(ask)};
  co_return co_await store_metadata(call, news, report);
}

// ---- apps ----

Result<void> health_fits(const std::vector<sql::OwnApp>& apps, const std::string& id, std::string_view health) {
  const auto refuse = [](Code code, std::string detail) { return fail(code, "Error setting workspace app health", std::move(detail)); };
  const auto app = std::ranges::find_if(apps, [&](const auto& known) { return known.id.str() == id; });
  if (app == apps.end()) return refuse(Code::not_found, fmt::format("workspace app name {} not found", id));
  if (app->healthcheck_url.empty()) return refuse(Code::not_found, fmt::format("health checking is disabled for workspace app {}", id));
  if (health.empty() || !api::WorkspaceAppHealth::is_known(health))
    return refuse(Code::invalid, fmt::format("workspace app health {} is not a valid value", health));
  return {};
}

Task<Result<http::Json>> app_health(http::Call& call, api::AgentAppHealth ask) {
  if (ask.Healths.empty()) co_return fail(Code::invalid, "Health field is empty");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, may_update(tx, self(call)));
    CO_TRY(apps, co_await sql::own_apps(tx, may, self(call).id));
    std::vector<AppId> ids;
    std::vector<std::string> healths;
    for (const auto& [id, health] : ask.Healths) {
      CO_CHECK(health_fits(apps, id, health));
      ids.push_back(*AppId::parse(id));
      healths.push_back(health);
    }
    CO_TRY(changed, co_await sql::set_app_health(tx, may, ids, healths, self(call).id));
    if (changed == 0) co_return Result<void>();
    co_return co_await tell_workspace(tx, self(call));
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return null_answer();
}

Task<Result<http::Json>> app_status(http::Call& call, api::AgentPatchAppStatus ask) {
  if (ask.message.size() > kAppStatusBytes)
    co_return fail_field("Message is too long.", "message", fmt::format("Message must be less than {} characters.", kAppStatusBytes));
  CO_CHECK(check_status_uri(ask.uri));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, may_update(tx, self(call)));
    CO_TRY(apps, co_await sql::own_apps(tx, may, self(call).id));
    const auto app = std::ranges::find_if(apps, [&](const auto& known) { return known.slug == ask.app_slug; });
    if (app == apps.end()) co_return fail(Code::invalid, "Failed to get workspace app.", fmt::format("No app found with slug \"{}\"", ask.app_slug));
    const sql::InsertAppStatusArgs args{.app_id = app->id,
                                        .status_id = Uuid::random(),
                                        .agent_id = self(call).id,
                                        .state = ask.state,
                                        .message = ask.message,
                                        .uri = ask.uri,
                                        .now = tx.now()};
    CO_CHECK(co_await sql::insert_app_status(tx, may, args));
    co_return co_await tell_workspace(tx, self(call));
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return null_answer();
}

// ---- logs ----

std::unexpected<Error> limit_exceeded(bool before) {
  return fail(Code::too_large, "Logs limit exceeded", before ? "This agent has reached its limit of 1048576 bytes of logs." : "");
}

// False: the batch does not fit, and nothing of it was written.
Task<Result<bool>> store_logs(store::Tx& tx, const http::PrincipalAgent& agent, LogSourceId source, LogRows rows) {
  CO_TRY(may, may_update(tx, agent));
  CO_TRY(length, co_await sql::take_log_room(tx, may, rows.bytes, tx.now(), agent.id));
  if (!length) co_return false;
  if (source == kExternalSource) {
    const sql::SaveLogSourceArgs external{
        .log_source_id = source, .display_name = "External", .icon = "/emojis/1f310.png", .now = tx.now(), .agent_id = agent.id};
    CO_CHECK(co_await sql::save_log_source(tx, may, external));
  }
  const bool first = *length == rows.bytes;
  const sql::InsertLogsArgs args{.log_source_id = source,
                                 .created_ats = std::move(rows.created_ats),
                                 .outputs = std::move(rows.outputs),
                                 .levels = std::move(rows.levels),
                                 .agent_id = agent.id};
  CO_CHECK(co_await sql::insert_logs(tx, may, args));
  CO_CHECK(co_await store::notify(tx, std::string(kLogNews), agent.id.str()));
  if (first) CO_CHECK(co_await tell_workspace(tx, agent));
  co_return true;
}

Task<Result<http::Json>> patch_logs(http::Call& call) {
  CO_TRY(text, co_await call.exchange().body(kLogsBody));
  CO_TRY(ask, api::from_json<api::AgentPatchLogs>(text));
  if (ask.logs.empty()) co_return fail(Code::invalid, "No logs provided.");
  CO_TRY(rows, log_rows(ask.logs, call.now()));
  const LogSourceId source = ask.log_source_id.is_nil() ? kExternalSource : LogSourceId{ask.log_source_id};
  auto body = [&](store::Tx& tx) -> Task<Result<bool>> { return store_logs(tx, self(call), source, std::move(rows)); };
  CO_TRY(stored, co_await call.store().tx(body));
  if (stored) co_return null_answer();

  auto overflow = [&](store::Tx& tx) -> Task<Result<bool>> {
    CO_TRY(may, may_update(tx, self(call)));
    CO_TRY(first, co_await sql::overflow_logs(tx, may, tx.now(), self(call).id));
    if (first > 0) CO_CHECK(co_await tell_workspace(tx, self(call)));
    co_return first > 0;
  };
  CO_TRY(first, co_await call.store().tx(overflow));
  co_return limit_exceeded(!first);
}

Task<Result<http::Created<api::WorkspaceAgentLogSource>>> log_source(http::Call& call, api::AgentPostLogSourceRequest ask) {
  if (ask.icon.size() > kIconBytes) co_return fail_field("Validation failed.", "icon", fmt::format("Icon must be at most {} bytes.", kIconBytes));
  const sql::SaveLogSourceArgs args{
      .log_source_id = LogSourceId{ask.id}, .display_name = ask.display_name, .icon = ask.icon, .now = call.now(), .agent_id = self(call).id};
  auto body = [&](store::Tx& tx) -> Task<Result<std::optional<sql::LogSource>>> {
    CO_TRY(may, may_update(tx, self(call)));
    co_return co_await sql::save_log_source(tx, may, args);
  };
  CO_TRY(row, co_await call.store().tx(body));
  if (!row) co_return fail(Code::too_large, "This agent has as many log sources as it may.", "At most 100 are kept.");
  const api::WorkspaceAgentLogSource made{.workspace_agent_id = row->workspace_agent_id.uuid,
                                          .id = row->id.uuid,
                                          .created_at = row->created_at,
                                          .display_name = row->display_name,
                                          .icon = row->icon};
  co_return http::Created<api::WorkspaceAgentLogSource>{made};
}

// ---- scripts and connections: bodies that only agents of ours send ----

struct Fields {
  boost::json::value parsed;

  std::string text(const char* name) const {
    const auto* object = parsed.if_object();
    const auto* value = object ? object->if_contains(name) : nullptr;
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  }
  std::int32_t number(const char* name) const {
    const auto* object = parsed.if_object();
    const auto* value = object ? object->if_contains(name) : nullptr;
    return value && value->is_int64() ? static_cast<std::int32_t>(value->get_int64()) : 0;
  }
};

Task<Result<Fields>> read_fields(http::Call& call) {
  CO_TRY(text, co_await call.exchange().body(64 << 10));
  boost::system::error_code ec;
  Fields fields{boost::json::parse(text, ec)};
  if (ec || !fields.parsed.is_object()) co_return fail(Code::invalid, "Request body must be valid JSON.");
  co_return fields;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) { return std::ranges::find(words, text) != words.end(); }

Task<Result<http::NoContent>> script_timing(http::Call& call) {
  CO_TRY(fields, co_await read_fields(call));
  const auto script = ScriptId::parse(fields.text("script_id"));
  const auto started = parse_rfc3339(fields.text("started_at")), ended = parse_rfc3339(fields.text("ended_at"));
  const sql::SaveTimingArgs args{.script_id = script.value_or(ScriptId{}),
                                 .agent_id = self(call).id,
                                 .started_at = believed(started, call.now()),
                                 .ended_at = believed(ended, call.now()),
                                 .exit_code = fields.number("exit_code"),
                                 .stage = fields.text("stage"),
                                 .status = fields.text("status")};
  if (!script) co_return fail_field("Validation failed.", "script_id", "Must be the id of a script.");
  if (!is_one_of(args.stage, {"start", "stop", "cron"})) co_return fail_field("Validation failed.", "stage", "Must be start, stop or cron.");
  if (!is_one_of(args.status, {"ok", "exit_failure", "timed_out", "pipes_left_open"}))
    co_return fail_field("Validation failed.", "status", "Must be ok, exit_failure, timed_out or pipes_left_open.");
  auto body = [&](store::Tx& tx) -> Task<Result<std::int64_t>> {
    CO_TRY(may, may_update(tx, self(call)));
    co_return co_await sql::save_timing(tx, may, args);
  };
  CO_TRY(saved, co_await call.store().tx(body));
  if (saved == 0) co_return not_found();
  co_return http::NoContent{};
}

// What the connection log takes of one workspace: the ids are its agent's to make up.
constexpr std::chrono::hours kConnectionsCounted{24};
constexpr std::int64_t kConnectionsMost = 5000;

Task<Result<http::NoContent>> connection(http::Call& call) {
  CO_TRY(fields, co_await read_fields(call));
  const auto& agent = self(call);
  const auto id = Uuid::parse(fields.text("id")).value_or(Uuid::nil());
  const std::string action = fields.text("action"), type = fields.text("type"), ip = address_of(fields.text("ip"));
  const Time since = call.now() - kConnectionsCounted;
  const Time at = std::max(believed(parse_rfc3339(fields.text("timestamp")), call.now()), since + std::chrono::seconds(1));
  if (id.is_nil()) co_return fail(Code::invalid, "connection ID cannot be nil");
  if (!is_one_of(type, {"ssh", "vscode", "jetbrains", "reconnecting_pty"}))
    co_return fail_field("Validation failed.", "type", "Must be ssh, vscode, jetbrains or reconnecting_pty.");
  if (!is_one_of(action, {"connect", "disconnect"})) co_return fail_field("Validation failed.", "action", "Must be connect or disconnect.");
  auto body = [&](store::Tx& tx) -> Task<Result<std::int64_t>> {
    CO_TRY(may, may_update(tx, agent));
    if (action == "connect") {
      const sql::SaveConnectionArgs args{.at = at,
                                         .workspace_name = agent.workspace_name,
                                         .agent_name = agent.name,
                                         .type = type,
                                         .ip = ip,
                                         .connection_id = id,
                                         .since = since,
                                         .most = kConnectionsMost};
      co_return co_await sql::save_connection(tx, may, args);
    }
    const sql::EndConnectionArgs args{.at = at,
                                      .workspace_name = agent.workspace_name,
                                      .agent_name = agent.name,
                                      .type = type,
                                      .ip = ip,
                                      .connection_id = id,
                                      .code = fields.number("status_code"),
                                      .reason = std::string(utf8::cut(fields.text("reason"), kReasonBytes)),
                                      .since = since,
                                      .most = kConnectionsMost};
    co_return co_await sql::end_connection(tx, may, args);
  };
  CO_TRY(saved, co_await call.store().tx(body));
  if (saved == 0) co_return fail(Code::too_large, fmt::format("The connection log keeps {} connections of a workspace a day.", kConnectionsMost));
  co_return http::NoContent{};
}

// ---- keys and tokens of the owner ----

Task<Result<api::AgentGitSSHKey>> git_ssh_key(http::Call& call) {
  const auto owner = self(call).owner_id;
  const rbac::Object person{.type = rbac::Resource::user, .id = owner.uuid, .owner = owner};
  CO_TRY(may, (call.store().permit<rbac::Action::read_personal, rbac::Resource::user>(person)));
  CO_TRY(key, co_await sql::ssh_key_of_owner(call.store(), may));
  if (!key)
    co_return fail(Code::not_found, "The workspace's owner has no SSH key yet.",
                   "Signing in to the dashboard and opening the SSH keys page makes one.");
  co_return api::AgentGitSSHKey{.public_key = key->public_key, .private_key = key->private_key};
}

// This deployment has no external providers: nothing can match.
Task<Result<api::AgentExternalAuthResponse>> external_auth(http::Call& call) {
  const auto match = call.query("match").value_or(call.query("url").value_or("")), id = call.query("id").value_or("");
  if (match.empty() && id.empty()) co_return fail(Code::invalid, "'url' or 'id' must be provided!");
  if (!match.empty() && !id.empty()) co_return fail(Code::invalid, "'url' and 'id' cannot be provided together!");
  if (!id.empty()) co_return fail(Code::not_found, fmt::format("No external auth provider found with the id \"{}\".", id));
  co_return fail(Code::not_found, fmt::format("No matching external auth provider found in Coder for the url \"{}\".", match));
}

}  // namespace

void add_routes(http::Routes& routes, MetadataNews& news, Seconds interval) {
  using http::Audit, http::Auth, http::Rate;
  const std::string me = "/api/v2/workspaceagents/me";
  routes.get<Auth::agent, Audit::none, Rate::none>(me + "/manifest", manifest);
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/startup", startup);
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/report-lifecycle", lifecycle);
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/report-stats", [interval](http::Call& call) { return stats(call, interval); });
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/metadata",
                                                     [&news](http::Call& call, api::AgentMetadataReport ask) -> Task<Result<http::NoContent>> {
                                                       co_return co_await store_metadata(call, news, ask.metadata);
                                                     });
  routes.post<Auth::agent, Audit::none, Rate::agent>(
      me + "/metadata/{key}", [&news](http::Call& call, api::AgentMetadataValue ask) { return one_metadata(call, news, std::move(ask)); });
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/app-health", app_health);
  routes.patch<Auth::agent, Audit::none, Rate::agent>(me + "/app-status", app_status);
  routes.patch<Auth::agent, Audit::none, Rate::agent>(me + "/logs", patch_logs);
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/log-source", log_source);
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/script-timings", script_timing);
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/connections", connection);
  routes.get<Auth::agent, Audit::none, Rate::none>(me + "/gitsshkey", git_ssh_key);
  routes.get<Auth::agent, Audit::none, Rate::none>(me + "/external-auth", external_auth);
  routes.get<Auth::agent, Audit::none, Rate::none>(me + "/gitauth", external_auth);
}

}  // namespace slipway::agents
