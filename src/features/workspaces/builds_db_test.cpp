#include "crypto/hash.hpp"
#include "support/test_agent.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = value.find_pointer(pointer, ec);
  return !found ? "(absent)" : found->is_string() ? std::string(found->as_string()) : boost::json::serialize(*found);
}

std::string of(const std::string& workspace) { return "/api/v2/workspaces/" + workspace; }

Answer build(TestServer& srv, const std::string& workspace, const std::string& fields, const Person& who) {
  return srv.post(of(workspace) + "/builds", "{" + fields + "}", who);
}
void stop(TestServer& srv, const std::string& workspace) {
  ASSERT_EQ(build(srv, workspace, R"("transition":"stop")", srv.owner()).status, 201);
  srv.wait_for(of(workspace), "/latest_build/status", "stopped", srv.owner());
}

TEST(Build, OfManyAskedForAtOnceOneIsMade) {
  TestServer srv;
  const auto id = srv.workspace(srv.replay_template("t"), "ws", srv.owner());
  srv.database().sql(
      "update provisioner_jobs set tags = tags || '{\"zone\":\"moon\"}' where type = 'template_version_import'");  // no daemon will take the build
  constexpr std::size_t kMany = 24;
  std::array<int, kMany> statuses{};

  std::vector<std::thread> callers;
  for (auto& status : statuses)
    callers.emplace_back(
        [&srv, &id, &status] { status = srv.call("POST", of(id) + "/builds", R"({"transition":"stop"})", srv.owner().token).status; });
  for (auto& caller : callers) caller.join();

  EXPECT_EQ(std::ranges::count(statuses, 201), 1);
  EXPECT_EQ(std::ranges::count(statuses, 409), kMany - 1);
  EXPECT_EQ(srv.database().sql("select string_agg(build_number::text, ',' order by build_number) from workspace_builds"), "1,2");
}

TEST(Build, IsRefusedWhileAnotherIsActive) {
  TestServer srv;
  const auto t = srv.replay_template("t", {{"replay/start.log.ndjson", R"({"delay_ms":3600000,"output":"slow"})"}});
  const auto made = srv.post("/api/v2/users/me/workspaces", R"({"name":"ws","template_id":")" + t + "\"}", srv.owner());
  const auto id = text(made.json(), "/id");

  const auto second = build(srv, id, R"("transition":"stop")", srv.owner());

  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(text(second.json(), "/message"), "A workspace build is already active.");
  const std::string job = "/api/v2/workspacebuilds/" + text(made.json(), "/latest_build/id");
  srv.wait_for(job, "/job/status", "running", srv.owner());
  EXPECT_EQ(srv.patch(job + "/cancel?expect_status=pending", "", srv.owner()).status, 412);
  EXPECT_EQ(srv.patch(job + "/cancel?expect_status=done", "", srv.owner()).status, 400);
  EXPECT_EQ(srv.patch(job + "/cancel", "", srv.owner()).status, 200);
  srv.wait_for(job, "/status", "canceled", srv.owner());
  EXPECT_EQ(srv.patch(job + "/cancel", "", srv.owner()).status, 400);
}

