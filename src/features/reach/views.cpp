// What people read of an agent: itself, its logs, its metadata, its ports.
#include "api/gen/response.hpp"
#include "api/init_script.hpp"
#include "base/text.hpp"
#include "features/agents/agents.hpp"
#include "features/reach/access.hpp"
#include "features/reach/objects.hpp"
#include "features/reach/ports.hpp"
#include "features/reach/reach.hpp"
#include "features/resources/resources.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/answer.hpp"
#include "http/live.hpp"
#include "http/routes.hpp"
#include "net/url.hpp"

namespace slipway::reach {

namespace {

constexpr std::int32_t kLogsPage = 5000;

Task<Result<api::WorkspaceAgent>> show(http::Call& call) {
  CO_TRY(found, co_await find(call));
  CO_TRY(may, may_read(call.store(), found));
  CO_TRY(by_job, co_await resources::load_resources(call.store(), may, {found.job_id}));
  for (auto& [job, resources] : by_job)
    for (auto& resource : resources)
      for (auto& agent : resource.agents)
        if (agent.id == found.id.uuid) co_return std::move(agent);
  co_return not_found();
}

api::WorkspaceAgentConnectionInfo connection_info(const std::string& suffix) {
  api::WorkspaceAgentConnectionInfo info;
  info.derp_map = api::DERPMap{};
  info.disable_direct_connections = true;
  info.hostname_suffix = suffix;
  return info;
}

Task<Result<api::WorkspaceAgentConnectionInfo>> connection(http::Call&, const std::string& suffix) { co_return connection_info(suffix); }

Task<Result<api::WorkspaceAgentConnectionInfo>> connection_of_agent(http::Call& call, const std::string& suffix) {
  CO_CHECK(co_await find(call));
  co_return connection_info(suffix);
}

Task<Result<http::Raw>> init_script(http::Call& call) {
  auto text = api::init_script(call.path("os"), call.path("arch"));
  if (text.empty()) co_return fail(Code::invalid, fmt::format("Unknown os/arch: {}/{}", call.path("os"), call.path("arch")));
  const std::pair<std::string_view, std::string> replacements[] = {{"${ACCESS_URL}", call.access_url() + "/"}, {"${AUTH_TYPE}", "token"}};
  for (const auto& [name, value] : replacements)
    for (auto at = text.find(name); at != text.npos; at = text.find(name, at + value.size())) text.replace(at, name.size(), value);
  net::Response response{.status = 200, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(text)};
  co_return http::Raw{std::move(response)};
}

// ---- logs ----

Result<std::int64_t> cursor(const http::Call& call, std::string_view name, std::int64_t fallback) {
  const auto text = call.query(name);
  if (!text || text->empty()) return fallback;
  if (const auto value = text::number<std::int64_t>(*text); value && *value >= 0) return *value;
  return fail(Code::invalid, fmt::format("Query param \"{}\" must be an integer greater than or equal to zero.", name));
}

std::vector<api::WorkspaceAgentLog> to_wire(const std::vector<sql::Log>& rows) {
  std::vector<api::WorkspaceAgentLog> lines;
  for (const auto& row : rows)
    lines.push_back({.id = row.id, .created_at = row.created_at, .output = row.output, .level = row.level, .source_id = row.log_source_id.uuid});
  return lines;
}

// Sends frames until there is nothing after `last`; the first is sent even when it is empty. False once the client has gone.
Task<Result<bool>> push_logs(http::Call& call, const MayRead& may, AgentId agent, http::Live& live, std::int64_t& last, bool first) {
  for (;;) {
    CO_TRY(rows, co_await sql::logs(call.store(), may, agent, last, std::int64_t{0}, kLogsPage));
    if (rows.empty() && !first) co_return true;
    first = false;
    if (!rows.empty()) last = rows.back().id;
    if (!co_await live.send(api::to_json(to_wire(rows)))) co_return false;
  }
}

Task<Result<bool>> is_latest(http::Call& call, AgentId id) {
  CO_TRY(row, co_await sql::agent_of_workspace(call.store(), id));
  co_return row && row->is_latest;
}

Task<Result<void>> follow_logs(http::Call& call, http::Authenticator& authenticator, const sql::Found& agent, const MayRead& may, std::int64_t last) {
  auto reads = [id = agent.id](store::Store& now) -> Task<Result<bool>> {
    CO_TRY(row, co_await sql::agent_of_workspace(now, id));
    co_return row.has_value();
  };
  http::LiveOptions options{
      .topics = {{std::string(agents::kLogNews), agent.id.str()}, {std::string(resources::kWorkspaceNews), agent.workspace_id.str()}}};
  http::Live live(call, http::Standing(call, authenticator, "logs of agent " + agent.id.str(), reads), std::move(options));
  CO_CHECK(co_await live.open(http::Frames::plain));
  auto more = co_await push_logs(call, may, agent.id, live, last, true);
  while (more && *more && co_await live.next() != http::Live::Why::over) {
    auto latest = co_await is_latest(call, agent.id);
    // What was written before the build was replaced is still told.
    more = co_await push_logs(call, may, agent.id, live, last, false);
    if (more && *more) more = std::move(latest);
  }
  co_await live.close(more ? net::close_code::normal : net::close_code::internal);
  co_return Result<void>();
}

Task<Result<http::Handled>> logs(http::Call& call, http::Authenticator& authenticator) {
  CO_TRY(agent, co_await find(call));
  CO_TRY(may, may_read(call.store(), agent));
  CO_TRY(after, cursor(call, "after", -1));
  CO_TRY(before, cursor(call, "before", 0));
  if (call.has_query("follow") && call.exchange().wants_websocket()) {
    CO_CHECK(co_await follow_logs(call, authenticator, agent, may, after));
    co_return http::Handled{};
  }
  std::vector<api::WorkspaceAgentLog> lines;
  for (bool more = true; more;) {
    CO_TRY(rows, co_await sql::logs(call.store(), may, agent.id, after, before, kLogsPage));
    std::ranges::move(to_wire(rows), std::back_inserter(lines));
    more = rows.size() == static_cast<std::size_t>(kLogsPage);
    if (more) after = rows.back().id;
  }
  CO_CHECK(co_await http::send(call, http::json(200, api::to_json(lines))));
  co_return http::Handled{};
}

// ---- metadata ----

constexpr Seconds kBeat{5};
constexpr int kBeatsToLook = 6;  // news may be lost

std::string to_json(const std::vector<resources::sql::Metadata>& rows, Time now) {
  std::vector<api::WorkspaceAgentMetadata> items;
  for (const auto& row : rows) {
    api::WorkspaceAgentMetadata item;
    const bool collected = row.collected_at != kUnsetTime;
    item.result = {.collected_at = row.collected_at,
                   .age = collected ? std::chrono::duration_cast<Seconds>(now - row.collected_at).count() : 0,
                   .value = row.value,
                   .error = row.error};
    item.description = {.display_name = row.display_name, .key = row.key, .script = row.script, .interval = row.interval, .timeout = row.timeout};
    items.push_back(std::move(item));
  }
  return api::to_json(items);
}

Task<Result<http::Handled>> watch_metadata(http::Call& call, http::Authenticator& authenticator, http::Frames frames) {
  CO_TRY(agent, co_await find(call));
  CO_TRY(may, may_read(call.store(), agent));
  http::LiveOptions options{.topics = {{std::string(agents::kMetadataNews), agent.id.str()}}, .gap = Seconds(1), .look = kBeat};
  http::Live live(call, standing(call, authenticator, agent.id, rbac::Action::read), std::move(options));
  CO_CHECK(co_await live.open(frames));
  std::vector<resources::sql::Metadata> known;
  auto why = http::Live::Why::news;
  // Between news it says what it knows anew, with how old that is by now.
  for (int beats = 1; why != http::Live::Why::over; ++beats) {
    if (why == http::Live::Why::news || beats % kBeatsToLook == 0) {
      auto rows = co_await resources::sql::metadata(call.store(), may, agent.id);
      if (!rows) break;
      known = std::move(*rows);
    }
    if (!co_await live.send(to_json(known, call.now()))) break;
    why = co_await live.next();
  }
  co_await live.close();
  co_return http::Handled{};
}

// ---- questions to the agent itself ----

Result<void> must_be_connected(const sql::Found& agent, Time now) {
  const auto status = status_of(agent, now);
  if (status == api::WorkspaceAgentStatus::connected) return {};
  return fail(Code::invalid, fmt::format("Agent state is \"{}\", it must be in the \"connected\" state.", status));
}

Task<Result<api::WorkspaceAgentListeningPortsResponse>> listening_ports(http::Call& call, tunnels::Tunnels& tunnels) {
  CO_TRY(agent, co_await find(call));
  CO_TRY(may, may_read(call.store(), agent));
  CO_CHECK(must_be_connected(agent, call.now()));
  CO_TRY(urls, co_await sql::app_ports(call.store(), may, agent.id));
  CO_TRY(answer, co_await tunnels.request(call.home(), agent.id, "/listening-ports"));
  auto ports = api::from_json<api::WorkspaceAgentListeningPortsResponse>(answer.body);
  if (answer.status != 200 || !ports) co_return fail(Code::bad_gateway, "Failed to fetch listening ports from agent.");
  ports->ports = shown_ports(std::move(ports->ports), urls);
  co_return std::move(*ports);
}

Task<Result<api::WorkspaceAgentListContainersResponse>> containers(http::Call& call, tunnels::Tunnels& tunnels) {
  CO_TRY(agent, co_await find(call));
  for (const auto& [name, value] : net::parse_query(call.request().query))
    if (name == "label" && (value.find('=') == value.npos || value.starts_with('=')))
      co_return fail(Code::invalid, "Invalid label format", "Labels must be in the format key=value");
  CO_CHECK(must_be_connected(agent, call.now()));
  auto answer = co_await tunnels.request(call.home(), agent.id, "/containers");
  if (!answer && answer.error().code == Code::timed_out) co_return fail(Code::timed_out, "Failed to fetch containers from agent.");
  if (!answer) co_return std::unexpected(std::move(answer).error());
  auto list = api::from_json<api::WorkspaceAgentListContainersResponse>(answer->body);
  if (answer->status != 200 || !list) co_return fail(Code::bad_gateway, "Failed to fetch containers from agent.");
  co_return std::move(*list);
}

}  // namespace

void add_view_routes(http::Routes& routes, tunnels::Tunnels& tunnels, http::Authenticator& authenticator, std::string hostname_suffix) {
  using http::Audit, http::Auth, http::Rate;
  const std::string agents = "/api/v2/workspaceagents", one = agents + "/{agent}";
  const auto follow = [&authenticator](http::Call& call) { return logs(call, authenticator); };
  routes.get<Auth::user, Audit::none>(agents + "/connection", [suffix = hostname_suffix](http::Call& call) { return connection(call, suffix); });
  routes.get<Auth::user, Audit::none>(one, show);
  routes.get<Auth::user, Audit::none>(one + "/connection",
                                      [suffix = hostname_suffix](http::Call& call) { return connection_of_agent(call, suffix); });
  routes.get<Auth::user, Audit::none>(one + "/logs", follow);
  routes.get<Auth::user, Audit::none>(one + "/startup-logs", follow);
  routes.get<Auth::user, Audit::none>(one + "/watch-metadata",
                                      [&authenticator](http::Call& call) { return watch_metadata(call, authenticator, http::Frames::events); });
  routes.get<Auth::user, Audit::none>(one + "/watch-metadata-ws",
                                      [&authenticator](http::Call& call) { return watch_metadata(call, authenticator, http::Frames::typed); });
  routes.get<Auth::user, Audit::none>(one + "/listening-ports", [&tunnels](http::Call& call) { return listening_ports(call, tunnels); });
  routes.get<Auth::user, Audit::none>(one + "/containers", [&tunnels](http::Call& call) { return containers(call, tunnels); });
  routes.get<Auth::none, Audit::none>("/api/v2/init-script/{os}/{arch}", init_script);
}

}  // namespace slipway::reach
