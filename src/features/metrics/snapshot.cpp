#include "features/metrics/snapshot.hpp"

#include "features/resources/status.hpp"

namespace slipway::metrics {

namespace {

using metric::Text;
constexpr auto kGauge = Text::Type::gauge;

constexpr Seconds kActive{3600};      // "within the last hour"
constexpr Seconds kStatsWindow{120};  // some reports of every agent that still reports

// Values under the same labels add up: names repeat where rows do not (a deleted namesake, two agents called alike).
template <std::size_t N>
using Series = std::map<std::array<std::string_view, N>, double>;

template <std::size_t N, std::size_t... I>
void write_series(Text& text, const Series<N>& series, const std::array<std::string_view, N>& names, std::index_sequence<I...>) {
  for (const auto& [values, value] : series) text.sample({{names[I], values[I]}...}, value);
}
template <std::size_t N>
void write_gauge(Text& text, std::string_view name, std::string_view help, const std::array<std::string_view, N>& names, const Series<N>& series) {
  text.family(name, kGauge, help);
  write_series(text, series, names, std::make_index_sequence<N>());
}

void write_users(const Snapshot& snapshot, Text& text) {
  Series<1> people;
  double active = 0;
  for (const auto& row : snapshot.users) {
    people[{row.status}] += static_cast<double>(row.people);
    active += static_cast<double>(row.active);
  }
  write_gauge<1>(text, "coderd_api_total_user_count", "The total number of registered users, partitioned by status.", {"status"}, people);
  text.one("coderd_api_active_users_duration_hour", kGauge, "The number of users that have been active within the last hour.", active);
}

void write_builds(const Snapshot& snapshot, Text& text) {
  Series<1> by_status;
  Series<5> by_all;
  for (const auto& row : snapshot.builds) {
    by_status[{row.job_status}] += static_cast<double>(row.builds);
    by_all[{row.job_status, row.template_name, row.template_version, row.username, row.transition}] += static_cast<double>(row.builds);
  }
  const std::string_view help = "The current number of workspace builds by status for all non-deleted workspaces.";
  write_gauge<1>(text, "coderd_api_workspace_latest_build", help, {"status"}, by_status);
  // The name that older dashboards ask for.
  write_gauge<1>(text, "coderd_api_workspace_latest_build_total", help, {"status"}, by_status);
  write_gauge<5>(text, "coderd_workspace_latest_build_status",
                 "The current workspace statuses by template, transition, and owner for all non-deleted workspaces.",
                 {"status", "template_name", "template_version", "workspace_owner", "workspace_transition"}, by_all);
}

void write_agents(const Snapshot& snapshot, Text& text) {
  Series<4> up;
  Series<6> connections;
  for (const auto& row : snapshot.agents) {
    const resources::ConnectionTimes times{.created_at = row.created_at,
                                           .first_connected_at = row.first_connected_at,
                                           .last_connected_at = row.last_connected_at,
                                           .disconnected_at = row.disconnected_at,
                                           .timeout = Seconds(row.connection_timeout_seconds)};
    const auto status = resources::connection_of(times, snapshot.at).status;
    up[{row.username, row.workspace_name, row.template_name, row.template_version}] += status == api::WorkspaceAgentStatus::connected ? 1 : 0;
    connections[{row.agent_name, row.username, row.workspace_name, status, row.lifecycle_state, ""}] += 1;
  }
  write_gauge<4>(text, "coderd_agents_up", "The number of active agents per workspace.",
                 {"username", "workspace_name", "template_name", "template_version"}, up);
  write_gauge<6>(text, "coderd_agents_connections", "Agent connections with statuses.",
                 {"agent_name", "username", "workspace_name", "status", "lifecycle_state", "tailnet_node"}, connections);
  Series<5> apps;
  for (const auto& row : snapshot.apps) apps[{row.agent_name, row.username, row.workspace_name, row.app_name, row.health}] += 1;
  write_gauge<5>(text, "coderd_agents_apps", "Agent applications with statuses.", {"agent_name", "username", "workspace_name", "app_name", "health"},
                 apps);
}

void write_outbox(const Snapshot& snapshot, Text& text) {
  Series<1> waiting, oldest, undelivered;
  for (const std::string_view method : {"smtp", "webhook"}) waiting[{method}] = oldest[{method}] = undelivered[{method}] = 0;
  for (const auto& row : snapshot.outbox) {
    waiting[{row.method}] = static_cast<double>(row.waiting);
    oldest[{row.method}] = row.oldest;
    undelivered[{row.method}] = static_cast<double>(row.undelivered);
  }
  write_gauge<1>(text, "slipway_notifications_backlog", "Notifications that are still to leave.", {"method"}, waiting);
  write_gauge<1>(text, "slipway_notifications_oldest_seconds", "The age of the oldest of them.", {"method"}, oldest);
  write_gauge<1>(text, "slipway_notifications_dead_letters", "Notifications that could not be delivered.", {"method"}, undelivered);
}

void write_agent_stats(const Snapshot& snapshot, Text& text) {
  struct Kind {
    std::string_view name, help;
    double (*value)(const sql::AgentStats&);
  };
  static constexpr Kind kinds[] = {
      {"coderd_agentstats_connection_count", "The number of established connections by agent",
       [](const auto& s) { return static_cast<double>(s.connection_count); }},
      {"coderd_agentstats_connection_median_latency_seconds", "The median agent connection latency in seconds",
       [](const auto& s) { return s.connection_median_latency_ms / 1000; }},
      {"coderd_agentstats_rx_bytes", "Agent Rx bytes", [](const auto& s) { return static_cast<double>(s.rx_bytes); }},
      {"coderd_agentstats_tx_bytes", "Agent Tx bytes", [](const auto& s) { return static_cast<double>(s.tx_bytes); }},
      {"coderd_agentstats_session_count_vscode", "The number of session established by VSCode",
       [](const auto& s) { return static_cast<double>(s.session_count_vscode); }},
      {"coderd_agentstats_session_count_jetbrains", "The number of session established by JetBrains",
       [](const auto& s) { return static_cast<double>(s.session_count_jetbrains); }},
      {"coderd_agentstats_session_count_reconnecting_pty", "The number of session established by reconnecting PTY",
       [](const auto& s) { return static_cast<double>(s.session_count_reconnecting_pty); }},
      {"coderd_agentstats_session_count_ssh", "The number of session established by SSH",
       [](const auto& s) { return static_cast<double>(s.session_count_ssh); }},
  };
  for (const auto& kind : kinds) {
    text.family(kind.name, kGauge, kind.help);
    for (const auto& row : snapshot.agent_stats)
      text.sample({{"agent_name", row.agent_name}, {"username", row.username}, {"workspace_name", row.workspace_name}}, kind.value(row));
  }
}

}  // namespace

Task<Result<Snapshot>> load(http::Home& home, bool agent_stats) {
  auto duty = home.db.duty<rbac::Duty::metrics_reader>();
  Snapshot out{.at = duty.now()};
  CO_TRY(users, co_await sql::users(duty, out.at - kActive));
  out.users = std::move(users);
  CO_TRY(builds, co_await sql::builds(duty, kMostRows));
  out.builds = std::move(builds);
  CO_TRY(agents, co_await sql::agents(duty, kMostRows));
  out.agents = std::move(agents);
  CO_TRY(apps, co_await sql::apps(duty, kMostRows));
  out.apps = std::move(apps);
  CO_TRY(outbox, co_await sql::outbox(duty));
  out.outbox = std::move(outbox);
  if (!agent_stats) co_return out;
  CO_TRY(stats, co_await sql::agent_stats(duty, out.at - kStatsWindow, kMostRows));
  out.agent_stats = std::move(stats);
  co_return out;
}

void write(const Snapshot& snapshot, Text& text) {
  write_users(snapshot, text);
  write_builds(snapshot, text);
  write_agents(snapshot, text);
  write_outbox(snapshot, text);
  if (!snapshot.agent_stats.empty()) write_agent_stats(snapshot, text);
}

}  // namespace slipway::metrics
