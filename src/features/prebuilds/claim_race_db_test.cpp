// Many who want the same, and those who take it away meanwhile.
#include "features/prebuilds/claim_rig_test.hpp"
#include "pg/session.hpp"
#include "support/meanwhile.hpp"
#include "support/statement_text.hpp"

#include <set>

namespace slipway::test {
namespace {

TEST(ClaimRace, FiftyOnTwoServersGetTenThatAreReady) {
  Pool pool;
  for (int i = 0; i < 10; ++i) pool.add(60 + i);
  TestServer second(pool.srv);
  constexpr int kMany = 50;
  std::vector<Answer> answers(kMany);

  std::vector<std::thread> callers;
  for (int i = 0; i < kMany; ++i)
    callers.emplace_back([&, i] {
      TestServer& srv = i % 2 ? second : pool.srv;
      answers[i] = srv.post("/api/v2/users/me/workspaces", pool.wish("ws" + std::to_string(i)), pool.ana);
    });
  for (auto& caller : callers) caller.join();

  std::set<std::string> claimed, made;
  for (const auto& answer : answers) {
    ASSERT_EQ(answer.status, 201) << answer.body;
    const bool second_build = text(answer.json(), "/latest_build/build_number") == "2";
    (second_build ? claimed : made).insert(text(answer.json(), "/id"));
  }
  EXPECT_EQ(claimed.size(), 10U);
  EXPECT_EQ(made.size(), 40U);
  EXPECT_EQ(pool.sql("select count(*) from workspaces where owner_id = '" + kPoolsOwner + "'"), "0");
  EXPECT_EQ(pool.sql("select count(distinct workspace_id) from prebuild_claims where not missed"), "10");
  EXPECT_EQ(pool.sql("select count(*) from workspace_builds where build_number > 2"), "0");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

// A statement by which a claim picks, for this pool, with what it asks for in place of its parameters.
std::string pick_text(const Pool& pool, const char* name) {
  auto text = statement_text("prebuilds", name);
  EXPECT_FALSE(text.empty());
  text.erase(0, text.find('(') + 1);  // what the file calls it
  const std::pair<std::string, std::string> values[] = {{"p.id = ", "'" + pool.preset + "'::uuid"},
                                                        {"w.organization_id = ", "(select id from organizations where is_default)"},
                                                        {"w.template_id = ", "'" + pool.template_id + "'::uuid"},
                                                        {"<> all (", "array[]"},
                                                        {"w.created_at < ", "now()"}};
  for (const auto& [before, value] : values) {  // by what stands around each: the numbers are the generator's to choose
    const auto at = text.find(before + "$");
    EXPECT_NE(at, text.npos) << before << " is nowhere in " << text;
    if (at != text.npos) text = replaced(text, text.substr(at + before.size(), 2), value);
  }
  return text;
}

// Whether two transactions that are open at once are given different members by it.
bool keeps_apart(Pool& pool, const std::string& text) {
  std::set<std::string> picked;
  const auto ask = [&]() -> Task<int> {
    std::vector<pg::Session> open;
    for (int i = 0; i < 2; ++i) {
      pg::ConnectOptions options{.url = pool.srv.database().url()};
      auto session = co_await pg::Session::open(std::move(options));
      EXPECT_TRUE(session);
      if (!session) co_return 1;
      EXPECT_TRUE(co_await session->run("begin"));
      const auto rows = co_await session->run(text);
      EXPECT_TRUE(rows) << rows.error().message;
      if (rows && !rows->empty()) picked.insert(std::string(rows->raw(0, 0)));
      open.push_back(std::move(*session));
    }
    for (auto& session : open) EXPECT_TRUE(co_await session.run("rollback"));
    co_return 0;
  };
  test::run(ask);
  return picked.size() == 2;
}

TEST(ClaimRace, TwoTransactionsPickTwoMembersAndTheTestWouldSeeItOtherwise) {
  Pool pool;
  pool.add(60);
  pool.add(90);
  pool.sql("update workspace_agents set first_connected_at = now(), last_connected_at = now() + interval '1 hour'");
  for (const auto* name : {"pick", "pick_any"}) {
    const auto ours = pick_text(pool, name);

    // Row locks do not reach through a query that materializes: it is what a lock on a view over the workspaces would be.
    const auto through_a_view =
        replaced(ours, "from workspaces w\n", "from (with every as materialized (select * from workspaces) select * from every) w\n");

    EXPECT_TRUE(keeps_apart(pool, ours)) << name;
    ASSERT_NE(through_a_view, ours);
    EXPECT_FALSE(keeps_apart(pool, through_a_view)) << name;
  }
}

// Whoever reads the agents waits while somebody holds the door: after its look began, and before it locks what it found.
void put_a_door(Pool& pool) {
  pool.sql(
      "create function door() returns boolean language plpgsql volatile as $$ begin perform pg_advisory_xact_lock_shared(4711); return true; end $$;"
      "alter table workspace_agents rename to workspace_agents_within;"
      "create view workspace_agents as select * from workspace_agents_within where door()");
}

std::string delete_build(const Pool& pool, const Member& member) {
  return fmt::format(
      "update workspaces set due_at = now() where id = '{0}';"
      "insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at)"
      " select gen_random_uuid(), organization_id, initiator_id, type, provisioner, file_id, input, tags, now(), now() from provisioner_jobs where "
      "id = '{1}';"
      "insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)"
      " select gen_random_uuid(), '{0}', '{2}', 2, 'delete', '{3}', id, now(), now() from provisioner_jobs"
      " where initiator_id = '{3}' and completed_at is null",
      member.workspace, member.job, pool.version, kPoolsOwner);
}

TEST(ClaimRace, ADeletionBetweenTheLookAndTheLockIsSeen) {
  Pool pool;
  const auto member = pool.add();
  put_a_door(pool);
  Meanwhile deletes(pool.srv, "select pg_advisory_xact_lock(4711);" + delete_build(pool, member));

  const auto made = deletes.commit_under([&] { return pool.create("mine"); });

  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_NE(text(made.json(), "/id"), member.workspace);
  EXPECT_EQ(pool.owner_of(member.workspace), "prebuilds");
  EXPECT_EQ(pool.sql("select count(*) from workspace_builds where workspace_id = '" + member.workspace + "'"), "2");
}

TEST(ClaimRace, AMemberThatIsLockedIsPassedOver) {
  Pool pool;
  const auto locked = pool.add(90), next = pool.add(60);
  Meanwhile holds(pool.srv, "select id from workspaces where id = '" + locked.workspace + "' for update");

  const auto made = holds.commit_under([&] { return pool.create("mine"); });

  EXPECT_EQ(text(made.json(), "/id"), next.workspace) << made.body;
  EXPECT_EQ(pool.owner_of(locked.workspace), "prebuilds");
}

TEST(ClaimRace, WhoMayDeleteAMemberDoesNotDeleteItOnceItIsClaimed) {
  Pool pool;
  const auto member = pool.add();
  Meanwhile claims(pool.srv, "update workspaces set owner_id = '" + pool.ana.id + "', name = 'mine' where id = '" + member.workspace + "'");

  const auto gone =
      claims.commit_under([&] { return pool.srv.post(of(member.workspace) + "/builds", R"({"transition":"delete"})", pool.srv.owner()); });

  EXPECT_EQ(gone.status, 404) << gone.body;
  EXPECT_EQ(pool.sql("select count(*) from workspace_builds where workspace_id = '" + member.workspace + "'"), "1");
}

TEST(ClaimRace, ADeletionAndAClaimAtOnceNeverBothHaveTheMember) {
  Pool pool;
  constexpr int kRounds = 200;
  int claimed = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto member = pool.add();
    Answer made, gone;

    std::thread claims([&] { made = pool.create("ws" + std::to_string(i)); });
    std::thread deletes([&] { gone = pool.srv.post(of(member.workspace) + "/builds", R"({"transition":"delete"})", pool.srv.owner()); });
    claims.join();
    deletes.join();

    ASSERT_EQ(made.status, 201) << made.body;
    const bool took = text(made.json(), "/id") == member.workspace;
    claimed += took ? 1 : 0;
    // A deletion that found the workspace claimed already is one of an ordinary workspace, which waits for its build.
    ASSERT_EQ(gone.status, took ? (gone.status == 409 ? 409 : 404) : 201) << gone.body;
    ASSERT_EQ(pool.owner_of(member.workspace), took ? "ana" : "prebuilds");
    ASSERT_EQ(pool.sql("select transition from workspace_builds where workspace_id = '" + member.workspace + "' order by build_number desc limit 1"),
              took ? "start" : "delete");
    pool.sql(
        "update provisioner_jobs set completed_at = now(), started_at = now() where completed_at is null;"
        "update workspaces set deleted = true");
  }
  RecordProperty("claimed", claimed);
}

// The server ends in the middle of a claim: its connection is gone before anything was committed.
TEST(ClaimCrash, BeforeItsCommitLeavesTheMemberClaimableAtOnce) {
  Pool pool;
  const auto member = pool.add();
  Meanwhile holds(pool.srv, "select id from users where id = '" + pool.ana.id + "' for no key update");  // where a claim waits for its last lock

  auto claims = std::async(std::launch::async, [&] { return pool.create("mine"); });
  const std::string waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while (pool.sql(waiting) == "0") breathe();
  pool.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
  const auto lost = claims.get();
  const auto made = holds.commit_under([&] { return pool.create("mine"); });

  EXPECT_GE(lost.status, 500);
  EXPECT_EQ(text(made.json(), "/id"), member.workspace) << made.body;
  EXPECT_EQ(pool.sql("select count(*) from prebuild_claims"), "1");
}

TEST(ClaimCrash, AfterItsCommitTheBuildIsFoundByWhoeverComes) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  TestServer second(pool.srv);
  EXPECT_TRUE(pool.srv.stop());
  const auto daemon = [&](const std::string& path, const std::string& body) {
    return second.call("POST", "/api/v2/provisionerdaemons/me" + path, body, {}, {{"Coder-Provisioner-Daemon-Key", pool.key}});
  };

