// What a job made, stored and loaded again, on a real database.
#include "features/resources/objects.hpp"
#include "features/resources/resources.hpp"
#include "store/db.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

// The number of a start build's agents grows; that of the statements does not.
provisioner::Resource machine(int agents) {
  provisioner::Resource resource{.type = "docker_container", .name = "dev"};
  resource.metadata = {{.key = "cpu", .value = "4"}, {.key = "password", .value = "hunter2", .sensitive = true}};
  for (int i = 0; i < agents; ++i) {
    provisioner::Agent agent{.id = Uuid::random().str(),
                             .name = fmt::format("agent{}", i),
                             .operating_system = "linux",
                             .architecture = "amd64",
                             .token = Secret(Uuid::random().str())};
    agent.environment = {{"A", "1"}};
    agent.display_apps = {"web_terminal", "ssh_helper"};
    agent.metadata = {{.key = "load", .display_name = "Load", .script = "uptime", .interval_seconds = 5}};
    agent.scripts = {{.display_name = "Start", .script = "echo", .start_blocks_login = true, .run_on_start = true}};
    agent.apps = {
        {.id = Uuid::random().str(), .slug = "web", .url = "http://localhost:1", .healthcheck = provisioner::Healthcheck{"http://localhost:1", 5, 3}},
        {.slug = "plain"}};
    agent.devcontainers = {{.name = "dc", .workspace_folder = "/w"}};
    agent.memory_monitor = provisioner::MemoryMonitor{.enabled = true, .threshold = 80};
    agent.volume_monitors = {{.path = "/home", .enabled = true, .threshold = 90}, {.path = "/srv", .enabled = false, .threshold = 101}};
    resource.agents.push_back(std::move(agent));
  }
  return resource;
}

struct Stored {
  resources::ResourcesByJob loaded;
  int statements_to_store = 0, statements_to_load = 0;
};

using Daemon = store::DutyTx<rbac::Duty::provisioner_daemon>;

Task<Result<void>> store_and_load(store::Db& db, JobId job, const std::vector<provisioner::Resource>& resources, Stored& out) {
  auto cost = std::make_shared<store::Cost>();
  auto duty = db.duty<rbac::Duty::provisioner_daemon>(cost);
  auto body = [&](Daemon& tx) -> Task<Result<void>> { return resources::store_resources(tx, job, "start", resources); };
  CO_CHECK(co_await duty.tx(body));
  out.statements_to_store = std::exchange(cost->sql, 0);
  const rbac::Object any{.type = rbac::Resource::workspace};
  CO_TRY(may, (duty.store().permit<rbac::Action::read, rbac::Resource::workspace>(any)));
  CO_TRY(loaded, co_await resources::load_resources(duty.store(), may, {job}));
  out.loaded = std::move(loaded);
  out.statements_to_load = cost->sql;
  co_return Result<void>();
}

Stored round_trip(TestServer& srv, const std::string& job, const std::vector<provisioner::Resource>& resources) {
  Stored out;
  const auto work = [&]() -> Task<int> {
    pg::Pool pool(co_await aio::executor(), pg::PoolOptions{.connect = srv.database().options()});
    pg::Listener listener(co_await aio::executor(), srv.database().options());
    store::Db db(pool, listener, system_clock());
    const auto done = co_await store_and_load(db, *JobId::parse(job), resources, out);
    EXPECT_TRUE(done) << done.error().say << " " << done.error().why;
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  };
  run(work);
  return out;
}

