// Tokens as they are taken back on every server.
#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "features/apps/token.hpp"
#include "support/home.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

namespace slipway::apps {
namespace {

using test::TestServer, test::with_home;

Claims claims_of_visitor(UserId visitor, WorkspaceId workspace, Time now) {
  Claims out{
      .expires_at = now + kTokenLife, .request = {}, .owner = UserId::random(), .workspace = workspace, .agent = AgentId::random(), .visitor = {}};
  out.visitor = Visitor{.id = visitor};
  out.issued_at = now;
  return out;
}

// What takes tokens back, as the database tells it: whose, and by what. In this order, on one server.
struct Loss {
  enum class Of { person, workspace, everybody };
  const char* what;
  Of of;
  std::string sql;
};

std::vector<Loss> losses(const std::string& ana, const test::AgentRow& row, const std::string& organization) {
  using Of = Loss::Of;
  const auto of_ana = " where user_id = '" + ana + "'", is_ana = " where id = '" + ana + "'";
  const auto workspace = " where id = '" + row.workspace + "'", share = " where workspace_id = '" + row.workspace + "'";
  const auto group = "insert into groups (id, organization_id, name, created_at) values ('" + Uuid::random().str() + "', '" + organization +
                     "', 'ops', now());" + "insert into group_members (group_id, user_id) select id, '" + ana +
                     "' from groups where name = 'ops'; delete from group_members" + of_ana;
  const auto role =
      "insert into custom_roles (organization_id, name, created_at, updated_at) values ('" + organization + "', 'helper', now(), now()); ";
  return {
      {"a key that may do less", Of::person, "update api_keys set scopes = '{application_connect}'" + of_ana},
      {"a key that is for less", Of::person, "update api_keys set allow_list = '{workspace:*}'" + of_ana},
      {"a key that ends sooner", Of::person, "update api_keys set expires_at = expires_at - interval '1 minute'" + of_ana},
      {"signing out", Of::person, "delete from api_keys" + of_ana},
      {"a role of the site", Of::person, "update users set rbac_roles = '{auditor}'" + is_ana},
      {"suspension", Of::person, "update users set status = 'suspended'" + is_ana},
      {"leaving a group", Of::person, group},
      {"a role of an organization", Of::person, "update organization_members set roles = '{organization-auditor}'" + of_ana},
      {"leaving an organization", Of::person, "delete from organization_members" + of_ana},
      {"the account's end", Of::person, "update users set deleted = true" + is_ana},
      {"a custom role that may do less", Of::everybody,
       role + "update custom_roles set org_permissions = '[{\"resource_type\": \"workspace\", \"action\": \"read\"}]' where name = 'helper'"},
      {"a custom role's end", Of::everybody, "delete from custom_roles where name = 'helper'"},
      {"what members may do", Of::everybody, "update organizations set default_org_member_roles = '{}'"},
      {"another answer to other origins", Of::everybody, "update templates set cors_behavior = 'passthru'"},
      {"another sharing level of a port", Of::workspace,
       "insert into workspace_agent_port_share (workspace_id, agent_name, port, share_level, protocol) values ('" + row.workspace +
           "', 'main', 8080, 'public', 'http'); update workspace_agent_port_share set share_level = 'authenticated'" + share},
      {"a port that is not shared any more", Of::workspace, "delete from workspace_agent_port_share" + share},
      {"an access list", Of::workspace, "update workspaces set user_acl = '{\"" + ana + "\": {\"permissions\": [\"read\"]}}'" + workspace},
      {"dormancy", Of::workspace, "update workspaces set dormant_at = now()" + workspace},
      {"another owner", Of::workspace, "update workspaces set owner_id = '" + ana + "'" + workspace},
      {"the workspace's end", Of::workspace, "update workspaces set deleted = true" + workspace},
  };
}

Task<void> keep(Revoked* revoked, http::Home* home) { co_await revoked->keep(*home); }

// The people and workspaces of the test, and what is told of them.
struct Told {
  Told(http::Home& at, UserId who, WorkspaceId where) : home(at), person(who), workspace(where), event(at.executor), nursery(at.executor) {
    nursery.start(keep, &revoked, &home);
  }
  Claims claims(UserId visitor, WorkspaceId of) const { return claims_of_visitor(visitor, of, now()); }
  Time now() const { return home.db.clock().now(); }
  // Does `change`, and waits until what it tells is heard. Whether the token that was there before is one no more.
  Task<bool> takes_back(TestServer& server, const Claims& token, std::string change) {
    const auto watch = revoked.watch(home.executor, token, [this] { event.notify(); });
    server.database().sql(change);
    while (!revoked.is(token))
      if (!co_await event.wait_for(Seconds(20))) co_return false;
    co_return true;
  }
  // Until the database is heard for the first time: before that, anything may have been told.
  Task<bool> begun() {
    const auto watch = revoked.watch(home.executor, claims(person, workspace), [this] { event.notify(); });
    co_return co_await event.wait_for(Seconds(20));
  }

