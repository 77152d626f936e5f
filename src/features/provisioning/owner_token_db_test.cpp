// What a build is given of its workspace's owner: by whose start, for what, and for how long.
#include "features/provisioning/rig_test.hpp"

namespace slipway::test {
namespace {

const std::string kRoot = "/api/v2/provisionerdaemons/me";

// No daemon runs: the test takes each job itself, sees what it is given, and says how it ended.
struct OwnerToken : ::testing::Test {
  OwnerToken() : server([](server::Config& config) { config.provisioner_daemons = 0; }), ana((server.owner(), server.member("ana"))) {
    const auto made = server.post("/api/v2/organizations/default/provisionerkeys", R"({"name":"mine","tags":{}})", server.owner());
    key = std::string(made.json().at("key").as_string());
    version = post_version(server, small_files());
    end(take());
    template_id = make_template(server, "t", version);
    sql("insert into git_ssh_keys (user_id, public_key, private_key, created_at, updated_at) values ('" + ana.id +
        "', 'public', 'the private key', now(), now()) on conflict (user_id) do update set private_key = excluded.private_key");
  }

  std::string sql(const std::string& text) { return server.database().sql(text); }
  Answer ask(const std::string& path, const std::string& body) {
    return server.call("POST", kRoot + path, body, {}, {{"Coder-Provisioner-Daemon-Key", key}});
  }
  Answer acquire() { return ask("/acquire", R"({"name":"a","engines":["replay"],"request":")" + Uuid::random().str() + R"("})"); }
  boost::json::value take() {
    const auto taken = acquire();
    EXPECT_EQ(taken.status, 200) << taken.body;
    return taken.json();
  }
  void end(const boost::json::value& job, const std::string& body = R"({"outcome":{}})") {
    EXPECT_EQ(ask("/jobs/" + std::string(job.at("id").as_string()) + "/end", body).status, 204);
  }
  static std::string secret(const boost::json::value& job, const char* name) {
    const auto& owner = job.at("workspace").at("owner").as_object();
    const auto* found = owner.if_contains(name);
    return found ? std::string(found->as_string()) : std::string();
  }
  static std::string token(const boost::json::value& job) { return secret(job, "session_token"); }

  void make(const Person& who) {
    const auto made = server.post("/api/v2/users/ana/workspaces", R"({"name":"ws","template_id":")" + template_id + "\"}", who);
    ASSERT_EQ(made.status, 201) << made.body;
    workspace = std::string(made.json().at("id").as_string());
  }
  void build(const char* transition, const Person& who) {
    const auto made = server.post("/api/v2/workspaces/" + workspace + "/builds", fmt::format(R"({{"transition":"{}"}})", transition), who);
    ASSERT_EQ(made.status, 201) << made.body;
  }
  // Somebody of the default organization who may do everything there.
  Person organization_admin() {
    auto boss = server.member("boss");
    sql("update organization_members set roles = '{organization-admin}' where user_id = '" + boss.id + "'");
    return boss;
  }
  int me(const std::string& with) { return server.call("GET", "/api/v2/users/me", {}, with).status; }
  // A running workspace of ana, started by herself; the token of its build.
  std::string running() {
    make(ana);
    const auto job = take();
    end(job);
    return token(job);
  }

