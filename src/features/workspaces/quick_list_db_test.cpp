// The quick way of the list gives the bytes of the plain way, whatever changed; costs what changed; and shows nothing old or forbidden.
#include "support/exposition.hpp"
#include "support/fake_clock.hpp"
#include "support/meanwhile.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

#include <random>

namespace slipway::test {
namespace {

constexpr const char* kList = "/api/v2/workspaces";

// All servers of a database keep rows ready but the second.
std::function<void(server::Config&)> second_plain() {
  return [servers = std::make_shared<int>(0)](server::Config& config) { config.workspace_list_memory = ++*servers == 2 ? 0 : 16; };
}

struct QuickList : ::testing::Test {
  std::string sql(const std::string& text) { return quick.database().sql(text); }
  double rows_from(const std::string& from) {
    return Exposition(quick.get("/api/v2/debug/metrics", owner).body).value("slipway_workspace_list_rows_total{from=\"" + from + "\"}");
  }
  std::vector<std::string> names(const Person& who, const std::string& query = "") {
    std::vector<std::string> all;
    const auto list = quick.get(kList + query, who).json();
    for (const auto& row : list.at("workspaces").as_array()) all.emplace_back(row.at("name").as_string());
    return all;
  }

  FakeClock clock;
  TestServer quick{second_plain(), clock};
  TestServer plain{quick};
  const Person& owner = quick.owner();
};

// One change of what the list shows, or of who may see it, by chance.
class Changes {
 public:
  Changes(QuickList& test, unsigned seed) : test_(test), dice_(seed) {
    for (const char* name : {"alice", "bo"}) people_.push_back(test.quick.member(name));
    people_.push_back(test.owner);
    for (int i = 0; i < 6; ++i) rows_.push_back(add_agent(test.quick, people_[static_cast<std::size_t>(i) % 3], fmt::format("w{}", i)));
    test.sql("update workspaces set due_at = 'infinity'");  // nothing but these changes happens
  }

  const Person& somebody() { return people_[below(people_.size())]; }
  std::size_t below(std::size_t limit) { return dice_() % limit; }

  // What it did, for whoever reads why a test failed.
  std::string one() {
    const auto& row = rows_[below(rows_.size())];
    const auto kind = below(5);
    const auto text = kind == 0   ? of_workspace(row)
                      : kind == 1 ? of_build(row)
                      : kind == 2 ? of_agent(row)
                      : kind == 3 ? beside(row)
                                  : of_others(row);
    if (!text.empty()) test_.sql(text);
    return text;
  }

 private:
  std::string number() { return std::to_string(++serial_); }  // names stay unlike each other
  std::string later() { return fmt::format("now() + interval '{} days'", 1 + below(60)); }
  std::string moment() { return fmt::format("'{}'::timestamptz - interval '{} seconds'", now(), below(60)); }
  std::string now() {
    return test_.sql(fmt::format("select to_timestamp({})", std::chrono::duration<double>(test_.clock.now().time_since_epoch()).count()));
  }

