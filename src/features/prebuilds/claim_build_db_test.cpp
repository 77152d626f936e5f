// The build by which a workspace becomes its new owner's: what its engine is given, how it ends, and what its agent is told.
#include "features/prebuilds/claim_rig_test.hpp"

namespace slipway::test {
namespace {

std::string token_of(const boost::json::value& job, int index = 0) {
  return text(job, fmt::format("/workspace/running_agent_tokens/{}/token", index));
}

TEST(ClaimBuild, IsGivenItsStageTheRunningAgentsTokenAndTheNewOwner) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);

  const auto job = pool.take();

  EXPECT_EQ(pool.sql("select input ->> 'prebuilt_workspace_stage' from provisioner_jobs where id = '" + text(job, "/id") + "'"), "2");
  EXPECT_EQ(text(job, "/workspace/prebuild"), "claim");
  EXPECT_EQ(text(job, "/workspace/id"), member.workspace);
  EXPECT_EQ(text(job, "/workspace/name"), "mine");
  EXPECT_EQ(text(job, "/workspace/owner/name"), "ana");
  EXPECT_NE(text(job, "/workspace/owner/session_token"), "");
  EXPECT_EQ(text(job, "/workspace/running_agent_tokens/0/agent_id"), member.agent);
  EXPECT_EQ(token_of(job), member.token);
  EXPECT_EQ(token_of(job, 1), "(absent)");
  EXPECT_EQ(text(job, "/previous_parameters"), "[]");  // whoever claims is bound by none
}

TEST(ClaimBuild, AfterItBuildsAreOrdinary) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token)).status, 204);

  EXPECT_EQ(pool.sql("select finished_at is not null and not replaced from prebuild_claims"), "t");
  for (const auto* transition : {"stop", "start"}) {
    ASSERT_EQ(pool.srv.post(of(member.workspace) + "/builds", fmt::format(R"({{"transition":"{}"}})", transition), pool.ana).status, 201);
    const auto job = pool.take();
    EXPECT_EQ(text(job, "/workspace/prebuild"), "none") << transition;
    EXPECT_EQ(token_of(job), "(absent)");
    EXPECT_EQ(pool.end(job, R"({"outcome":{}})").status, 204);
  }
}

TEST(ClaimBuild, AMembersOwnBuildsAreOfThePoolWhoeverAsksForThem) {
  Pool pool;
  const auto member = pool.add();

  ASSERT_EQ(pool.srv.post(of(member.workspace) + "/builds", R"({"transition":"stop"})", pool.srv.owner()).status, 201);

  const auto job = pool.take();
  EXPECT_EQ(text(job, "/workspace/prebuild"), "create");
  EXPECT_EQ(text(job, "/workspace/owner/name"), "prebuilds");
  EXPECT_EQ(text(job, "/workspace/owner/session_token"), "");
}

TEST(ClaimBuild, ThatFailsIsTriedAgainAsAClaimWithTheSameToken) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  const auto failed = Pool::built(member.token, R"(},"failure":{"say":"No.")");  // it left an agent with that token
  EXPECT_EQ(pool.end(pool.take(), failed).status, 204);
  EXPECT_EQ(pool.owner_of(member.workspace), "ana");
  EXPECT_EQ(pool.sql("select finished_at is null from prebuild_claims"), "t");
  EXPECT_EQ(pool.srv.get("/api/v2/workspaceagents/me/manifest", member.as_agent()).status, 200);  // it still runs

  ASSERT_EQ(pool.srv.post(of(member.workspace) + "/builds", R"({"transition":"start"})", pool.ana).status, 201);
  const auto again = pool.take();

  EXPECT_EQ(text(again, "/workspace/prebuild"), "claim");
  EXPECT_EQ(token_of(again), member.token);
  EXPECT_EQ(pool.end(again, Pool::built(member.token)).status, 204);
  EXPECT_EQ(
      pool.sql("select b.build_number from prebuild_claims c join workspace_builds b on b.id = c.claim_build_id where c.finished_at is not null"),
      "3");
}

TEST(ClaimBuild, TheTokenIsTheNewAgentsOnceItHasEnded) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  const auto job = pool.take();
  const auto before = pool.srv.get("/api/v2/workspaceagents/me/manifest", member.as_agent());

  EXPECT_EQ(pool.end(job, Pool::built(member.token)).status, 204);
  const auto after = pool.srv.get("/api/v2/workspaceagents/me/manifest", member.as_agent());

  EXPECT_EQ(text(before.json(), "/agent_id"), member.agent);  // while it is built, the agent that runs is let in
  EXPECT_NE(text(after.json(), "/agent_id"), member.agent);
  EXPECT_EQ(text(after.json(), "/owner_name"), "ana");
  EXPECT_EQ(text(after.json(), "/workspace_name"), "mine");
  EXPECT_EQ(pool.sql("select auth_token from workspace_agents where id = '" + text(after.json(), "/agent_id") + "'"), member.token);
}

