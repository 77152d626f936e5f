// Decisions per subject of the budget: at most 200 ns each (goal 100), no allocation. Any allocation inside a decision loop,
// or a wrong answer, ends the run with an error.
#include "allocations.hpp"
#include "rbac/decide.hpp"
#include "rbac/duties.hpp"
#include "rbac/filter.hpp"

#include <benchmark/benchmark.h>

namespace slipway::rbac {
namespace {

struct Scene {
  RoleBook book;
  UserId me = UserId::random();
  UserId other = UserId::random();
  OrganizationId here = OrganizationId::random();
  WorkspaceId workspace = WorkspaceId::random();

  std::vector<HeldRole> member_roles() const {
    return {{book.site(roles::kMember), {}}, {book.system(Sharing::everyone, false), here}, {book.organization(roles::kOrgWorkspaceAccess), here}};
  }
  SubjectPtr subject(std::vector<HeldRole> roles, std::vector<GroupId> groups = {}, ScopePtr scope = scope_all()) const {
    return *Subject::make({.id = me, .roles = std::move(roles), .groups = std::move(groups), .scope = std::move(scope)});
  }
  SubjectPtr member_with(std::string_view site, std::string_view in_org) const {
    auto held = member_roles();
    if (!site.empty()) held.push_back({book.site(site), {}});
    if (!in_org.empty()) held.push_back({book.organization(in_org), here});
    return subject(std::move(held));
  }
  Object workspace_of(UserId owner) const { return {.type = Resource::workspace, .id = workspace.uuid, .owner = owner, .organization = here}; }
};

const Scene& scene() {
  static const Scene one;
  return one;
}

std::vector<GroupId> groups(int count) {
  std::vector<GroupId> list;
  for (int i = 0; i < count; ++i) list.push_back(GroupId::random());
  return list;
}

void run(benchmark::State& state, const SubjectPtr& subject, Action action, const Object& object, bool expected) {
  if (decide(*subject, action, object) != expected) return state.SkipWithError("wrong answer");
  auto before = g_allocations.load();
  for (auto _ : state) {
    benchmark::DoNotOptimize(action);
    benchmark::DoNotOptimize(decide(*subject, action, object));
  }
  auto allocations = g_allocations.load() - before;
  state.counters["allocations"] = static_cast<double>(allocations);
  state.counters["decisions"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  if (allocations > 0) state.SkipWithError("a decision allocated");
}

void site_owner(benchmark::State& state) {
  run(state, scene().member_with(roles::kOwner, ""), Action::update, scene().workspace_of(scene().other), true);
}
void organization_admin(benchmark::State& state) {
  run(state, scene().member_with("", roles::kOrgAdmin), Action::update, scene().workspace_of(scene().other), true);
}
void member_own_workspace(benchmark::State& state) { run(state, scene().member_with("", ""), Action::ssh, scene().workspace_of(scene().me), true); }
void member_refused(benchmark::State& state) { run(state, scene().member_with("", ""), Action::read, scene().workspace_of(scene().other), false); }

void hundred_groups_acl(benchmark::State& state) {
  auto mine = groups(100);
  Acl acl;
  for (auto group : groups(9)) acl.push_back({group.uuid, Action::read});
  acl.push_back({mine[57].uuid, {Action::read, Action::use}});
  Object object{.type = Resource::template_, .id = Uuid::random(), .organization = scene().here, .group_acl = acl};
  run(state, scene().subject(scene().member_roles(), mine), Action::use, object, true);
}
// The slowest question of these: a hundred groups against a list of a hundred, of which one fits.
struct HundredOfHundred {
  Acl acl;
  SubjectPtr subject;
  Object object;

  HundredOfHundred() {
    auto mine = groups(100);
    for (auto group : groups(99)) acl.push_back({group.uuid, Action::read});
    acl.push_back({mine[57].uuid, Action::read});
    subject = scene().subject(scene().member_roles(), mine);
    object = {.type = Resource::template_, .id = Uuid::random(), .organization = scene().here, .group_acl = acl};
  }
};
void hundred_groups_acl_of_hundred(benchmark::State& state) {
  const HundredOfHundred asked;
  run(state, asked.subject, Action::read, asked.object, true);
}
// What a server of two cores decides in a second.
void slowest_on_two_cores(benchmark::State& state) {
  static const HundredOfHundred asked;
  for (auto _ : state) benchmark::DoNotOptimize(decide(*asked.subject, Action::read, asked.object));
  state.counters["decisions"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

std::vector<HeldRole> in_organizations(int count, std::vector<OrganizationId>& where) {
  auto held = scene().member_roles();
  for (int i = 0; i < count; ++i) {
    where.push_back(OrganizationId::random());
    held.push_back({scene().book.system(Sharing::everyone, false), where.back()});
    held.push_back({scene().book.organization(roles::kOrgWorkspaceAccess), where.back()});
  }
  return held;
}
void ten_organizations(benchmark::State& state) {
  std::vector<OrganizationId> where;
  auto subject = scene().subject(in_organizations(10, where));
  auto object = scene().workspace_of(scene().me);
  object.organization = where[6];
  run(state, subject, Action::start, object, true);
}
void ten_organizations_any(benchmark::State& state) {
  std::vector<OrganizationId> where;
  auto object = in_any_org(Resource::workspace);
  object.owner = scene().me;
  run(state, scene().subject(in_organizations(10, where)), Action::create, object, true);
}

void token_of_128_entries(benchmark::State& state) {
  std::vector<AllowEntry> entries;
  for (int i = 0; i < 127; ++i) entries.push_back({Resource::workspace, Uuid::random()});
  entries.push_back({Resource::workspace, scene().workspace.uuid});
  std::vector<std::string> names{"workspace:read", "workspace:update"};
  auto scope = *scope_of_key(names, AllowList(entries));
  run(state, scene().subject(scene().member_roles(), {}, scope), Action::read, scene().workspace_of(scene().me), true);
}

// 100 groups, 10 organizations and 128 allow-list entries at once, refused after everything was looked at.
void everything_at_once(benchmark::State& state) {
  std::vector<OrganizationId> where;
  auto held = in_organizations(10, where);
  std::vector<AllowEntry> entries;
  for (int i = 0; i < 127; ++i) entries.push_back({Resource::workspace, Uuid::random()});
  entries.push_back({Resource::workspace, scene().workspace.uuid});
  std::vector<std::string> names{"coder:all"};
  Acl acl;
  for (auto group : groups(10)) acl.push_back({group.uuid, Action::read});
  auto object = scene().workspace_of(scene().other);
  object.organization = where[3];
  object.group_acl = acl;
  auto subject = scene().subject(std::move(held), groups(100), *scope_of_key(names, AllowList(entries)));
  run(state, subject, Action::read, object, false);
}

void compile_subject(benchmark::State& state) {
  std::vector<OrganizationId> where;
  auto held = in_organizations(10, where);
  auto of = groups(100);
  for (auto _ : state) benchmark::DoNotOptimize(scene().subject(held, of));
}
void compile_filter(benchmark::State& state) {
  std::vector<OrganizationId> where;
  auto subject = scene().subject(in_organizations(50, where), groups(100));
  for (auto _ : state) benchmark::DoNotOptimize(filter(*subject, Action::read, Resource::workspace));
}

BENCHMARK(site_owner);
BENCHMARK(organization_admin);
BENCHMARK(member_own_workspace);
BENCHMARK(member_refused);
BENCHMARK(hundred_groups_acl);
BENCHMARK(hundred_groups_acl_of_hundred);
BENCHMARK(ten_organizations);
BENCHMARK(ten_organizations_any);
BENCHMARK(token_of_128_entries);
BENCHMARK(everything_at_once);
BENCHMARK(slowest_on_two_cores)->Threads(2)->UseRealTime();
BENCHMARK(compile_subject)->Unit(benchmark::kMicrosecond);
BENCHMARK(compile_filter)->Unit(benchmark::kMicrosecond);

// Counts errors, for the exit status.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& run : runs) failed = failed || run.error_occurred;
    ConsoleReporter::ReportRuns(runs);
  }
  bool failed = false;
};

}  // namespace
}  // namespace slipway::rbac

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  slipway::rbac::Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.failed ? 1 : 0;
}