  TestServer server;
  Person ana;
  std::string key, version, template_id, workspace;
};

TEST_F(OwnerToken, IsForTheOwnersOwnStartAlone) {
  make(ana);
  auto job = take();
  EXPECT_EQ(me(token(job)), 200);
  EXPECT_EQ(secret(job, "ssh_private_key"), "the private key");
  end(job);

  for (const char* transition : {"stop", "start", "delete"}) {
    build(transition, server.owner());
    job = take();
    EXPECT_EQ(token(job), "") << transition;
    EXPECT_EQ(secret(job, "ssh_private_key"), "") << transition;
    end(job);
  }
}

TEST_F(OwnerToken, IsNotForAWorkspaceThatSomebodyElseMadeForThem) {
  for (const auto& maker : {server.owner(), organization_admin()}) {
    make(maker);

    const auto job = take();

    EXPECT_EQ(token(job), "") << maker.username;
    EXPECT_EQ(secret(job, "ssh_private_key"), "") << maker.username;
    end(job);
    sql("update workspaces set deleted = true");  // the name is free for the next
  }
}

// A schedule acts for its owner where they set it themselves.
TEST_F(OwnerToken, IsForASchedulesStartWhereItsOwnerSetIt) {
  running();
  const std::string schedule = "/api/v2/workspaces/" + workspace + "/autostart", nine = R"({"schedule":"CRON_TZ=UTC 0 9 * * *"})";
  const auto started = [&](const Person& by) {
    EXPECT_EQ(server.put(schedule, nine, by).status, 204);
    build("stop", ana);
    end(take());
    build("start", ana);
    sql("update workspace_builds set reason = 'autostart' where build_number = (select max(build_number) from workspace_builds)");
    const auto job = take();
    end(job);
    return token(job);
  };

  EXPECT_EQ(me(started(ana)), 200);
  EXPECT_EQ(started(server.owner()), "");
}

TEST_F(OwnerToken, OpensThisWorkspaceAndNothingElseOfItsOwner) {
  sql("update users set rbac_roles = '{owner}' where username = 'ana'");
  const auto first = running(), mine = workspace;
  const auto asks = [&](const std::string& path) { return server.call("GET", "/api/v2" + path, {}, first).status; };
  const auto elsewhere = server.post("/api/v2/users/ana/workspaces", R"({"name":"other","template_id":")" + template_id + "\"}", ana);
  ASSERT_EQ(elsewhere.status, 201);

  EXPECT_EQ(asks("/users/me"), 200);
  EXPECT_EQ(asks("/workspaces/" + mine), 200);
  EXPECT_EQ(asks("/templates/" + template_id), 200);
  EXPECT_EQ(asks("/workspaces/" + std::string(elsewhere.json().at("id").as_string())), 404);
  EXPECT_EQ(asks("/users/owner"), 404);
  EXPECT_NE(asks("/deployment/config"), 200);
  EXPECT_NE(server.call("PUT", "/api/v2/users/" + server.owner().id + "/roles", R"({"roles":[]})", first).status, 200);
  EXPECT_NE(server.call("POST", "/api/v2/users/me/keys", "", first).status, 201);
  EXPECT_NE(server.call("POST", "/api/v2/users/me/keys/tokens", R"({"token_name":"x"})", first).status, 201);
}

// Not even its equal, which would outlive the build.
TEST_F(OwnerToken, MakesNoOtherKey) {
  const auto given = running();
  const auto keys = [&] { return sql("select count(*) from api_keys"); };
  const auto before = keys();
  const auto own = server.get("/api/v2/users/me/keys/" + sql("select id from api_keys where build_id is not null"), ana);
  ASSERT_EQ(own.status, 200) << own.body;
  const auto allow_list = boost::json::serialize(own.json().at("allow_list"));
  ASSERT_NE(allow_list.find(workspace), std::string::npos) << allow_list;

  for (const auto& ask : {fmt::format(R"({{"token_name":"a","scopes":["coder:all"],"allow_list":{}}})", allow_list),
                          fmt::format(R"({{"token_name":"b","scope":"all","allow_list":[{{"type":"workspace","id":"{}"}}]}})", workspace)}) {
    const auto made = server.call("POST", "/api/v2/users/me/keys/tokens", ask, given);
    EXPECT_EQ(made.status, 403) << made.body;
  }
  EXPECT_EQ(server.call("POST", "/api/v2/users/me/keys", "", given).status, 403);
  EXPECT_EQ(keys(), before);
}

