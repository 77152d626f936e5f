#include "features/apps/access.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

// The workspace's owner, a site owner, a member of its organization, a member of another one, nobody.
constexpr std::string_view kEverybody = "OSMXA";

struct Key {
  bool connect = true, ssh = true;  // what it is good for
};
constexpr Key kFull{}, kConnectOnly{.ssh = false}, kReadOnly{.connect = false, .ssh = false};

struct Row {
  Method method;
  Dangers dangers;
  std::string_view level, open;  // for whom
};

constexpr Dangers dangers_of(bool sharing, bool site) { return {.path_sharing = sharing, .site_owner_access = site}; }

// Every row of the table in docs/guide/apps.md, "any" written out.
std::vector<Row> table() {
  std::vector<Row> rows;
  for (const bool sharing : {false, true})
    for (const bool site : {false, true}) {
      const auto dangers = dangers_of(sharing, site);
      rows.insert(rows.end(), {{Method::subdomain, dangers, "owner", "OS"},
                               {Method::subdomain, dangers, "authenticated", "OSMX"},
                               {Method::subdomain, dangers, "organization", "OSM"},
                               {Method::subdomain, dangers, "public", "OSMXA"}});
      for (const std::string_view level : {"owner", "authenticated", "organization", "public"}) {
        rows.push_back({Method::terminal, dangers, level, "OS"});
        if (!sharing) rows.push_back({Method::path, dangers, level, site ? "OS" : "O"});
      }
      if (!sharing) continue;
      rows.insert(rows.end(), {{Method::path, dangers, "owner", site ? "OS" : "O"},
                               {Method::path, dangers, "authenticated", "OSMX"},
                               {Method::path, dangers, "organization", "OSM"},
                               {Method::path, dangers, "public", "OSMXA"}});
    }
  return rows;
}

struct Asked {
  int reach = 0, own = 0;
};

Verdict knock(char who, Key key, const Row& row, bool listed = false, Asked* asked = nullptr) {
  Knock at{.method = row.method, .level = row.level, .known = who != 'A'};
  at.owns = who == 'O';
  at.site_owner = who == 'S';
  at.member = who == 'O' || who == 'M';
  at.listed = listed;
  const bool good = row.method == Method::terminal ? key.ssh : key.connect;
  const Policy policy{.may_reach =
                          [&, asked] {
                            if (asked) ++asked->reach;
                            return good && (who == 'O' || who == 'S');
                          },
                      .may_reach_own =
                          [&, asked] {
                            if (asked) ++asked->own;
                            return good;
                          }};
  return judge(at, policy, row.dangers);
}

std::string who_may(const Row& row, Key key) {
  std::string open;
  for (const char who : kEverybody)
    if (knock(who, key, row).open) open += who;
  return open;
}

std::string told(const Row& row) {
  return fmt::format("{} {} sharing {} site owners {}", name_of(row.method), row.level, row.dangers.path_sharing, row.dangers.site_owner_access);
}

TEST(AppAccess, IsTheTableWithAFullKey) {
  for (const auto& row : table()) EXPECT_EQ(who_may(row, kFull), row.open) << told(row);
}

TEST(AppAccess, AKeyForAppsOpensThemAllButNoTerminal) {
  for (const auto& row : table()) EXPECT_EQ(who_may(row, kConnectOnly), row.method == Method::terminal ? "" : row.open) << told(row);
}

// Only what is public, where that counts: there nobody's key is asked about.
TEST(AppAccess, AKeyForSomethingElseOpensWhatIsPublic) {
  for (const auto& row : table()) EXPECT_EQ(who_may(row, kReadOnly), row.open.ends_with('A') ? "OSMXA" : "") << told(row);
}

TEST(AppAccess, AnEmptyLevelIsTheOwners) {
  EXPECT_EQ(who_may({Method::subdomain, {}, "", ""}, kFull), "OS");
  EXPECT_EQ(who_may({Method::path, dangers_of(true, false), "", ""}, kFull), "O");
}

// Of this many decisions each answer may be made.
TEST(AppAccess, AsksThePolicyNoMoreThanItMust) {
  const auto cost = [](char who, const Row& row) {
    Asked asked;
    knock(who, kFull, row, false, &asked);
    return asked.reach + asked.own;
  };

  EXPECT_EQ(cost('O', {Method::subdomain, {}, "owner", ""}), 1);
  EXPECT_EQ(cost('M', {Method::subdomain, {}, "authenticated", ""}), 2);
  EXPECT_EQ(cost('M', {Method::subdomain, {}, "organization", ""}), 2);
  EXPECT_EQ(cost('M', {Method::subdomain, {}, "public", ""}), 1);
  EXPECT_EQ(cost('A', {Method::subdomain, {}, "public", ""}), 0);
  EXPECT_EQ(cost('M', {Method::path, {}, "owner", ""}), 0);
  EXPECT_EQ(cost('S', {Method::path, {}, "public", ""}), 0);
}

constexpr std::string_view kNarrowed =
    "unable to use configured sharing level \"public\" because path-based app sharing is disabled (see --dangerous-allow-path-app-sharing), using "
    "sharing level \"owner\" instead";
constexpr std::string_view kOwnersAlone =
    "path-based apps with \"owner\" share level are only accessible by the workspace owner (see --dangerous-allow-path-app-site-owner-access)";

TEST(AppAccess, WarnsExactlyWhereASettingIsTheReason) {
  using Words = std::vector<std::string>;
  const Words narrowed{std::string(kNarrowed)}, owners{std::string(kOwnersAlone)}, both{std::string(kNarrowed), std::string(kOwnersAlone)};
  const auto warned = [](char who, const Row& row) { return knock(who, kFull, row).warnings; };

  EXPECT_EQ(warned('M', {Method::path, {}, "public", ""}), narrowed);
  EXPECT_EQ(warned('S', {Method::path, {}, "public", ""}), both);
  EXPECT_EQ(warned('S', {Method::path, {}, "owner", ""}), owners);
  EXPECT_EQ(warned('M', {Method::path, {}, "owner", ""}), Words());
  EXPECT_EQ(warned('M', {Method::path, dangers_of(false, true), "public", ""}), narrowed);
  EXPECT_EQ(warned('M', {Method::path, dangers_of(true, false), "owner", ""}), Words());
  EXPECT_EQ(warned('S', {Method::path, dangers_of(true, false), "owner", ""}), owners);
  for (const char open_to : {'O', 'A'}) EXPECT_EQ(warned(open_to, {Method::path, {}, "public", ""}), Words()) << open_to;
  EXPECT_EQ(warned('M', {Method::subdomain, {}, "owner", ""}), Words());
}

TEST(AppAccess, WhoIsListedOpensItOnAHostOfItsOwnAlone) {
  const auto listed = [](char who, Key key, const Row& row) { return knock(who, key, row, true).open; };

  EXPECT_TRUE(listed('M', kFull, {Method::subdomain, {}, "owner", ""}));
  EXPECT_TRUE(listed('X', kConnectOnly, {Method::subdomain, {}, "organization", ""}));
  EXPECT_FALSE(listed('M', kReadOnly, {Method::subdomain, {}, "owner", ""}));
  EXPECT_FALSE(listed('A', kFull, {Method::subdomain, {}, "owner", ""}));
  for (const bool sharing : {false, true})
    for (const bool site : {false, true}) {
      EXPECT_FALSE(listed('M', kFull, {Method::path, dangers_of(sharing, site), "owner", ""}));
      EXPECT_FALSE(listed('M', kFull, {Method::terminal, dangers_of(sharing, site), "owner", ""}));
    }
}

}  // namespace
}  // namespace slipway::apps
