#include "features/apps/visit.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

// The workspace's owner, a site owner, a member of its organization, a member of another one, nobody.
struct Visitors {
  Visit owner{.signed_in = true, .owns = true, .may_connect = true, .may_connect_to_own = true, .in_the_organization = true};
  Visit site{.signed_in = true, .may_connect = true, .may_connect_to_own = true, .in_the_organization = false};
  Visit member{.signed_in = true, .may_connect_to_own = true, .in_the_organization = true};
  Visit other{.signed_in = true, .may_connect_to_own = true};
  Visit nobody;
};

// "O", "S", "M", "X" and "A" of those who may.
std::string who(std::string_view level, Dangers dangers) {
  Visitors all;
  std::string may;
  for (auto& [name, visit] : {std::pair{'O', all.owner}, {'S', all.site}, {'M', all.member}, {'X', all.other}, {'A', all.nobody}}) {
    Visit asked = visit;
    asked.level = level;
    if (may_open(asked, dangers)) may += name;
  }
  return may;
}

TEST(AppVisit, IsTheOwnersAloneByDefault) {
  for (const char* level : {"owner", "authenticated", "organization", "public"}) {
    EXPECT_EQ(who(level, {}), "O") << level;
    EXPECT_EQ(who(level, {.site_owner_access = true}), "OS") << level;
  }
}

TEST(AppVisit, FollowsTheLevelWhereSharingIsAllowed) {
  EXPECT_EQ(who("owner", {.path_sharing = true}), "O");
  EXPECT_EQ(who("owner", {.path_sharing = true, .site_owner_access = true}), "OS");
  EXPECT_EQ(who("authenticated", {.path_sharing = true}), "OSMX");
  EXPECT_EQ(who("organization", {.path_sharing = true}), "OSM");
  EXPECT_EQ(who("public", {.path_sharing = true}), "OSMXA");
}

TEST(AppVisit, ANarrowKeyOpensNothingButWhatIsPublic) {
  const Visit narrow{.level = "authenticated", .signed_in = true, .owns = true, .in_the_organization = true};

  EXPECT_FALSE(may_open(narrow, {}));
  EXPECT_FALSE(may_open(narrow, {.path_sharing = true, .site_owner_access = true}));
}

TEST(AppVisit, TheReasonIsToldToThoseWhoCouldConnect) {
  Visitors all;
  all.site.level = "public";
  all.member.level = "public";

  EXPECT_TRUE(why_closed(all.site, {}).starts_with("unable to use configured sharing level \"public\""));
  EXPECT_EQ(why_closed(all.member, {}), "");
  all.site.level = "owner";
  EXPECT_TRUE(why_closed(all.site, {}).starts_with("path-based apps with \"owner\""));
  EXPECT_EQ(why_closed(all.site, {.site_owner_access = true}), "");
}

}  // namespace
}  // namespace slipway::apps
