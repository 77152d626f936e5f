#include "features/chats/retention.hpp"
#include "features/chats/rig_test.hpp"
#include "support/home.hpp"

namespace slipway::test {
namespace {

// What one look deletes, three at a time.
std::int64_t purge(TestServer& server) {
  std::int64_t gone = -1;
  with_home(server, [&gone](http::Home& home) -> Task<void> {
    chats::News news;
    const auto rows = co_await chats::purge(home.db, news, 3);
    EXPECT_TRUE(rows) << rows.error().why;
    gone = rows.value_or(-1);
  });
  EXPECT_EQ(server.database().sql("select count(*) from chats c where not exists (select from users u where u.id = c.owner_id and not u.deleted)"
                                  " or not exists (select from organizations o where o.id = c.organization_id)"),
            "0")
      << "what a foreign key would have kept away";
  return gone;
}

void add(ChatRig& r, const Person& who, int count, const std::string& archived) {
  r.sql(
      fmt::format("with made as (insert into chats (id, organization_id, owner_id, title, archived, archived_at, created_at, updated_at)"
                  " select gen_random_uuid(), '{}', '{}', 'c', {} is not null, {}, now() - interval '1 year', now() from generate_series(1, {})"
                  " returning id) insert into chat_messages (chat_id, created_at, role, content) select id, now(), 'user', '[]' from made",
                  r.organization, who.id, archived, archived, count));
}

TEST(ChatRetention, DeletesWhatIsArchivedForTooLongAndNothingElse) {
  ChatRig r;
  add(r, r.ana, 10, "now() - interval '31 days'");
  add(r, r.ana, 4, "now() - interval '29 days'");
  add(r, r.ana, 5, "null::timestamptz");

  EXPECT_EQ(purge(r.srv), 10);

  EXPECT_EQ(r.sql("select count(*) filter (where archived) || ' ' || count(*) filter (where not archived) from chats"), "4 5");
  EXPECT_EQ(r.sql("select count(*) from chat_messages"), "9");
  EXPECT_EQ(purge(r.srv), 0);
}

TEST(ChatRetention, IsForEverWhenItIsZero) {
  ChatRig r;
  add(r, r.ana, 2, "now() - interval '5 years'");
  EXPECT_EQ(r.srv.put(kChats + "/config/retention-days", R"({"retention_days":0})", r.srv.owner()).status, 204);

  EXPECT_EQ(purge(r.srv), 0);

  EXPECT_EQ(r.srv.put(kChats + "/config/retention-days", R"({"retention_days":3650})", r.srv.owner()).status, 204);
  EXPECT_EQ(purge(r.srv), 0);
  EXPECT_EQ(r.srv.put(kChats + "/config/retention-days", R"({"retention_days":1})", r.srv.owner()).status, 204);
  EXPECT_EQ(purge(r.srv), 2);
}

TEST(ChatRetention, TakesWhatDeletedPeopleLeft) {
  ChatRig r;
  add(r, r.ana, 7, "null::timestamptz");
  add(r, r.bo, 2, "null::timestamptz");
  r.sql("update users set deleted = true where username = 'ana'");

  EXPECT_EQ(purge(r.srv), 7);

  EXPECT_EQ(r.sql("select count(*) from chats where owner_id = '" + r.bo.id + "'"), "2");
}

TEST(ChatRetention, OfTheDeploymentIsReadByAllAndSetByAdministrators) {
  ChatRig r;
  const std::string path = "/api/experimental/chats/config/retention-days";

  EXPECT_EQ(r.srv.get(path, r.ana).body, R"({"retention_days":30})");
  EXPECT_EQ(r.srv.call("GET", path).status, 401);
  EXPECT_EQ(r.srv.put(path, R"({"retention_days":7})", r.ana).status, 403);
  for (const int wrong : {-1, 3651}) {
    const auto answer = r.srv.put(path, fmt::format(R"({{"retention_days":{}}})", wrong), r.srv.owner());
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(message(answer), "Retention days must be between 0 and 3650.");
  }
  EXPECT_EQ(r.srv.put(path, R"({"retention_days":7})", r.srv.owner()).status, 204);
  EXPECT_EQ(r.srv.get(kChats + "/config/retention-days", r.ana).body, R"({"retention_days":7})");
}

}  // namespace
}  // namespace slipway::test