TEST(StoredResources, ComeBackWholeWithTheirMarks) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  add_build(srv, row, "start");
  const auto job = srv.database().sql("select job_id::text from workspace_builds where build_number = 2");
  const std::vector<provisioner::Resource> resources{machine(1)};

  const auto stored = round_trip(srv, job, resources);

  const auto& found = stored.loaded.at(*JobId::parse(job));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].metadata[0].value, "4");
  EXPECT_EQ(found[0].metadata[1].value, "hunter2");
  EXPECT_TRUE(found[0].metadata[1].sensitive);  // whoever shows it asks before
  ASSERT_EQ(found[0].agents.size(), 1U);
  const auto& agent = found[0].agents[0];
  EXPECT_EQ(agent.id.str(), resources[0].agents[0].id);
  EXPECT_EQ(agent.status, "connecting");
  EXPECT_EQ(agent.connection_timeout_seconds, 120);
  EXPECT_EQ(agent.environment_variables.at("A"), "1");
  EXPECT_EQ(agent.display_apps, (std::vector<std::string>{"web_terminal", "ssh_helper"}));
  ASSERT_EQ(agent.apps.size(), 2U);
  EXPECT_EQ(agent.apps[0].slug, "plain");
  EXPECT_EQ(agent.apps[0].health, "disabled");
  EXPECT_EQ(agent.apps[1].health, "initializing");
  ASSERT_EQ(agent.scripts.size(), 1U);
  ASSERT_EQ(agent.log_sources.size(), 1U);
  EXPECT_EQ(agent.log_sources[0].id, agent.scripts[0].log_source_id);
  EXPECT_EQ(agent.startup_script_behavior, "blocking");
  EXPECT_EQ(srv.database().sql("select agent_id || ' ' || enabled || ' ' || threshold from workspace_agent_memory_resource_monitors"),
            agent.id.str() + " true 80");
  EXPECT_EQ(srv.database().sql("select string_agg(path || ' ' || enabled || ' ' || threshold, ', ' order by path) from "
                               "workspace_agent_volume_resource_monitors"),
            "/home true 90, /srv false 100");
}

TEST(StoredResources, AnAppAsksWhoVisitsBehindItsAddress) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  add_build(srv, row, "start");
  const auto job = srv.database().sql("select job_id::text from workspace_builds where build_number = 2");
  std::vector<provisioner::Resource> resources{machine(1)};
  resources[0].agents[0].apps = {{.slug = "asks", .url = "http://localhost:8080/?folder=/w#slipway:visitor"},
                                 {.slug = "elsewhere", .url = "https://example.com/#slipway:visitor", .external = true},
                                 {.slug = "plain", .url = "http://localhost:8080/#slipway:visitors"}};

  const auto stored = round_trip(srv, job, resources);

  EXPECT_EQ(stored.loaded.at(*JobId::parse(job))[0].agents[0].apps[0].url, "http://localhost:8080/?folder=/w");
  EXPECT_EQ(
      srv.database().sql("select string_agg(slug || ' ' || url || ' ' || asks_visitor, ', ' order by slug) from workspace_apps where slug <> 'web'"),
      "asks http://localhost:8080/?folder=/w true, elsewhere https://example.com/#slipway:visitor false, "
      "plain http://localhost:8080/#slipway:visitors false");
}

TEST(StoredResources, TakeAsManyStatementsForOneAgentAsForFifty) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  add_build(srv, row, "start");
  add_build(srv, row, "start");
  const auto job = [&](int number) {
    return srv.database().sql(fmt::format("select job_id::text from workspace_builds where build_number = {}", number));
  };

  const auto one = round_trip(srv, job(2), {machine(1)});
  const auto fifty = round_trip(srv, job(3), {machine(25), machine(25)});

  EXPECT_EQ(one.statements_to_store, fifty.statements_to_store);
  EXPECT_LE(fifty.statements_to_store, 11);  // two of them for what is watched, of which most templates have nothing
  EXPECT_EQ(one.statements_to_load, 7);
  EXPECT_EQ(fifty.statements_to_load, 7);
}

TEST(StoredResources, ASecondBuildWithTheSameStateTakesTheTokenAndGetsIdsOfItsOwn) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  add_build(srv, row, "start");
  add_build(srv, row, "start");
  const auto job = [&](int number) {
    return srv.database().sql(fmt::format("select job_id::text from workspace_builds where build_number = {}", number));
  };
  const std::vector<provisioner::Resource> same{machine(1)};

  const auto first = round_trip(srv, job(2), same);
  const auto second = round_trip(srv, job(3), same);

  const auto& old_agent = first.loaded.begin()->second[0].agents[0];
  const auto& new_agent = second.loaded.begin()->second[0].agents[0];
  EXPECT_NE(old_agent.id, new_agent.id);
  EXPECT_EQ(srv.database().sql("select id::text from workspace_agents where auth_token = '" + same[0].agents[0].token.reveal() + "'"),
            new_agent.id.str());
}

}  // namespace
}  // namespace slipway::test