  const auto job = daemon("/acquire", R"({"name":"two","version":"v","engines":["replay"],"request":")" + Uuid::random().str() + "\"}");

  ASSERT_EQ(job.status, 200) << job.body;
  EXPECT_EQ(text(job.json(), "/workspace/prebuild"), "claim");
  EXPECT_EQ(daemon("/jobs/" + text(job.json(), "/id") + "/end", Pool::built(member.token)).status, 204);
  EXPECT_EQ(pool.sql("select count(*) from prebuild_claims where finished_at is not null"), "1");
}

// Its provisioner dies: the job is failed by whoever looks for silent ones, and the workspace stays where it is.
TEST(ClaimCrash, OfTheProvisionerLeavesItWithTheClaimantToTryAgain) {
  Pool pool({}, [](server::Config& config) { config.job_timeout = Seconds(3); });
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  pool.take();

  const auto failed = pool.srv.wait_for(of(member.workspace), "/latest_build/job/status", "failed", pool.ana);
  ASSERT_EQ(pool.srv.post(of(member.workspace) + "/builds", R"({"transition":"start"})", pool.ana).status, 201);
  const auto again = pool.take();

  EXPECT_NE(text(failed, "/latest_build/job/error").find("went silent"), std::string::npos);
  EXPECT_EQ(text(failed, "/owner_name"), "ana");
  EXPECT_EQ(text(again, "/workspace/prebuild"), "claim");
  EXPECT_EQ(text(again, "/workspace/running_agent_tokens/0/token"), member.token);
}

TEST(ClaimRace, ATemplateThatEndsMeanwhileHasNothingToClaim) {
  Pool pool;
  const auto member = pool.add();
  Meanwhile ends(pool.srv, "update templates set deleted = true where id = '" + pool.template_id + "'");

  const auto made = ends.commit_under([&] { return pool.create("mine"); });

  EXPECT_EQ(made.status, 404) << made.body;
  EXPECT_EQ(pool.owner_of(member.workspace), "prebuilds");
}

}  // namespace
}  // namespace slipway::test
