// Scopes and allow lists against the tables in words, row by row, and the words of every refusal.
#include "rbac/prose_test.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace slipway::rbac {
namespace {

using Names = std::vector<std::string>;

TEST(Scopes, NamedOnesExpandAsTheTableSays) {
  const std::pair<const char*, const char*> rows[] = {
      {"coder:application_connect", "workspace: application_connect"},
      {"coder:workspaces.create", "template: read use; workspace: create read update start stop; organization_member: read"},
      {"coder:workspaces.operate", "template: read; workspace: read update start stop; organization_member: read"},
      {"coder:workspaces.delete", "template: read use; workspace: read delete; organization_member: read"},
      {"coder:workspaces.access", "template: read; workspace: read ssh application_connect; organization_member: read"},
      {"coder:templates.build", "template: read; file: create read; provisioner_jobs: read"},
      {"coder:templates.author", "template: crud view_insights; file: create read"},
      {"coder:apikeys.manage_self", "api_key: crud"},
      {"no_user_data", "all except {user}"},
      {"coder:all", "*: *"},
      {"*:*", "*: *"},
      {"license:delete", "license: delete"},
      {"workspace:*", "workspace: *"},
  };
  for (const auto& [name, text] : rows) {
    auto scope = expand_scope(name);
    ASSERT_TRUE(scope) << name;
    EXPECT_EQ(prose::as_set(scope->site), prose::permissions(text)) << name;
    EXPECT_EQ(scope->name, "Scope_" + std::string(name));
    EXPECT_TRUE(scope->allow_list.is_everything()) << name;
    EXPECT_TRUE(scope->user.empty() && scope->by_org.empty()) << name;
  }
}

TEST(Scopes, EveryPairIsAScope) {
  for_each_pair([&](Resource type, Action action) {
    auto name = std::string(name_of(type)) + ":" + std::string(name_of(action));
    auto scope = expand_scope(name);
    ASSERT_TRUE(scope) << name;
    EXPECT_EQ(scope->site, (Permissions{{false, type, action}}));
  });
}

TEST(Scopes, BadNamesDoNotParse) {
  for (const char* name :
       {"", "workspace", "workspace:", ":read", ":", "Workspace:Read", " workspace:read", "workspace:read ", "workspace:assign", "license:update",
        "*:read", "coder:none", "a:b:c", "workspace:read:x", "all", "application_connect", "coder:", "task:read"}) {
    auto scope = expand_scope(name);
    ASSERT_FALSE(scope) << name;
    EXPECT_EQ(scope.error().detail, "no scope named \"" + std::string(name) + "\"");
  }
}

// Fact 24, and the catalogue of names that people may ask for.
TEST(Scopes, CatalogueIsSortedCompleteAndExpandable) {
  const std::pair<const char*, const char*> low[] = {
      {"workspace", "read create update delete ssh start stop application_connect *"},
      {"template", "read create update delete use *"},
      {"api_key", "read create update delete *"},
      {"file", "read create *"},
      {"user", "read read_personal update_personal *"},
      {"user_secret", "read create update delete *"},
      {"user_skill", "read create update delete *"},
      {"organization", "read update delete *"},
      {"inbox_notification", "read update"},
      {"chat_model_config", "read share"},
  };
  Names expected{"coder:all",
                 "coder:application_connect",
                 "coder:workspaces.create",
                 "coder:workspaces.operate",
                 "coder:workspaces.delete",
                 "coder:workspaces.access",
                 "coder:templates.build",
                 "coder:templates.author",
                 "coder:apikeys.manage_self"};
  for (const auto& [type, actions] : low)
    for (const auto& action : prose::split(actions, ' ')) expected.push_back(std::string(type) + ":" + action);
  std::ranges::sort(expected);

  EXPECT_EQ(public_scopes(), expected);
  for (const auto& name : public_scopes()) {
    EXPECT_TRUE(is_requestable(name)) << name;
    EXPECT_TRUE(expand_scope(name)) << name;
    EXPECT_EQ(canonical_scope(name), name);
    EXPECT_EQ(*requested_scopes(std::nullopt, Names{name}), Names{name});
  }
  for (const char* name : {"all", "application_connect", "no_user_data", "*:*", "workspace:share", "license:read"})
    EXPECT_FALSE(is_requestable(name)) << name;
}

// Fact 18, with the rules for which names a key is stored with.
TEST(Scopes, RequestedNamesAreCanonicalised) {
  EXPECT_EQ(*requested_scopes(std::nullopt, {}), Names{"coder:all"});
  EXPECT_EQ(*requested_scopes("", {}), Names{"coder:all"});
  EXPECT_EQ(*requested_scopes("all", {}), *requested_scopes(std::nullopt, Names{"coder:all"}));
  EXPECT_EQ(*requested_scopes("application_connect", {}), Names{"coder:application_connect"});
  EXPECT_EQ(*requested_scopes("all", Names{"workspace:read"}), Names{"workspace:read"}) << "the list wins";
  EXPECT_EQ(*requested_scopes(std::nullopt, Names{"all", "coder:all"}), Names{"coder:all"});
  EXPECT_EQ(single_scope(Names{"coder:all"}), "all");
  EXPECT_EQ(single_scope(Names{"coder:all", "coder:application_connect"}), "application_connect");
  EXPECT_EQ(single_scope(Names{"workspace:read"}), "");
}

TEST(Scopes, RefusedRequestsSayWhichName) {
  for (const char* name : {"Workspace:Read", " workspace:read", "workspace:", ":read", "workspace", "", "no_user_data", "*:*", "license:read",
                           "workspace:share", "nonsense"}) {
    auto got = requested_scopes(std::nullopt, Names{"coder:all", name});
    ASSERT_FALSE(got) << name;
    EXPECT_EQ(got.error().code, Code::invalid);
    EXPECT_EQ(got.error().say, "Failed to create API key.");
    EXPECT_EQ(got.error().detail, "invalid or unsupported API key scope: \"" + std::string(name) + "\"");
  }
  EXPECT_FALSE(requested_scopes("no_user_data", {}));
}

// Fact 20.
TEST(Scopes, UnionPoolsInFirstOrder) {
  auto both = scope_of({"workspace:read", "template:read", "workspace:read"});

  EXPECT_EQ(both->site, (Permissions{{false, Resource::workspace, Action::read}, {false, Resource::template_, Action::read}}));
  EXPECT_EQ(both->name, "scopes[workspace:read+template:read+workspace:read]");
  EXPECT_EQ(scope_of({"workspace:read"})->site, (Permissions{{false, Resource::workspace, Action::read}}));
  EXPECT_EQ(scope_of({"all"}), scope_all());
}

TEST(Scopes, AKeyWithoutScopesIsInvalid) {
  EXPECT_EQ(scope_of_key(Names{}, AllowList::everything()).error().detail, "no scopes provided");
  EXPECT_EQ(scope_of_key(Names{"gone:read"}, AllowList::everything()).error().detail, "no scope named \"gone:read\"");
}

TEST(Coverage, StarNeedsStar) {
  auto ask = [](Names holder, Names wanted) { return *covers(holder, wanted); };

  EXPECT_TRUE(ask({"coder:all"}, {"workspace:*"}));
  EXPECT_TRUE(ask({"coder:all"}, {"coder:all"}));
  EXPECT_TRUE(ask({"workspace:*"}, {"workspace:read", "workspace:share"}));
  EXPECT_TRUE(ask({"coder:workspaces.create"}, {"workspace:read", "template:use"}));
  EXPECT_FALSE(ask({"workspace:*"}, {"coder:all"}));
  EXPECT_FALSE(ask({"workspace:read"}, {"workspace:*"}));
  EXPECT_FALSE(ask({"file:read", "file:create"}, {"file:*"})) << "today's actions do not cover tomorrow's";
  EXPECT_FALSE(ask({"workspace:read"}, {"workspace:read", "template:read"}));
}

TEST(Coverage, RefusesWhatCannotBeCompared) {
  auto plain = *expand_scope("workspace:read");
  auto narrowed = plain, negative = plain, lower = plain;
  narrowed.allow_list = AllowList({{Resource::workspace, Uuid::random()}});
  negative.site.push_back({true, Resource::workspace, Action::ssh});
  lower.user.push_back({false, Resource::user, Action::read});

  for (const auto& odd : {narrowed, negative, lower}) {
    EXPECT_FALSE(covers(plain, odd).has_value());
    EXPECT_FALSE(covers(odd, plain).has_value());
  }
  EXPECT_EQ(covers(Names{"coder:all"}, Names{"gone:read"}).error().detail, "no scope named \"gone:read\"");
  EXPECT_EQ(covers(Names{"gone:read"}, Names{"coder:all"}).error().detail, "no scope named \"gone:read\"");
}

const Uuid kOne = *Uuid::parse("11111111-1111-4111-8111-111111111111");
const Uuid kTwo = *Uuid::parse("22222222-2222-4222-8222-222222222222");

TEST(AllowLists, EntriesParseInBothForms) {
  EXPECT_EQ(*parse_allow_entry("workspace:" + kOne.str()), (AllowEntry{Resource::workspace, kOne}));
  EXPECT_EQ(*parse_allow_entry(" Workspace : " + kOne.str() + " "), (AllowEntry{Resource::workspace, kOne}));
  EXPECT_EQ(*parse_allow_entry("*:*"), AllowEntry{});
  EXPECT_EQ(*parse_allow_entry("*:" + kOne.str()), (AllowEntry{Resource::any, kOne}));
  EXPECT_EQ(*parse_allow_entry("template:*"), (AllowEntry{Resource::template_, std::nullopt}));
  EXPECT_EQ(*parse_allow_entry(" workspace ", " " + kOne.str() + " "), (AllowEntry{Resource::workspace, kOne}));
  EXPECT_EQ(parse_allow_entry("workspace:" + kOne.str())->str(), "workspace:" + kOne.str());
}

TEST(AllowLists, BadEntriesSayWhy) {
  auto text = [](std::string_view entry) { return parse_allow_entry(entry).error().detail; };
  auto pair = [](std::string_view type, std::string_view id) { return parse_allow_entry(type, id).error().detail; };

  for (const char* entry : {"", "workspace", "workspace:", ":x", ":", " : "})
    EXPECT_EQ(text(entry), "invalid allow_list entry \"" + std::string(entry) + "\": want <type>:<id>");
  EXPECT_EQ(pair("workspace", ""), "allow_list entry must include both type and id");
  EXPECT_EQ(pair(" ", "*"), "allow_list entry must include both type and id");
  EXPECT_EQ(wrong_allow_entry_kind().error().detail, "invalid allow_list entry: expected object with type/id or string");
  EXPECT_EQ(text("spaceship:*"), "unknown resource type \"spaceship\"");
  EXPECT_EQ(pair("spaceship", "*"), "unknown resource type \"spaceship\"");
  EXPECT_EQ(text("workspace:x"), "invalid workspace ID (must be UUID): \"x\"");
  EXPECT_EQ(pair("user", "x"), "invalid user ID (must be UUID): \"x\"");
  EXPECT_EQ(parse_allow_entry("x").error().say, "Failed to create API key.");
}

// Fact 22.
TEST(AllowLists, LimitIsCountedBeforeNormalisation) {
  std::vector<AllowEntry> entries(128, AllowEntry{Resource::workspace, kOne});
  EXPECT_EQ(AllowList::requested(entries)->entries().size(), 1U);
  entries.emplace_back();
  EXPECT_EQ(AllowList::requested(entries).error().detail, "allow_list has 129 entries; max allowed is 128");
  EXPECT_TRUE(AllowList::requested({})->is_everything());
}

TEST(AllowLists, NormalisedSortedWithoutRepeats) {
  AllowList list({{Resource::workspace, kTwo},
                  {Resource::template_, kTwo},
                  {Resource::workspace, kOne},
                  {Resource::template_, std::nullopt},
                  {Resource::workspace, kTwo},
                  {Resource::any, kOne}});

  EXPECT_EQ(list.texts(), (Names{"*:" + kOne.str(), "template:*", "workspace:" + kOne.str(), "workspace:" + kTwo.str()}));
  EXPECT_TRUE(AllowList({{Resource::workspace, kOne}, {}, {Resource::user, std::nullopt}}).is_everything());
  EXPECT_EQ(AllowList::stored(list.texts()), list);
  EXPECT_EQ(AllowList::stored(Names{"gone:*", "workspace:" + kOne.str()}).entries().size(), 1U);
}

TEST(AllowLists, IntersectionTakesTheNarrowerPart) {
  AllowList everything = AllowList::everything(), empty, workspaces({{Resource::workspace, std::nullopt}}),
            one({{Resource::workspace, kOne}, {Resource::user, kTwo}}), any_one({{Resource::any, kOne}});

  EXPECT_TRUE(intersection_of(everything, everything).is_everything());
  EXPECT_EQ(intersection_of(everything, one), one);
  EXPECT_EQ(intersection_of(one, everything), one);
  EXPECT_EQ(intersection_of(everything, empty), empty);
  EXPECT_EQ(intersection_of(one, empty), empty);
  EXPECT_EQ(intersection_of(workspaces, one), AllowList({{Resource::workspace, kOne}}));
  EXPECT_EQ(intersection_of(any_one, workspaces), AllowList({{Resource::workspace, kOne}}));
  EXPECT_EQ(intersection_of(any_one, one), AllowList({{Resource::workspace, kOne}}));
  EXPECT_EQ(union_of(workspaces, one), AllowList({{Resource::user, kTwo}, {Resource::workspace, std::nullopt}}));
}

TEST(AllowLists, CoverIdsTypesAndNothing) {
  AllowList list({{Resource::workspace, kOne}, {Resource::any, kTwo}, {Resource::file, std::nullopt}});

  EXPECT_TRUE(list.covers(Resource::workspace, kOne));
  EXPECT_TRUE(list.covers(Resource::user, kTwo));
  EXPECT_TRUE(list.covers(Resource::file, {})) << "T:* covers an object without id";
  EXPECT_FALSE(list.covers(Resource::user, kOne));
  EXPECT_FALSE(list.covers(Resource::workspace, {}));
  EXPECT_FALSE(AllowList().covers(Resource::workspace, kOne)) << "an empty list covers nothing";
  EXPECT_FALSE(list.covers(Resource::unknown, kOne));
}

// What an agent may touch: fact 25.
TEST(AgentScope, ReachesItsOwnWorkspaceAndTemplateOnly) {
  World w;
  AgentScopeIds ids{Uuid::random(), Uuid::random(), Uuid::random(), w.ana};
  auto agent = w.member_with({roles::kOrgWorkspaceAccess}, agent_scope(ids, false));
  auto blind = w.member_with({roles::kOrgWorkspaceAccess}, agent_scope(ids, true));
  auto mine = w.here_of(w.ana), other = w.here_of(w.ana);
  mine.id = ids.workspace;
  AclEntry everyone{w.here.uuid, Action::read};
  Object its_template{.type = Resource::template_, .id = ids.template_, .organization = w.here, .group_acl = {&everyone, 1}};
  auto other_template = its_template;
  other_template.id = Uuid::random();
  Object owner{.type = Resource::user, .id = w.ana.uuid, .owner = w.ana};
  auto logs = Object{.type = Resource::boundary_log, .owner = w.ana};

  for (const auto& subject : {agent, blind}) {
    EXPECT_TRUE(decide(*subject, Action::read, mine));
    EXPECT_FALSE(decide(*subject, Action::read, other));
    EXPECT_TRUE(decide(*subject, Action::read, its_template));
    EXPECT_FALSE(decide(*subject, Action::read, other_template));
    EXPECT_TRUE(decide(*subject, Action::create, logs));
    EXPECT_FALSE(decide(*subject, Action::read, logs));
  }
  EXPECT_TRUE(decide(*agent, Action::read_personal, owner));
  EXPECT_FALSE(decide(*blind, Action::read, owner));
  EXPECT_FALSE(decide(*blind, Action::read_personal, owner));
  EXPECT_TRUE(decide(*w.with({roles::kOwner}, agent_scope(ids, false)), Action::read, logs)) << "accepted: a site owner's agent";
}

TEST(AgentScopeDeathTest, NilIdsAbort) {
  AgentScopeIds ids{Uuid::random(), Uuid::random(), Uuid{}, UserId::random()};
  EXPECT_DEATH(agent_scope(ids, false), "not nil");
}

}  // namespace
}  // namespace slipway::rbac
