// Who hands out which role, custom roles, and the words of every refusal.
#include "rbac/assign.hpp"
#include "rbac/duties.hpp"
#include "rbac/prose_test.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace slipway::rbac {
namespace {

using Names = std::vector<std::string>;

const Names kSiteTargets{"owner", "member", "auditor", "template-admin", "user-admin"};
const Names kOrgTargets{"organization-admin",           "organization-member",         "organization-auditor",
                        "organization-user-admin",      "organization-template-admin", "organization-workspace-creation-ban",
                        "organization-workspace-access"};

// The table as written: who -> what, "custom org" and "custom site" among the targets.
const std::map<std::string, Names>& table() {
  static const std::map<std::string, Names> rows{
      {"owner",
       {"owner", "auditor", "member", "template-admin", "user-admin", "organization-admin", "organization-member", "organization-auditor",
        "organization-user-admin", "organization-template-admin", "organization-workspace-creation-ban", "organization-workspace-access",
        "custom site", "custom org"}},
      {"user-admin", {"member", "organization-member", "organization-workspace-access"}},
      {"organization-admin",
       {"organization-admin", "organization-member", "organization-auditor", "organization-user-admin", "organization-template-admin",
        "organization-workspace-creation-ban", "organization-workspace-access", "custom org"}},
      {"organization-user-admin", {"organization-member", "organization-workspace-access"}},
  };
  return rows;
}

bool listed(const std::string& actor, const std::string& target) {
  auto row = table().find(actor);
  return row != table().end() && std::ranges::find(row->second, target) != row->second.end();
}

TEST(Assignable, EveryCellOfTheTable) {
  World w;
  Names actors = kSiteTargets;
  actors.insert(actors.end(), kOrgTargets.begin(), kOrgTargets.end());
  for (const auto& actor : actors) {
    auto subject = w.with({actor});
    for (const auto& target : kSiteTargets) EXPECT_EQ(may_assign(*subject, {target, {}}, false), listed(actor, target)) << actor << " -> " << target;
    for (const auto& target : kOrgTargets) {
      EXPECT_EQ(may_assign(*subject, {target, w.here}, false), listed(actor, target)) << actor << " -> " << target;
      bool site_actor = !actor.starts_with("organization-");
      EXPECT_EQ(may_assign(*subject, {target, w.there}, false), site_actor && listed(actor, target))
          << actor << " -> " << target << " of another organization";
    }
    EXPECT_EQ(may_assign(*subject, {"mine", w.here}, true), listed(actor, "custom org")) << actor;
    EXPECT_EQ(may_assign(*subject, {"mine", {}}, true), listed(actor, "custom site")) << actor;
  }
  // Whoever signs in by a provider gets what an organization gives its members, and no role of the site.
  EXPECT_TRUE(may_assign(*duty_subject(Duty::sign_in), {"organization-admin", w.here}, false));
  EXPECT_TRUE(may_assign(*duty_subject(Duty::sign_in), {"mine", w.here}, true));
  EXPECT_FALSE(may_assign(*duty_subject(Duty::sign_in), {"owner", {}}, false));
  EXPECT_FALSE(may_assign(*duty_subject(Duty::sign_in), {"mine", {}}, true));
  for (auto duty : kDuties) EXPECT_FALSE(may_assign(*duty_subject(duty), {"owner", {}}, false)) << name_of(duty);
  EXPECT_FALSE(may_assign(*duty_subject(Duty::prebuilds), {"organization-admin", w.here}, false));
}

struct Asking : World {
  Result<Names> site(const SubjectPtr& actor, Names before, Names after) const {
    return check_role_list(*actor, {.before = before, .after = after}, {});
  }
  Result<Names> org(const SubjectPtr& actor, Names before, Names after) const {
    auto custom = [](OrganizationId, std::string_view name) { return name == "builders" || name == "agents-access"; };
    return check_role_list(*actor, {.organization = here, .before = before, .after = after}, custom);
  }
};

TEST(Assign, TextsOfSection11) {
  Asking w;
  auto owner = w.with({roles::kOwner});
  auto foreign = "organization-admin:" + w.there.str();

  EXPECT_EQ(w.site(owner, {}, {"organization-admin"}).error().say, "Must only update site wide roles");
  EXPECT_EQ(w.site(owner, {}, {foreign}).error().say, "Must only update site wide roles");
  EXPECT_EQ(w.org(owner, {}, {"auditor"}).error().say, "Must only update org roles");
  EXPECT_EQ(w.org(owner, {}, {foreign}).error().say,
            "attempted to assign role from a different org, role \"" + foreign + "\" to \"" + w.here.str() + "\"");
  EXPECT_EQ(w.site(owner, {}, {"wizard"}).error().say, "\"wizard\" is not a supported role");
  EXPECT_EQ(w.org(owner, {}, {"agents-access"}).error().say, "\"agents-access\" is not a supported role");
  EXPECT_EQ(w.site(w.with({roles::kUserAdmin}), {}, {"auditor"}).error().say, "not authorized to assign role \"auditor\"");
  EXPECT_EQ(w.site(owner, {}, {""}).error().say, "role cannot be the empty string");
}

// Fact 28.
TEST(Assign, UserAdminsMakeNoAdmins) {
  Asking w;
  auto admin = w.with({roles::kUserAdmin}), org_admin = w.with({roles::kOrgUserAdmin});

  for (const char* name : {"owner", "auditor", "template-admin", "user-admin"}) {
    EXPECT_FALSE(w.site(admin, {}, {name})) << name;
    EXPECT_FALSE(w.site(admin, {name}, {})) << name << ": removal too";
  }
  EXPECT_FALSE(w.org(org_admin, {}, {"organization-admin"}));
  EXPECT_FALSE(w.org(org_admin, {}, {"builders"}));
  EXPECT_EQ(*w.org(org_admin, {}, {"organization-workspace-access"}), Names{"organization-workspace-access"});
}

TEST(Assign, GatesAskForAddedAndRemovedOnly) {
  Asking w;
  auto stranger = w.with({roles::kMember});
  auto assigner = w.make(w.ana, {{share({.name = "a", .site = {{false, Resource::assign_role, Action::assign}}}), {}}, w.held(roles::kOwner)});

  EXPECT_EQ(*w.site(stranger, {"auditor"}, {"auditor"}), Names{"auditor"}) << "unchanged needs neither";
  EXPECT_EQ(w.site(stranger, {}, {"auditor"}).error().code, Code::forbidden);
  EXPECT_EQ(w.site(stranger, {"auditor"}, {}).error().code, Code::forbidden);
  EXPECT_EQ(*w.site(assigner, {"owner"}, {"auditor", "auditor"}), Names{"auditor"});
}

TEST(Assign, OrganizationNamesAreStoredWithoutSuffix) {
  Asking w;
  auto admin = w.with({roles::kOrgAdmin});

  EXPECT_EQ(*w.org(admin, {}, {"organization-auditor:" + w.here.str(), "builders"}), (Names{"organization-auditor", "builders"}));
}

TEST(Assign, StaleNamesCanBeTakenAway) {
  Asking w;

  EXPECT_EQ(*w.org(w.with({roles::kOrgAdmin}), {"deleted-role", "agents-access"}, {}), Names{});
}

struct CustomRole : World {
  std::vector<PermissionAsk> site, user, org, member;
  std::string_view name = "builders";

