// What writing and reading the commonest bodies costs; part of the budget of GET /api/v2/users/me.
#include <benchmark/benchmark.h>

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

void write_thousand_workspaces(benchmark::State& state) {
  const WorkspacesResponse all{.workspaces = std::vector<Workspace>(1000), .count = 1000};
  std::size_t bytes = 0;
  for (auto _ : state) bytes += to_json(all).size();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
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
