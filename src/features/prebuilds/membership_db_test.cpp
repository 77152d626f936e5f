#include "features/prebuilds/membership.hpp"
#include "support/home.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const std::string kSystem = "c42fdf75-3097-471c-8c33-fb52454d81c0";

std::string text(const boost::json::value& value, const char* key) { return std::string(std::string_view(value.at(key).as_string())); }

struct MembershipDb : ::testing::Test {
  MembershipDb() { server.owner(); }

  std::string organization(const std::string& name) {
    const auto made = server.post("/api/v2/organizations", fmt::format(R"({{"name":"{}"}})", name), server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return text(made.json(), "id");
  }
  // Takes the pools' owner into these; where it failed.
  std::set<std::string> take_in(const std::vector<std::string>& organizations) {
    std::vector<OrganizationId> ids;
    for (const auto& id : organizations) ids.push_back(*OrganizationId::parse(id));
    std::set<std::string> out;
    with_home(server, [&](http::Home& home) -> Task<void> {
      const auto broken = co_await prebuilds::take_in(home.db, ids);
      EXPECT_TRUE(broken) << (broken ? "" : broken.error().why);
      if (!broken) co_return;
      for (const auto& id : *broken) out.insert(id.str());
    });
    return out;
  }
  std::string groups(const std::string& organization) {
    return sql(
        "select coalesce(string_agg(g.name || ' ' || g.display_name || ' ' || g.quota_allowance || ' ' || exists (select 1 from group_members m"
        " where m.group_id = g.id and m.user_id = '" +
        kSystem + "'), ';' order by g.name), '') from groups g where g.id <> g.organization_id and g.organization_id = '" + organization + "'");
  }
  std::string roles(const std::string& organization) {
    return sql("select coalesce(string_agg(roles::text, ';'), 'no member') from organization_members where user_id = '" + kSystem +
               "' and organization_id = '" + organization + "'");
  }
  std::string sql(const std::string& statement) { return server.database().sql(statement); }

  TestServer server;
};

TEST_F(MembershipDb, AFreshOrganizationGetsTheOwnerAndItsQuotaGroup) {
  const auto lab = organization("lab");
  EXPECT_EQ(roles(lab), "no member");
  EXPECT_EQ(roles(server.organization()), "{}") << "from the first migration on";

  EXPECT_TRUE(take_in({lab}).empty());

  EXPECT_EQ(roles(lab), "{}");
  EXPECT_EQ(groups(lab), "coder_prebuilt_workspaces Prebuilt Workspaces 0 true");
}

TEST_F(MembershipDb, ASecondPassWritesNothing) {
  const auto lab = organization("lab");
  take_in({lab});
  const auto rows = [&] {
    return sql("select (select string_agg(xmin::text, ',' order by user_id) from organization_members where organization_id = '" + lab +
               "') || (select string_agg(xmin::text, ',' order by id) from groups) || (select string_agg(xmin::text, ',') from group_members)");
  };
  const auto before = rows();

  EXPECT_TRUE(take_in({lab}).empty());

  EXPECT_EQ(rows(), before);
}

TEST_F(MembershipDb, AnAllowanceThatAnAdministratorGaveStaysAndADeletedGroupComesBackWithNothing) {
  const auto lab = organization("lab");
  take_in({lab});
  const auto id = sql("select id from groups where name = 'coder_prebuilt_workspaces'");
  // Its name, which no other group may have, passes when it stays as it is.
  EXPECT_EQ(server.patch("/api/v2/groups/" + id, R"({"name":"coder_prebuilt_workspaces","quota_allowance":7})", server.owner()).status, 200);
  EXPECT_EQ(server.patch("/api/v2/groups/" + id, R"({"quota_allowance":-1})", server.owner()).status, 400);

  take_in({lab});
  EXPECT_EQ(groups(lab), "coder_prebuilt_workspaces Prebuilt Workspaces 7 true");

  EXPECT_EQ(server.del("/api/v2/groups/" + id, server.owner()).status, 200);
  take_in({lab});
  EXPECT_EQ(groups(lab), "coder_prebuilt_workspaces Prebuilt Workspaces 0 true");
}

TEST_F(MembershipDb, AGroupOfTheOtherSpellingIsUsed) {
  const auto lab = organization("lab");
  server.post("/api/v2/organizations/lab/groups", R"({"name":"coderprebuiltworkspaces","quota_allowance":5})", server.owner());

  take_in({lab});

  EXPECT_EQ(groups(lab), "coderprebuiltworkspaces  5 true");
}

TEST_F(MembershipDb, TwoAtOnceLeaveOneGroupAndNoError) {
  std::vector<OrganizationId> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(*OrganizationId::parse(organization(fmt::format("lab{}", i))));

  with_home(server, [&](http::Home& home) -> Task<void> {
    using namespace asio::experimental::awaitable_operators;
    const auto one = [](store::Db* db, std::vector<OrganizationId> organizations) -> Task<void> {
      const auto broken = co_await prebuilds::take_in(*db, std::move(organizations));
      EXPECT_TRUE(broken && broken->empty());
    };
    co_await (one(&home.db, ids) && one(&home.db, ids) && one(&home.db, ids) && one(&home.db, ids));
  });

  EXPECT_EQ(sql("select count(*) from groups where name = 'coder_prebuilt_workspaces'"), "8");
  EXPECT_EQ(sql("select count(*) from group_members where user_id = '" + kSystem + "'"), "8");
  EXPECT_EQ(sql("select count(*) from organization_members where user_id = '" + kSystem + "'"), "9");
}

TEST_F(MembershipDb, ABrokenOrganizationBlocksNoOther) {
  const auto first = organization("first"), broken = organization("broken"), last = organization("last");
  sql("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
      "create trigger refuse before insert on groups for each row when (new.organization_id = '" +
      broken + "') execute function refuse()");

  EXPECT_EQ(take_in({first, broken, last}), std::set<std::string>{broken});

  EXPECT_EQ(groups(first), "coder_prebuilt_workspaces Prebuilt Workspaces 0 true");
  EXPECT_EQ(groups(last), "coder_prebuilt_workspaces Prebuilt Workspaces 0 true");
  EXPECT_EQ(groups(broken), "");
  EXPECT_EQ(roles(broken), "{}") << "what was done stays";
}

// It is in the organization, in Everyone and in the quota group, and nobody sees it there.
TEST_F(MembershipDb, NoListShowsTheOwnerOfThePools) {
  const auto& owner = server.owner();
  take_in({server.organization()});
  const auto quota_group = sql("select id from groups where name = 'coder_prebuilt_workspaces'");
  const auto template_id = server.replay_template("boxes");
  const std::string here = "/api/v2/organizations/default";

  for (const auto& path : std::vector<std::string>{
           here + "/members", here + "/paginated-members", "/api/v2/users", "/api/v2/users?q=prebuilds", here + "/members?q=prebuilds",
           "/api/v2/groups/" + quota_group, "/api/v2/groups/" + quota_group + "/members", "/api/v2/groups/" + server.organization(), here + "/groups",
           "/api/v2/templates/" + template_id + "/acl/available", "/api/v2/templates/" + template_id + "/acl"}) {
    const auto answer = server.get(path, owner);
    EXPECT_EQ(answer.status, 200) << path << ": " << answer.body;
    EXPECT_EQ(answer.body.find(kSystem), std::string::npos) << path << ": " << answer.body;
  }
  EXPECT_EQ(server.get(here + "/paginated-members", owner).json().at("count").as_int64(), 1);
  EXPECT_EQ(server.get("/api/v2/users", owner).json().at("count").as_int64(), 1);
  EXPECT_EQ(server.get("/api/v2/groups/" + quota_group, owner).json().at("total_member_count").as_int64(), 0);
  EXPECT_EQ(server.get("/api/v2/groups/" + quota_group + "/members", owner).json().at("count").as_int64(), 0);
  EXPECT_EQ(server.get("/api/v2/groups/" + server.organization(), owner).json().at("total_member_count").as_int64(), 1);

  EXPECT_EQ(server.get(here + "/members/prebuilds/workspace-quota", owner).body, R"({"credits_consumed":0,"budget":0})");
  EXPECT_EQ(server.get("/api/v2/workspace-quota/prebuilds", owner).body, R"({"credits_consumed":0,"budget":0})");
}

TEST_F(MembershipDb, WhatThePoolsLeftHoldsNoOrganizationBack) {
  const auto lab = organization("lab");
  take_in({lab});

  const auto gone = server.del("/api/v2/organizations/lab", server.owner());

  EXPECT_EQ(gone.status, 200) << gone.body;
}

TEST_F(MembershipDb, WhatThePoolsMayCostIsWhatTheGroupsOfTheirOwnerAllow) {
  take_in({server.organization()});
  const auto quota_group = sql("select id from groups where name = 'coder_prebuilt_workspaces'");
  const auto more = text(server.post("/api/v2/organizations/default/groups", R"({"name":"more","quota_allowance":20})", server.owner()).json(), "id");
  server.patch("/api/v2/groups/" + quota_group, R"({"quota_allowance":7})", server.owner());
  server.patch("/api/v2/groups/" + server.organization(), R"({"quota_allowance":100})", server.owner());

  EXPECT_EQ(server.patch("/api/v2/groups/" + more, fmt::format(R"({{"add_users":["{}"]}})", kSystem), server.owner()).status, 200);

  EXPECT_EQ(server.get("/api/v2/organizations/default/members/prebuilds/workspace-quota", server.owner()).body,
            R"({"credits_consumed":0,"budget":127})");
}

}  // namespace
}  // namespace slipway::test
