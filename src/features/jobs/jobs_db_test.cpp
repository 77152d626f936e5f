#include "features/jobs/jobs.hpp"
#include "support/replay.hpp"
#include "support/statement_text.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const std::string kOrganization = "/api/v2/organizations/default";
const std::string kKeys = kOrganization + "/provisionerkeys";

struct JobsDb : ::testing::Test {
  JobsDb() : alice((server.owner(), server.member("alice"))) {}

  std::string key(const std::string& name, const std::string& tags = "{}") {
    const auto made = server.post(kKeys, fmt::format(R"({{"name":"{}","tags":{}}})", name, tags), server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("key").as_string());
  }
  Answer make(const std::string& body) { return server.post(kKeys, body, server.owner()); }
  std::size_t size(const std::string& path) { return server.get(path, server.owner()).json().as_array().size(); }

  TestServer server;
  Person alice;
};

TEST_F(JobsDb, KeysAreMadeShownOnceListedAndDeleted) {
  const auto secret = key("eu", R"({"region":"eu"})");

  EXPECT_EQ(secret.size(), 43U);
  const auto list = server.get(kKeys, server.owner());
  EXPECT_EQ(list.json().at(0).at("name").as_string(), "eu");
  EXPECT_EQ(list.json().at(0).at("tags").at("region").as_string(), "eu");
  EXPECT_EQ(list.body.find(secret), std::string::npos);
  EXPECT_EQ(server.database().sql("select count(*) from provisioner_keys where encode(hashed_secret, 'escape') like '%" + secret + "%'"), "0");
  EXPECT_EQ(server.get(kKeys, alice).status, 200);
  EXPECT_EQ(server.post(kKeys, R"({"name":"mine","tags":{}})", alice).status, 403);
  EXPECT_EQ(server.del(kKeys + "/eu", alice).status, 403);
  EXPECT_EQ(server.del(kKeys + "/EU", server.owner()).status, 204);
  EXPECT_EQ(server.del(kKeys + "/eu", server.owner()).status, 404);
  EXPECT_EQ(server.call("GET", kKeys).status, 401);
}

TEST_F(JobsDb, KeysWithWrongNamesOrTagsAreRefused) {
  const auto fault = [this](const std::string& body) {
    const auto answer = make(body);
    return answer.status == 400 ? std::string(answer.json().at("validations").at(0).at("detail").as_string()) : std::to_string(answer.status);
  };

  EXPECT_EQ(fault(R"({"name":"","tags":{}})"), "Name is required");
  EXPECT_EQ(fault(R"({"name":"PSK","tags":{}})"), "Name cannot be reserved name 'PSK'");
  EXPECT_EQ(fault(R"({"name":")" + std::string(65, 'a') + R"(","tags":{}})"), "Name must be at most 64 characters");
  EXPECT_EQ(fault(R"({"name":"a b","tags":{}})"), "Name may have letters, digits, '-', '_' and '.' only");
  EXPECT_EQ(fault(R"({"name":"a","tags":{"scope":"user"}})"), "A key's scope is its organization");
  EXPECT_EQ(server.del(kKeys + "/built-in", server.owner()).status, 400);
  key("twice");
  EXPECT_EQ(make(R"({"name":"Twice","tags":{}})").status, 409);
}

TEST_F(JobsDb, DaemonLooksUpItsOwnKeyAndNoOther) {
  const auto mine = key("mine", R"({"a":"1"})"), other = key("other");
  const auto ask = [this](const std::string& secret, const std::string& header) {
    return server.call("GET", "/api/v2/provisionerkeys/" + secret, {}, {}, {{"Coder-Provisioner-Daemon-Key", header}});
  };

  EXPECT_EQ(ask(mine, mine).json().at("name").as_string(), "mine");
  EXPECT_EQ(ask(mine, mine).json().at("organization").as_string(), server.organization());
  EXPECT_EQ(ask(other, mine).status, 404);
  EXPECT_EQ(ask(mine, "guess").status, 401);
  EXPECT_EQ(ask(mine, "").status, 401);
  EXPECT_EQ(server.get("/api/v2/provisionerkeys/" + mine, server.owner()).status, 401);
}

