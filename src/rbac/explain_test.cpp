// The words of an explanation, case by case. That its verdict equals the decision is held by property_test.cpp.
#include "rbac/explain.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

namespace slipway::rbac {
namespace {

TEST(Explain, NamesRoleLevelAndPermissionThatAllow) {
  World w;
  auto e = explain(*w.member_with({roles::kOrgAdmin}), Action::update, w.here_of(w.bo));

  EXPECT_TRUE(e.allowed);
  EXPECT_EQ(e.summary,
            "workspace:update: Allowed by roles. The organization level allows it: workspace:update of "
            "organization-admin:" +
                w.here.str() + ".");
  EXPECT_EQ(e.roles.votes[0].vote, 0);
  EXPECT_EQ(e.roles.votes[2].vote, 1);
  ASSERT_EQ(e.roles.votes[2].reasons.size(), 1U);
  EXPECT_EQ(e.roles.votes[2].reasons[0].permission, (Permission{false, Resource::workspace, Action::update}));
  EXPECT_EQ(e.remedy, "");
}

TEST(Explain, NamesTheNegativeAndHowToLiftIt) {
  World w;
  auto e = explain(*w.member_with({roles::kOrgAdmin, roles::kOrgWorkspaceCreationBan}), Action::create, w.here_of(w.bo));
  auto ban = "!workspace:create of organization-workspace-creation-ban:" + w.here.str();

  EXPECT_FALSE(e.allowed);
  EXPECT_EQ(e.summary, "workspace:create: Denied by roles. The organization level forbids it: " + ban + ".");
  EXPECT_NE(e.remedy.find("take away " + ban), std::string::npos) << e.remedy;
  EXPECT_NE(e.remedy.find("role owner"), std::string::npos) << e.remedy;
}

TEST(Explain, RemedyIsTheSmallestRoleThatHelps) {
  World w;
  auto own = explain(*w.member_with({}), Action::start, w.here_of(w.ana));
  auto other = explain(*w.member_with({}), Action::read, w.here_of(w.bo));
  auto secret = explain(*w.with({roles::kOwner}), Action::read, {.type = Resource::user_secret, .owner = w.bo});

  EXPECT_EQ(own.remedy, "Grant role organization-workspace-access:" + w.here.str() + " or share the object with the user.");
  EXPECT_EQ(other.remedy.find("Grant role organization-template-admin:"), 0U) << other.remedy;
  EXPECT_EQ(secret.remedy, "No role allows this; it is closed to people.");
}

TEST(Explain, RemedyOfADormantWorkspaceIsToActivateIt) {
  World w;
  auto e = explain(*w.member_with({roles::kOrgWorkspaceAccess}), Action::start, w.here_of(w.ana, Resource::workspace_dormant));

  EXPECT_EQ(e.remedy, "Activate the workspace, which is dormant.");
}

// Each way that a remedy names was tried: under a switch that stops even owners, no role is offered.
TEST(Explain, RemedyKnowsTheSwitches) {
  World w({.no_workspace_sharing = true});
  auto e = explain(*w.member_with({roles::kOrgWorkspaceAccess}), Action::share, w.here_of(w.ana), w.book);

  EXPECT_EQ(e.remedy, "Take away !workspace:share of member or share the object with the user.");
}

TEST(Explain, NamesTheAclEntry) {
  World w;
  auto group = GroupId::random();
  Acl acl{{group.uuid, Action::use}}, everyone{{w.here.uuid, Action::any}};
  auto subject = w.make(w.ana, {w.held(roles::kOrgMember)}, {group});
  auto object = w.in(w.here, Resource::template_);
  object.group_acl = acl;

  auto by_group = explain(*subject, Action::use, object);
  auto no_entry = explain(*subject, Action::update, object);
  object.group_acl = everyone;
  auto by_all = explain(*subject, Action::update, object);

  EXPECT_EQ(by_group.summary, "template:use: Allowed by sharing. The access list names group " + group.str() + ", to which the user belongs.");
  EXPECT_EQ(by_all.acl, "The access list names everyone in the organization.");
  EXPECT_EQ(no_entry.acl, "No entry of the access lists grants this action to the user or one of its groups.");
}

TEST(Explain, NamesScopeAndAllowList) {
  World w;
  auto id = Uuid::random();
  auto narrow = scope_of({"workspace:read"}, AllowList({{Resource::workspace, id}}));
  auto subject = w.with({roles::kOwner}, narrow);
  auto listed = w.here_of(w.bo), other = listed;
  listed.id = id;

  auto wrong_action = explain(*subject, Action::update, listed);
  auto wrong_id = explain(*subject, Action::read, other);
  auto no_id = explain(*subject, Action::read, all_in(Resource::workspace, w.here));

  EXPECT_EQ(wrong_action.summary, "workspace:update: Denied by the token's scope. No level allows it: no permission that applies here mentions it.");
  EXPECT_EQ(wrong_action.remedy, "Use a token whose scope includes workspace:update.");
  EXPECT_EQ(wrong_action.allow_list, "Entry workspace:" + id.str() + " covers the object.");
  EXPECT_EQ(wrong_id.remedy, "Use a token whose allow list covers workspace:" + other.id.str() + ".");
  EXPECT_EQ(no_id.allow_list, "No entry covers it: an object without id needs <type>:* or *:*.");
}

}  // namespace
}  // namespace slipway::rbac