TEST(Build, IsListedNewestFirstAndPaged) {
  TestServer srv;
  const auto id = srv.workspace(srv.replay_template("t"), "ws", srv.owner());
  stop(srv, id);
  ASSERT_EQ(build(srv, id, R"("transition":"start","reason":"cli")", srv.owner()).status, 201);
  srv.wait_for(of(id), "/latest_build/status", "running", srv.owner());
  const auto numbers = [&](const std::string& query) {
    std::string out;
    const auto answer = srv.get(of(id) + "/builds" + query, srv.owner());
    EXPECT_EQ(answer.status, 200) << answer.body;
    for (const auto& one : answer.json().as_array()) out += text(one, "/build_number");
    return out;
  };
  const auto all = srv.get(of(id) + "/builds", srv.owner()).json();

  EXPECT_EQ(numbers(""), "321");
  EXPECT_EQ(numbers("?limit=2"), "32");
  EXPECT_EQ(numbers("?limit=2&offset=1"), "21");
  EXPECT_EQ(numbers("?after_id=" + text(all, "/1/id")), "1");
  EXPECT_EQ(numbers("?since=" + text(all, "/1/created_at")), "3");
  EXPECT_EQ(srv.get(of(id) + "/builds?since=yesterday", srv.owner()).status, 400);
  EXPECT_EQ(srv.get(of(id) + "/builds?limit=-1", srv.owner()).status, 400);
  EXPECT_EQ(text(all, "/0/reason"), "cli");
  EXPECT_EQ(text(all, "/0/resources/0/agents/0/name"), "main");
  EXPECT_EQ(text(srv.get("/api/v2/users/owner/workspace/ws/builds/2", srv.owner()).json(), "/transition"), "stop");
  EXPECT_EQ(srv.get("/api/v2/users/owner/workspace/ws/builds/4", srv.owner()).status, 404);
  EXPECT_EQ(srv.get("/api/v2/users/owner/workspace/ws/builds/x", srv.owner()).status, 400);
}

TEST(Build, WrongAskingIsSaid) {
  TestServer srv;
  const auto id = srv.workspace(srv.replay_template("t"), "ws", srv.owner());
  const auto field = [&](const std::string& fields) {
    const auto answer = build(srv, id, fields, srv.owner());
    EXPECT_EQ(answer.status, 400) << answer.body;
    return text(answer.json(), "/validations/0/field");
  };

  EXPECT_EQ(field(R"("transition":"dance")"), "transition");
  EXPECT_EQ(field(R"("transition":"start","reason":"autostart")"), "reason");
  EXPECT_EQ(field(R"("transition":"start","template_version_id":"00000000-0000-0000-0000-000000000001")"), "template_version_id");
  EXPECT_EQ(field(R"("transition":"start","state":"***")"), "state");
  EXPECT_EQ(build(srv, id, R"("transition":"start","orphan":true)", srv.owner()).status, 400);
  EXPECT_EQ(build(srv, id, R"("transition":"delete","orphan":true,"state":"e30=")", srv.owner()).status, 400);
}

TEST(Build, OnlyThoseWithTheRightMakeReadAndCancelOne) {
  TestServer srv;
  srv.owner();
  const auto ana = srv.member("ana"), bo = srv.member("bo");
  const auto id = srv.workspace(srv.replay_template("t"), "ws", ana);
  const auto one = "/api/v2/workspacebuilds/" + text(srv.get(of(id), ana).json(), "/latest_build/id");

  EXPECT_EQ(build(srv, id, R"("transition":"stop")", bo).status, 404);
  for (const char* path : {"", "/logs", "/parameters", "/resources", "/state", "/timings"}) {
    EXPECT_EQ(srv.get(one + path, bo).status, 404) << path;
    EXPECT_EQ(srv.call("GET", one + path).status, 401) << path;
  }
  EXPECT_EQ(srv.patch(one + "/cancel", "", bo).status, 404);
  EXPECT_EQ(srv.get(one + "/state", ana).status, 403);  // what the template made is for those who may change it
  EXPECT_EQ(srv.put(one + "/state", R"({"state":"e30="})", ana).status, 403);
}

// ---- state ----

TEST(Build, LogsWhatItsToolDoesForAdministratorsWhereTheServerAllowsIt) {
  const auto asked = [](bool allowed) {
    TestServer srv([allowed](server::Config& config) { config.debug_builds = allowed; });
    srv.owner();
    const auto ana = srv.member("ana");
    const auto id = srv.workspace(srv.replay_template("t"), "ws", ana);
    const auto mine = build(srv, id, R"("transition":"stop","log_level":"debug")", ana);
    EXPECT_EQ(mine.status, 400);
    EXPECT_EQ(text(mine.json(), "/message"), "Only administrators may ask for builds with another log level.");
    return build(srv, id, R"("transition":"stop","log_level":"debug")", srv.owner());
  };

  const auto refused = asked(false);
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(text(refused.json(), "/message").find("--enable-terraform-debug-mode"), std::string::npos) << refused.body;
  EXPECT_EQ(asked(true).status, 201);
}