  std::string of_workspace(const AgentRow& row) {
    const auto set = [&](const std::string& what) { return fmt::format("update workspaces set {} where id = '{}'", what, row.workspace); };
    switch (below(11)) {
      case 0: return set("name = 'n" + number() + "'");
      case 1: return set("last_used_at = " + moment());
      case 2: return set("dormant_at = case when dormant_at is null then now() end");
      case 3: return set("owner_id = '" + somebody().id + "'");
      case 4: return set("user_acl = jsonb_build_object('" + somebody().id + "', '{\"permissions\":[\"read\"]}'::jsonb)");
      case 5: return set("user_acl = '{}', group_acl = '{}'");
      case 6: return set("group_acl = jsonb_build_object(organization_id::text, '{\"permissions\":[\"read\"]}'::jsonb)");
      case 7: return set("deleted = not deleted");
      case 8: return set("ttl_ms = " + number() + ", autostart_schedule = 'CRON_TZ=UTC 0 9 * * 1', automatic_updates = 'always'");
      case 9: return set("next_start_at = " + later() + ", updated_at = " + moment());
      default: test_.clock.advance(Seconds(below(40))); return {};
    }
  }
  std::string of_build(const AgentRow& row) {
    const auto newest = fmt::format("(select id from workspace_builds where workspace_id = '{}' order by build_number desc limit 1)", row.workspace);
    const auto job = fmt::format("(select job_id from workspace_builds where id = {})", newest);
    const auto set = [&](const std::string& what) { return "update provisioner_jobs set " + what + " where id = " + job; };
    switch (below(9)) {
      case 0: add_build(test_.quick, row, below(2) == 0 ? "stop" : "start"); return {};
      case 1:
        return fmt::format("delete from workspace_builds where id = {} and 1 < (select count(*) from workspace_builds where workspace_id = '{}')",
                           newest, row.workspace);
      case 2: return "update workspace_builds set deadline = " + later() + ", daily_cost = " + number() + " where id = " + newest;
      case 3: return "update workspace_builds set initiator_id = '" + somebody().id + "' where id = " + newest;
      case 4: return set("started_at = null, completed_at = null, tags = '{\"nobody\": \"has it\"}', created_at = now()");
      case 5: return set("started_at = now(), completed_at = null, updated_at = now() + interval '1 hour'");
      case 6: return set("started_at = now(), completed_at = now(), error = case when error = '' then 'it broke' else '' end");
      case 7: return set("worker_id = (select id from provisioner_daemons order by id limit 1), logs_overflowed = not logs_overflowed");
      default: return "update workspace_builds set build_number = build_number + 1 where id = " + newest;
    }
  }
  std::string of_agent(const AgentRow& row) {
    const auto set = [&](const std::string& what) { return fmt::format("update workspace_agents set {} where id = '{}'", what, row.id); };
    switch (below(7)) {
      case 0: return set("lifecycle_state = 'ready', logs_length = " + number());
      case 1: return set("first_connected_at = " + moment() + ", last_connected_at = " + moment() + ", disconnected_at = null");
      case 2: return set("last_connected_at = " + moment() + ", disconnected_at = null");
      case 3: return set("disconnected_at = " + moment());
      case 4: return set("deleted = not deleted");
      case 5: return set("name = 'a" + number() + "', environment_variables = '{\"favorite\": \"yes\"}'");
      default:
        return fmt::format(
            "insert into workspace_agents (id, resource_id, parent_id, name, architecture, operating_system, auth_token, created_at, updated_at)"
            " values (gen_random_uuid(), '{}', '{}', 'sub{}', 'amd64', 'linux', gen_random_uuid(), now(), now())",
            row.resource, row.id, number());
    }
  }
  std::string beside(const AgentRow& row) {
    switch (below(10)) {
      case 0: return fmt::format("update workspace_apps set health = 'healthy', display_name = 'app {}' where id = '{}'", number(), row.app);
      case 1:
        return fmt::format(
            "insert into workspace_app_statuses (id, agent_id, app_id, workspace_id, state, message, created_at)"
            " values (gen_random_uuid(), '{}', '{}', '{}', 'working', 'step {}', now())",
            row.id, row.app, row.workspace, number());
      case 2: return fmt::format("delete from workspace_app_statuses where app_id = '{}'", row.app);
      case 3:
        return fmt::format("insert into workspace_agent_script_timings values ('{}', now(), now(), {}, 'start', 'ok') on conflict do nothing",
                           row.script, below(3));
      case 4: return fmt::format("insert into workspace_agent_log_sources values ('{}', gen_random_uuid(), 'More', '', now())", row.id);
      case 5: return fmt::format("update workspace_agent_scripts set display_name = 's{}' where id = '{}'", number(), row.script);
      case 6: return fmt::format("update workspace_resource_metadata set value = '{}' where workspace_resource_id = '{}'", number(), row.resource);
      case 7: return fmt::format("update workspace_resources set hide = not hide, icon = '/{}' where id = '{}'", number(), row.resource);
      case 8: return fmt::format("insert into workspace_favorites select '{}', '{}' on conflict do nothing", somebody().id, row.workspace);
      default: return fmt::format("delete from workspace_favorites where workspace_id = '{}'", row.workspace);
    }
  }
  std::string of_others(const AgentRow& row) {
    switch (below(9)) {
      case 0: return fmt::format("update users set username = 'p{}' where id = '{}'", number(), somebody().id);
      case 1: return fmt::format("update users set avatar_url = '/{}' where id = '{}'", number(), somebody().id);
      case 2: return "update organizations set name = 'o" + number() + "' where is_default";
      case 3: return fmt::format("update templates set display_name = 'T{}', icon = '/{}' where id = '{}'", number(), number(), row.template_id);
      case 4: return fmt::format("update templates set active_version_id = gen_random_uuid() where id = '{}'", row.template_id);
      case 5:
        return fmt::format("update templates set allow_user_autostop = not allow_user_autostop, default_ttl_ms = {} where id = '{}'", number(),
                           row.template_id);
      case 6: return fmt::format("update templates set time_til_dormant_autodelete_ms = {}00000000 where id = '{}'", number(), row.template_id);
      case 7: return fmt::format("update template_versions set name = 'v{}' where id = '{}'", number(), row.version);
      default: return "update users set last_seen_at = now() where not is_system";
    }
  }

