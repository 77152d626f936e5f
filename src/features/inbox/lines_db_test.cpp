#include "features/inbox/rig_test.hpp"

namespace slipway::test {
namespace {

TEST(InboxDb, GoesOnWhereAPageEndedEvenWithinOneMicrosecond) {
  InboxRig r;
  std::set<std::string> all, seen;
  const auto then = r.srv.database().sql("select quote_literal(now())");  // of today: what is old is purged
  for (int i = 0; i < 60; ++i) all.insert(r.add(r.ana, kDeleted, "{}", then));
  const auto others = r.add(r.bo);
  std::vector<std::size_t> sizes;
  std::string last;

  for (int page = 0; page < 4; ++page) {
    const auto answer = r.list(r.ana, last.empty() ? "" : "?starting_before=" + last);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto found = ids(answer);
    sizes.push_back(found.size());
    for (const auto& id : found) EXPECT_TRUE(seen.insert(id).second) << "twice: " << id;
    if (!found.empty()) last = found.back();
    EXPECT_EQ(unread(answer), 60);
  }

  EXPECT_EQ(sizes, (std::vector<std::size_t>{25, 25, 10, 0}));
  EXPECT_EQ(seen, all);
  // A cursor that is no line of one's own is none.
  EXPECT_EQ(ids(r.list(r.ana, "?starting_before=" + others)).size(), 25U);
  EXPECT_EQ(ids(r.list(r.ana, "?starting_before=" + Uuid::random().str())).size(), 25U);
}

TEST(InboxDb, HasTheNewestFirst) {
  InboxRig r;
  const auto old = r.add(r.ana, kDeleted, "{}", "now() - interval '1 hour'"), fresh = r.add(r.ana);

  EXPECT_EQ(ids(r.list(r.ana)), (std::vector{fresh, old}));
  EXPECT_EQ(ids(r.list(r.ana, "?starting_before=" + fresh)), std::vector{old});
}

TEST(InboxDb, FiltersWhatIsListedAndCountsAllThatIsUnread) {
  InboxRig r;
  const auto one = Uuid::random().str(), two = Uuid::random().str();
  const auto both = r.add(r.ana, kDeleted, "{" + one + "," + two + "}"), first = r.add(r.ana, kAccount, "{" + one + "}"), none = r.add(r.ana, kTest);
  ASSERT_EQ(r.mark(r.ana, none, true).status, 200);
  const auto found = [&](const std::string& query) {
    const auto answer = r.list(r.ana, query);
    EXPECT_EQ(unread(answer), 2) << query;
    auto list = ids(answer);
    return std::set<std::string>(list.begin(), list.end());
  };

  EXPECT_EQ(found("?targets=" + one), (std::set{both, first}));
  EXPECT_EQ(found("?targets=" + one + "," + two), std::set{both});
  EXPECT_EQ(found("?templates=" + kAccount + "," + kTest), (std::set{first, none}));
  EXPECT_EQ(found("?read_status=read"), std::set{none});
  EXPECT_EQ(found("?read_status=unread"), (std::set{both, first}));
  EXPECT_EQ(found("?read_status=all"), (std::set{both, first, none}));
  EXPECT_EQ(found("?targets=" + one + "&templates=" + kTest), std::set<std::string>());
}

TEST(InboxDb, SaysWhichParameterIsWrong) {
  InboxRig r;
  for (const auto& [query, field] : std::vector<std::pair<std::string, std::string>>{{"?targets=no-uuid", "targets"},
                                                                                     {"?templates=" + kTest + ",x", "templates"},
                                                                                     {"?read_status=maybe", "read_status"},
                                                                                     {"?starting_before=7", "starting_before"},
                                                                                     {"?format=plaintext", "format"},
                                                                                     {"?limit=3", "limit"}}) {
    const auto answer = r.list(r.ana, query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.json().at("message").as_string(), "Query parameters have invalid values.") << query;
    EXPECT_EQ(fault(answer), field) << query;
  }
}

TEST(InboxDb, ShowsWhereALineLeadsAndWhatItIsAbout) {
  InboxRig r;
  r.add(r.ana, kTemplateDeleted);

  const auto line = r.list(r.ana).json().at("notifications").as_array().at(0);

  EXPECT_EQ(line.at("title").as_string(), "a title");
  EXPECT_EQ(line.at("content").as_string(), "some content");
  EXPECT_EQ(line.at("icon").as_string(), "DEFAULT_ICON_TEMPLATE");
  EXPECT_EQ(line.at("template_id").as_string(), kTemplateDeleted);
  EXPECT_EQ(line.at("user_id").as_string(), r.ana.id);
  EXPECT_TRUE(line.at("read_at").is_null());
  EXPECT_EQ(line.at("actions").as_array().at(0).at("url").as_string(), r.srv.url() + "/workspaces");
}

TEST(InboxDb, KeepsWhenALineWasReadFirst) {
  InboxRig r;
  const auto id = r.add(r.ana);
  r.add(r.ana);
  const auto read_at = [](const Answer& answer) {
    const auto at = answer.json().at("notification").at("read_at");
    return at.is_null() ? std::string("null") : std::string(at.as_string());
  };

  const auto first = r.mark(r.ana, id, true);
  r.clock.advance(std::chrono::minutes(5));
  const auto again = r.mark(r.ana, id, true), back = r.mark(r.ana, id, false);

  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_NE(read_at(first), "null");
  EXPECT_EQ(read_at(again), read_at(first));
  EXPECT_EQ(read_at(back), "null");
  EXPECT_EQ(unread(first), 1);
  EXPECT_EQ(unread(again), 1);
  EXPECT_EQ(unread(back), 2);
  EXPECT_EQ(unread(r.list(r.ana)), 2);
}

TEST(InboxDb, IsAllReadAtOnce) {
  InboxRig r;
  const auto early = r.add(r.ana);
  for (int i = 0; i < 3; ++i) r.add(r.ana);
  r.add(r.bo);
  const auto first = r.mark(r.ana, early, true).json().at("notification").at("read_at");
  r.clock.advance(std::chrono::minutes(5));

  const auto all = r.srv.put(kInbox + "/mark-all-as-read", "", r.ana);

  EXPECT_EQ(all.status, 204) << all.body;
  EXPECT_EQ(unread(r.list(r.ana)), 0);
  EXPECT_EQ(unread(r.list(r.bo)), 1);
  EXPECT_EQ(r.list(r.ana).json().at("notifications").as_array().back().at("read_at"), first) << "it was read before";
}

TEST(InboxDb, IsNobodyElses) {
  InboxRig r;
  const auto id = r.add(r.ana);

  for (const auto& who : {r.bo, r.srv.owner()}) {
    EXPECT_EQ(r.mark(who, id, true).status, 404);
    EXPECT_EQ(r.srv.put(kInbox + "/mark-all-as-read", "", who).status, 204);
    EXPECT_EQ(ids(r.list(who, "?starting_before=" + id)).size(), ids(r.list(who)).size());
  }

  EXPECT_EQ(r.mark(r.ana, Uuid::random().str(), true).status, 404);
  EXPECT_EQ(r.mark(r.ana, "seven", true).status, 400);
  EXPECT_EQ(unread(r.list(r.ana)), 1) << "others' acts left it alone";
  EXPECT_EQ(r.srv.call("GET", kInbox).status, 401);
}

TEST(InboxDb, CostsOneStatementAndOneDecision) {
  InboxRig r;
  const auto id = r.add(r.ana);
  const auto nothing = r.srv.cost(r.srv.get("/api/v2/experiments", r.ana));  // who calls is asked for every request

  for (const auto& answer : {r.list(r.ana), r.mark(r.ana, id, true), r.srv.put(kInbox + "/mark-all-as-read", "", r.ana)}) {
    ASSERT_LT(answer.status, 300) << answer.body;
    const auto cost = r.srv.cost(answer);
    EXPECT_EQ(cost.sql - nothing.sql, 1);
    EXPECT_EQ(cost.rbac - nothing.rbac, 1);
  }
}

}  // namespace
}  // namespace slipway::test
