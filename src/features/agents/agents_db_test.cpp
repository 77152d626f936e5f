#include "support/fake_clock.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = value.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->as_string()) : found ? boost::json::serialize(*found) : "(absent)";
}

const std::string kMe = "/api/v2/workspaceagents/me";

TEST(AgentToken, EachWayOfNotBeingOneHasItsWords) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  EXPECT_EQ(text(srv.call("GET", kMe + "/manifest").json(), "/message"), "Cookie \"coder_session_token\" must be provided.");
  EXPECT_EQ(text(srv.call("GET", kMe + "/manifest", {}, "nonsense").json(), "/detail"), "An agent token must be a valid UUIDv4. (len 8)");
  EXPECT_EQ(text(srv.call("GET", kMe + "/manifest", {}, Uuid::random().str()).json(), "/message"), "Workspace agent not authorized.");
}

TEST(AgentToken, EndsWhenAnotherBuildIsTheNewest) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  ASSERT_EQ(srv.get(kMe + "/manifest", row.agent()).status, 200);

  add_build(srv, row, "stop");

  EXPECT_EQ(srv.get(kMe + "/manifest", row.agent()).status, 401);
}

TEST(AgentManifest, TellsWhatTheTemplateAsksFor) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  const auto manifest = srv.get(kMe + "/manifest", row.agent()).json();

  EXPECT_EQ(text(manifest, "/agent_id"), row.id);
  EXPECT_EQ(text(manifest, "/agent_name"), "main");
  EXPECT_EQ(text(manifest, "/owner_name"), "owner");
  EXPECT_EQ(text(manifest, "/workspace_id"), row.workspace);
  EXPECT_EQ(text(manifest, "/scripts/0/id"), row.script);
  EXPECT_EQ(text(manifest, "/scripts/0/log_source_id"), row.source);
  EXPECT_EQ(text(manifest, "/metadata/0/key"), "load");
  EXPECT_EQ(text(manifest, "/metadata/0/interval"), "10");
  EXPECT_EQ(text(manifest, "/apps/0/slug"), "web");
}

TEST(AgentLifecycle, StartingClearsReadyAtAndAnErrorSetsBoth) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const auto report = [&](const std::string& state) {
    return srv.post(kMe + "/report-lifecycle", R"({"state":")" + state + "\"}", row.agent()).status;
  };

  ASSERT_EQ(report("start_error"), 204);
  auto seen = srv.get(row.path(), srv.owner()).json();
  EXPECT_EQ(text(seen, "/lifecycle_state"), "start_error");
  EXPECT_NE(text(seen, "/started_at"), "(absent)");
  EXPECT_NE(text(seen, "/ready_at"), "(absent)");

  ASSERT_EQ(report("starting"), 204);
  seen = srv.get(row.path(), srv.owner()).json();
  EXPECT_NE(text(seen, "/started_at"), "(absent)");
  EXPECT_TRUE(text(seen, "/ready_at") == "(absent)" || text(seen, "/ready_at") == "null");

  const auto refused = srv.post(kMe + "/report-lifecycle", R"({"state":"asleep"})", row.agent());
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(refused.json(), "/message"), "Invalid lifecycle state.");
}

TEST(AgentStartup, VersionIsChecked) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  const auto good =
      srv.post(kMe + "/startup", R"({"version":"v1.2.3","expanded_directory":"/home/dev","subsystems":["envbox","envbox"]})", row.agent());
  const auto bad = srv.post(kMe + "/startup", R"({"version":"1.2.3","expanded_directory":"","subsystems":[]})", row.agent());

  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.body, "null");
  EXPECT_EQ(text(bad.json(), "/message"), "Invalid workspace agent version provided.");
  const auto seen = srv.get(row.path(), srv.owner()).json();
  EXPECT_EQ(text(seen, "/expanded_directory"), "/home/dev");
  EXPECT_EQ(text(seen, "/subsystems"), R"(["envbox"])");
}

TEST(AgentLogs, TheLimitIsExactToTheByte) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const auto send = [&](std::size_t bytes) {
    return srv.patch(kMe + "/logs", R"({"log_source_id":")" + row.source + R"(","logs":[{"output":")" + std::string(bytes, 'x') + R"("}]})",
                     row.agent());
  };

  EXPECT_EQ(send(1048575).status, 200);
  EXPECT_EQ(send(1).status, 200);
  const auto first = send(1), second = send(1);

  EXPECT_EQ(first.status, 413);
  EXPECT_EQ(first.body, R"({"message":"Logs limit exceeded"})");
  EXPECT_EQ(second.status, 413);
  EXPECT_NE(second.body, first.body);
  const auto seen = srv.get(row.path(), srv.owner()).json();
  EXPECT_EQ(text(seen, "/logs_length"), "1048576");
  EXPECT_EQ(text(seen, "/logs_overflowed"), "true");
}

