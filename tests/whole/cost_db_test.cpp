// What the commonest requests spend, authentication included: statements, round trips to PostgreSQL, decisions. A number may
// fall; whoever raises one says why in the change.
#include "whole/world.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

struct Budget {
  std::string what, method, path, body, token;
  int status, sql, trips, rbac;
};

TEST(RequestCost, OfTheCommonestRequestsIsWhatItWas) {
  TestServer server;
  const World world(server);
  const auto& member = world.actors[1].person;
  const auto& has = world.of.at(member.username);
  const std::string agent = "/api/v2/workspaceagents/me/";
  const std::vector<Budget> budgets{
      {"who am I", "GET", "/api/v2/users/me", "", member.token, 200, 1, 1, 1},
      // The first time one statement more than what the answer shows is read by: which rows, and whether they are kept. Then that one alone.
      {"my workspaces", "GET", "/api/v2/workspaces?q=owner:me", "", member.token, 200, 11, 11, 5},
      {"my workspaces again", "GET", "/api/v2/workspaces?q=owner:me", "", member.token, 200, 2, 2, 2},
      {"a workspace", "GET", "/api/v2/workspaces/" + has.workspace, "", member.token, 200, 10, 10, 2},
      {"a workspace by its name", "GET", "/api/v2/users/me/workspace/" + has.workspace_name, "", member.token, 200, 10, 10, 2},
      // The row decides, another statement brings the statistics that only these answers show.
      {"the templates", "GET", "/api/v2/templates", "", member.token, 200, 3, 3, 2},
      {"a template", "GET", "/api/v2/templates/" + world.here.template_id, "", member.token, 200, 3, 3, 2},
      {"a build's log", "GET", "/api/v2/workspacebuilds/" + has.build + "/logs", "", member.token, 200, 3, 3, 2},
      {"what may I", "POST", "/api/v2/authcheck", R"({"checks":{"k":{"object":{"resource_type":"workspace","owner_id":"me"},"action":"create"}}})",
       member.token, 200, 1, 1, 1},
      {"an agent's manifest", "GET", agent + "manifest", "", has.agent_token, 200, 11, 11, 1},
      {"an agent's statistics", "POST", agent + "report-stats", R"({"connection_count":1})", has.agent_token, 200, 4, 5, 1},
      {"an agent's metadata", "POST", agent + "metadata", R"({"metadata":[{"key":"load","value":"1","error":""}]})", has.agent_token, 204, 1, 1, 1},
      {"a new chat", "POST", "/api/v2/chats",
       fmt::format(R"({{"organization_id":"{}","content":[{{"type":"text","text":"go"}}]}})", world.here.organization), member.token, 201, 3, 3, 1},
      {"the chats", "GET", "/api/v2/chats", "", member.token, 200, 2, 2, 1},
      {"a chat", "GET", "/api/v2/chats/" + has.chat, "", member.token, 200, 2, 2, 1},
      {"the version", "GET", "/api/v2/buildinfo", "", "", 200, 0, 0, 0},
  };

  for (const auto& [what, method, path, body, token, status, sql, trips, rbac] : budgets) {
    const auto answer = server.call(method, path, body, token);
    const auto cost = server.cost(answer);

    EXPECT_EQ(answer.status, status) << what << ": " << answer.body;
    EXPECT_EQ(std::make_tuple(cost.sql, cost.trips, cost.rbac), std::make_tuple(sql, trips, rbac)) << what << " (statements, round trips, decisions)";
  }
}