TEST(State, IsPulledAndPushed) {
  TestServer srv;
  const auto id = srv.workspace(srv.replay_template("t"), "ws", srv.owner());
  const auto one = "/api/v2/workspacebuilds/" + text(srv.get(of(id), srv.owner()).json(), "/latest_build/id");

  EXPECT_NE(srv.get(one + "/state", srv.owner()).body.find("planned_values"), std::string::npos);
  ASSERT_EQ(srv.put(one + "/state", R"({"state":"eyJ2ZXJzaW9uIjo0fQ=="})", srv.owner()).status, 204);
  EXPECT_EQ(srv.get(one + "/state", srv.owner()).body, R"({"version":4})");
  EXPECT_EQ(srv.put(one + "/state", R"({"state":"***"})", srv.owner()).status, 400);

  stop(srv, id);  // a stop keeps what it was given
  const auto two = "/api/v2/workspacebuilds/" + text(srv.get(of(id), srv.owner()).json(), "/latest_build/id");
  EXPECT_EQ(srv.get(two + "/state", srv.owner()).body, R"({"version":4})");
}

TEST(State, MayBeLargeForThoseWhoMayGiveOne) {
  TestServer srv;
  srv.owner();
  const auto ana = srv.member("ana");
  const auto id = srv.workspace(srv.replay_template("t"), "ws", ana);
  const auto one = "/api/v2/workspacebuilds/" + text(srv.get(of(id), srv.owner()).json(), "/latest_build/id") + "/state";
  const auto state = R"({"version":4,"padding":")" + std::string(3 << 20, 'x') + "\"}";
  const auto body = R"({"transition":"stop","state":")" + crypto::base64(state) + "\"}";

  EXPECT_EQ(srv.put(one, R"({"state":")" + crypto::base64(state) + "\"}", srv.owner()).status, 204);
  EXPECT_EQ(srv.get(one, srv.owner()).body, state);
  EXPECT_EQ(srv.post(of(id) + "/builds", body, ana).status, 413);
  EXPECT_EQ(srv.post(of(id) + "/builds", body, srv.owner()).status, 201);
}

TEST(State, ABuildStartsFromTheStateItIsGiven) {
  TestServer srv;
  const auto id = srv.workspace(srv.replay_template("t"), "ws", srv.owner());

  ASSERT_EQ(build(srv, id, R"("transition":"stop","state":"eyJ2ZXJzaW9uIjo1fQ==")", srv.owner()).status, 201);
  srv.wait_for(of(id), "/latest_build/status", "stopped", srv.owner());

  const auto one = "/api/v2/workspacebuilds/" + text(srv.get(of(id), srv.owner()).json(), "/latest_build/id");
  EXPECT_EQ(srv.get(one + "/state", srv.owner()).body, R"({"version":5})");
}

