#include "features/apps/lookup.hpp"

#include "aio/task.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "store/db.hpp"

#include <algorithm>

namespace slipway::apps {

namespace {

std::unexpected<NoGoal> absent() { return std::unexpected(NoGoal{}); }
std::unexpected<NoGoal> broken(sql::Found at, std::string said) {
  return std::unexpected(NoGoal{.why = Miss::broken, .said = std::move(said), .workspace = std::move(at)});
}

bool is_named(const sql::Found& row, std::string_view agent) {
  if (const auto id = AgentId::parse(agent)) return row.agent_id == *id;
  return text::lower(*row.agent_name) == text::lower(agent);
}

Looked choose_port(std::vector<sql::Found> rows, const AppRequest& app, PortTarget port) {
  if (app.method != Method::subdomain) return broken(std::move(rows.front()), "port-based URLs are only supported for subdomain-based applications");
  if (app.agent.empty() && rows.size() != 1)
    return broken(std::move(rows.front()), "the address of a port names no agent, and the workspace has more than one");
  const auto found = app.agent.empty() ? rows.begin() : std::ranges::find_if(rows, [&](const auto& row) { return is_named(row, app.agent); });
  if (found == rows.end()) return absent();
  Goal goal{.row = std::move(*found), .what = app.target, .port = true};
  goal.url = fmt::format("{}://127.0.0.1:{}", port.tls ? "https" : "http", port.port);
  goal.level = goal.row.port_level.value_or("owner");
  return goal;
}

// The app says which agent it is of, whatever agent the address names.
Looked choose_app(std::vector<sql::Found> rows, const AppRequest& app) {
  const auto found = std::ranges::find_if(rows, [](const auto& row) { return row.app_id.has_value(); });
  if (found == rows.end() || found->external.value_or(false)) return absent();
  Goal goal{.row = std::move(*found), .what = app.target};
  goal.url = goal.row.url.value_or("");
  goal.level = goal.row.sharing_level.value_or("owner");
  if (goal.url.empty()) return broken(std::move(goal.row), "the app has no URL");
  if (!net::parse_url(goal.url)) return broken(std::move(goal.row), "the app's URL cannot be read");
  return goal;
}

Task<Result<std::vector<sql::Found>>> rows_at(Visit& visit, const AppRequest& app, std::optional<UserId> visitor) {
  auto open = visit.home.db.open(visit.cost);
  if (app.method == Method::terminal) {
    const auto agent = AgentId::parse(app.agent).value_or(AgentId{});
    co_return co_await sql::at_agent(open, agent);
  }
  const auto owner = UserId::parse(app.user);
  const auto workspace = WorkspaceId::parse(app.workspace);
  const auto port = port_of(app.target);
  const sql::AtNamesArgs named{.visitor = visitor ? std::optional(visitor->uuid) : std::nullopt,
                               .port = port ? port->port : 0,
                               .workspace_id = workspace.value_or(WorkspaceId{}),
                               .workspace_name = workspace ? "" : app.workspace,
                               .slug = port ? "" : app.target,  // what reads as a port is one, whatever app has that name
                               .owner_id = owner.value_or(UserId{}),
                               .owner_name = owner ? "" : app.user};
  co_return co_await sql::at_names(open, named);
}

}  // namespace

Looked choose(std::vector<sql::Found> rows, const AppRequest& app) {
  if (rows.empty()) return absent();
  const bool terminal = app.method == Method::terminal;
  if (!terminal && rows.front().transition == "stop") return std::unexpected(NoGoal{.why = Miss::stopped, .workspace = std::move(rows.front())});
  std::erase_if(rows, [](const auto& row) { return !row.agent_id; });
  if (rows.empty()) return absent();
  if (terminal) return Goal{.row = std::move(rows.front()), .what = "terminal", .level = "owner"};
  if (const auto port = port_of(app.target)) return choose_port(std::move(rows), app, *port);
  return choose_app(std::move(rows), app);
}

Task<Looked> look_up(Visit& visit, const AppRequest& app, std::optional<UserId> visitor) {
  auto rows = co_await rows_at(visit, app, visitor);
  if (!rows) co_return std::unexpected(NoGoal{.why = Miss::failed, .said = rows.error().why});
  co_return choose(std::move(*rows), app);
}

}  // namespace slipway::apps
