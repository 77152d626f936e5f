// What writing and reading the commonest bodies costs; part of the budget of GET /api/v2/users/me.
#include <benchmark/benchmark.h>

#include "allocations.hpp"
#include "api/gen/users.hpp"
#include "api/gen/workspaces.hpp"

namespace slipway::api {
namespace {

User someone() {
  User user;
  user.id = Uuid::random();
  user.username = "ana";
  user.name = "Ana Zoë";
  user.email = "ana@example.com";
  user.created_at = user.updated_at = system_clock().now();
  user.last_seen_at = user.created_at;
  user.status = "active";
  user.login_type = "password";
  user.organization_ids = {Uuid::random()};
  user.roles = {{.name = "owner", .display_name = "Owner"}};
  return user;
}

void write_user(benchmark::State& state) {
  const User user = someone();
  for (auto _ : state) benchmark::DoNotOptimize(to_json(user));
}
BENCHMARK(write_user);

// As a list shows it: a build with its job, one resource, one agent with two apps and a script.
Workspace a_workspace() {
  WorkspaceAgent agent{
      .id = Uuid::random(), .status = "connected", .lifecycle_state = "ready", .name = "main", .architecture = "amd64", .operating_system = "linux"};
  agent.apps = {WorkspaceApp{.id = Uuid::random(), .slug = "code", .display_name = "Code"},
                WorkspaceApp{.id = Uuid::random(), .slug = "docs", .display_name = "Docs"}};
  agent.scripts = {WorkspaceAgentScript{.id = Uuid::random(), .script = "#!/bin/sh\ntrue\n", .display_name = "Start"}};
  WorkspaceResource resource{.id = Uuid::random(), .type = "docker_container", .name = "dev"};
  resource.agents = {std::move(agent)};
  Workspace workspace{.id = Uuid::random(), .owner_name = "ana", .template_name = "docker", .name = "dev"};
  workspace.latest_build.resources = {std::move(resource)};
  return workspace;
}

void write_thousand_workspaces(benchmark::State& state) {
  const WorkspacesResponse all{.workspaces = std::vector<Workspace>(1000, a_workspace()), .count = 1000};
  std::size_t bytes = 0;
  const long before = g_allocations.load();
  for (auto _ : state) bytes += to_json(all).size();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(g_allocations.load() - before), benchmark::Counter::kAvgIterations);
}
BENCHMARK(write_thousand_workspaces)->Unit(benchmark::kMillisecond);

void read_user(benchmark::State& state) {
  const std::string text = to_json(someone());
  for (auto _ : state) benchmark::DoNotOptimize(from_request<User>(text));
}
BENCHMARK(read_user);

}  // namespace
}  // namespace slipway::api

BENCHMARK_MAIN();
