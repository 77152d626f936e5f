#include "api/gen/prebuilds.hpp"
#include "api/gen/quotas.hpp"
#include "cli/talk.hpp"

namespace slipway::cli {
namespace {

const std::string kTemplateId = "dddddddd-9b41-4d16-a7c4-46655440000f", kVersionId = "cccccccc-9b41-4d16-a7c4-46655440000f",
                  kOrganizationId = "bbbbbbbb-9b41-4d16-a7c4-46655440000f";

api::Template docker() {
  api::Template out;
  out.id = *Uuid::parse(kTemplateId);
  out.name = "docker";
  out.active_version_id = *Uuid::parse(kVersionId);
  out.organization_id = *Uuid::parse(kOrganizationId);
  return out;
}

class PrebuildsTalk : public Talk {};

TEST_F(PrebuildsTalk, PauseAndResumeSayWhatIsSoNow) {
  const std::string settings = "PUT /api/v2/prebuilds/settings";
  on(settings, {200, R"({"reconciliation_paused":true})"});
  const auto paused = run({"prebuilds", "pause"});
  EXPECT_EQ(paused.code, 0) << paused.err;
  EXPECT_EQ(paused.err, "Prebuilds are now paused.\nThose that run stay and can still be claimed. Go on with: slipway prebuilds resume\n");
  EXPECT_EQ(body_of(settings), R"({"reconciliation_paused":true})");

  instead(settings, {304, ""});
  EXPECT_EQ(run({"prebuilds", "resume"}).err, "Prebuilds are already resumed.\n");

  instead(settings, {403, R"({"message":"Forbidden."})"});
  const auto refused = run({"prebuilds", "pause"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("error: Forbidden."), std::string::npos) << refused.err;
}

TEST_F(PrebuildsTalk, ListShowsThoseOfTheirOwner) {
  api::Workspace one;
  one.name = "prebuild-abc";
  one.template_name = "docker";
  one.latest_build.status = "running";
  one.latest_build.template_version_name = "v2";
  api::WorkspacesResponse all;
  all.workspaces.push_back(one);
  on("GET /api/v2/workspaces?q=owner%3Aprebuilds%20template%3A%22docker%22", {200, api::to_json(all)});

  const auto listed = run({"prebuilds", "list", "--template", "docker", "--column", "workspace,template,status,version"});

  EXPECT_EQ(listed.out, "WORKSPACE     TEMPLATE  STATUS   VERSION\nprebuild-abc  docker    running  v2\n") << listed.err;
}

TEST_F(PrebuildsTalk, StatusSaysWhyEachPoolIsAsItIs) {
  on("GET /api/v2/organizations/default/templates/docker", {200, api::to_json(docker())});
  api::PrebuildPool pool;
  pool.preset_name = "large";
  pool.template_version_name = "v2";
  pool.reason = "1 workspaces are being built.";
  pool.counts = {.desired = 3, .running = 2, .eligible = 1, .starting = 1, .failed = 2};
  on("GET /api/v2/templates/" + kTemplateId + "/prebuilds/status", {200, api::to_json(api::PrebuildStatus{.paused = true, .pools = {pool}})});

  const auto shown = run({"prebuilds", "status", "docker", "--column", "preset,workspaces,why"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_NE(shown.out.find("large   1 of 3 ready, 1 not ready yet, 1 being built, 2 failed  1 workspaces are being built."), std::string::npos)
      << shown.out;
  EXPECT_NE(shown.err.find("slipway prebuilds resume"), std::string::npos) << shown.err;
}

TEST_F(PrebuildsTalk, InvalidateNamesWhatIsBuiltAnew) {
  on("GET /api/v2/organizations/default/templates/docker", {200, api::to_json(docker())});
  on("POST /api/v2/templates/" + kTemplateId + "/prebuilds/invalidate",
     {200, R"({"invalidated":[{"template_name":"docker","template_version_name":"v2","preset_name":"large"}]})"});

  const auto done = run({"prebuilds", "invalidate", "docker", "--yes"});

  EXPECT_EQ(done.code, 0);
  EXPECT_EQ(done.err, "Prebuilt workspaces of preset large (version v2) are built anew.\n");
}

TEST_F(PrebuildsTalk, APrebuiltWorkspaceHasNoSchedule) {
  api::Workspace one;
  one.name = "prebuild-abc";
  one.is_prebuild = true;
  on("GET /api/v2/users/prebuilds/workspace/prebuild-abc", {200, api::to_json(one)});

  const auto start = run({"schedule", "start", "prebuilds/prebuild-abc", "9:30AM"});
  const auto stop = run({"schedule", "stop", "prebuilds/prebuild-abc", "8h"});

  EXPECT_EQ(start.code, 1);
  EXPECT_NE(start.err.find("error: autostart configuration is not supported for prebuilt workspaces"), std::string::npos) << start.err;
  EXPECT_NE(stop.err.find("error: autostop configuration is not supported for prebuilt workspaces"), std::string::npos) << stop.err;
}

TEST_F(PrebuildsTalk, QuotaIsShownForEachOrganization) {
  api::Organization here;
  here.id = *Uuid::parse(kOrganizationId);
  here.name = "default";
  on("GET /api/v2/users/me/organizations", {200, api::to_json(std::vector{here})});
  on("GET /api/v2/organizations/" + kOrganizationId + "/members/me/workspace-quota", {200, R"({"credits_consumed":10,"budget":30})"});

  EXPECT_EQ(run({"quota"}).out, "ORGANIZATION  SPENT  BUDGET  LEFT\ndefault       10     30      20\n");
  EXPECT_EQ(run({"quota", "--output", "json"}).out, "{\"default\":{\"credits_consumed\":10,\"budget\":30}}\n");
}

TEST_F(PrebuildsTalk, CreateSaysTheCostBeforeItBuilds) {
  const std::string version = "GET /api/v2/templateversions/" + kVersionId;
  api::WorkspaceResource box{.workspace_transition = "start", .daily_cost = 25}, volume{.workspace_transition = "stop", .daily_cost = 5};
  on("GET /api/v2/organizations/default/templates/docker", {200, api::to_json(docker())});
  on(version + "/rich-parameters", {200, "[]"});
  on(version + "/presets", {200, "[]"});
  on(version + "/resources", {200, api::to_json(std::vector{box, volume})});
  on("GET /api/v2/organizations/" + kOrganizationId + "/members/me/workspace-quota", {200, R"({"credits_consumed":10,"budget":30})"});
  api::Workspace made;
  made.name = "dev";
  on("POST /api/v2/users/me/workspaces", {201, api::to_json(made)});

  const auto outcome = run({"create", "dev", "-t", "docker", "--no-wait"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("It costs about 25 credits a day: 10 of 30 credits a day are spent, 20 are left.\n"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("more than is left"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace slipway::cli