TEST(AgentLogs, AnAbsentSourceIsTheExternalOne) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  EXPECT_EQ(srv.patch(kMe + "/logs", R"({"logs":[{"output":"one","level":"warn"},{"output":"two"}]})", row.agent()).status, 200);
  EXPECT_EQ(srv.patch(kMe + "/logs", R"({"logs":[]})", row.agent()).status, 400);

  const auto lines = srv.get(row.path() + "/logs", srv.owner()).json();
  EXPECT_EQ(text(lines, "/0/output"), "one");
  EXPECT_EQ(text(lines, "/0/level"), "warn");
  EXPECT_EQ(text(lines, "/1/level"), "info");
  EXPECT_EQ(text(lines, "/1/source_id"), "3b579bf4-1ed8-4b99-87a8-e9a1e3410410");
  EXPECT_EQ(srv.get(row.path() + "/logs?after=-1", srv.owner()).status, 400);
}

TEST(AgentLogSource, IsMadeOnceAndAnsweredTheSame) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const std::string body = R"({"id":")" + Uuid::random().str() + R"(","display_name":"Dotfiles","icon":"/i.svg"})";

  const auto first = srv.post(kMe + "/log-source", body, row.agent()), second = srv.post(kMe + "/log-source", body, row.agent());

  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(first.body, second.body);
}

TEST(AgentMetadata, OnlyDeclaredKeysAreKeptAndLongValuesAreCut) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const std::string body =
      R"({"metadata":[{"key":"load","value":")" + std::string(2049, 'x') + R"(","error":""},{"key":"other","value":"1","error":""}]})";

  EXPECT_EQ(srv.post(kMe + "/metadata", body, row.agent()).status, 204);

  const std::string kept = "select length(value)::text || ' ' || error from workspace_agent_metadata";
  const auto until = std::chrono::steady_clock::now() + Seconds(20);  // reports are stored together, soon after they came
  while (srv.database().sql(kept) == "0 " && std::chrono::steady_clock::now() < until) breathe();
  EXPECT_EQ(srv.database().sql(kept), "2048 value of 2049 bytes exceeded 2048 bytes");
}

TEST(AgentAppHealth, EachWrongReportHasItsWordsAndAnUnchangedOneWritesNothing) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const auto report = [&](const std::string& id, const std::string& health) {
    return srv.post(kMe + "/app-health", R"({"Healths":{")" + id + R"(":")" + health + R"("}})", row.agent());
  };

  EXPECT_EQ(report(row.app, "healthy").status, 200);
  const auto version = srv.database().sql("select xmin::text from workspace_apps");
  EXPECT_EQ(report(row.app, "healthy").status, 200);
  EXPECT_EQ(srv.database().sql("select xmin::text from workspace_apps"), version);
  EXPECT_EQ(text(srv.get(row.path(), srv.owner()).json(), "/apps/0/health"), "healthy");
  EXPECT_EQ(text(report(row.id, "healthy").json(), "/detail"), "workspace app name " + row.id + " not found");
  EXPECT_EQ(report(row.app, "fine").status, 400);
  EXPECT_EQ(text(srv.post(kMe + "/app-health", "{}", row.agent()).json(), "/message"), "Health field is empty");
}

TEST(AgentScripts, TimingsShowAsTheScriptsOutcome) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const std::string body =
      R"({"script_id":")" + row.script +
      R"(","started_at":"2026-01-01T00:00:00Z","ended_at":"2026-01-01T00:00:01Z","exit_code":3,"stage":"start","status":"exit_failure"})";

  EXPECT_EQ(srv.post(kMe + "/script-timings", body, row.agent()).status, 204);

  const auto seen = srv.get(row.path(), srv.owner()).json();
  EXPECT_EQ(text(seen, "/scripts/0/exit_code"), "3");
  EXPECT_EQ(text(seen, "/scripts/0/status"), "exit_failure");
  EXPECT_EQ(text(seen, "/startup_script_behavior"), "blocking");
}