  http::Home& home;
  UserId person;
  WorkspaceId workspace;
  Revoked revoked;
  aio::Event event;
  aio::Nursery nursery;
};

TEST(RevokedEverywhere, ByWhateverTakesARightAway) {
  TestServer server;
  const auto row = test::add_agent(server, server.owner(), "ws");
  const auto ana = server.member("ana");
  const auto all = losses(ana.id, row, server.organization());

  with_home(server, [&](http::Home& home) -> Task<void> {
    Told told(home, *UserId::parse(ana.id), *WorkspaceId::parse(row.workspace));
    const bool begun = co_await told.begun();
    EXPECT_TRUE(begun);
    for (const auto& loss : all) {
      const auto hers = told.claims(told.person, WorkspaceId::random()), there = told.claims(UserId::random(), told.workspace);
      const auto strange = told.claims(UserId::random(), WorkspaceId::random());
      const bool taken = co_await told.takes_back(server, loss.of == Loss::Of::workspace ? there : hers, loss.sql);
      EXPECT_TRUE(taken) << loss.what;
      EXPECT_EQ(told.revoked.is(hers), loss.of != Loss::Of::workspace) << loss.what;
      EXPECT_EQ(told.revoked.is(there), loss.of != Loss::Of::person) << loss.what;
      EXPECT_EQ(told.revoked.is(strange), loss.of == Loss::Of::everybody) << loss.what;
    }
    co_await told.nursery.stop();
  });
}

TEST(RevokedEverywhere, ByAnotherBuild) {
  TestServer server;
  const auto row = test::add_agent(server, server.owner(), "ws");

  with_home(server, [&](http::Home& home) -> Task<void> {
    Told told(home, UserId::random(), *WorkspaceId::parse(row.workspace));
    const bool begun = co_await told.begun();
    const auto token = told.claims(told.person, told.workspace);
    const auto watch = told.revoked.watch(home.executor, token, [&told] { told.event.notify(); });
    test::add_build(server, row, "stop");
    while (!told.revoked.is(token))
      if (!co_await told.event.wait_for(Seconds(20))) break;
    EXPECT_TRUE(begun && told.revoked.is(token));
    co_await told.nursery.stop();
  });
}

// What happens all the time takes nothing back: each would cost every browser a look at the database.
TEST(RevokedEverywhere, ByNothingElse) {
  TestServer server;
  const auto row = test::add_agent(server, server.owner(), "ws");
  const auto ana = server.member("ana");

  with_home(server, [&](http::Home& home) -> Task<void> {
    Told told(home, *UserId::parse(ana.id), *WorkspaceId::parse(row.workspace));
    const bool begun = co_await told.begun();
    EXPECT_TRUE(begun);
    const auto token = told.claims(told.person, told.workspace), last = told.claims(UserId::random(), WorkspaceId::random());
    server.database().sql(
        "update api_keys set last_used = now(), expires_at = expires_at + interval '1 hour', ip_address = '1.2.3.4';"
        "update users set last_seen_at = now(), name = 'A', status = status, rbac_roles = rbac_roles where not is_system;"
        "update workspaces set last_used_at = now(), name = 'other', user_acl = user_acl, ttl_ms = 1;"
        "update organization_members set updated_at = now(), roles = roles;"
        "update organizations set display_name = 'O', default_org_member_roles = default_org_member_roles;"
        "update templates set description = 'd', cors_behavior = cors_behavior;"
        "update workspace_builds set deadline = now();"
        "delete from api_keys where expires_at < now()");
    const bool heard = co_await told.takes_back(server, last, "select pg_notify('app_revocations', 'u/" + last.visitor->id.str() + "')");
    EXPECT_TRUE(heard);
    EXPECT_FALSE(told.revoked.is(token));
    co_await told.nursery.stop();
  });
}

TEST(RevokedWatch, HearsOfItsOwnAndNothingAfterItsEnd) {
  TestServer server;

  with_home(server, [](http::Home& home) -> Task<void> {
    Revoked revoked;
    const auto ana = UserId::random();
    const auto first = claims_of_visitor(ana, WorkspaceId::random(), home.db.clock().now());
    const auto second = claims_of_visitor(UserId::random(), WorkspaceId::random(), home.db.clock().now());
    int hers = 0, his = 0, gone = 0;
    const auto one = revoked.watch(home.executor, first, [&hers] { ++hers; });
    const auto two = revoked.watch(home.executor, second, [&his] { ++his; });
    auto three = revoked.watch(home.executor, first, [&gone] { ++gone; });
    revoked.of_user(ana, home.db.clock().now());
    revoked.of_workspace(first.workspace, home.db.clock().now());
    three = {};
    revoked.of_everybody(home.db.clock().now());
    co_await boost::asio::post(home.executor, asio::use_awaitable);
    EXPECT_EQ(hers, 3);
    EXPECT_EQ(his, 1);
    EXPECT_EQ(gone, 0);
  });
}

}  // namespace
}  // namespace slipway::apps