TEST(State, IsShownWithoutSecretsAndTakenBackWithThem) {
  TestServer srv;
  const std::string agent = "7d0f5b5e-4f8f-4b39-9c2a-0f6f3b6f7a11", owner = "aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbb", key = "----KEY----";
  const auto whole = R"({"version":4,"resources":[
      {"mode":"data","type":"coder_workspace_owner","name":"me","instances":[{"attributes":{"session_token":")" +
                     owner + R"(","ssh_private_key":")" + key + R"("}}]},
      {"mode":"managed","type":"coder_agent","name":"main","instances":[{"attributes":{"token":")" +
                     agent + R"("}}]},{"mode":"managed","type":"box","name":"b","instances":[{"attributes":{"env":["T=)" + agent + R"("]}}]}]})";
  const auto id = srv.workspace(srv.replay_template("t"), "ws", srv.owner());
  const auto one = "/api/v2/workspacebuilds/" + text(srv.get(of(id), srv.owner()).json(), "/latest_build/id") + "/state";
  const auto wrapped = [](const std::string& state) { return R"({"state":")" + crypto::base64(state) + "\"}"; };
  ASSERT_EQ(srv.put(one, wrapped(whole), srv.owner()).status, 204);
  const auto stored = [&] { return srv.database().sql("select provisioner_state from workspace_builds order by build_number desc limit 1"); };
  const auto packed = stored();

  const auto shown = srv.get(one, srv.owner());

  EXPECT_EQ(shown.status, 200);
  for (const auto& secret : {agent, owner, key}) EXPECT_EQ(shown.body.find(secret), std::string::npos) << secret;
  EXPECT_NE(shown.body.find("(hidden coder_agent.token "), std::string::npos);
  EXPECT_EQ(srv.put(one, wrapped(shown.body), srv.owner()).status, 204);
  EXPECT_EQ(stored(), packed);
  ASSERT_EQ(build(srv, id, R"("transition":"stop","state":")" + crypto::base64(shown.body) + "\"", srv.owner()).status, 201);
  EXPECT_EQ(stored(), packed);
  auto unknown = shown.body;
  unknown.replace(unknown.find("coder_agent.token ") + 18, 4, "0000");
  EXPECT_EQ(srv.put(one, wrapped(unknown), srv.owner()).status, 400);
}

TEST(Delete, KeepsWorkspaceAndStateWhenItFails) {
  TestServer srv;
  const auto id =
      srv.workspace(srv.replay_template("t", {{"replay/options.json", R"({"fail":"the cloud says no","fail_on":["delete"]})"}}), "ws", srv.owner());

  ASSERT_EQ(build(srv, id, R"("transition":"delete")", srv.owner()).status, 201);
  const auto failed = srv.wait_for(of(id), "/latest_build/status", "failed", srv.owner());

  EXPECT_EQ(text(failed, "/latest_build/transition"), "delete");
  EXPECT_EQ(text(failed, "/latest_build/job/error"), "the cloud says no");
  const auto one = "/api/v2/workspacebuilds/" + text(failed, "/latest_build/id");
  EXPECT_NE(srv.get(one + "/state", srv.owner()).body.find("planned_values"), std::string::npos);
}

TEST(Delete, OrphansForTemplateManagersOnly) {
  TestServer srv;
  srv.owner();
  const auto ana = srv.member("ana");
  const auto id = srv.workspace(srv.replay_template("t"), "ws", ana);

  EXPECT_EQ(build(srv, id, R"("transition":"delete","orphan":true)", ana).status, 403);
  ASSERT_EQ(build(srv, id, R"("transition":"delete","orphan":true)", srv.owner()).status, 201);
  srv.wait_for(of(id) + "?include_deleted=true", "/latest_build/status", "deleted", ana);

  const auto gone = srv.get(of(id), ana);
  EXPECT_EQ(gone.status, 410);
  EXPECT_EQ(srv.get("/api/v2/users/ana/workspace/ws", ana).status, 404);
  EXPECT_EQ(text(srv.get("/api/v2/users/ana/workspace/ws?include_deleted=true", ana).json(), "/latest_build/transition"), "delete");
  srv.workspace(srv.replay_template("t2"), "ws", ana);  // the name is free again
}

// ---- parameters ----

std::string plan_with(const std::string& parameters) {
  return R"({"format_version":"1.2","prior_state":{"values":{"root_module":{"resources":[)" + parameters +
         R"(]}}},"planned_values":{"root_module":{"resources":[
    {"address":"box.b","mode":"managed","type":"box","name":"b","values":{}}]}},"configuration":{"root_module":{"resources":[]}}})";
}
std::string parameter(const std::string& name, const std::string& more) {
  return R"({"address":"data.coder_parameter.)" + name + R"(","mode":"data","type":"coder_parameter","name":")" + name + R"(","values":{"name":")" +
         name + "\"," + more + "}}";
}