// Five more of everything that the lists below show to whoever sees all of the default organization.
void add_rows(World& world) {
  for (int i = 0; i < 5; ++i) world.add_person(fmt::format("more-{}", i), "", world.here, "");
  world.server.database().sql(
      fmt::format("insert into templates (id, organization_id, name, active_version_id, created_by, group_acl, created_at, updated_at)"
                  " select gen_random_uuid(), organization_id, 'more-' || n, active_version_id, created_by, group_acl, now(), now()"
                  " from templates, generate_series(1, 5) n where id = '{}'",
                  world.here.template_id));
  world.server.database().sql(
      fmt::format("with jobs as (insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags,"
                  " created_at, updated_at, started_at, completed_at) select gen_random_uuid(), organization_id, initiator_id, type, provisioner,"
                  " file_id, input, tags, created_at, updated_at, started_at, completed_at from provisioner_jobs, generate_series(1, 5)"
                  " where id = '{}' returning id)"
                  " insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)"
                  " select gen_random_uuid(), v.template_id, v.organization_id, jobs.id::text, jobs.id, v.created_by, now(), now()"
                  " from jobs, template_versions v where v.id = '{}'",
                  world.here.import, world.here.version));
  world.server.database().sql(
      fmt::format("insert into groups (id, organization_id, name, created_at) select gen_random_uuid(), '{}', 'more-' || n, now() from"
                  " generate_series(1, 5) n",
                  world.here.organization));
  const auto& mem = world.of.at("mem");
  world.server.database().sql(
      fmt::format("with jobs as (insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags,"
                  " created_at, updated_at, started_at, completed_at) select gen_random_uuid(), organization_id, initiator_id, type, provisioner,"
                  " file_id, input, tags, created_at, updated_at, started_at, completed_at from provisioner_jobs, generate_series(1, 5)"
                  " where id = '{}' returning id)"
                  " insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at,"
                  " updated_at) select gen_random_uuid(), b.workspace_id, b.template_version_id, 1 + row_number() over (), 'start', b.initiator_id,"
                  " jobs.id, now(), now() from jobs, workspace_builds b where b.id = '{}'",
                  mem.job, mem.build));
}

// A page of many costs as much as a page of few: nothing is asked row by row.
TEST(RequestCost, OfAListDoesNotGrowWithItsRows) {
  TestServer server;
  World world(server);
  const std::vector<std::string> lists{"/api/v2/workspaces",
                                       "/api/v2/templates",
                                       "/api/v2/users",
                                       "/api/v2/organizations/default/members",
                                       "/api/v2/templates/" + world.here.template_id + "/versions",
                                       "/api/v2/groups",
                                       "/api/v2/workspaces/" + world.of.at("mem").workspace + "/builds",
                                       "/api/v2/organizations/default/provisionerjobs?limit=100",
                                       "/api/v2/audit?limit=100",
                                       "/api/v2/connectionlog?limit=100"};
  const std::vector<Actor> callers{world.actors[0], world.actors[5]};  // of the site, of the organization
  const auto ask = [&] {
    std::vector<Answer> answers;
    for (const auto& caller : callers)
      for (const auto& path : lists) answers.push_back(server.get(path, caller.person));
    return answers;
  };

  const auto few = ask();
  add_rows(world);
  const auto many = ask();

  for (std::size_t i = 0; i < few.size(); ++i) {
    const auto what = callers[i / lists.size()].column + " " + lists[i % lists.size()];
    ASSERT_EQ(few[i].status, 200) << what << few[i].body;
    ASSERT_EQ(many[i].status, 200) << what << many[i].body;
    EXPECT_GT(many[i].body.size(), few[i].body.size()) << what;
    const auto of_few = server.cost(few[i]), of_many = server.cost(many[i]);
    EXPECT_EQ(std::make_pair(of_few.sql, of_few.rbac), std::make_pair(of_many.sql, of_many.rbac)) << what;
  }
}

// Requests do not pay for it: when a key and its person were last seen is written a few seconds later.
TEST(LastUse, OfAKeyAndItsPersonIsWrittenBesideTheRequests) {
  TestServer server;
  const auto alice = server.member("alice");
  const auto seen = [&] {
    return server.database().sql(
        "select count(*) from api_keys k join users u on u.id = k.user_id where u.username = 'alice'"
        " and u.status = 'active' and least(k.last_used, u.last_seen_at) > now() - interval '1 hour'");
  };
  server.database().sql(
      "update api_keys set last_used = now() - interval '1 day'; update users set last_seen_at = now() - interval '1 day', status = 'dormant' where "
      "username = 'alice'");
  ASSERT_EQ(seen(), "0");

  ASSERT_EQ(server.get("/api/v2/users/me", alice).status, 200);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (seen() != "1" && std::chrono::steady_clock::now() < until) breathe();

  EXPECT_EQ(seen(), "1");
}

}  // namespace
}  // namespace slipway::test
