// Who is told that a build failed, whoever failed it.
#include "features/provisioning/rig_test.hpp"
#include "support/told.hpp"

namespace slipway::test {
namespace {

const std::string kManual = "Workspace Manual Build Failed", kAutomatic = "Workspace Autobuild Failed";

// Ana's workspaces, whose builds the test itself runs.
struct FailedBuilds : ProvisioningDb {
  FailedBuilds() {
    version = post_version(server, small_files());
    EXPECT_EQ(end(take(), R"({"outcome":{}})"), 204);
    template_id = make_template(server, "small", version);
    sql("update templates set display_name = 'Small & plain'");
  }

  std::string sql(const std::string& text) { return server.database().sql(text); }
  std::string take() {
    const auto taken = acquire(key, "one");
    EXPECT_EQ(taken.status, 200) << taken.body;
    return taken.status == 200 ? std::string(taken.json().at("id").as_string()) : "";
  }
  int end(const std::string& job, const std::string& body) { return ask("/jobs/" + job + "/end", body, key).status; }
  int fail(const std::string& job) { return end(job, R"({"outcome":{},"failure":{"say":"No room."}})"); }
  std::string create(const std::string& name = "ws") {
    const auto made = server.post("/api/v2/users/me/workspaces", R"({"name":")" + name + R"(","template_version_id":")" + version + "\"}", cast.ana);
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("id").as_string());
  }
  // As if a schedule had asked for the build that waits.
  void by_itself(const std::string& reason) { sql("update workspace_builds set reason = '" + reason + "'"); }

  Cast cast{server};
  std::string key = make_key(server, "mine"), version, template_id;
};

TEST_F(FailedBuilds, ThatSomebodyAskedForAreTheTemplateAdmins) {
  const auto id = create();

  EXPECT_EQ(fail(take()), 204);

  const auto said = told_once(server, kManual);
  EXPECT_EQ(said.people, kTemplateAdmins);
  EXPECT_EQ(said.labels, (Labels{{"name", "ws"},
                                 {"template_name", "Small & plain"},
                                 {"template_version_name", sql("select name from template_versions")},
                                 {"initiator", "ana"},
                                 {"workspace_owner_username", "ana"},
                                 {"workspace_build_number", "1"}}));
  EXPECT_EQ(said.targets, (Targets{id, cast.ana.id, template_id, server.organization()}));
  EXPECT_EQ(said.organization, server.organization());
  EXPECT_EQ(said.urls, "/@ana/ws/builds/1");
  EXPECT_TRUE(told(server, kAutomatic).empty());
}

TEST_F(FailedBuilds, EachThatSomebodyAskedForIsToldOf) {
  const auto id = create();
  EXPECT_EQ(fail(take()), 204);
  for (const auto* reason : {"dashboard", "cli", "ssh_connection"}) {
    EXPECT_EQ(server.post("/api/v2/workspaces/" + id + "/builds", fmt::format(R"({{"transition":"start","reason":"{}"}})", reason), cast.ana).status,
              201)
        << reason;
    EXPECT_EQ(fail(take()), 204);
  }

  EXPECT_EQ(told(server, kManual).size(), 4U);
}

TEST_F(FailedBuilds, OfASchedulesAreTheOwners) {
  const auto id = create();
  by_itself("autostart");

  EXPECT_EQ(fail(take()), 204);

  const auto said = told_once(server, kAutomatic);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"name", "ws"}, {"reason", "autostart"}}));
  EXPECT_EQ(said.targets, (Targets{id, cast.ana.id, template_id, server.organization()}));
  EXPECT_EQ(said.urls, "/@ana/ws");
  EXPECT_TRUE(told(server, kManual).empty());
}

TEST_F(FailedBuilds, WhoseDaemonsKeyWasDeletedAreToldOf) {
  create("deleted-key");
  take();
  EXPECT_EQ(server.del(kOrganization + "/provisionerkeys/mine", server.owner()).status, 204);

  EXPECT_EQ(told_once(server, kManual).labels.at("name"), "deleted-key");
}

TEST_F(FailedBuilds, ThatCannotBeBegunAreToldOf) {
  const auto other = post_version(server, small_files(R"({"log_lines":1})"));
  EXPECT_EQ(end(take(), R"({"outcome":{}})"), 204);
  create();
  sql("update provisioner_jobs set file_id = (select j.file_id from provisioner_jobs j join template_versions v on v.job_id = j.id where v.id = '" +
      other + "') where type = 'workspace_build'");

  EXPECT_EQ(acquire(key, "one").status, 204);

  EXPECT_EQ(told_once(server, kManual).people, kTemplateAdmins);
}

TEST_F(FailedBuilds, ThatWereCanceledAreNoNews) {
  const auto id = create();
  const auto job = take();
  const auto build = sql("select id from workspace_builds");
  EXPECT_EQ(server.patch("/api/v2/workspacebuilds/" + build + "/cancel", "", server.owner()).status, 200);

  EXPECT_EQ(end(job, R"({"outcome":{},"failure":{"say":"Canceled.","cancelled":true}})"), 204);

  EXPECT_EQ(sql("select job_status from provisioner_jobs where type = 'workspace_build'"), "canceled");
  EXPECT_TRUE(told(server, kManual).empty());
}

TEST_F(FailedBuilds, OfWhatWasMadeInAdvanceAreNobodys) {
  create();
  sql("update workspaces set owner_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0'");

  EXPECT_EQ(fail(take()), 204);

  EXPECT_TRUE(told(server, kManual).empty());
}

TEST_F(FailedBuilds, AreToldOfOnceWhoeverFailsThem) {
  create();
  const auto job = take();
  EXPECT_EQ(fail(job), 204);

  EXPECT_EQ(fail(job), 204);

  EXPECT_EQ(told(server, kManual).size(), 1U);
}

// A daemon that says nothing any more.
TEST(SilentBuild, IsToldOfByWhoeverFindsIt) {
  TestServer server([](server::Config& config) {
    config.provisioner_daemons = 0;
    config.job_timeout = Seconds(3);
  });
  const Cast cast(server);
  const auto key = make_key(server, "mine");
  const auto ask = [&](const std::string& path, const std::string& body) {
    return server.call("POST", kRoot + path, body, {}, {{"Coder-Provisioner-Daemon-Key", key}});
  };
  const auto take = [&] {
    const auto taken = ask("/acquire", R"({"name":"a","engines":["replay"],"request":")" + Uuid::random().str() + R"("})");
    EXPECT_EQ(taken.status, 200) << taken.body;
    return taken.status == 200 ? std::string(taken.json().at("id").as_string()) : "";
  };
  const auto version = post_version(server, small_files());
  EXPECT_EQ(ask("/jobs/" + take() + "/end", R"({"outcome":{}})").status, 204);
  make_template(server, "small", version);
  const auto made = server.post("/api/v2/users/me/workspaces", R"({"name":"ws","template_version_id":")" + version + "\"}", cast.ana);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto job = take();

  server.wait_for("/api/v2/workspaces/" + std::string(made.json().at("id").as_string()), "/latest_build/status", "failed", cast.ana);

  EXPECT_EQ(told_once(server, kManual).people, kTemplateAdmins);
  EXPECT_EQ(ask("/jobs/" + job + "/end", R"({"outcome":{},"failure":{"say":"late"}})").status, 204);
  EXPECT_EQ(told(server, kManual).size(), 1U) << "a result that comes late is no news";
}

}  // namespace
}  // namespace slipway::test