// It sees nobody but its owner, so there is nobody to share the workspace with.
TEST_F(OwnerToken, SharesItsWorkspaceWithNobody) {
  const auto third = server.member("third");
  const auto given = running();
  const auto acl = "/api/v2/workspaces/" + workspace + "/acl";

  for (const auto& ask :
       {fmt::format(R"({{"user_roles":{{"{}":"admin"}}}})", third.id), fmt::format(R"({{"group_roles":{{"{}":"admin"}}}})", server.organization())}) {
    const auto shared = server.call("PATCH", acl, ask, given);
    EXPECT_EQ(shared.status, 400) << shared.body;
  }
  EXPECT_EQ(sql("select user_acl::text || group_acl::text from workspaces"), "{}{}");
  EXPECT_EQ(server.get("/api/v2/workspaces/" + workspace, third).status, 404);
}

TEST_F(OwnerToken, EndsWithTheBuildThatGotIt) {
  for (const char* transition : {"stop", "start", "delete"}) {
    const auto last = running();
    ASSERT_EQ(me(last), 200);

    build(transition, server.owner());

    EXPECT_EQ(me(last), 401) << transition;  // at once, not when a provisioner takes the job
    end(take());
    EXPECT_EQ(me(last), 401) << transition;
    EXPECT_EQ(sql("select count(*) from api_keys where build_id is not null"), "0") << transition;
    sql("update workspaces set deleted = true");  // the name is free for the next round
  }
}

TEST_F(OwnerToken, EndsWithABuildThatFailsOrIsCanceled) {
  make(ana);
  auto job = take();
  EXPECT_EQ(me(token(job)), 200);
  end(job, R"({"outcome":{},"failure":{"say":"No room."}})");
  EXPECT_EQ(me(token(job)), 401);

  build("start", ana);
  job = take();
  EXPECT_EQ(me(token(job)), 200);
  const auto id = sql("select id from workspace_builds order by build_number desc limit 1");
  ASSERT_EQ(server.patch("/api/v2/workspacebuilds/" + id + "/cancel", "", ana).status, 200);
  end(job, R"({"outcome":{},"failure":{"say":"Canceled.","cancelled":true}})");
  EXPECT_EQ(me(token(job)), 401);
}

TEST_F(OwnerToken, EndsWithTheOwnership) {
  const auto given = running();
  ASSERT_EQ(me(given), 200);
  sql("update workspaces set owner_id = '" + server.owner().id + "'");
  EXPECT_EQ(me(given), 401);

  sql("update workspaces set owner_id = '" + ana.id + "'");
  ASSERT_EQ(me(given), 200);
  sql("delete from organization_members where user_id = '" + ana.id + "'");
  EXPECT_EQ(me(given), 401);
}

// Whatever a row says: what a version of one organization knows in secret is not given to another's provisioners.
TEST_F(OwnerToken, NoJobCarriesAVersionOfAnotherOrganization) {
  const auto other = std::string(server.post("/api/v2/organizations", R"({"name":"other"})", server.owner()).json().at("id").as_string());
  const auto secret = post_version(server, small_files(R"({"log_lines":1})"));
  end(take(), R"({"outcome":{"variables":[{"name":"cloud_password","type":"string","default_value":"SECRET-OF-OTHER","sensitive":true}]}})");
  make_template(server, "secret", secret);
  sql(
      fmt::format("update template_versions set organization_id = '{0}' where id = '{1}'; update templates set organization_id = '{0}' where name = "
                  "'secret'; update provisioner_jobs j set organization_id = '{0}' from template_versions v where v.id = '{1}' and j.id = v.job_id",
                  other, secret));
  const auto crossed = [&](const std::string& text) {
    make(ana);
    sql(text);
    const auto answer = acquire();
    EXPECT_EQ(answer.status, 204) << answer.body;
    EXPECT_EQ(answer.body.find("SECRET-OF-OTHER"), std::string::npos);
    EXPECT_EQ(sql("select job_status from provisioner_jobs where type = 'workspace_build' order by created_at desc limit 1"), "failed");
    sql("update workspaces set deleted = true");
  };

  crossed("update workspace_builds set template_version_id = '" + secret + "'");
  crossed(
      "update provisioner_jobs set file_id = (select j.file_id from provisioner_jobs j join template_versions v on v.job_id = j.id where v.id = '" +
      secret + "') where type = 'workspace_build' and started_at is null");
}

}  // namespace
}  // namespace slipway::test