TEST(AgentConnections, ConnectAndDisconnectAreOneRow) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const auto id = Uuid::random().str();
  const auto report = [&](const std::string& action) {
    return srv
        .post(kMe + "/connections",
              R"({"id":")" + id + R"(","action":")" + action +
                  R"(","type":"ssh","timestamp":"2026-01-01T00:00:00Z","ip":"localhost","status_code":7,"reason":"bye"})",
              row.agent())
        .status;
  };

  EXPECT_EQ(report("connect"), 204);
  EXPECT_EQ(report("disconnect"), 204);

  EXPECT_EQ(srv.database().sql("select count(*) || ' ' || max(code) || ' ' || max(ip) || ' ' || max(disconnect_reason) from connection_logs"),
            "1 7 127.0.0.1 bye");
}

TEST(AgentBounds, SoManyLogSourcesAndNoneWithALargeIcon) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const auto add = [&](const std::string& id, const std::string& icon) {
    return srv.post(kMe + "/log-source", R"({"id":")" + id + R"(","display_name":"x","icon":")" + icon + "\"}", row.agent()).status;
  };
  srv.database().sql("insert into workspace_agent_log_sources (workspace_agent_id, id, display_name, created_at) select '" + row.id +
                     "', gen_random_uuid(), 'x', now() from generate_series(1, 98)");

  EXPECT_EQ(add(Uuid::random().str(), std::string(1025, 'i')), 400);
  const auto last = Uuid::random().str();
  EXPECT_EQ(add(last, std::string(1024, 'i')), 201);

  EXPECT_EQ(add(Uuid::random().str(), ""), 413);
  EXPECT_EQ(add(last, ""), 201) << "one that is there may be said again";
  EXPECT_EQ(srv.database().sql("select count(*) from workspace_agent_log_sources"), "100");
}

TEST(AgentBounds, TheLastHundredStatusesAndTimingsAreKept) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  srv.database().sql(
      "insert into workspace_app_statuses (id, agent_id, app_id, workspace_id, state, message, created_at) select gen_random_uuid(), a.agent_id, "
      "a.id,"
      " '" +
      row.workspace + "', 'working', 'm' || n, now() - n * interval '1 minute' from workspace_apps a, generate_series(1, 150) n where a.id = '" +
      row.app + "'");
  srv.database().sql("insert into workspace_agent_script_timings (script_id, started_at, ended_at, exit_code, stage, status) select '" + row.script +
                     "', now() - n * interval '1 minute', now(), 0, 'cron', 'ok' from generate_series(1, 150) n");

  EXPECT_EQ(srv.patch(kMe + "/app-status", R"({"app_slug":"web","state":"working","message":"newest","uri":""})", row.agent()).status, 200);
  EXPECT_EQ(
      srv.post(kMe + "/script-timings", R"({"script_id":")" + row.script + R"(","stage":"cron","status":"ok","exit_code":0})", row.agent()).status,
      204);

  EXPECT_EQ(
      srv.database().sql("select count(*) || ' ' || bool_or(message = 'newest') || ' ' || bool_or(message = 'm99') from workspace_app_statuses"),
      "100 true true");
  EXPECT_EQ(srv.database().sql("select count(*) from workspace_agent_script_timings"), "100");
}

TEST(AgentBounds, AStatusLinksToNoScript) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  const auto refused = srv.patch(kMe + "/app-status", R"({"app_slug":"web","state":"working","message":"m","uri":"javascript:alert"})", row.agent());

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(refused.json(), "/validations/0/field"), "uri");
}

TEST(AgentBounds, AConnectionIsNeitherInTheFutureNorOfManyWords) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const std::string body = R"({"id":")" + Uuid::random().str() +
                           R"(","action":"disconnect","type":"ssh","timestamp":"2100-01-01T00:00:00Z","ip":"::1","reason":")" +
                           std::string(5000, 'r') + "\"}";

  EXPECT_EQ(srv.post(kMe + "/connections", body, row.agent()).status, 204);

  EXPECT_EQ(srv.database().sql("select (connect_time < now() + interval '1 minute') || ' ' || length(disconnect_reason) from connection_logs"),
            "true 160");
}

TEST(AgentBounds, SoManyConnectionsADay) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const auto report = [&](const std::string& id, const std::string& action, const std::string& at) {
    return srv
        .post(kMe + "/connections", R"({"id":")" + id + R"(","action":")" + action + R"(","type":"ssh","timestamp":")" + at + R"(","ip":"::1"})",
              row.agent())
        .status;
  };
  const auto last = Uuid::random().str();
  ASSERT_EQ(report(last, "connect", to_rfc3339(system_clock().now())), 204);
  srv.database().sql(
      "insert into connection_logs (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, ip, "
      "connection_id) select gen_random_uuid(), now(), organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, ip, "
      "gen_random_uuid() from connection_logs, generate_series(1, 4999)");

  EXPECT_EQ(report(Uuid::random().str(), "connect", to_rfc3339(system_clock().now())), 413);
  EXPECT_EQ(report(Uuid::random().str(), "disconnect", "1999-01-01T00:00:00Z"), 413) << "nor one that says it is older";
  EXPECT_EQ(report(last, "disconnect", to_rfc3339(system_clock().now())), 204) << "one that is there may end";
  EXPECT_EQ(srv.database().sql("select count(*) || ' ' || count(disconnect_time) from connection_logs"), "5000 1");
}

