// Types, actions and fixed roles against the tables in words, row by row; and what is said of wrong role names.
#include "rbac/prose_test.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

namespace slipway::rbac {
namespace {

static_assert(ValidPair<Resource::workspace, Action::ssh>);
static_assert(!ValidPair<Resource::license, Action::update>);
static_assert(!ValidPair<Resource::any, Action::read>);
static_assert(!ValidPair<Resource::unknown, Action::read>);
template <Action A, Resource R>
constexpr bool kCompiles = requires(const Subject& s, Object o) { may<A, R>(s, o); };
static_assert(kCompiles<Action::read, Resource::license> && !kCompiles<Action::update, Resource::license>);

TEST(Actions, EveryRowOfTheTableAndNoOther) {
  std::size_t pairs = 0;
  for (const auto& [name, actions] : prose::types()) {
    auto type = resource_named(name);
    ASSERT_LT(type, Resource::any) << name;
    prose::Set known;
    for_each_action(actions_of(type), [&](Action action) { known.insert(std::string(name_of(action))); });

    EXPECT_EQ(known, actions) << name;
    EXPECT_EQ(name_of(type), name);
    pairs += known.size();
  }
  EXPECT_EQ(prose::types().size(), 52U);
  EXPECT_EQ(pairs, 188U);
  EXPECT_EQ(actions_of(Resource::any), ActionSet{});
}

TEST(Actions, NumbersArePairwiseDistinctAndBelow188) {
  std::set<unsigned> seen;
  for_each_pair([&](Resource type, Action action) { seen.insert(pair_number(type, action)); });

  EXPECT_EQ(seen.size(), 188U);
  EXPECT_EQ(*seen.rbegin(), 187U);
}

TEST(Actions, NamesAreExact) {
  EXPECT_EQ(resource_named("*"), Resource::any);
  EXPECT_EQ(action_named("*"), Action::any);
  for (const char* name : {"", "Workspace", " workspace", "workspace ", "coder", "task", "organization_skill", "zzz"})
    EXPECT_EQ(resource_named(name), Resource::unknown) << name;
  for (const char* name : {"", "Read", "read ", "write", "delete_"}) EXPECT_EQ(action_named(name), Action::unknown) << name;
}

void expect_role(const Role& role, const std::vector<prose::RoleRow>& rows) {
  EXPECT_EQ(prose::as_set(role.site), prose::expected(rows, role.name, "site")) << role.name;
  EXPECT_EQ(prose::as_set(role.user), prose::expected(rows, role.name, "user")) << role.name;
  EXPECT_EQ(prose::as_set(role.org), prose::expected(rows, role.name, "org")) << role.name;
  EXPECT_EQ(prose::as_set(role.member), prose::expected(rows, role.name, "member")) << role.name;
}

TEST(Roles, FixedRolesAreTheTables) {
  RoleBook book;
  for (const auto& role : book.site_roles()) expect_role(*role, prose::role_rows());
  for (const auto& role : book.organization_roles()) expect_role(*role, prose::role_rows());
  EXPECT_EQ(book.site_roles().size(), 5U);
  EXPECT_EQ(book.organization_roles().size(), 6U);
}

TEST(Roles, SystemRolesFollowTheSharingMode) {
  RoleBook book;
  for (auto mode : {Sharing::everyone, Sharing::service_accounts, Sharing::none})
    for (bool service_account : {false, true}) {
      SCOPED_TRACE(std::string(name_of(mode)));
      expect_role(*book.system(mode, service_account), prose::system_rows(mode));
      EXPECT_EQ(sharing_named(name_of(mode)), mode);
    }
  EXPECT_EQ(sharing_named("nobody"), std::nullopt);
}

TEST(Roles, DisplayNamesAreTheListedOnes) {
  RoleBook book;
  std::vector<std::string> shown;
  for (const auto& role : book.site_roles()) shown.push_back(role->display_name);
  for (const auto& role : book.organization_roles()) shown.push_back(role->display_name);

  EXPECT_EQ(shown, (std::vector<std::string>{"Owner", "Member", "Auditor", "Template Admin", "User Admin", "Organization Admin",
                                             "Organization Auditor", "Organization User Admin", "Organization Template Admin",
                                             "Organization Workspace Creation Ban", "Organization Workspace Access"}));
  EXPECT_EQ(book.system(Sharing::none, false)->display_name, "");
  EXPECT_EQ(book.system(Sharing::none, true)->display_name, "");
}

// What a switch takes from or gives to each role, as texts.
prose::Set difference(const RoleBook& from, const RoleBook& to, std::string_view role) {
  auto before = prose::as_set(from.site(role)->site), after = prose::as_set(to.site(role)->site);
  prose::Set out;
  for (const auto& one : before)
    if (!after.contains(one)) out.insert("-" + one);
  for (const auto& one : after)
    if (!before.contains(one)) out.insert("+" + one);
  return out;
}

TEST(Roles, SwitchesChangeExactlyWhatTheySay) {
  RoleBook plain, no_exec({.no_owner_workspace_exec = true}), no_sharing({.no_workspace_sharing = true}), no_chat({.no_chat_sharing = true});

  EXPECT_EQ(difference(plain, no_exec, "owner"), (prose::Set{"-workspace:ssh", "-workspace:application_connect"}));
  EXPECT_EQ(difference(plain, no_exec, "member"), prose::Set{});
  EXPECT_EQ(difference(plain, no_sharing, "member"), (prose::Set{"+!workspace:share"}));
  EXPECT_EQ(difference(plain, no_sharing, "owner"), prose::Set{});
  EXPECT_EQ(difference(plain, no_chat, "member"), (prose::Set{"+!chat:share", "+!chat_project:share"}));
}

TEST(RoleNames, ParseWithAndWithoutOrganization) {
  auto org = OrganizationId::random();

  EXPECT_EQ(*parse_role_name("owner"), (RoleName{"owner", {}}));
  EXPECT_EQ(*parse_role_name("organization-admin:" + org.str()), (RoleName{"organization-admin", org}));
  EXPECT_EQ(parse_role_name("organization-admin:" + org.str())->str(), "organization-admin:" + org.str());
}

TEST(RoleNames, BadOnesSayWhy) {
  EXPECT_EQ(parse_role_name("a:b:c").error().say, "too many colons in role name");
  EXPECT_EQ(parse_role_name("").error().say, "role cannot be the empty string");
  EXPECT_TRUE(parse_role_name("a:notuuid").error().say.starts_with("\"notuuid\" not a valid uuid: "));
  EXPECT_TRUE(parse_role_name("a:").error().say.starts_with("\"\" not a valid uuid: "));
  EXPECT_FALSE(parse_role_name(":" + OrganizationId::random().str()).has_value());
}

std::vector<std::string> names_of(const std::vector<HeldRole>& held) {
  std::vector<std::string> names;
  for (const auto& one : held) names.push_back(one.str());
  return names;
}

TEST(Expand, AddsImplicitAndDefaultRolesOnce) {
  RoleBook book;
  auto org = OrganizationId::random();
  Grants grants{.site = {"auditor", "auditor", "member"}};
  grants.organizations.push_back({org, Sharing::none, {"organization-workspace-access"}, {"organization-workspace-access"}});

  auto held = expand(book, grants);
  EXPECT_EQ(names_of(held),
            (std::vector<std::string>{"member", "auditor", "organization-member:" + org.str(), "organization-workspace-access:" + org.str()}));

  grants.service_account = true;
  held = expand(book, grants);
  EXPECT_EQ(held[2].role->name, "organization-service-account");
}

TEST(Expand, DropsRetiredDeletedAndUnknownNamesSilently) {
  RoleBook book;
  auto org = OrganizationId::random();
  auto custom = share({.name = "builders"});
  Grants grants{.site = {"agents-access", "gone"}};
  grants.organizations.push_back({org, Sharing::everyone, {}, {"agents-access", "gone", "builders", "owner"}});
  auto find = [&](OrganizationId in, std::string_view name) -> RolePtr {
    EXPECT_NE(name, "agents-access") << "a retired name resolves to nothing";
    return in == org && name == "builders" ? custom : nullptr;
  };

  EXPECT_EQ(names_of(expand(book, grants, find)), (std::vector<std::string>{"member", "organization-member:" + org.str(), "builders:" + org.str()}));
}

TEST(Expand, BuiltInListsRefuseUnknownNames) {
  RoleBook book;
  auto org = OrganizationId::random();

  auto good = expand_built_in(book, {"owner", "organization-admin:" + org.str()});
  EXPECT_EQ(names_of(*good), (std::vector<std::string>{"owner", "organization-admin:" + org.str()}));
  EXPECT_EQ(expand_built_in(book, {"agents-access"}).error().why, "role \"agents-access\" not found");
  EXPECT_EQ(expand_built_in(book, {"owner:" + org.str()}).error().code, Code::internal);
}

}  // namespace
}  // namespace slipway::rbac