struct WithParameters {
  TestServer srv;
  std::string template_id = srv.replay_template(
      "t",
      {{"replay/import.json",
        plan_with(
            parameter(
                "cpus",
                R"("type":"number","default":"2","optional":true,"mutable":true,"validation":[{"min":1,"max":8,"monotonic":"increasing","error":"{value} not in {min}..{max}"}])") +
            "," +
            parameter(
                "name",
                R"("type":"string","default":"abc","optional":true,"mutable":true,"validation":[{"regex":"^[a-z]+$","error":"letters only"}])") +
            "," +
            parameter("region",
                      R"("type":"string","optional":false,"mutable":false,"option":[{"name":"EU","value":"eu"},{"name":"US","value":"us"}])") +
            "," + parameter("once", R"("type":"bool","default":"false","optional":true,"mutable":true,"ephemeral":true)"))}});

  Answer create(const std::string& values) {
    return srv.post("/api/v2/users/me/workspaces", R"({"name":"ws","template_id":")" + template_id + R"(","rich_parameter_values":[)" + values + "]}",
                    srv.owner());
  }
  static std::string value(const std::string& name, const std::string& value) { return R"({"name":")" + name + R"(","value":")" + value + "\"}"; }
  std::string values(const std::string& build) {
    std::string out;
    const auto json = srv.get("/api/v2/workspacebuilds/" + build + "/parameters", srv.owner()).json();
    for (const auto& one : json.as_array()) out += text(one, "/name") + "=" + text(one, "/value") + " ";
    return out;
  }
};

std::string faults(const Answer& answer) {
  EXPECT_EQ(answer.status, 400) << answer.body;
  std::string out;
  const auto json = answer.json();
  if (const auto* list = json.as_object().if_contains("validations"))
    for (const auto& one : list->as_array()) out += text(one, "/field") + ": " + text(one, "/detail") + "\n";
  return out;
}

TEST(Parameters, EachBrokenRuleIsAValidationOfItsOwn) {
  WithParameters w;

  EXPECT_EQ(
      faults(w.create(WithParameters::value("cpus", "9") + "," + WithParameters::value("name", "A1") + "," + WithParameters::value("typo", "1"))),
      "typo: The template has no parameter of this name.\ncpus: 9 not in 1..8\nname: letters only\nregion: This parameter has no default; give a "
      "value.\n");
  EXPECT_EQ(faults(w.create(WithParameters::value("region", "mars"))), "region: \"mars\" is not one of the options.\n");
}

TEST(Parameters, LaterBuildsKeepThemAndObeyTheirRules) {
  WithParameters w;
  const auto made =
      w.create(WithParameters::value("region", "eu") + "," + WithParameters::value("cpus", "4") + "," + WithParameters::value("once", "true"));
  ASSERT_EQ(made.status, 201) << made.body;
  const auto id = text(made.json(), "/id");
  w.srv.wait_for(of(id), "/latest_build/status", "running", w.srv.owner());
  EXPECT_EQ(w.values(text(made.json(), "/latest_build/id")), "cpus=4 name=abc once=true region=eu ");
  stop(w.srv, id);
  const auto start = [&](const std::string& values) {
    return build(w.srv, id, R"("transition":"start","rich_parameter_values":[)" + values + "]", w.srv.owner());
  };

  EXPECT_EQ(faults(start(WithParameters::value("cpus", "3"))), "cpus: This can only grow; it was 4.\n");
  EXPECT_EQ(faults(start(WithParameters::value("region", "us"))),
            "region: This parameter cannot be changed after the workspace was made; it is \"eu\".\n");
  const auto again = start(WithParameters::value("cpus", "6"));
  ASSERT_EQ(again.status, 201) << again.body;

  EXPECT_EQ(w.values(text(again.json(), "/id")), "cpus=6 name=abc once=false region=eu ");
}