TEST(ClaimBuild, ThatStopsIsNobodysToBeLetInto) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  EXPECT_EQ(pool.end(pool.take(), R"({"outcome":{},"failure":{"say":"No."}})").status, 204);
  ASSERT_EQ(pool.srv.post(of(member.workspace) + "/builds", R"({"transition":"stop"})", pool.ana).status, 201);

  EXPECT_EQ(pool.srv.get("/api/v2/workspaceagents/me/manifest", member.as_agent()).status, 401);
}

// ---- what was replaced ----

const std::string kReplaced = R"(,"replacements":[{"resource":"box.a","paths":["image","env.0"]},{"resource":"box.b","paths":["name"]}])";

std::string counted(Pool& pool) {
  const auto all = pool.srv.metrics("GET", "/metrics").body;
  const std::string line = R"(coderd_prebuilt_workspaces_resource_replacements_total{template_name="box",preset_name="small",organization_name=")";
  const auto at = all.find(line);
  const auto end = at == all.npos ? at : all.find('\n', at);
  return at == all.npos ? "" : all.substr(all.rfind(' ', end) + 1, end - all.rfind(' ', end) - 1);
}

TEST(ClaimReplaces, CountsAClaimOnceAndTellsEachTemplateAdminOnce) {
  Pool pool;
  const auto admin = pool.srv.member("tina");
  ASSERT_EQ(pool.srv.put("/api/v2/users/tina/roles", R"({"roles":["template-admin"]})", pool.srv.owner()).status, 200);
  pool.sql("delete from organization_members where user_id = '" + admin.id + "'");  // of the site, wherever they are members
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  const auto job = pool.take();
  const auto body = Pool::built(member.token, kReplaced);

  EXPECT_EQ(pool.end(job, body).status, 204);
  EXPECT_EQ(pool.end(job, body).status, 204);  // the same again

  EXPECT_EQ(counted(pool), "1");
  EXPECT_EQ(pool.sql("select replaced from prebuild_claims"), "t");
  const std::string told = "from inbox_notifications where template_id = '89d9745a-816e-4695-a17f-3d0a229e2b8d'";
  EXPECT_EQ(pool.sql("select count(*) " + told + " and user_id = '" + admin.id + "'"), "1");
  EXPECT_EQ(pool.sql("select count(*) " + told + " and user_id = '" + pool.ana.id + "'"), "0");
  const auto content = pool.sql("select content " + told + " and user_id = '" + admin.id + "'");
  for (const auto* word : {"mine", "ana", "small", "box\\.a", "image\\, env\\.0", "box\\.b", "name"})
    EXPECT_NE(content.find(word), std::string::npos) << word << " in " << content;
}

TEST(ClaimReplaces, NothingIsCountedWithoutDriftNorOfAnyOtherBuild) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token)).status, 204);
  ASSERT_EQ(pool.srv.post(of(member.workspace) + "/builds", R"({"transition":"start"})", pool.ana).status, 201);
  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token, kReplaced)).status, 204);

  EXPECT_EQ(counted(pool), "");
  EXPECT_EQ(pool.sql("select count(*) from inbox_notifications where template_id = '89d9745a-816e-4695-a17f-3d0a229e2b8d'"), "0");
}

TEST(ClaimReplaces, WhatTheImportForesawIsShownWithTheVersion) {
  Pool pool(R"(],"replacements":[{"resource":"box.a","paths":["image","env.0"]}])");
  const auto later = pool.new_version({}, fmt::format(R"(,"template_id":"{}")", pool.template_id));
  const auto foreseen = R"([{"resource":"box.a","paths":["image","env.0"]}])";

  const auto one = pool.srv.get("/api/v2/templateversions/" + pool.version, pool.srv.owner());
  const auto all = pool.srv.get("/api/v2/templates/" + pool.template_id + "/versions", pool.srv.owner());

  EXPECT_EQ(text(one.json(), "/claim_replacements"), foreseen) << one.body;
  EXPECT_EQ(text(all.json(), "/0/claim_replacements"), foreseen) << all.body;
  EXPECT_EQ(text(all.json(), "/1/id"), later);
  EXPECT_EQ(text(all.json(), "/1/claim_replacements"), "(absent)");
  EXPECT_EQ(counted(pool), "");  // nothing was replaced yet
}

