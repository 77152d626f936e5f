// Votes, levels, ownership and access lists, and what of them is easily got wrong.
#include "rbac/decide.hpp"
#include "rbac/filter.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

namespace slipway::rbac {
namespace {

using P = Permission;
constexpr P kUpdate{false, Resource::workspace, Action::update};
constexpr P kNoUpdate{true, Resource::workspace, Action::update};

struct Votes : World {
  // One made-up role with these permissions, held in `here`.
  SubjectPtr holding(Role role) const { return make(ana, {{share(std::move(role)), here}}); }
  bool can(const SubjectPtr& subject, const Object& object) const { return decide(*subject, Action::update, object); }
};

TEST(Levels, EachReachesExactlyItsObjects) {
  Votes w;
  auto site = w.holding({.name = "r", .site = {kUpdate}}), user = w.holding({.name = "r", .user = {kUpdate}}),
       org = w.holding({.name = "r", .org = {kUpdate}}), member = w.holding({.name = "r", .member = {kUpdate}});
  struct Row {
    Object object;
    bool site, user, org, member;
  };
  Object bare = all_of(Resource::workspace), own_bare = bare, own_any = in_any_org(Resource::workspace);
  own_bare.owner = own_any.owner = w.ana;
  const Row rows[] = {
      {w.here_of(w.ana), true, false, true, true},
      {w.here_of(w.bo), true, false, true, false},
      {w.here_of({}), true, false, true, false},
      {w.in(w.there, Resource::workspace, w.ana), true, false, false, false},
      {bare, true, false, false, false},
      {own_bare, true, true, false, false},
      {in_any_org(Resource::workspace), true, false, true, false},
      {own_any, true, false, true, true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(w.can(site, row.object), row.site);
    EXPECT_EQ(w.can(user, row.object), row.user);
    EXPECT_EQ(w.can(org, row.object), row.org);
    EXPECT_EQ(w.can(member, row.object), row.member);
  }
}

TEST(Votes, SiteNegativeBeatsEveryLowerPositive) {
  Votes w;
  auto subject = w.holding({.name = "r", .site = {kNoUpdate}, .user = {kUpdate}, .org = {kUpdate}, .member = {kUpdate}});
  Object own_bare{.type = Resource::workspace, .owner = w.ana};

  EXPECT_FALSE(w.can(subject, w.here_of(w.ana)));
  EXPECT_FALSE(w.can(subject, own_bare));
}

TEST(Votes, OrgNegativeBeatsOrgAdminAndMemberButNotSite) {
  Votes w;
  auto local = w.holding({.name = "r", .org = {kUpdate, kNoUpdate}, .member = {kUpdate}});
  auto site = w.holding({.name = "r", .site = {kUpdate}, .org = {kNoUpdate}});

  EXPECT_FALSE(w.can(local, w.here_of(w.ana)));
  EXPECT_TRUE(w.can(site, w.here_of(w.ana)));
}

TEST(Votes, LowerNegativeTakesNothingFromHigherLevels) {
  Votes w;
  auto member_no = w.holding({.name = "r", .org = {kUpdate}, .member = {kNoUpdate}});
  auto user_no = w.holding({.name = "r", .site = {kUpdate}, .user = {kNoUpdate}});
  Object own_bare{.type = Resource::workspace, .owner = w.ana};

  EXPECT_TRUE(w.can(member_no, w.here_of(w.ana)));
  EXPECT_TRUE(w.can(user_no, own_bare));
}

TEST(Votes, RolesArePooledPerLevelBeforeVoting) {
  Votes w;
  auto yes = share({.name = "yes", .org = {kUpdate}});
  auto no = share({.name = "no", .org = {kNoUpdate}});

  EXPECT_FALSE(w.can(w.make(w.ana, {{yes, w.here}, {no, w.here}}), w.here_of(w.bo)));
  EXPECT_TRUE(w.can(w.make(w.ana, {{yes, w.here}, {no, w.there}}), w.here_of(w.bo))) << "another organization's negative";
}

TEST(Votes, AnyOrgTakesTheHighestVote) {
  Votes w;
  auto yes = share({.name = "yes", .org = {kUpdate}});
  auto no = share({.name = "no", .org = {kNoUpdate}, .member = {}});
  auto own = share({.name = "own", .member = {kUpdate}});
  auto third = OrganizationId::random();
  Object any = in_any_org(Resource::workspace), own_any = any;
  own_any.owner = w.ana;

  EXPECT_TRUE(w.can(w.make(w.ana, {{yes, w.here}, {no, w.there}}), any));
  EXPECT_FALSE(w.can(w.make(w.ana, {{no, w.here}, {no, w.there}}), any));
  EXPECT_FALSE(w.can(w.make(w.ana, {{no, w.here}, {no, w.there}, {own, w.here}}), own_any)) << "every one denies";
  EXPECT_TRUE(w.can(w.make(w.ana, {{no, w.here}, {own, third}}), own_any)) << "one abstains, so members count";
  EXPECT_FALSE(w.can(w.make(w.ana, {}), any)) << "no organization, no vote";
}

TEST(Objects, AnyOrgAndAnOrganizationContradict) {
  World w;
  auto both = w.here_of(w.ana);
  both.any_org = true;

  EXPECT_FALSE(decide(*w.with({roles::kOwner}), Action::read, both));
}

TEST(Subjects, NeedRolesAndAScope) {
  EXPECT_EQ(Subject::make({.id = UserId::random(), .scope = scope_all()}).error().why, "subject must have roles");
  EXPECT_EQ(Subject::make({.id = UserId::random(), .roles = std::vector<HeldRole>{}}).error().why, "subject must have a scope");
  auto nobody = *Subject::make({.id = UserId::random(), .roles = std::vector<HeldRole>{}, .scope = scope_all()});
  for_each_pair([&](Resource type, Action action) { EXPECT_FALSE(decide(*nobody, action, all_of(type))); });
}

TEST(Subjects, AnEmptyBlockStillMakesAMember) {
  World w;
  auto subject = w.make(w.ana, {{share({.name = "empty"}), w.here}});

  EXPECT_TRUE(subject->is_member(w.here));
  EXPECT_FALSE(subject->is_member(w.there));
  EXPECT_EQ(subject->organizations().size(), 1U);
}

TEST(UnknownNames, OnlyWildcardsMatchThem) {
  World w;
  auto owner = w.with({roles::kOwner}), auditor = w.with({roles::kAuditor});
  auto everything = w.make(w.ana, {{share({.name = "all", .site = {{false, Resource::any, Action::any}}}), {}}});
  Object license = all_of(Resource::license), unknown = all_of(Resource::unknown), workspace = all_of(Resource::workspace);

  EXPECT_TRUE(decide(*owner, Action::unknown, license)) << "held with *";
  EXPECT_TRUE(decide(*owner, Action::update, license)) << "an action the type lacks, held with *";
  EXPECT_FALSE(decide(*owner, Action::unknown, workspace)) << "held action by action";
  EXPECT_FALSE(decide(*owner, Action::read, unknown));
  EXPECT_FALSE(decide(*auditor, Action::update, license));
  EXPECT_TRUE(decide(*everything, Action::unknown, unknown));
}

TEST(UnknownNames, AStoredPermissionThatIsGoneNeverMatches) {
  World w;
  auto role = share({.name = "old",
                     .org = {{false, resource_named("steam_engine"), Action::read},
                             {false, Resource::workspace, action_named("polish")},
                             {false, Resource::workspace, Action::read}}});
  auto subject = w.make(w.ana, {{role, w.here}});
  auto gone = w.in(w.here, Resource::unknown);

  EXPECT_FALSE(decide(*subject, Action::read, gone));
  EXPECT_FALSE(decide(*subject, Action::unknown, w.here_of(w.bo)));
  EXPECT_TRUE(decide(*subject, Action::read, w.here_of(w.bo))) << "the rest of the role works";
}

struct AclRow {
  const char* what;
  OrganizationId object_in;
  Acl users, groups;
  bool any_org;
  bool expected;
};

TEST(Acl, RowsOfSection14) {
  World w;
  GroupId mine = GroupId::random(), other = GroupId::random();
  auto subject = w.make(w.ana, {w.held(roles::kMember), w.held(roles::kOrgMember)}, {mine});
  const AclRow rows[] = {
      {"own entry", w.here, {{w.ana.uuid, Action::ssh}}, {}, false, true},
      {"own entry by wildcard", w.here, {{w.ana.uuid, Action::any}}, {}, false, true},
      {"own entry, other action", w.here, {{w.ana.uuid, Action::read}}, {}, false, false},
      {"another's entry", w.here, {{w.bo.uuid, Action::ssh}}, {}, false, false},
      {"own entry, foreign organization", w.there, {{w.ana.uuid, Action::ssh}}, {}, false, false},
      {"own entry, no organization", {}, {{w.ana.uuid, Action::ssh}}, {}, false, false},
      {"own entry, any organization", {}, {{w.ana.uuid, Action::ssh}}, {}, true, true},
      {"own group", w.here, {}, {{mine.uuid, Action::ssh}}, false, true},
      {"own group, foreign organization", w.there, {}, {{mine.uuid, Action::ssh}}, false, false},
      {"another group", w.here, {}, {{other.uuid, Action::ssh}}, false, false},
      {"group id in the user list", w.here, {{mine.uuid, Action::ssh}}, {}, false, false},
      {"user id in the group list", w.here, {}, {{w.ana.uuid, Action::ssh}}, false, false},
      {"everyone", w.here, {}, {{w.here.uuid, Action::ssh}}, false, true},
      {"everyone of another organization", w.here, {}, {{w.there.uuid, Action::ssh}}, false, false},
      {"everyone, foreign organization", w.there, {}, {{w.there.uuid, Action::ssh}}, false, false},
  };
  for (const auto& row : rows) {
    auto object = w.in(row.object_in, Resource::workspace, w.bo);
    object.user_acl = row.users;
    object.group_acl = row.groups;
    object.any_org = row.any_org;

    EXPECT_EQ(decide(*subject, Action::ssh, object), row.expected) << row.what;
    if (!row.any_org) {
      EXPECT_EQ(passes(filter(*subject, Action::ssh, Resource::workspace), object), row.expected) << row.what;
    }
  }
}

TEST(Acl, AnEntryCountsWhereverItStandsInALongList) {
  World w;
  std::vector<GroupId> mine;
  for (int i = 0; i < 30; ++i) mine.push_back(GroupId::random());
  const auto subject = w.make(w.ana, {w.held(roles::kMember), w.held(roles::kOrgMember)}, mine);
  const auto alone = w.make(w.ana, {w.held(roles::kMember), w.held(roles::kOrgMember)});
  for (std::size_t length : {1, 7, 8, 9, 16, 29}) {
    Acl others;
    for (std::size_t i = 0; i < length; ++i) others.push_back({GroupId::random().uuid, Action::ssh});
    auto object = w.here_of(w.bo);
    object.group_acl = others;
    EXPECT_FALSE(decide(*subject, Action::ssh, object)) << length;
    for (std::size_t at = 0; at < length; ++at) {
      Acl list = others;
      object.group_acl = list;
      list[at].who = mine[at].uuid;
      EXPECT_TRUE(decide(*subject, Action::ssh, object)) << at << " of " << length;
      EXPECT_FALSE(decide(*subject, Action::update, object)) << at << " of " << length;
      EXPECT_FALSE(decide(*alone, Action::ssh, object)) << at << " of " << length;
      list[at].who = w.here.uuid;
      EXPECT_TRUE(decide(*alone, Action::ssh, object)) << at << " of " << length;
      list[at].who = w.there.uuid;
      EXPECT_FALSE(decide(*subject, Action::ssh, object)) << at << " of " << length;
    }
  }
}

TEST(Acl, GrantIsNotCancelledByANegative) {
  World w;
  auto subject = w.make(w.ana, {{share({.name = "r", .site = {kNoUpdate}, .org = {kNoUpdate}}), w.here}});
  AclEntry entry{w.ana.uuid, Action::update};
  auto object = w.here_of(w.bo);
  object.user_acl = {&entry, 1};

  EXPECT_TRUE(decide(*subject, Action::update, object));
}

TEST(Acl, AGroupMayReadItself) {
  World w;
  auto group = GroupId::random();
  auto member = w.make(w.ana, {{share({.name = "plain"}), w.here}}, {group});
  auto stranger = w.make(w.bo, {{share({.name = "plain"}), w.here}});
  Object object{.type = Resource::group, .id = group.uuid, .organization = w.here, .read_by_own_group = true};

  EXPECT_TRUE(decide(*member, Action::read, object));
  EXPECT_FALSE(decide(*member, Action::update, object));
  EXPECT_FALSE(decide(*stranger, Action::read, object));
}

TEST(Filter, ShapesAreTheFewTheListQueriesKnow) {
  World w;
  auto owner = filter(*w.with({roles::kOwner}), Action::read, Resource::workspace);
  auto admin = filter(*w.member_with({roles::kOrgAdmin}), Action::read, Resource::workspace);
  auto member = filter(*w.member_with({roles::kOrgWorkspaceAccess}), Action::read, Resource::workspace);
  auto nobody = filter(*w.make(w.ana, {}), Action::read, Resource::workspace);
  auto me = filter(*w.with({roles::kMember}), Action::read, Resource::user);

  EXPECT_TRUE(owner.everything && owner.organizations.empty() && !owner.allowed_ids);
  EXPECT_EQ(admin.organizations, std::vector{w.here});
  EXPECT_EQ(member.owner_organizations, std::vector{w.here});
  EXPECT_TRUE(member.organizations.empty());
  EXPECT_EQ(member.acl_organizations, std::vector{w.here});
  EXPECT_EQ(member.acl_user, w.ana);
  EXPECT_TRUE(nobody.nothing);
  EXPECT_EQ(me.owner, w.ana);
  EXPECT_TRUE(me.owner_acl_organizations.empty());
}

TEST(Filter, AllowListBecomesIds) {
  World w;
  auto id = Uuid::random();
  auto one = scope_of({"coder:all"}, AllowList({{Resource::workspace, id}, {Resource::user, Uuid::random()}}));
  auto none = scope_of({"coder:all"}, AllowList({{Resource::user, Uuid::random()}}));
  auto all = scope_of({"coder:all"}, AllowList({{Resource::workspace, std::nullopt}}));

  EXPECT_EQ(filter(*w.with({roles::kOwner}, one), Action::read, Resource::workspace).allowed_ids, std::vector{id});
  EXPECT_TRUE(filter(*w.with({roles::kOwner}, none), Action::read, Resource::workspace).nothing);
  EXPECT_EQ(filter(*w.with({roles::kOwner}, all), Action::read, Resource::workspace).allowed_ids, std::nullopt);
}

}  // namespace
}  // namespace slipway::rbac