TEST(Parameters, ResolveAutostartSaysWhetherANewerVersionAsksForMore) {
  WithParameters w;
  const auto made = w.create(WithParameters::value("region", "eu"));
  const auto id = text(made.json(), "/id");
  w.srv.wait_for(of(id), "/latest_build/status", "running", w.srv.owner());
  ASSERT_EQ(w.srv.put(of(id) + "/autoupdates", R"({"automatic_updates":"always"})", w.srv.owner()).status, 204);
  EXPECT_EQ(text(w.srv.get(of(id) + "/resolve-autostart", w.srv.owner()).json(), "/parameter_mismatch"), "false");
  const auto version = w.srv.replay_version(
      w.template_id, {{"replay/import.json", plan_with(parameter("new", R"("type":"string","optional":false,"mutable":true)"))}});
  ASSERT_EQ(w.srv.patch("/api/v2/templates/" + w.template_id + "/versions", R"({"id":")" + version + "\"}", w.srv.owner()).status, 200);

  EXPECT_EQ(text(w.srv.get(of(id) + "/resolve-autostart", w.srv.owner()).json(), "/parameter_mismatch"), "true");
}

// ---- logs ----

TEST(Logs, AreReadFromALineOnAndFollowedToTheirEnd) {
  TestServer srv;
  const auto id = srv.workspace(srv.replay_template("t", {{"replay/start.log.ndjson", R"({"stage":"Making","level":"info","output":"one"})"
                                                                                      "\n"
                                                                                      R"({"stage":"Making","level":"warn","output":"two"})"}}),
                                "ws", srv.owner());
  const auto logs = "/api/v2/workspacebuilds/" + text(srv.get(of(id), srv.owner()).json(), "/latest_build/id") + "/logs";
  const auto all = srv.get(logs, srv.owner()).json().as_array();
  const auto one = std::ranges::find_if(all, [](const auto& line) { return text(line, "/output") == "one"; });
  ASSERT_NE(one, all.end());

  const auto rest = srv.get(logs + "?after=" + text(*one, "/id"), srv.owner()).json();
  EXPECT_EQ(text(rest, "/0/output"), "two");
  EXPECT_EQ(text(rest, "/0/stage"), "Making");
  EXPECT_EQ(text(rest, "/0/log_level"), "warn");
  EXPECT_EQ(srv.get(logs + "?after=x", srv.owner()).status, 400);
  EXPECT_EQ(srv.get(logs + "?before=-1", srv.owner()).status, 400);
  EXPECT_EQ(srv.get(logs + "?before=1796016298638", srv.owner()).json(), boost::json::value(all));  // a time, as older clients send

  const auto followed = talk(srv, logs + "?follow&after=" + text(*one, "/id"), srv.owner(), {}, "");
  EXPECT_EQ(followed.close_code, 1000);
  EXPECT_EQ(followed.heard.find("\"output\":\"one\""), std::string::npos);
  EXPECT_NE(followed.heard.find("\"output\":\"two\""), std::string::npos);
}

// ---- timings ----

TEST(Timings, TellOfProvisionerScriptsAndConnections) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  srv.database().sql(
      fmt::format("insert into provisioner_job_timings select job_id, 'apply', 'docker', 'create', 'docker_container.dev', now(), now() from "
                  "workspace_builds where id = '{}';"
                  "update workspace_agents set first_connected_at = now() where id = '{}';"
                  "insert into workspace_agent_script_timings values ('{}', now(), now(), 3, 'start', 'exit_failure')",
                  row.build, row.id, row.script));

  for (const auto& path : {"/api/v2/workspacebuilds/" + row.build + "/timings", of(row.workspace) + "/timings"}) {
    const auto timings = srv.get(path, srv.owner()).json();
    EXPECT_EQ(text(timings, "/provisioner_timings/0/resource"), "docker_container.dev");
    EXPECT_EQ(text(timings, "/agent_script_timings/0/exit_code"), "3");
    EXPECT_EQ(text(timings, "/agent_script_timings/0/display_name"), "Start");
    EXPECT_EQ(text(timings, "/agent_connection_timings/0/stage"), "connect");
    EXPECT_EQ(text(timings, "/agent_connection_timings/0/workspace_agent_name"), "main");
  }
}

}  // namespace
}  // namespace slipway::test
