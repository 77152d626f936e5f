#include "features/chats/rig_test.hpp"

namespace slipway::test {
namespace {

std::vector<std::string> texts(const Answer& page) {
  std::vector<std::string> out;
  const auto json = page.json();
  for (const auto& one : json.at("messages").as_array()) out.emplace_back(one.at("content").as_array()[0].at("text").as_string());
  return out;
}
using Texts = std::vector<std::string>;

TEST(ChatMessages, AreAppendedAndAnsweredAsTheyAreKept) {
  ChatRig r;
  const auto id = r.chat(r.ana, "one");

  const auto said = r.srv.post(
      r.path(id, "/messages"),
      R"({"content":[{"type":"text","text":"two"},{"type":"file-reference","file_name":"a.cpp","start_line":3}],"busy_behavior":"queue"})", r.ana);

  ASSERT_EQ(said.status, 200) << said.body;
  const auto json = said.json();
  EXPECT_EQ(json.at("queued"), false);
  EXPECT_EQ(json.at("messages").as_array().size(), 1U);
  EXPECT_EQ(boost::json::serialize(json.at("message").at("content")),
            R"([{"type":"text","text":"two"},{"type":"file-reference","file_name":"a.cpp","start_line":3}])");
  const auto page = r.srv.get(r.path(id, "/messages"), r.ana).json();
  EXPECT_EQ(page.at("messages").as_array()[0], json.at("message"));
  EXPECT_EQ(page.at("messages").as_array()[1].at("created_by"), r.ana.id.c_str());
  EXPECT_EQ(page.at("queued_messages").as_array().size(), 0U);
  EXPECT_EQ(page.at("has_more"), false);
  EXPECT_EQ(r.sql("select count(*) from audit_logs where resource_type = 'chat'"), "1") << "only of the beginning";
}

TEST(ChatMessages, AreReadNewestFirstAndOnwardsFromOne) {
  ChatRig r;
  const auto id = r.chat(r.ana, "m1");
  for (int i = 2; i <= 5; ++i) EXPECT_EQ(r.say(r.ana, id, fmt::format("m{}", i)).status, 200);
  const auto number = [&](int which) { return r.sql(fmt::format("select id from chat_messages order by id offset {} limit 1", which - 1)); };
  const auto page = [&](const std::string& query) { return r.srv.get(r.path(id, "/messages") + query, r.ana); };

  EXPECT_EQ(texts(page("")), (Texts{"m5", "m4", "m3", "m2", "m1"}));
  EXPECT_EQ(texts(page("?limit=2")), (Texts{"m5", "m4"}));
  EXPECT_EQ(page("?limit=2").json().at("has_more"), true);
  EXPECT_EQ(texts(page("?limit=2&before_id=" + number(4))), (Texts{"m3", "m2"}));
  EXPECT_EQ(texts(page("?after_id=" + number(2))), (Texts{"m3", "m4", "m5"}));
  EXPECT_EQ(texts(page("?after_id=" + number(2) + "&before_id=" + number(5))), (Texts{"m4", "m3"}));
  EXPECT_EQ(message(page("?after_id=5&before_id=5")), "after_id must be less than before_id.");
  for (const std::string limit : {"0", "201", "x", "-1"}) EXPECT_EQ(message(page("?limit=" + limit)), "Invalid limit parameter (1-200).") << limit;
  EXPECT_EQ(page("?limit=200").status, 200);
}

TEST(ChatMessages, AreCheckedAsTheFirstOne) {
  ChatRig r;
  const auto id = r.chat(r.ana);
  const auto told = [&](const std::string& body) { return message(r.srv.post(r.path(id, "/messages"), body, r.ana)); };

  EXPECT_EQ(told(R"({"content":[]})"), "Content is required.");
  EXPECT_EQ(told(R"({"content":[{"type":"x"}],"busy_behavior":"y"})"), "Invalid input part.");
  EXPECT_EQ(told(R"({"content":[{"type":"text","text":"a"}],"model_config_id":")" + Uuid::random().str() + R"(","busy_behavior":"y"})"),
            "Invalid model config ID.");
  EXPECT_EQ(told(R"({"content":[{"type":"text","text":"a"}],"busy_behavior":"y"})"), "Invalid busy_behavior value.");
  EXPECT_EQ(r.say(r.ana, id, std::string(256 << 10, 'x')).status, 413);
  EXPECT_EQ(r.change(r.ana, id, R"({"archived":true})").status, 204);
  EXPECT_EQ(message(r.say(r.ana, id, "more")), "Cannot mutate an archived chat.");
  EXPECT_EQ(r.sql("select count(*) from chat_messages"), "1");
}

TEST(ChatMessages, AreTenThousandAtMost) {
  ChatRig r;
  const auto id = r.chat(r.ana);
  r.sql("insert into chat_messages (chat_id, created_at, role, content) select id, now(), 'user', '[]' from chats, generate_series(1, 9998)");

  EXPECT_EQ(r.say(r.ana, id, "the last").status, 200);
  const auto full = r.say(r.ana, id, "one more");

  EXPECT_EQ(full.status, 409);
  EXPECT_EQ(message(full), "Chat is full.");
  EXPECT_EQ(r.sql("select count(*) from chat_messages"), "10000");
}

}  // namespace
}  // namespace slipway::test
