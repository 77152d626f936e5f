// What each row is to the policy, against the table of docs/guide/authorization.md: a wrong mapping is the
// commonest authorization bug.
#include "features/apps/objects.hpp"
#include "features/chats/objects.hpp"
#include "features/connections/objects.hpp"
#include "features/files/objects.hpp"
#include "features/identity/objects.hpp"
#include "features/organizations/objects.hpp"
#include "features/proxies/objects.hpp"
#include "features/reach/objects.hpp"
#include "features/sessions/objects.hpp"
#include "features/templates/objects.hpp"
#include "features/users/objects.hpp"
#include "features/workspaces/objects.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

using rbac::Action, rbac::Object, rbac::Resource;

const WorkspaceId kWorkspace = WorkspaceId::random();
const OrganizationId kOrganization = OrganizationId::random();
const UserId kOwner = UserId::random(), kFriend = UserId::random();
const GroupId kGroup = GroupId::random();
const std::string kNestedUsers = R"({")" + kFriend.str() + R"(":{"permissions":["read","ssh"]}})",
                  kNestedGroups = R"({")" + kGroup.str() + R"(":{"permissions":["*"]}})";
const std::string kFlatUsers = R"({")" + kFriend.str() + R"(":["use"]})", kFlatGroups = R"({")" + kGroup.str() + R"(":["read"]})";

// The row of the table: type, id, organization, owner.
void expect(const store::Target& target, Resource type, Uuid id, OrganizationId organization, UserId owner) {
  const Object& object = target;
  EXPECT_EQ(rbac::name_of(object.type), rbac::name_of(type));
  EXPECT_EQ(object.id, id);
  EXPECT_EQ(object.organization, organization);
  EXPECT_EQ(object.owner, owner);
  EXPECT_FALSE(object.any_org);
}
void expect_lists(const Object& object, rbac::ActionSet user, rbac::ActionSet group) {
  ASSERT_EQ(object.user_acl.size(), 1U);
  EXPECT_EQ(object.user_acl[0], (rbac::AclEntry{kFriend.uuid, user}));
  ASSERT_EQ(object.group_acl.size(), 1U);
  EXPECT_EQ(object.group_acl[0], (rbac::AclEntry{kGroup.uuid, group}));
}

// Every row that stands for a workspace: the workspace itself, its build, its agent, its app.
template <class Row>
Row of_workspace() {
  Row row;
  row.owner_id = kOwner;
  row.organization_id = kOrganization;
  row.user_acl.text = kNestedUsers;
  row.group_acl.text = kNestedGroups;
  return row;
}
template <class Row>
void expect_workspace(const Row& awake, const Row& dormant) {
  const auto target = object_of(awake), asleep = object_of(dormant);
  expect(target, Resource::workspace, kWorkspace.uuid, kOrganization, kOwner);
  expect_lists(target, {Action::read, Action::ssh}, Action::any);
  expect(asleep, Resource::workspace_dormant, kWorkspace.uuid, kOrganization, kOwner);
  EXPECT_TRUE(asleep.object().user_acl.empty() && asleep.object().group_acl.empty()) << "sharing sleeps with the workspace";
}

TEST(Objects, Workspaces) {
  auto row = of_workspace<workspaces::sql::Workspace>();
  row.id = kWorkspace;
  auto dormant = row;
  dormant.dormant_at = Time{};
  expect_workspace(row, dormant);

  auto listed = of_workspace<workspaces::sql::Shown>();
  listed.id = kWorkspace;
  auto listed_dormant = listed;
  listed_dormant.dormant_at = Time{};
  expect_workspace(listed, listed_dormant);
}

TEST(Objects, ChatsAreTheirOwnersAndTheWorkspaceTheyAreAboutIsAWorkspace) {
  chats::sql::Chat chat;
  chat.id = ChatId::random();
  chat.owner_id = kOwner;
  chat.organization_id = kOrganization;
  auto named = of_workspace<chats::sql::Named>();
  named.id = kWorkspace;
  auto dormant = named;
  dormant.dormant_at = Time{};

  expect(object_of(chat), Resource::chat, chat.id.uuid, kOrganization, kOwner);
  expect_workspace(named, dormant);
}

TEST(Objects, BuildsAreTheirWorkspace) {
  auto row = of_workspace<workspaces::sql::Build>();
  row.id = kWorkspace;
  auto dormant = row;
  dormant.dormant_at = Time{};
  expect_workspace(row, dormant);
}

TEST(Objects, AgentsAndAppsAreTheirWorkspace) {
  auto agent = of_workspace<reach::sql::Found>();
  auto app = of_workspace<apps::sql::Found>();
  agent.workspace_id = app.workspace_id = kWorkspace;
  auto asleep = agent;
  auto app_asleep = app;
  asleep.dormant = app_asleep.dormant = true;
  expect_workspace(agent, asleep);
  expect_workspace(app, app_asleep);
}

TEST(Objects, SessionsAreTheirWorkspace) {
  auto row = of_workspace<connections::sql::Place>();
  row.id = kWorkspace;
  auto dormant = row;
  dormant.dormant = true;
  expect_workspace(row, dormant);
}

TEST(Objects, AwaitedMachinesAreTheirWorkspaceAndConcernItsTemplate) {
  auto row = of_workspace<identity::sql::Awaited>();
  row.id = kWorkspace;
  row.template_id = TemplateId::random();
  row.template_user_acl.text = kFlatUsers;
  row.template_group_acl.text = kFlatGroups;
  auto dormant = row;
  dormant.dormant = true;

  expect_workspace(row, dormant);

  const auto of_template = template_of(row);
  expect(of_template, Resource::template_, row.template_id.uuid, kOrganization, {});
  expect_lists(of_template, Action::use, Action::read);
}

TEST(Objects, TemplatesAndTheirVersions) {
  templates::sql::Template row;
  row.id = TemplateId::random();
  row.organization_id = kOrganization;
  row.user_acl.text = kFlatUsers;
  row.group_acl.text = kFlatGroups;
  templates::sql::Version version, loose;
  version.organization_id = loose.organization_id = kOrganization;
  version.template_id = row.id;
  version.user_acl = row.user_acl;
  version.group_acl = row.group_acl;

  const auto whole = object_of(row), of_version = object_of(version), of_loose = object_of(loose);

  expect(whole, Resource::template_, row.id.uuid, kOrganization, {});
  expect_lists(whole, Action::use, Action::read);
  expect(of_version, Resource::template_, row.id.uuid, kOrganization, {});
  expect_lists(of_version, Action::use, Action::read);
  expect(of_loose, Resource::template_, {}, kOrganization, {});
  EXPECT_TRUE(of_loose.object().user_acl.empty());
}

TEST(Objects, PeopleKeysOrganizationsAndFiles) {
  users::sql::User user;
  user.id = kOwner;
  sessions::sql::Grantee grantee;
  grantee.user_id = kOwner;
  sessions::sql::Key key;
  key.id = "0123456789";
  key.user_id = kOwner;
  organizations::sql::Organization organization;
  organization.id = kOrganization;
  files::sql::Stored file;
  file.id = FileId::random();
  file.created_by = kOwner;

  expect(object_of(user), Resource::user, kOwner.uuid, {}, kOwner);
  expect(object_of(grantee), Resource::user, kOwner.uuid, {}, kOwner);
  const auto of_key = object_of(key);
  expect(of_key, Resource::api_key, {}, {}, kOwner);
  EXPECT_EQ(of_key.object().text_id, "0123456789");
  expect(object_of(organization), Resource::organization, kOrganization.uuid, kOrganization, {});
  expect(object_of(file), Resource::file, file.id.uuid, {}, kOwner);
}

TEST(Objects, WorkspaceProxiesBelongToNobody) {
  proxies::sql::Proxy proxy;
  proxy.id = Uuid::random();

  expect(object_of(proxy), Resource::workspace_proxy, proxy.id, {}, {});
}

TEST(Objects, AStoredListThatIsBrokenGrantsNothing) {
  for (const char* text : {"", "[]", "{", "null", R"({"x":{"permissions":["read"]}})", R"({"3b579bf4-1ed8-4b99-87a8-e9a1e3410410":["read"]})"})
    EXPECT_TRUE(store::parse_acl(text, store::AclShape::nested).empty()) << text;
  const auto unknown = store::parse_acl(R"({"3b579bf4-1ed8-4b99-87a8-e9a1e3410410":["zonk",7,"read"]})", store::AclShape::flat);
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_EQ(unknown[0].actions, rbac::ActionSet(Action::read));
}

}  // namespace
}  // namespace slipway::test