TEST_F(JobsDb, DaemonsAreListedByTagsStatusAgeAndId) {
  const std::string daemons = kOrganization + "/provisionerdaemons";
  const auto id = Uuid::random().str();
  server.database().sql(
      "insert into provisioner_daemons (id, organization_id, key_id, name, provisioners, tags, created_at, last_seen_at) values ('" + id + "', '" +
      server.organization() + "', '" + Uuid::random().str() +
      R"(', 'away', '{terraform}', '{"owner":"","scope":"organization","region":"eu"}', now(), now() - interval '2 hours'))");
  server.wait_for(daemons, "/0/status", "idle", server.owner());

  EXPECT_EQ(size(daemons), 1U);
  EXPECT_EQ(server.get(daemons, server.owner()).json().at(0).at("key_name").as_string(), "built-in");
  EXPECT_EQ(size(daemons + "?offline=true"), 2U);
  EXPECT_EQ(size(daemons + "?status=offline"), 1U);
  EXPECT_EQ(size(daemons + "?status=idle,busy"), 1U);
  EXPECT_EQ(size(daemons + "?offline=true&max_age=1h30m"), 1U);
  EXPECT_EQ(size(daemons + "?offline=true&max_age=3h"), 2U);
  EXPECT_EQ(size(daemons + "?offline=true&tags=%7B%22region%22%3A%22eu%22%7D"), 1U);
  EXPECT_EQ(size(daemons + "?offline=true&ids=" + id), 1U);
  EXPECT_EQ(size(daemons + "?offline=true&limit=1"), 1U);
  for (const auto* wrong : {"?status=asleep", "?tags=eu", "?ids=1", "?max_age=soon", "?limit=-1", "?offline=perhaps"})
    EXPECT_EQ(server.get(daemons + wrong, server.owner()).status, 400) << wrong;
  EXPECT_EQ(server.call("GET", daemons).status, 401);
}

TEST_F(JobsDb, JobsAreListedWithWhatTheyAreAboutAndWhoCouldRunThem) {
  const auto version = import_version(server, small_files());
  make_template(server, "small", version);
  const std::string jobs = kOrganization + "/provisionerjobs";
  const auto waiting = post_version(server, small_files(), R"(,"tags":{"region":"mars"})");
  const auto job = server.get("/api/v2/templateversions/" + waiting, server.owner()).json().at("job");
  const std::string id(job.at("id").as_string());

  const auto list = server.get(jobs, server.owner()).json();

  ASSERT_EQ(list.as_array().size(), 2U);
  EXPECT_EQ(list.at(0).at("id").as_string(), id);
  EXPECT_EQ(list.at(1).at("metadata").at("template_name").as_string(), "small");
  EXPECT_EQ(server.get(jobs + "/" + id, server.owner()).json().at("queue_position").as_int64(), 1);
  EXPECT_EQ(size(jobs + "?status=pending"), 1U);
  EXPECT_EQ(size(jobs + "?status=succeeded,failed"), 1U);
  EXPECT_EQ(size(jobs + "?tags=%7B%22region%22%3A%22mars%22,%22scope%22%3A%22organization%22,%22owner%22%3A%22%22%7D"), 2U);
  EXPECT_EQ(size(jobs + "?tags=%7B%22scope%22%3A%22organization%22,%22owner%22%3A%22%22%7D"), 1U);
  EXPECT_EQ(size(jobs + "?initiator=me"), 2U);
  EXPECT_EQ(size(jobs + "?initiator=alice"), 0U);
  EXPECT_EQ(size(jobs + "?ids=" + id), 1U);
  for (const auto* wrong : {"?status=lost", "?tags=%5B%5D", "?ids=x", "?initiator=nobody-at-all"})
    EXPECT_EQ(server.get(jobs + wrong, server.owner()).status, 400) << wrong;
  EXPECT_EQ(server.get(jobs, alice).json().as_array().size(), 0U);
  EXPECT_EQ(server.get(jobs + "/" + id, alice).status, 404);
}

