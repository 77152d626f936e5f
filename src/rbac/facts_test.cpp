// The numbered facts of docs/guide/authorization.md, as far as the engine alone decides them: Facts.F01 to
// F16, F27, F29; F17 and F19 to F23 are in token_facts_test.cpp, F34 in matrix_test.cpp. As requests to a whole server they
// are in tests/whole: facts_db_test.cpp, and F30 and F31 in lists_db_test.cpp. walk_test.cpp sees that none is missing.
#include "rbac/filter.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace slipway::rbac {
namespace {

constexpr auto kAccess = roles::kOrgWorkspaceAccess;
using enum Action;

bool can(const SubjectPtr& subject, Action action, const Object& object) { return decide(*subject, action, object); }

TEST(Facts, F01_OwnWorkspaceNeedsWorkspaceAccess) {
  World w;
  auto with = w.member_with({kAccess}), without = w.member_with({});

  for_each_action(actions_of(Resource::workspace), [&](Action action) {
    EXPECT_TRUE(can(with, action, w.here_of(w.ana))) << name_of(action);
    EXPECT_FALSE(can(without, action, w.here_of(w.ana))) << name_of(action);
    EXPECT_FALSE(can(with, action, w.in(w.there, Resource::workspace, w.ana))) << name_of(action);
  });
}

TEST(Facts, F02_ColleaguesWorkspaceIsInvisibleAndAdminsDoNotConnect) {
  World w;
  auto colleague = w.member_with({kAccess}), admin = w.member_with({roles::kOrgAdmin});
  auto theirs = w.here_of(w.bo);

  EXPECT_FALSE(can(colleague, read, theirs));
  EXPECT_FALSE(passes(filter(*colleague, read, Resource::workspace), theirs));
  EXPECT_TRUE(can(admin, read, theirs));
  EXPECT_TRUE(passes(filter(*admin, read, Resource::workspace), theirs));
  EXPECT_FALSE(can(admin, ssh, theirs));
  EXPECT_FALSE(can(admin, application_connect, theirs));
}

TEST(Facts, F03_ExecSwitchTakesExactlyTwoFromTheOwner) {
  World plain, switched({.no_owner_workspace_exec = true});
  auto owner = plain.with({roles::kOwner}), kept = switched.with({roles::kOwner});

  EXPECT_TRUE(can(owner, read, plain.here_of(plain.bo)));
  for_each_pair([&](Resource type, Action action) {
    auto object = plain.here_of(plain.bo, type);
    bool lost = can(owner, action, object) && !can(kept, action, object);
    EXPECT_EQ(lost, type == Resource::workspace && (action == ssh || action == application_connect)) << name_of(type) << ":" << name_of(action);
  });
}

TEST(Facts, F04_CreationBan) {
  World w;
  auto admin = w.member_with({roles::kOrgAdmin, roles::kOrgWorkspaceCreationBan});
  auto owner = w.member_with({roles::kOwner, roles::kOrgWorkspaceCreationBan});
  auto banned_member = w.member_with({kAccess, roles::kOrgWorkspaceCreationBan});

  for (auto action : {update, read, share}) EXPECT_TRUE(can(admin, action, w.here_of(w.bo))) << name_of(action);
  for (auto action : {create, delete_, create_agent, delete_agent}) {
    EXPECT_FALSE(can(admin, action, w.here_of(w.bo))) << name_of(action);
    EXPECT_FALSE(can(banned_member, action, w.here_of(w.ana))) << name_of(action);
    EXPECT_TRUE(can(owner, action, w.here_of(w.bo))) << name_of(action);
  }
}

TEST(Facts, F05_SecretsAndSkillsOfOthers) {
  World w;
  Object secret{.type = Resource::user_secret, .id = Uuid::random(), .owner = w.bo};
  Object skill{.type = Resource::user_skill, .id = Uuid::random(), .owner = w.bo};
  auto own_secret = secret;
  own_secret.owner = w.ana;
  auto owner = w.with({roles::kOwner, roles::kMember});

  for (const auto& role : w.book.site_roles()) EXPECT_FALSE(can(w.with({role->name}), read, secret)) << role->name;
  for (const auto& role : w.book.organization_roles()) EXPECT_FALSE(can(w.with({role->name}), read, secret)) << role->name;
  EXPECT_TRUE(can(owner, read, own_secret));
  EXPECT_TRUE(can(owner, read, skill) && can(owner, delete_, skill));
  EXPECT_FALSE(can(owner, create, skill) || can(owner, update, skill));
}

TEST(Facts, F06_ClosedTypes) {
  World w;
  std::vector<std::string_view> everyone{roles::kOrgMember, roles::kOrgServiceAccount};
  for (const auto& role : w.book.site_roles()) everyone.push_back(role->name);
  for (const auto& role : w.book.organization_roles()) everyone.push_back(role->name);
  auto all = w.with(everyone);

  for (auto type : {Resource::usage_event, Resource::boundary_usage, Resource::ai_seat})
    for_each_action(actions_of(type),
                    [&](Action action) { EXPECT_FALSE(can(all, action, all_of(type))) << name_of(type) << ":" << name_of(action); });
  EXPECT_FALSE(can(all, update, all_of(Resource::ai_gateway_key)));
  EXPECT_TRUE(can(all, read, all_of(Resource::ai_gateway_key)));
}

TEST(Facts, F07_DormantWorkspaces) {
  World w;
  std::vector<std::string_view> everyone{roles::kOrgMember};
  for (const auto& role : w.book.site_roles()) everyone.push_back(role->name);
  for (const auto& role : w.book.organization_roles())
    if (role->name != roles::kOrgWorkspaceCreationBan) everyone.push_back(role->name);
  auto all = w.with(everyone), own = w.member_with({kAccess}), admin = w.member_with({roles::kOrgAdmin});
  auto mine = w.here_of(w.ana, Resource::workspace_dormant), theirs = w.here_of(w.bo, Resource::workspace_dormant);

  for (auto action : {start, ssh, application_connect, share}) EXPECT_FALSE(can(all, action, mine)) << name_of(action);
  for (auto action : {stop, update, delete_}) {
    EXPECT_TRUE(can(own, action, mine)) << name_of(action);
    EXPECT_FALSE(can(own, action, theirs)) << name_of(action);
    EXPECT_TRUE(can(admin, action, theirs)) << name_of(action);
  }
}

TEST(Facts, F08_TemplateAdminsDeletePrebuiltOnly) {
  World w;
  for (auto name : {roles::kTemplateAdmin, roles::kOrgTemplateAdmin}) {
    auto admin = w.member_with({name});
    EXPECT_TRUE(can(admin, delete_, w.here_of(kPrebuildsUser, Resource::prebuilt_workspace))) << name;
    EXPECT_FALSE(can(admin, delete_, w.here_of(kPrebuildsUser))) << name;
    EXPECT_TRUE(can(admin, read, w.here_of(kPrebuildsUser))) << name;
  }
}

TEST(Facts, F09_AdminIsPowerlessElsewhere) {
  World w;
  auto admin = w.with({roles::kOrgAdmin});

  for_each_pair([&](Resource type, Action action) {
    bool reaches_out = type == Resource::user && action == read;
    EXPECT_EQ(can(admin, action, w.in(w.there, type, w.ana)), reaches_out) << name_of(type) << ":" << name_of(action);
    EXPECT_EQ(can(admin, action, w.in(w.there, type, w.bo)), reaches_out) << name_of(type) << ":" << name_of(action);
    EXPECT_EQ(can(admin, action, all_of(type)), reaches_out) << name_of(type) << ":" << name_of(action);
  });
}

TEST(Facts, F10_OwnershipBoundaries) {
  World w;
  auto all = Permissions{{false, Resource::any, any}};
  auto member_level = w.make(w.ana, {{rbac::share({.name = "m", .member = all}), w.here}});
  auto user_level = w.make(w.ana, {{rbac::share({.name = "u", .user = all}), {}}});
  auto both = w.make({}, {{rbac::share({.name = "b", .user = all, .member = all}), w.here}});

  for_each_pair([&](Resource type, Action action) {
    EXPECT_FALSE(can(member_level, action, w.in(w.here, type)));
    EXPECT_FALSE(can(user_level, action, w.in(w.here, type, w.ana)));
    EXPECT_FALSE(can(both, action, w.in(w.here, type))) << "a subject without id owns nothing";
    EXPECT_FALSE(can(both, action, all_of(type)));
  });
}

Object shared_template(const World& w, const Acl& groups) {
  auto object = w.in(w.here, Resource::template_);
  object.group_acl = groups;
  return object;
}

TEST(Facts, F11_EveryoneInTheGroupAcl) {
  World w;
  Acl everyone{{w.here.uuid, read}};
  auto object = shared_template(w, everyone);
  auto outsider = w.make(w.bo, {w.held(roles::kMember), w.held(roles::kOrgMember, w.there)});

  EXPECT_TRUE(can(w.member_with({}), read, object));
  EXPECT_FALSE(can(w.member_with({}), use, object));
  EXPECT_FALSE(can(outsider, read, object));
}

TEST(Facts, F12_UserAclNeedsMembership) {
  World w;
  Acl ana{{w.ana.uuid, {read, ssh}}};
  auto object = w.here_of(w.bo);
  object.user_acl = ana;
  auto inside = w.member_with({}), outside = w.with({roles::kMember});

  EXPECT_TRUE(can(inside, ssh, object));
  EXPECT_FALSE(can(outside, ssh, object)) << "left the organization";
  EXPECT_TRUE(can(w.member_with({}), ssh, object)) << "came back";
}

TEST(Facts, F13_LeavingTheGroupOrTheAcl) {
  World w;
  auto group = GroupId::random();
  Acl listed{{group.uuid, read}};
  std::vector<HeldRole> held{w.held(roles::kMember), w.held(roles::kOrgMember)};
  auto in = w.make(w.ana, held, {group}), out = w.make(w.ana, held);

  EXPECT_TRUE(can(in, read, shared_template(w, listed)));
  EXPECT_FALSE(can(out, read, shared_template(w, listed)));
  EXPECT_FALSE(can(in, read, shared_template(w, {})));
}

TEST(Facts, F14_WhoMaySharePerMode) {
  struct Row {
    Sharing mode;
    bool member, service_account, org_admin, owner;
  };
  for (const auto& row : {Row{Sharing::everyone, true, true, true, true}, Row{Sharing::service_accounts, false, true, true, true},
                          Row{Sharing::none, false, false, false, true}}) {
    World w({}, row.mode);
    SCOPED_TRACE(std::string(name_of(row.mode)));
    auto own = w.here_of(w.ana), other = w.here_of(w.bo);
    EXPECT_EQ(can(w.member_with({kAccess}), share, own), row.member);
    EXPECT_EQ(can(w.with({roles::kMember, roles::kOrgServiceAccount, kAccess}), share, own), row.service_account);
    EXPECT_EQ(can(w.member_with({roles::kOrgAdmin}), share, other), row.org_admin);
    EXPECT_EQ(can(w.member_with({roles::kOwner}), share, other), row.owner);
  }
}

TEST(Facts, F15_NoSharingSwitchDeniesOwnersToo) {
  World w({.no_workspace_sharing = true});

  EXPECT_FALSE(can(w.member_with({roles::kOwner}), share, w.here_of(w.bo)));
  EXPECT_FALSE(can(w.member_with({roles::kOwner}), share, w.here_of(w.ana)));
  EXPECT_TRUE(can(w.member_with({roles::kOwner}), update, w.here_of(w.bo)));
}

TEST(Facts, F16_AnyOrgForATemplateAdminOfOne) {
  World w;
  auto admin = w.member_with({roles::kOrgTemplateAdmin});

  EXPECT_TRUE(can(admin, create, in_any_org(Resource::template_)));
  EXPECT_TRUE(can(admin, create, all_in(Resource::template_, w.here)));
  EXPECT_FALSE(can(admin, create, all_in(Resource::template_, w.there)));
}

TEST(Facts, F27_DeletedCustomRoleGrantsNothing) {
  World w;
  auto builders = rbac::share({.name = "builders", .org = {{false, Resource::template_, read}}});
  Grants grants;
  grants.organizations.push_back({w.here, Sharing::everyone, {}, {"builders"}});
  bool stored = true;
  auto find = [&](OrganizationId, std::string_view) { return stored ? builders : RolePtr(); };
  auto object = w.in(w.here, Resource::template_);

  EXPECT_TRUE(can(w.make(w.ana, expand(w.book, grants, find)), read, object));
  stored = false;
  auto after = w.make(w.ana, expand(w.book, grants, find));
  EXPECT_FALSE(can(after, read, object));
  EXPECT_TRUE(after->is_member(w.here));
  EXPECT_TRUE(can(after, read, all_of(Resource::oauth2_app))) << "still a member of the site";
}

TEST(Facts, F29_RetiredRoleLoadsAndGrantsNothing) {
  World w;
  Grants with, without;
  with.site = {"agents-access"};
  with.organizations.push_back({w.here, Sharing::everyone, {}, {"agents-access"}});
  without.organizations.push_back({w.here, Sharing::everyone, {}, {}});
  auto a = w.make(w.ana, expand(w.book, with)), b = w.make(w.ana, expand(w.book, without));

  EXPECT_EQ(a->roles().size(), b->roles().size());
  for_each_pair(
      [&](Resource type, Action action) { EXPECT_EQ(can(a, action, w.in(w.here, type, w.ana)), can(b, action, w.in(w.here, type, w.ana))); });
}

}  // namespace
}  // namespace slipway::rbac
