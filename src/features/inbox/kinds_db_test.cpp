// What administrators decide: which way each kind goes out, whether anything leaves at all, what becomes of what did not arrive.
#include "features/audit/lines_test.hpp"
#include "features/inbox/rig_test.hpp"

namespace slipway::test {
namespace {

const std::string kSettings = "/api/v2/notifications/settings";

struct Kinds : InboxRig {
  Kinds()
      : InboxRig([](server::Config& config) {
          config.mail.smarthost = "127.0.0.1:1";  // where nobody listens
          config.mail.from = "slipway@example.com";
        }) {}

  Answer go_by(const std::string& kind, const std::string& method, const Person& who) {
    return srv.put("/api/v2/notifications/templates/" + kind + "/method", "{\"method\":\"" + method + "\"}", who);
  }
  Answer pause(bool paused, const Person& who) { return srv.put(kSettings, fmt::format(R"({{"notifier_paused":{}}})", paused), who); }
};

TEST(InboxKinds, AreAllListedForEverybody) {
  Kinds k;

  const auto system = k.srv.get("/api/v2/notifications/templates/system", k.ana), custom = k.srv.get("/api/v2/notifications/templates/custom", k.ana);

  ASSERT_EQ(system.status, 200) << system.body;
  const auto all = system.json().as_array();
  EXPECT_EQ(all.size(), 24U);
  std::string before;
  for (const auto& kind : all) {
    const std::string name(kind.at("name").as_string());
    EXPECT_LT(before, name) << "in the order of names";
    before = name;
    EXPECT_TRUE(boost::json::parse(kind.at("actions").as_string()).is_array()) << name;
    EXPECT_EQ(kind.at("kind").as_string(), "system") << name;
    EXPECT_EQ(kind.at("method").as_string(), "") << name;
    EXPECT_FALSE(kind.at("group").as_string().empty() || kind.at("title_template").as_string().empty()) << name;
    const bool asked_for = kind.at("id").as_string() == kCreated || name == "Workspace Manually Updated";
    EXPECT_EQ(kind.at("enabled_by_default").as_bool(), !asked_for) << name;
  }
  ASSERT_EQ(custom.json().as_array().size(), 1U);
  EXPECT_EQ(custom.json().as_array()[0].at("id").as_string(), kCustom);
  EXPECT_EQ(custom.json().as_array()[0].at("kind").as_string(), "custom");
  EXPECT_EQ(k.srv.get("/api/v2/notifications/dispatch-methods", k.ana).body, R"({"available":["smtp","webhook"],"default":"smtp"})");
}

TEST(InboxKinds, GoTheWayThatOwnersSay) {
  Kinds k;

  EXPECT_EQ(k.go_by(kDeleted, "webhook", k.srv.owner()).status, 200);
  EXPECT_EQ(k.go_by(kDeleted, "webhook", k.srv.owner()).status, 304);
  k.clock.advance(std::chrono::minutes(1));  // the trail is read in the order of time
  EXPECT_EQ(k.go_by(kDeleted, "inbox", k.srv.owner()).status, 200);

  EXPECT_EQ(k.srv.database().sql("select method from notification_templates where id = '" + kDeleted + "'"), "inbox");
  const auto said = lines(k.srv, "resource_type:notification_template");
  ASSERT_EQ(said.size(), 2U) << "once for each change";
  EXPECT_EQ(diff(said[1], "method"), R"(null -> "webhook")");
  EXPECT_EQ(diff(said[0], "method"), R"("webhook" -> "inbox")");
  EXPECT_EQ(text(said[0], "resource_target"), "Workspace Deleted");
}

TEST(InboxKinds, OnlyInboxMeansNoMail) {
  Kinds k;
  ASSERT_EQ(k.pause(true, k.srv.owner()).status, 200);
  ASSERT_EQ(k.say(k.ana, "by mail, too").status, 204);
  ASSERT_EQ(k.go_by(kCustom, "inbox", k.srv.owner()).status, 200);

  ASSERT_EQ(k.say(k.ana, "not by mail").status, 204);

  EXPECT_EQ(k.count("inbox_notifications", k.ana, kCustom), "2");
  EXPECT_EQ(k.count("notification_messages", k.ana, kCustom), "1");
}

TEST(InboxKinds, RefuseOtherWaysAndOtherPeople) {
  Kinds k;
  const auto wrong = k.go_by(kDeleted, "pigeon", k.srv.owner());
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.json().at("message").as_string(), "Invalid request to update notification template method");
  EXPECT_EQ(wrong.json().at("validations").as_array().at(0).at("detail").as_string(),
            "\"pigeon\" is not a valid method; smtp, webhook, inbox are the available options");
  EXPECT_EQ(fault(k.go_by(kCode, "webhook", k.srv.owner())), "method") << "codes go by mail alone";
  EXPECT_EQ(k.go_by(Uuid::random().str(), "smtp", k.srv.owner()).status, 404);
  EXPECT_EQ(k.go_by(kDeleted, "smtp", k.ana).status, 403);
  EXPECT_EQ(k.srv.database().sql("select count(*) from notification_templates where method is not null"), "0");
}

TEST(InboxPause, IsToldToEverybodyAndSetByOwners) {
  Kinds k;
  EXPECT_EQ(k.srv.get(kSettings, k.ana).body, R"({"notifier_paused":false})");

  const auto refused = k.pause(true, k.ana);
  const auto done = k.pause(true, k.srv.owner());

  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.json().at("message").as_string(), "Insufficient permissions to update notifications settings.");
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.body, R"({"notifier_paused":true})");
  EXPECT_EQ(k.srv.get(kSettings, k.ana).body, done.body);
  EXPECT_EQ(k.pause(true, k.srv.owner()).status, 304);
  k.clock.advance(std::chrono::minutes(1));  // the trail is read in the order of time
  EXPECT_EQ(k.pause(false, k.srv.owner()).status, 200);
  const auto said = lines(k.srv, "resource_type:notifications_settings%20username:" + k.srv.owner().username);
  ASSERT_EQ(said.size(), 2U) << "nothing is said where nothing changed";
  EXPECT_EQ(diff(said[1], "notifier_paused"), "false -> true");
}

TEST(InboxPause, HoldsBackWhatLeavesAndNotTheInbox) {
  Kinds k;
  ASSERT_EQ(k.pause(true, k.srv.owner()).status, 200);

  ASSERT_EQ(k.say(k.ana, "hello").status, 204);

  EXPECT_EQ(unread(k.list(k.ana)), 1);
  EXPECT_EQ(k.srv.database().sql("select string_agg(status || attempt_count, ' ') from notification_messages where user_id = '" + k.ana.id + "'"),
            "pending0");
}

TEST(InboxPause, OfWhichNobodyCanTellIsAnErrorUntilItIsSetAnew) {
  Kinds k;
  k.srv.database().sql("insert into site_settings (key, value) values ('notifications_settings', '{\"notifier_paused\":7}')");

  const auto broken = k.srv.get(kSettings, k.ana);

  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.json().at("message").as_string(), "Failed to fetch current notifications settings.");
  EXPECT_EQ(k.pause(false, k.srv.owner()).status, 200);
  EXPECT_EQ(k.srv.get(kSettings, k.ana).status, 200);
}

}  // namespace
}  // namespace slipway::test