  QuickList& test_;
  std::mt19937 dice_;
  int serial_ = 0;
  std::vector<Person> people_;
  std::vector<AgentRow> rows_;
};

TEST_F(QuickList, EqualsThePlainWayAfterEveryChange) {
  Changes changes(*this, 20);
  constexpr const char* kQueries[] = {"?limit=3",          "?limit=2&offset=2",       "?offset=4",
                                      "?q=owner:me",       "?q=owner:me&limit=1",     "?q=status:running",
                                      "?q=name:n&limit=2", "?q=dormant:true&limit=5", "?q=has-agent:connected",
                                      "?q=shared:true"};
  for (int step = 0; step < 120; ++step) {
    const auto change = changes.one();
    SCOPED_TRACE(fmt::format("step {}: {}", step, change.empty() ? "the clock, or a build" : change));
    const auto& who = changes.somebody();
    for (const std::string query : {"", kQueries[changes.below(std::size(kQueries))]}) {
      const auto fast = quick.get(kList + query, who), slow = plain.get(kList + query, who);

      ASSERT_EQ(fast.status, 200) << fast.body;
      ASSERT_EQ(fast.body, slow.body) << who.username << " " << query;
      ASSERT_FALSE(fast.header("ETag").empty());
    }
  }

  EXPECT_GT(rows_from("kept"), 0) << "nothing was ever taken from what was kept: the test says nothing";
  EXPECT_GT(rows_from("renewed"), 0);
  EXPECT_GT(rows_from("read"), 0);
}

TEST_F(QuickList, ReadsOnlyWhatChanged) {
  for (int i = 0; i < 5; ++i) add_agent(quick, owner, fmt::format("w{}", i));
  quick.get(kList, owner);
  const double read = rows_from("read"), kept = rows_from("kept");
  sql("update workspaces set name = 'other' where name = 'w3'");

  quick.get(kList, owner);

  EXPECT_EQ(rows_from("read") - read, 1);
  EXPECT_EQ(rows_from("kept") - kept, 4);
}

TEST_F(QuickList, CostsOneStatementBesideTheCallersOwnWhereNothingChanged) {
  for (int i = 0; i < 5; ++i) add_agent(quick, owner, fmt::format("w{}", i));
  for (const std::string query : {"", "?limit=2", "?q=owner:me", "?q=status:running&limit=3"}) {
    quick.get(kList + query, owner);

    const auto again = quick.get(kList + query, owner);

    EXPECT_LE(quick.cost(again).sql, 2) << query;
  }
}

TEST_F(QuickList, AHeartbeatIsShownWithoutReadingTheRow) {
  const auto row = add_agent(quick, owner, "w");
  sql("update workspace_agents set first_connected_at = now(), last_connected_at = now() - interval '1 hour'");
  quick.get(kList, owner);
  const double read = rows_from("read");
  sql(fmt::format("update workspace_agents set last_connected_at = to_timestamp({})",
                  std::chrono::duration<double>(clock.now().time_since_epoch()).count()));

  const auto shown = quick.get(kList, owner);

  const auto agent = shown.json().at_pointer("/workspaces/0/latest_build/resources/0/agents/0");
  EXPECT_EQ(agent.at("status").as_string(), "connected");
  EXPECT_EQ(shown.body, plain.get(kList, owner).body);
  EXPECT_EQ(rows_from("read"), read);

  clock.advance(Seconds(31));  // and its silence, without any change of a row

  const auto later = quick.get(kList, owner);
  EXPECT_EQ(later.json().at_pointer("/workspaces/0/latest_build/resources/0/agents/0/status").as_string(), "disconnected");
  EXPECT_EQ(later.body, plain.get(kList, owner).body);
}

TEST_F(QuickList, WhatIsNoLongerSharedIsGoneAtOnce) {
  const auto bo = quick.member("bo");
  const auto row = add_agent(quick, owner, "w");
  sql("update workspaces set user_acl = jsonb_build_object('" + bo.id + "', '{\"permissions\":[\"read\"]}'::jsonb)");
  EXPECT_EQ(names(bo), std::vector<std::string>{"w"});
  EXPECT_EQ(names(owner), std::vector<std::string>{"w"});

  sql("update workspaces set user_acl = '{}'");

  EXPECT_TRUE(names(bo).empty());
  EXPECT_EQ(names(owner), std::vector<std::string>{"w"});
}

TEST_F(QuickList, AFavoriteIsItsPersonsAlone) {
  const auto row = add_agent(quick, owner, "w");
  const auto admin = quick.member("admin");
  sql("update users set rbac_roles = '{owner}' where username = 'admin'");
  sql(fmt::format("insert into workspace_favorites values ('{}', '{}')", owner.id, row.workspace));

  const auto mine = quick.get(kList, owner).json(), theirs = quick.get(kList, admin).json();

  EXPECT_TRUE(mine.at_pointer("/workspaces/0/favorite").as_bool());
  EXPECT_FALSE(theirs.at_pointer("/workspaces/0/favorite").as_bool());
}

TEST_F(QuickList, FavoritesComeFirstOnWhateverPage) {
  std::vector<AgentRow> rows;
  for (int i = 0; i < 6; ++i) rows.push_back(add_agent(quick, owner, fmt::format("w{}", i)));
  for (int i : {4, 5}) sql(fmt::format("insert into workspace_favorites values ('{}', '{}')", owner.id, rows[static_cast<std::size_t>(i)].workspace));

  std::vector<std::string> all;
  for (int offset = 0; offset < 6; ++offset)
    for (const auto& name : names(owner, fmt::format("?limit=1&offset={}", offset))) all.push_back(name);

  EXPECT_EQ(all, (std::vector<std::string>{"w4", "w5", "w0", "w1", "w2", "w3"}));
  EXPECT_EQ(names(owner, "?limit=3&offset=1"), (std::vector<std::string>{"w5", "w0", "w1"}));
}

TEST_F(QuickList, SendsNothingToWhoHasIt) {
  add_agent(quick, owner, "w");
  const auto first = quick.get(kList, owner);
  const auto again = [&](const std::string& tag) { return quick.call("GET", kList, {}, owner.token, {{"If-None-Match", tag}}); };

  const auto same = again(first.header("ETag"));
  sql("update workspaces set name = 'other'");
  const auto other = again(first.header("ETag"));

  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.header("ETag"), first.header("ETag"));
  EXPECT_EQ(first.header("Cache-Control"), "private, no-cache");
  EXPECT_EQ(other.status, 200);
  EXPECT_NE(other.header("ETag"), first.header("ETag"));
}

TEST_F(QuickList, AnotherServersTagIsGood) {
  TestServer third{quick};
  add_agent(quick, owner, "w");

  const auto here = quick.get(kList, owner), there = third.get(kList, owner);

  EXPECT_EQ(here.header("ETag"), there.header("ETag"));
  EXPECT_EQ(here.body, there.body);
}

// The second of two transactions that change one workspace waits for the first, and leaves a listing that has both.
TEST_F(QuickList, TheListingHasWhatBothOfTwoTransactionsDid) {
  const auto row = add_agent(quick, owner, "w");
  Meanwhile first(quick,
                  "set constraints all immediate; update provisioner_jobs set completed_at = null where id = (select job_id from workspace_builds "
                  "where workspace_id = '" +
                      row.workspace + "')");
  const auto rename = [&] {
    const auto renaming = [&]() -> Task<int> {
      pg::Pool pool(co_await aio::executor(), pg::PoolOptions{.connect = quick.database().options()});
      const auto renamed = co_await pool.execute_simple("update workspaces set name = 'renamed' where id = '" + row.workspace + "'");
      EXPECT_TRUE(renamed);
      co_await pool.stop();
      co_return 0;
    };
    run(renaming);
    return Answer{};
  };

  first.commit_under(rename);

  EXPECT_EQ(sql("select name_key || ' ' || running from workspace_listings"), "renamed false");
  EXPECT_EQ(quick.get(kList, owner).body, plain.get(kList, owner).body);
}

}  // namespace
}  // namespace slipway::test