TEST(ClaimReplaces, HowLongClaimsTookIsCounted) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token)).status, 204);

  const auto all = pool.srv.metrics("GET", "/metrics").body;

  EXPECT_NE(all.find("coderd_prebuilt_workspace_claim_duration_seconds_count{"), std::string::npos);
}

// ---- what the agent is told ----

const std::string kPing = "event: ping\n\n";

std::string told_of(const Pool& pool, const Member& member) {
  return kPing + "event: data\ndata: {\"WorkspaceID\":\"" + member.workspace + "\",\"workspace_id\":\"" + member.workspace +
         R"(","reason":"prebuild_claimed","owner_id":")" + pool.ana.id + "\"}\n\n";
}

// A stream that is open before anything happens.
struct Waiting {
  Waiting(Pool& pool, const Member& member, const std::string& as = {})
      : answer(std::async(std::launch::async, [&pool, member, as] { return pool.reinit(member, as); })) {}
  std::future<Answer> answer;
};

TEST(ClaimTells, AnAgentThatWaitsOnce) {
  Pool pool;
  const auto member = pool.add();
  Waiting waits(pool, member, member.agent), silent(pool, member);
  ASSERT_EQ(pool.create("mine").status, 201);
  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token)).status, 204);

  const auto heard = waits.answer.get();

  EXPECT_EQ(heard.header("Content-Type"), "text/event-stream");
  EXPECT_EQ(heard.body, told_of(pool, member));
  EXPECT_EQ(silent.answer.get().body, told_of(pool, member));  // it does not say as which agent it started up
}

TEST(ClaimTells, AnAgentThatComesOnlyAfterItWasBuilt) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token)).status, 204);

  EXPECT_EQ(pool.reinit(member, member.agent).body, told_of(pool, member));
  EXPECT_EQ(pool.reinit(member).body, told_of(pool, member));  // nobody has started up as the new one yet
}

TEST(ClaimTells, NobodyWhoHasStartedUpSinceHoweverOftenTheyComeBack) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token)).status, 204);
  const auto manifest = pool.srv.get("/api/v2/workspaceagents/me/manifest", member.as_agent()).json();
  const auto now_as = text(manifest, "/agent_id");
  ASSERT_EQ(pool.srv.post("/api/v2/workspaceagents/me/report-lifecycle", R"({"state":"starting"})", member.as_agent()).status, 204);

  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pool.reinit(member, now_as).status, 409);
    EXPECT_EQ(pool.reinit(member).status, 409);
  }
  // Nor after another build of it, which has another agent.
  ASSERT_EQ(pool.srv.post(of(member.workspace) + "/builds", R"({"transition":"start"})", pool.ana).status, 201);
  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token)).status, 204);
  EXPECT_EQ(pool.reinit(member, now_as).status, 409);
  EXPECT_EQ(pool.reinit(member).status, 409);
}

TEST(ClaimTells, NothingWhereNothingWasClaimed) {
  Pool pool;
  const auto member = pool.add();
  const auto ordinary = pool.create("mine");  // takes the one there is
  const auto next = pool.add();
  Waiting waits(pool, next, next.agent);

  EXPECT_EQ(pool.end(pool.take(), Pool::built(member.token)).status, 204);
  EXPECT_EQ(pool.reinit(member, member.agent).body, told_of(pool, member));
  pool.sql("update workspaces set deleted = true where id = '" + next.workspace + "'; notify \"prebuild_claimed_" + next.workspace + "\"");

  EXPECT_EQ(waits.answer.get().body.find("event: data"), std::string::npos);
}

TEST(ClaimTells, OnlyAgents) {
  Pool pool;
  const auto member = pool.add();
  pool.sql("update workspace_agents set deleted = true where id = '" + member.agent + "'");

  EXPECT_EQ(pool.srv.get("/api/v2/workspaceagents/me/reinit", pool.ana).status, 401);
  EXPECT_EQ(pool.reinit(member).status, 401);
  EXPECT_EQ(pool.reinit(pool.add(), "nonsense").status, 400);
}

TEST(ClaimTells, ByWhatTheTablesSayWhenTheServerWasGoneMeanwhile) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  const auto job = pool.take();
  TestServer second(pool.srv);
  EXPECT_EQ(second
                .call("POST", "/api/v2/provisionerdaemons/me/jobs/" + text(job, "/id") + "/end", Pool::built(member.token), {},
                      {{"Coder-Provisioner-Daemon-Key", pool.key}})
                .status,
            204);
  EXPECT_TRUE(pool.srv.stop());

  const auto heard = second.call("GET", "/api/v2/workspaceagents/me/reinit?agent_id=" + member.agent, {}, member.token);

  EXPECT_EQ(heard.body, told_of(pool, member));
}

}  // namespace
}  // namespace slipway::test
