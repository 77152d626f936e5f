// What the tests of claims share: a template whose preset has a pool, members of it as a reconciler leaves them, and a daemon that the test
// speaks for. The reconciler itself is switched off. Only *_test.cpp include it.
#pragma once

#include "support/replay.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <thread>

namespace slipway::test {
namespace claim_rig {  // the names are short: other features' tests have such, too

inline const std::string kPoolsOwner = "c42fdf75-3097-471c-8c33-fb52454d81c0";

inline std::string text(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = value.find_pointer(pointer, ec);
  return !found ? "(absent)" : found->is_string() ? std::string(found->as_string()) : boost::json::serialize(*found);
}
inline std::string of(const std::string& workspace) { return "/api/v2/workspaces/" + workspace; }

struct Member {
  std::string workspace = Uuid::random().str(), build = Uuid::random().str(), job = Uuid::random().str();
  std::string resource = Uuid::random().str(), agent = Uuid::random().str(), token = Uuid::random().str();
  Person as_agent() const { return {agent, "agent", token}; }
};

struct Pool {
  // `imported` is further JSON of the import's outcome, each member after a comma.
  explicit Pool(const std::string& imported = {}, std::function<void(server::Config&)> change = {})
      : srv([change = std::move(change)](server::Config& config) {
          config.provisioner_daemons = 0;
          config.prometheus_address = "127.0.0.1:0";
          if (change) change(config);
        }) {
    sql("insert into site_settings (key, value) values ('prebuilds_settings', '{\"reconciliation_paused\":true}')");
    const auto made = srv.post("/api/v2/organizations/default/provisionerkeys", R"({"name":"mine","tags":{}})", srv.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    key = text(made.json(), "/key");
    ana = srv.member("ana");
    version = new_version(imported);
    template_id = make_template(srv, "box", version);
    preset = sql("select id from template_version_presets where template_version_id = '" + version + "' and name = 'small'");
  }

  std::string sql(const std::string& statement) { return srv.database().sql(statement); }

  // A version whose preset "small" has a pool.
  std::string new_version(const std::string& imported = {}, const std::string& more = {}) {
    auto made = post_version(srv, small_files(), more);
    end(take(), R"({"outcome":{"presets":[{"name":"small","prebuild_instances":2})" + (imported.empty() ? "]" : imported) + "}}");
    return made;
  }

  // A ready one, so many seconds old.
  Member add(int age = 60, int cost = 0) {
    Member m;
    sql(fmt::format(
        "insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at, "
        "started_at,"
        " completed_at) select '{0}', j.organization_id, '{1}', 'workspace_build', 'replay', j.file_id, '{{}}', j.tags, now(), now(), now(), now()"
        " from template_versions v join provisioner_jobs j on j.id = v.job_id where v.id = '{2}';"
        "insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at)"
        " select '{3}', '{1}', t.organization_id, t.id, 'prebuild-' || left('{3}', 8), now(), now() - interval '{4} s', now() from templates t"
        " where t.id = '{5}';"
        "insert into workspace_builds (id, workspace_id, template_version_id, template_version_preset_id, build_number, transition, initiator_id,"
        " job_id, daily_cost, created_at, updated_at) values ('{6}', '{3}', '{2}', '{7}', 1, 'start', '{1}', '{0}', {8}, now(), now())",
        m.job, kPoolsOwner, version, m.workspace, age, template_id, m.build, preset, cost));
    sql(fmt::format(
        "insert into workspace_resources (id, job_id, transition, type, name, created_at) values ('{0}', '{1}', 'start', 'box', 'b', now());"
        "insert into workspace_agents (id, resource_id, name, architecture, operating_system, auth_token, lifecycle_state, created_at, updated_at)"
        " values ('{2}', '{0}', 'main', 'amd64', 'linux', '{3}', 'ready', now(), now())",
        m.resource, m.job, m.agent, m.token));
    return m;
  }

  std::string wish(const std::string& name, const std::string& more = {}) const {
    return fmt::format(R"({{"name":"{}","template_id":"{}","template_version_preset_id":"{}"{}}})", name, template_id, preset, more);
  }
  Answer create(const std::string& name, const std::string& more = {}) { return create(name, ana, more); }
  Answer create(const std::string& name, const Person& who, const std::string& more = {}) {
    return srv.post("/api/v2/users/me/workspaces", wish(name, more), who);
  }

  // The next job, as the daemon is told of it.
  boost::json::value take() {
    const auto taken = daemon("/acquire", fmt::format(R"({{"name":"one","version":"v","engines":["replay"],"request":"{}"}})", Uuid::random().str()));
    EXPECT_EQ(taken.status, 200) << taken.body;
    return taken.status == 200 ? taken.json() : boost::json::value(boost::json::object{});
  }
  Answer end(const boost::json::value& job, const std::string& body) { return daemon("/jobs/" + text(job, "/id") + "/end", body); }
  // A build that made one agent "main" with this token.
  static std::string built(const std::string& token, const std::string& more = {}) {
    return R"({"outcome":{"state":"","resources":[{"type":"box","name":"b","agents":[{"name":"main","auth":"token","token":")" + token + R"("}]}])" +
           more + "}}";
  }
  Answer daemon(const std::string& path, const std::string& body) {
    return srv.call("POST", "/api/v2/provisionerdaemons/me" + path, body, {}, {{"Coder-Provisioner-Daemon-Key", key}});
  }

  std::string owner_of(const std::string& workspace) {
    return sql("select u.username from workspaces w join users u on u.id = w.owner_id where w.id = '" + workspace + "'");
  }
  Answer reinit(const Member& member, const std::string& started_as = {}) {
    return srv.call("GET", "/api/v2/workspaceagents/me/reinit" + (started_as.empty() ? "" : "?agent_id=" + started_as), {}, member.token);
  }

  TestServer srv;
  std::string key, version, template_id, preset;
  Person ana;
};

}  // namespace claim_rig

using namespace claim_rig;

}  // namespace slipway::test