// Nobody fits: the job waits, and its own log says for whom.
TEST_F(JobsDb, JobThatNoDaemonFitsSaysWhichTagsItWants) {
  const auto version = post_version(server, small_files(), R"(,"tags":{"region":"mars","gpu":"yes"})");
  const auto path = "/api/v2/templateversions/" + version;

  const auto shown = server.get(path, server.owner()).json();
  const auto log = server.get(path + "/logs", server.owner()).json();

  EXPECT_EQ(shown.at("job").at("status").as_string(), "pending");
  EXPECT_EQ(shown.at("job").at("queue_position").as_int64(), 1);
  EXPECT_EQ(shown.at("job").at("queue_size").as_int64(), 1);
  EXPECT_EQ(shown.at("matched_provisioners").at("available").as_int64(), 0);
  ASSERT_EQ(log.as_array().size(), 1U);
  EXPECT_EQ(log.at(0).at("log_level").as_string(), "warn");
  EXPECT_NE(log.at(0).at("output").as_string().find("tags: gpu=yes, region=mars."), std::string::npos) << log;
  EXPECT_EQ(server.patch(path + "/cancel", "", server.owner()).status, 200);
  EXPECT_EQ(server.get(path, server.owner()).json().at("job").at("status").as_string(), "canceled");
}

struct Read {
  std::size_t found = 0;
  store::Cost cost;
  std::string fault;
};

Task<Result<std::size_t>> read_as_system(store::Db& db, std::shared_ptr<store::Cost> cost, JobId job, OrganizationId organization) {
  auto duty = db.duty<rbac::Duty::metrics_reader>(std::move(cost));
  const auto any = rbac::all_in(rbac::Resource::provisioner_jobs, organization);
  CO_TRY(may, (duty.store().permit<rbac::Action::read, rbac::Resource::provisioner_jobs>(any)));
  CO_TRY(jobs, co_await jobs::load(duty.store(), may, {job}));
  co_return jobs.size();
}

Task<int> read_on_own_pool(TestServer* server, JobId job, OrganizationId organization, Read* out) {
  pg::Pool pool(co_await aio::executor(), pg::PoolOptions{.connect = server->database().options()});
  pg::Listener listener(co_await aio::executor(), server->database().options());
  store::Db db(pool, listener, system_clock());
  auto cost = std::make_shared<store::Cost>();
  const auto got = co_await read_as_system(db, cost, job, organization);
  out->found = got.value_or(0);
  out->fault = got ? "" : got.error().say + " " + got.error().why;
  out->cost = *cost;
  co_await listener.stop();
  co_await pool.stop();
  co_return 0;
}

// The system's right is over jobs themselves: nothing that a job serves is looked at for it.
TEST_F(JobsDb, TheSystemReadsAJobWithoutItsBuildAndItsWorkspace) {
  const auto row = add_agent(server, server.owner(), "ws");
  const auto job = server.database().sql(fmt::format("select job_id from workspace_builds where id = '{}'", row.build));
  Read read;
  aio::Loops loops(1);

  loops.run(read_on_own_pool(&server, *JobId::parse(job), *OrganizationId::parse(server.organization()), &read));

  EXPECT_EQ(read.found, 1U) << read.fault;
  EXPECT_EQ(std::make_pair(read.cost.sql, read.cost.rbac), std::make_pair(1, 1));
  const auto text = statement_text("jobs", "by_ids");
  ASSERT_NE(text, "");
  for (const auto* table : {"workspace_builds", "workspaces", "template_versions", "templates"})
    EXPECT_EQ(text.find(table), std::string::npos) << table;
}

// Everybody else has the right over what the job serves: an auditor reads templates, and no workspace.
TEST_F(JobsDb, AnAuditorReadsAJobByWhatItServesAndIsRefusedWhereThatIs) {
  const auto row = add_agent(server, server.owner(), "ws");
  const auto auditor = server.member("auditor");
  ASSERT_EQ(server.put("/api/v2/users/auditor/roles", R"({"roles":["auditor"]})", server.owner()).status, 200);
  const auto job = server.database().sql(fmt::format("select job_id from workspace_builds where id = '{}'", row.build));

  const auto log = server.get("/api/v2/workspacebuilds/" + row.build + "/logs", auditor);
  const auto build = server.get("/api/v2/workspacebuilds/" + row.build, auditor);
  const auto itself = server.get(kOrganization + "/provisionerjobs/" + job, auditor);
  const auto version = server.get("/api/v2/templateversions/" + row.version, auditor);

  EXPECT_EQ(log.status, 404);
  EXPECT_GE(server.cost(log).sql, 2);  // who asks, and the build with its workspace
  EXPECT_EQ(build.status, 404);
  EXPECT_EQ(itself.status, 404);
  EXPECT_EQ(version.status, 200) << version.body;
}

}  // namespace
}  // namespace slipway::test