  Result<Role> check(const SubjectPtr& author) const {
    return check_custom_role(
        *author, {.organization = here, .name = name, .display_name = "Builders", .site = site, .user = user, .org = org, .member = member});
  }
  std::string detail_for(PermissionAsk ask) {
    org = {ask};
    auto got = check(with({roles::kOrgAdmin}));
    EXPECT_FALSE(got);
    EXPECT_EQ(got.error().say, "Failed to update role permissions");
    auto prefix = "org=\"" + here.str() + "\": ";
    EXPECT_TRUE(got.error().detail.starts_with(prefix));
    return got.error().detail.substr(prefix.size());
  }
};

TEST(CustomRoles, GoodOneComesBackAsSets) {
  CustomRole w;
  w.org = {{false, "template", "read"}, {false, "template", "update"}, {false, "template", "read"}};
  w.member = {{false, "workspace", "read"}};

  auto role = w.check(w.with({roles::kOrgAdmin}));

  ASSERT_TRUE(role);
  EXPECT_EQ(role->org, (Permissions{{false, Resource::template_, Action::read}, {false, Resource::template_, Action::update}}));
  EXPECT_EQ(role->member, (Permissions{{false, Resource::workspace, Action::read}}));
  EXPECT_EQ(role->display_name, "Builders");
}

TEST(CustomRoles, ReservedAndInvalidNames) {
  CustomRole w;
  auto admin = w.with({roles::kOrgAdmin});
  for (const char* name : {"owner", "member", "auditor", "template-admin", "user-admin", "organization-admin", "organization-member",
                           "organization-service-account", "organization-workspace-access", "agents-access"}) {
    w.name = name;
    auto got = w.check(admin);
    ASSERT_FALSE(got) << name;
    EXPECT_EQ(got.error().say, "Reserved role name");
    EXPECT_EQ(got.error().detail, "\"" + std::string(name) + "\" is a reserved role name, and not allowed to be used");
  }
  for (const char* name : {"", "-a", "a--b", "a_b", "has space", "abcdefghijabcdefghijabcdefghijabc"}) {
    w.name = name;
    EXPECT_EQ(w.check(admin).error().say, "Invalid role name") << name;
  }
}

TEST(CustomRoles, NoSiteOrUserPermissions) {
  CustomRole site, user;
  site.site = {{false, "template", "read"}};
  user.user = {{false, "template", "read"}};

  EXPECT_EQ(site.check(site.with({roles::kOwner})).error().say,
            "Invalid request, not allowed to assign site wide permissions for an organization role.");
  EXPECT_EQ(user.check(user.with({roles::kOwner})).error().say, "Invalid request, not allowed to assign user permissions for an organization role.");
}

// Fact 26.
TEST(CustomRoles, RefusedPermissionsSayWhy) {
  CustomRole w;

  EXPECT_EQ(w.detail_for({false, "steam", "read"}), "invalid resource type \"steam\"");
  EXPECT_EQ(w.detail_for({false, "license", "update"}), "invalid action \"update\" for resource \"license\"");
  EXPECT_EQ(w.detail_for({false, "template", "polish"}), "invalid action \"polish\" for resource \"template\"");
  EXPECT_EQ(w.detail_for({true, "template", "read"}), "invalid permission for action=\"read\" type=\"template\", no negative permissions");
  EXPECT_EQ(w.detail_for({false, "*", "read"}), "invalid permission for action=\"read\" type=\"*\", no wildcard symbols");
  EXPECT_EQ(w.detail_for({false, "template", "*"}), "invalid permission for action=\"*\" type=\"template\", no wildcard symbols");
  EXPECT_EQ(w.detail_for({false, "workspace", "ssh"}),
            "invalid permission for action=\"ssh\" type=\"workspace\", not allowed to grant this permission");
}

TEST(CustomRoles, NobodyGrantsBeyondItsOwn) {
  CustomRole w;
  w.org = {{false, "template", "read"}};
  auto narrow_key = w.with({roles::kOrgAdmin}, scope_of({"coder:workspaces.access"}));
  auto foreign = w.make(w.ana, {w.held(roles::kOrgAdmin, w.there)});

  EXPECT_TRUE(w.check(w.with({roles::kOrgAdmin})));
  EXPECT_TRUE(w.check(narrow_key)) << "the key may read templates";
  EXPECT_FALSE(w.check(w.with({roles::kOrgUserAdmin})));
  EXPECT_FALSE(w.check(foreign));
  w.org = {{false, "template", "update"}};
  EXPECT_FALSE(w.check(narrow_key));
}

TEST(CustomRoles, MemberPermissionsAreJudgedOnAnOwnObject) {
  CustomRole w;
  w.member = {{false, "workspace", "ssh"}};
  EXPECT_TRUE(w.check(w.with({roles::kOrgWorkspaceAccess})));
  EXPECT_FALSE(w.check(w.with({roles::kOrgTemplateAdmin})));

  w.org = w.member;
  EXPECT_FALSE(w.check(w.with({roles::kOrgWorkspaceAccess}))) << "organization-wide is more than one's own";
}

}  // namespace
}  // namespace slipway::rbac
