// The facts of docs/guide/authorization.md about what a token's scope and allow list leave of its owner's rights.
#include "rbac/filter.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

namespace slipway::rbac {
namespace {

constexpr auto kAccess = roles::kOrgWorkspaceAccess;
using enum Action;

bool can(const SubjectPtr& subject, Action action, const Object& object) { return decide(*subject, action, object); }

TEST(Facts, F17_WorkspaceReadKey) {
  World w;
  auto key = w.member_with({kAccess}, scope_of({"workspace:read"}));
  AclEntry everyone{w.here.uuid, read};
  auto its_template = w.in(w.here, Resource::template_);
  its_template.group_acl = {&everyone, 1};
  Object me{.type = Resource::user, .id = w.ana.uuid, .owner = w.ana};

  EXPECT_TRUE(can(key, read, w.here_of(w.ana)));
  EXPECT_FALSE(can(key, update, w.here_of(w.ana)));
  EXPECT_FALSE(can(key, read, its_template));
  EXPECT_FALSE(can(key, read_personal, me));
  EXPECT_FALSE(can(key, read, w.here_of(w.bo))) << "a scope never adds";
}

TEST(Facts, F19_ApplicationConnectKeyOpensAppsOnly) {
  World w;
  auto key = w.member_with({roles::kOwner, kAccess}, scope_of({"application_connect"}));

  for_each_pair([&](Resource type, Action action) {
    EXPECT_EQ(can(key, action, w.in(w.here, type, w.ana)), type == Resource::workspace && action == application_connect)
        << name_of(type) << ":" << name_of(action);
  });
}

TEST(Facts, F20_TwoScopesAreTheirUnion) {
  World w;
  const std::vector<std::string> names{"coder:workspaces.operate", "file:*"};
  auto both = w.with({roles::kOwner}, scope_of(names)), first = w.with({roles::kOwner}, scope_of({names[0]})),
       second = w.with({roles::kOwner}, scope_of({names[1]}));

  for_each_pair([&](Resource type, Action action) {
    auto object = w.here_of(w.bo, type);
    EXPECT_EQ(can(both, action, object), can(first, action, object) || can(second, action, object));
    EXPECT_FALSE(can(first, action, object) && can(second, action, object)) << "removing one removes exactly its pairs";
  });
}

TEST(Facts, F21_KeyOfOneWorkspace) {
  World w;
  auto listed = w.here_of(w.bo);
  AllowEntry one{Resource::workspace, listed.id}, all{Resource::workspace, std::nullopt};
  auto narrow = w.with({roles::kOwner}, scope_of({"coder:all"}, AllowList({one})));
  auto wide = w.with({roles::kOwner}, scope_of({"coder:all"}, AllowList({one, all})));

  EXPECT_TRUE(can(narrow, read, listed));
  EXPECT_FALSE(can(narrow, read, w.here_of(w.bo)));
  EXPECT_FALSE(can(narrow, read, w.in(w.here, Resource::template_)));
  EXPECT_FALSE(can(narrow, create, all_in(Resource::workspace, w.here)));
  EXPECT_TRUE(can(wide, create, all_in(Resource::workspace, w.here)));
}

TEST(Facts, F23_EmptyEffectiveListAuthorizesNothing) {
  World w;
  auto key = w.with({roles::kOwner}, scope_of({"coder:all"}, AllowList()));

  for_each_pair([&](Resource type, Action action) {
    EXPECT_FALSE(can(key, action, w.in(w.here, type, w.ana)));
    EXPECT_TRUE(filter(*key, action, type).nothing);
  });
}

}  // namespace
}  // namespace slipway::rbac
