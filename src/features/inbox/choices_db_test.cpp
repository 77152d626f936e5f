#include "features/inbox/rig_test.hpp"

namespace slipway::test {
namespace {

struct Choices : InboxRig {
  Answer choose(const Person& as, const std::string& whom, const std::string& kind, bool disabled) {
    return srv.put("/api/v2/users/" + whom + "/notifications/preferences", fmt::format(R"({{"template_disabled_map":{{"{}":{}}}}})", kind, disabled),
                   as);
  }
  Answer chosen(const Person& as, const std::string& whom = "me") { return srv.get("/api/v2/users/" + whom + "/notifications/preferences", as); }
  // Somebody makes a workspace: template admins of the organization are told, not the one who did it.
  void tell_template_admins(const Person& by, const std::string& key) {
    srv.database().sql(fmt::format(
        R"(select write_notification('{{"id":"{}","template":"{}","users":[],"template_admins":true,"user_admins":false,"owners_in_template":null,)"
        R"("except":"{}","even_suspended":false,"organization":"{}","labels":{{}},"data":null,"targets":[],"created_by":"","key":"{}",)"
        R"("title":"t","content":"c","actions":[]}}'))",
        Uuid::random().str(), kCreated, by.id, srv.organization(), key));
  }
};

TEST(InboxChoices, TellOfWhatWasChosenAndKeepTheRest) {
  Choices c;
  EXPECT_EQ(c.chosen(c.ana).body, "[]");

  ASSERT_EQ(c.choose(c.ana, "me", kCustom, true).status, 200);
  const auto both = c.choose(c.ana, "ana", kTest, false);

  ASSERT_EQ(both.status, 200) << both.body;
  EXPECT_EQ(both.json().as_array().size(), 2U);
  EXPECT_EQ(c.chosen(c.ana).body, both.body);
  const auto rows = both.json();
  for (const auto& one : rows.as_array()) {
    EXPECT_EQ(one.at("disabled").as_bool(), one.at("id").as_string() == kCustom);
    EXPECT_FALSE(one.at("updated_at").as_string().starts_with("0001"));
  }
  // Of a kind that there is not yet a choice is kept as well.
  EXPECT_EQ(c.choose(c.ana, "me", "bd4b7168-d05e-4e19-ad0f-3593b77aa90f", false).json().as_array().size(), 3U);
}

TEST(InboxChoices, DecideWhetherALineIsWritten) {
  Choices c;
  ASSERT_EQ(c.choose(c.ana, "me", kCustom, true).status, 200);
  ASSERT_EQ(c.say(c.ana, "while it is off").status, 204);
  EXPECT_EQ(c.count("inbox_notifications", c.ana, kCustom), "0");

  ASSERT_EQ(c.choose(c.ana, "me", kCustom, false).status, 200);
  ASSERT_EQ(c.say(c.ana, "now it is on").status, 204);

  EXPECT_EQ(c.count("inbox_notifications", c.ana, kCustom), "1");
}

TEST(InboxChoices, AKindThatIsOffReachesThoseWhoAskedForIt) {
  Choices c;
  c.srv.database().sql("update users set rbac_roles = '{template-admin}' where username in ('ana', 'bo')");
  c.tell_template_admins(c.bo, "one");
  EXPECT_EQ(c.srv.database().sql("select count(*) from inbox_notifications where template_id = '" + kCreated + "'"), "0") << "nobody asked";

  ASSERT_EQ(c.choose(c.ana, "me", kCreated, false).status, 200);
  ASSERT_EQ(c.choose(c.bo, "me", kCreated, false).status, 200);
  c.tell_template_admins(c.bo, "two");

  EXPECT_EQ(c.count("inbox_notifications", c.ana, kCreated), "1");
  EXPECT_EQ(c.count("inbox_notifications", c.bo, kCreated), "0") << "bo did it";
}

TEST(InboxChoices, BelongToThePersonAndToOwners) {
  Choices c;
  EXPECT_EQ(c.chosen(c.bo, "ana").status, 404);
  EXPECT_EQ(c.choose(c.bo, "ana", kTest, true).status, 404);
  EXPECT_EQ(c.chosen(c.srv.owner(), "ana").status, 200);
  EXPECT_EQ(c.choose(c.srv.owner(), "ana", kTest, true).status, 200);
  c.srv.database().sql("update users set rbac_roles = '{user-admin}' where username = 'bo'");
  EXPECT_EQ(c.choose(c.bo, c.ana.id, kTest, false).status, 404) << "who may read the account may not read this";
  EXPECT_EQ(c.srv.database().sql("select disabled from notification_preferences where user_id = '" + c.ana.id + "'"), "t");
}

TEST(InboxChoices, ChangeNothingWhenOneIsWrong) {
  Choices c;
  const auto put = [&](const std::string& map) {
    return c.srv.put("/api/v2/users/me/notifications/preferences", "{\"template_disabled_map\":{" + map + "}}", c.ana);
  };
  std::string many;
  for (int i = 0; i < 201; ++i) many += fmt::format("{}\"{}\":true", i == 0 ? "" : ",", Uuid::random().str());

  const auto wrong = put("\"" + kTest + "\":true,\"seven\":true");

  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.json().at("message").as_string(), "Unable to parse notification template UUID.");
  EXPECT_EQ(put(many).status, 400);
  EXPECT_EQ(c.chosen(c.ana).body, "[]");
}

TEST(InboxSettings, AreOnesOwnAlone) {
  Choices c;
  const std::string path = "/api/v2/users/ana/notifications/settings";
  EXPECT_EQ(c.srv.get(path, c.ana).body, R"({"digest":"off","digest_hour":9,"timezone":"UTC","hold_quiet_hours":false})");
  const std::string wish = R"({"digest":"daily","digest_hour":7,"timezone":"Europe/Berlin","hold_quiet_hours":true})";

  EXPECT_EQ(c.srv.put(path, wish, c.ana).body, wish);
  EXPECT_EQ(c.srv.get(path, c.ana).body, wish);
  for (const auto& who : {c.bo, c.srv.owner()}) {
    EXPECT_EQ(c.srv.get(path, who).status, 404);
    EXPECT_EQ(c.srv.put(path, wish, who).status, 404);
  }
}

TEST(InboxSettings, ChangeWhatWaitsAlready) {
  Choices c;
  const std::string path = "/api/v2/users/me/notifications/settings";
  const auto say = [&](const std::string& digest, int hour) {
    const auto body = fmt::format(R"({{"digest":"{}","digest_hour":{},"timezone":"UTC","hold_quiet_hours":false}})", digest, hour);
    EXPECT_EQ(c.srv.put(path, body, c.ana).status, 200);
  };
  const auto waits = [&] {
    return c.srv.database().sql(
        "select string_agg(coalesce(extract(hour from hold_until at time zone 'UTC')::text, 'no'), ',' order by dedupe_hash) from "
        "notification_messages");
  };
  c.srv.database().sql("insert into notification_events (id, template_id, created_at, event_key) values (gen_random_uuid(), '" + kDeleted +
                       "', now(), 'x')");
  for (const auto& [hash, who, flooded] :
       {std::tuple("1 of ana", c.ana.id, false), {"2 of ana, flooded", c.ana.id, true}, {"3 of bo", c.bo.id, false}})
    c.srv.database().sql(fmt::format(
        "insert into notification_messages (id, event_id, notification_template_id, user_id, method, created_at, updated_at, dedupe_hash, "
        "hold_until, flooded) select gen_random_uuid(), e.id, e.template_id, '{}', 'smtp', now(), now(), '{}', date_trunc('day', now()) + "
        "interval '2 days 5 hours', {} from notification_events e",
        who, hash, flooded));

  say("daily", 17);
  EXPECT_EQ(waits(), "17,5,5");

  say("off", 17);
  EXPECT_EQ(waits(), "no,5,5");
}

TEST(InboxSettings, NameEachFieldThatIsWrong) {
  Choices c;
  const auto answer = c.srv.put("/api/v2/users/me/notifications/settings",
                                R"({"digest":"weekly","digest_hour":24,"timezone":"Moon/Sea","hold_quiet_hours":false})", c.ana);

  ASSERT_EQ(answer.status, 400) << answer.body;
  std::vector<std::string> fields;
  const auto json = answer.json();
  for (const auto& one : json.at("validations").as_array()) fields.emplace_back(one.at("field").as_string());
  EXPECT_EQ(fields, (std::vector<std::string>{"digest", "digest_hour", "timezone"}));
}

}  // namespace
}  // namespace slipway::test