// Says one request many times over one connection; how often each status was the answer.
std::map<std::string, int> say_often(TestServer& srv, const std::string& request, int times) {
  constexpr int kAtOnce = 100;
  RawSocket socket(srv.url());
  std::map<std::string, int> answers;
  const std::string head = "HTTP/1.1 ";
  for (int said = 0; said < times; said += kAtOnce) {
    const int now = std::min(kAtOnce, times - said);
    std::string requests, heard;
    for (int i = 0; i < now; ++i) requests += request;
    socket.send(requests);
    for (int ends = 0; ends < now;) {
      const auto piece = socket.read();
      if (piece.empty()) return answers;
      heard += piece;
      ends = 0;
      for (auto at = heard.find("\r\n\r\n"); at != heard.npos; at = heard.find("\r\n\r\n", at + 4)) ++ends;
    }
    for (auto at = heard.find(head); at != heard.npos; at = heard.find(head, at + 1)) ++answers[heard.substr(at + head.size(), 3)];
  }
  return answers;
}

TEST(AgentBounds, EachAgentHasARateOfItsOwn) {
  const FakeClock clock;  // the minute that is counted does not pass
  TestServer srv([](server::Config& config) { config.api_rate_limit = 512; }, clock);
  const auto busy = add_agent(srv, srv.owner(), "ws"), calm = add_agent(srv, srv.owner(), "other");
  const auto report =
      fmt::format("POST {}/app-health HTTP/1.1\r\nHost: 127.0.0.1\r\nCoder-Session-Token: {}\r\nContent-Length: 2\r\n\r\n{{}}", kMe, busy.token);

  const auto answers = say_often(srv, report, 1210);

  EXPECT_EQ(answers, (std::map<std::string, int>{{"400", 1200}, {"429", 10}}));
  EXPECT_EQ(srv.post(kMe + "/app-health", "{}", calm.agent()).status, 400);
}

TEST(AgentStats, UseMovesTheWorkspacesLastUseAndDeadline) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  srv.database().sql(
      "update workspaces set last_used_at = now() - interval '1 day'; update workspace_builds set deadline = now() + interval '1 minute'");

  const auto quiet = srv.post(kMe + "/report-stats", "{}", row.agent());
  EXPECT_EQ(quiet.body, R"({"report_interval":30000000000})");
  EXPECT_EQ(srv.database().sql("select count(*)::text from workspace_agent_stats"), "0");

  EXPECT_EQ(srv.post(kMe + "/report-stats", R"({"session_count_ssh":1,"connection_count":1})", row.agent()).status, 200);
  EXPECT_EQ(srv.database().sql("select (last_used_at > now() - interval '1 hour')::text from workspaces"), "true");
  EXPECT_EQ(srv.database().sql("select (deadline > now() + interval '50 minutes')::text from workspace_builds"), "true");
}

TEST(AgentStats, SessionsAreKeptByTheirKind) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  EXPECT_EQ(
      srv.post(kMe + "/report-stats",
               R"({"session_count_vscode":1,"session_count_jetbrains":2,"session_count_reconnecting_pty":3,"session_count_ssh":4})", row.agent())
          .status,
      200);

  EXPECT_EQ(
      srv.database().sql("select concat_ws(' ', session_count_vscode, session_count_jetbrains, session_count_reconnecting_pty, session_count_ssh) "
                         "from workspace_agent_stats"),
      "1 2 3 4");
}

TEST(AgentExternalAuth, HasItsThreeErrors) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const auto say = [&](const std::string& query) { return text(srv.get(kMe + "/external-auth" + query, row.agent()).json(), "/message"); };

  EXPECT_EQ(say(""), "'url' or 'id' must be provided!");
  EXPECT_EQ(say("?id=a&match=b"), "'url' and 'id' cannot be provided together!");
  EXPECT_EQ(say("?match=github.com"), "No matching external auth provider found in Coder for the url \"github.com\".");
}

}  // namespace
}  // namespace slipway::test
