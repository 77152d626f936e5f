#include "features/prebuilds/rig_test.hpp"

namespace slipway::test {
namespace {

TEST_F(Pools, SchedulesSurviveTheirArchive) {
  const auto data = preset_data("p", R"("instances":1,"expiration_policy":[{"ttl":7200}],"scheduling":[{"timezone":"Europe/Berlin",
    "schedule":[{"cron":"* 8-18 * * 1-5","instances":5},{"cron":"* * * * 6","instances":2}]}])");
  const auto kept = [this](const std::string& version_id) {
    return sql(
        "select p.desired_instances || ' ' || p.invalidate_after_secs || ' ' || p.scheduling_timezone || ' ' || string_agg(s.cron_expression || '=' "
        "|| "
        "s.desired_instances, ';' order by s.position) from template_version_presets p join template_version_preset_prebuild_schedules s "
        "on s.preset_id = p.id where p.template_version_id = '" +
        version_id + "' group by p.id");
  };
  const auto first = version(data);
  const std::string file(srv.get("/api/v2/templateversions/" + first, srv.owner()).json().at("job").at("file_id").as_string());
  const auto pulled = srv.get("/api/v2/files/" + file, srv.owner());
  const auto other = srv.post("/api/v2/organizations", R"({"name":"other"})", srv.owner());
  ASSERT_EQ(other.status, 201) << other.body;

  const auto pushed = srv.call("POST", "/api/v2/files", pulled.body, srv.owner().token, {{"Content-Type", "application/x-tar"}});
  const auto copy =
      srv.post("/api/v2/organizations/other/templateversions",
               fmt::format(R"({{"storage_method":"file","file_id":"{}","provisioner":"echo"}})", std::string(pushed.json().at("hash").as_string())),
               srv.owner());
  ASSERT_EQ(copy.status, 201) << copy.body;
  const std::string second(copy.json().at("id").as_string());
  srv.wait_for("/api/v2/templateversions/" + second, "/job/status", "succeeded", srv.owner());

  EXPECT_EQ(kept(first), "1 7200 Europe/Berlin * 8-18 * * 1-5=5;* * * * 6=2");
  EXPECT_EQ(kept(second), kept(first));
}

TEST_F(Pools, AFaultyPoolEndsTheImportWithItsReason) {
  const auto id = post_version(srv, {{"replay/import.json", plan_with(preset_data("p", R"("instances":1,"expiration_policy":[{"ttl":60}])"))}});

  const auto ended = srv.wait_for("/api/v2/templateversions/" + id, "/job/status", "failed", srv.owner());

  EXPECT_NE(boost::json::serialize(ended).find("must be 0 or between 3600 and 31536000, got 60"), std::string::npos) << ended;
}

TEST_F(Pools, TheStatusSaysWhyAPoolIsShort) {
  const auto id = pool(R"("instances":2)");
  const auto path = "/api/v2/templates/" + id + "/prebuilds/status";
  const auto reason = [&](const std::string& query = "") {
    return std::string(srv.get(path + query, srv.owner()).json().at("pools").at(0).at("reason").as_string());
  };

  EXPECT_EQ(reason(), "2 workspaces are missing and will be added by the next pass.");
  const auto planned = srv.get(path + "?dry_run=true", srv.owner()).json().at("pools").at(0);
  EXPECT_EQ(planned.at("plan").at("create").as_int64(), 2);
  EXPECT_FALSE(srv.get(path, srv.owner()).json().at("pools").at(0).as_object().contains("plan"));
  stepper.pass();
  EXPECT_EQ(reason(), "2 builds wait, and no provisioner with their tags is connected: start one.");
  EXPECT_EQ(srv.get(path, srv.owner()).json().at("pools").at(0).at("last").at("create").as_int64(), 2);
  end();
  EXPECT_EQ(reason(), "2 workspaces run, but their agents are not ready yet.");
  sql("insert into site_settings (key, value) values ('prebuilds_settings', '{\"reconciliation_paused\":true}')");
  EXPECT_EQ(reason(), "Pools are paused everywhere: resume them with `slipway prebuilds resume`.");
  sql("delete from site_settings where key = 'prebuilds_settings'");
  sql("update workspaces set deleted = true");
  stepper.pass();
  end("insufficient quota");
  EXPECT_TRUE(reason().starts_with("2 builds failed lately, so the next is begun after ")) << reason();
  EXPECT_TRUE(reason().ends_with("The last one said: insufficient quota")) << reason();
}

TEST_F(Pools, TheStatusIsForWhoeverReadsTheTemplate) {
  const auto id = pool(R"("instances":0)");
  const auto made = srv.post("/api/v2/organizations", R"({"name":"far"})", srv.owner());
  ASSERT_EQ(made.status, 201);
  const auto path = "/api/v2/templates/" + id + "/prebuilds/status";

  EXPECT_EQ(srv.get(path, srv.member("ana")).status, 200);
  EXPECT_EQ(srv.call("GET", path).status, 401);
  EXPECT_EQ(srv.get("/api/v2/templates/" + Uuid::random().str() + "/prebuilds/status", srv.owner()).status, 404);
}

}  // namespace
}  // namespace slipway::test
