// What people send to themselves, and what administrators do with what did not arrive.
#include "features/audit/lines_test.hpp"
#include "features/inbox/rig_test.hpp"

namespace slipway::test {
namespace {

const std::string kMessages = "/api/v2/notifications/messages";

void with_mail(server::Config& config) {
  config.mail.smarthost = "127.0.0.1:1";  // where nobody listens
  config.mail.from = "slipway@example.com";
}

TEST(InboxCustom, ComesAsItWasTyped) {
  InboxRig r;

  ASSERT_EQ(r.say(r.ana, "Build <b>done</b>", "see http://x.test/ & [here](y)").status, 204);

  const auto line = r.list(r.ana).json().at("notifications").as_array().at(0);
  EXPECT_EQ(line.at("template_id").as_string(), kCustom);
  EXPECT_EQ(line.at("icon").as_string(), "DEFAULT_ICON_OTHER");
  EXPECT_EQ(line.at("content").as_string().find("[here](y)"), std::string::npos) << "what was typed makes no link";
  EXPECT_EQ(unread(r.list(r.bo)), 0) << "it is for the one who sent it alone";
}

TEST(InboxCustom, SaysWhatIsWrongWithIt) {
  InboxRig r;
  const auto post = [&](const std::string& body) { return r.srv.post("/api/v2/notifications/custom", body, r.ana); };
  const auto why = [](const Answer& answer) {
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.json().at("message").as_string(), "Invalid request body");
    return std::string(answer.json().at("detail").as_string());
  };

  EXPECT_EQ(why(post("{}")), "content is required");
  EXPECT_EQ(why(post(R"({"content":null})")), "content is required");
  EXPECT_EQ(why(r.say(r.ana, "", "m")), "provide a non-empty 'content.title' and 'content.message'");
  EXPECT_EQ(why(r.say(r.ana, "t", " ")), "provide a non-empty 'content.title' and 'content.message'");
  EXPECT_EQ(why(r.say(r.ana, std::string(121, 't'))), "'content.title' must be less than 120 characters");
  EXPECT_EQ(why(r.say(r.ana, "t", std::string(2001, 'm'))), "'content.message' must be less than 2000 characters");
  EXPECT_EQ(unread(r.list(r.ana)), 0);
  EXPECT_EQ(r.say(r.ana, std::string(120, 't'), std::string(2000, 'm')).status, 204);
}

TEST(InboxCustom, SaidAgainWithinTheMinuteIsOneAndManyAreTooMany) {
  InboxRig r;
  ASSERT_EQ(r.say(r.ana, "same").status, 204);
  ASSERT_EQ(r.say(r.ana, "same").status, 204);
  EXPECT_EQ(unread(r.list(r.ana)), 1);
  r.clock.advance(std::chrono::minutes(1));
  ASSERT_EQ(r.say(r.ana, "same").status, 204);
  EXPECT_EQ(unread(r.list(r.ana)), 2);

  for (int i = 2; i < 30; ++i) ASSERT_EQ(r.say(r.ana, fmt::format("number {}", i)).status, 204) << i;

  EXPECT_EQ(r.say(r.ana, "one too many").status, 429);
  EXPECT_EQ(r.say(r.bo, "bo's first").status, 204);
  EXPECT_EQ(unread(r.list(r.ana)), 30);
}

TEST(InboxTest, NeedsAWayOutAndTheRight) {
  InboxRig without;
  const auto none = without.srv.post("/api/v2/notifications/test", "", without.srv.owner());
  EXPECT_EQ(none.status, 400);
  EXPECT_NE(none.json().at("detail").as_string().find("--email-smarthost"), std::string::npos) << none.body;
  EXPECT_EQ(without.srv.post("/api/v2/notifications/test", "", without.ana).status, 403);
}

TEST(InboxTest, IsSentEachTime) {
  InboxRig r(with_mail);
  ASSERT_EQ(r.srv.put("/api/v2/notifications/settings", R"({"notifier_paused":true})", r.srv.owner()).status, 200);

  for (int i = 0; i < 2; ++i) EXPECT_EQ(r.srv.post("/api/v2/notifications/test", "", r.srv.owner()).status, 204);

  EXPECT_EQ(r.count("notification_messages", r.srv.owner(), kTest), "2");
  EXPECT_EQ(r.count("inbox_notifications", r.srv.owner(), kTest), "2");
}

// A message of bo's that did not arrive, while nothing leaves.
struct Undelivered : InboxRig {
  Undelivered() : InboxRig(with_mail) {
    EXPECT_EQ(srv.put("/api/v2/notifications/settings", R"({"notifier_paused":true})", srv.owner()).status, 200);
    EXPECT_EQ(say(bo, "a secret word").status, 204);
    EXPECT_EQ(say(ana, "another").status, 204);
    id = srv.database().sql(
        "update notification_messages set status = 'permanent_failure', status_reason = 'smtp 550: no such mailbox', "
        "attempt_count = 3 where user_id = '" +
        bo.id + "' returning id");
  }
  void be(const std::string& status) { srv.database().sql("update notification_messages set status = '" + status + "' where id = '" + id + "'"); }
  std::string status() { return srv.database().sql("select status || attempt_count from notification_messages where id = '" + id + "'"); }
  Answer retry(const Person& who) { return srv.post(kMessages + "/" + id + "/retry", "", who); }
  Answer drop(const Person& who) { return srv.del(kMessages + "/" + id, who); }

  std::string id;
};

TEST(InboxUndelivered, SaysWhyAndNeverWhat) {
  Undelivered u;

  const auto dead = u.srv.get(kMessages, u.srv.owner());

  ASSERT_EQ(dead.status, 200) << dead.body;
  ASSERT_EQ(dead.json().as_array().size(), 1U);
  const auto one = dead.json().as_array()[0];
  EXPECT_EQ(one.at("id").as_string(), u.id);
  EXPECT_EQ(one.at("template_name").as_string(), "Custom Notification");
  EXPECT_EQ(one.at("user_id").as_string(), u.bo.id);
  EXPECT_EQ(one.at("username").as_string(), "bo");
  EXPECT_EQ(one.at("status_reason").as_string(), "smtp 550: no such mailbox");
  EXPECT_EQ(one.at("attempt_count").as_int64(), 3);
  EXPECT_EQ(dead.body.find("secret"), std::string::npos);
  const auto found = [&](const std::string& query) { return u.srv.get(kMessages + query, u.srv.owner()).json().as_array().size(); };
  EXPECT_EQ(found("?status=pending,permanent_failure&user=bo"), 1U);
  EXPECT_EQ(found("?status=pending,permanent_failure&user=" + u.ana.id), 1U);
  EXPECT_EQ(found("?status=permanent_failure&user=ana"), 0U);
  EXPECT_EQ(found("?status=pending,permanent_failure&limit=1"), 1U);
  EXPECT_EQ(fault(u.srv.get(kMessages + "?status=lost", u.srv.owner())), "status");
}

TEST(InboxUndelivered, IsTriedAgainFromTheBeginning) {
  Undelivered u;

  EXPECT_EQ(u.retry(u.srv.owner()).status, 204);

  EXPECT_EQ(u.status(), "pending0");
  EXPECT_EQ(diff(line(u.srv, "resource_type:notification_template"), "message"), fmt::format(R"("{0} permanent_failure" -> "{0} pending")", u.id));
}

TEST(InboxUndelivered, IsGivenUpForGood) {
  Undelivered u;

  EXPECT_EQ(u.drop(u.srv.owner()).status, 204);

  EXPECT_EQ(u.status(), "");
  EXPECT_EQ(diff(line(u.srv, "resource_type:notification_template"), "message"), fmt::format(R"("{} permanent_failure" -> null)", u.id));
  EXPECT_EQ(u.drop(u.srv.owner()).status, 404);
}

TEST(InboxUndelivered, IsLeftAloneWhileItIsSentAndAfterwards) {
  Undelivered u;
  for (const char* status : {"leased", "sent"}) {
    u.be(status);
    EXPECT_EQ(u.retry(u.srv.owner()).status, 409) << status;
    EXPECT_EQ(u.drop(u.srv.owner()).status, 409) << status;
    EXPECT_EQ(u.status(), std::string(status) + "3");
  }
}

TEST(InboxUndelivered, IsForAdministrators) {
  Undelivered u;
  EXPECT_EQ(u.srv.get(kMessages, u.bo).status, 403);
  EXPECT_EQ(u.retry(u.bo).status, 403);
  EXPECT_EQ(u.drop(u.bo).status, 403);
  u.srv.database().sql("update users set rbac_roles = '{auditor}' where username = 'ana'");
  EXPECT_EQ(u.srv.get(kMessages, u.ana).status, 200);
  EXPECT_EQ(u.retry(u.ana).status, 403);
  EXPECT_EQ(u.status(), "permanent_failure3");
}

}  // namespace
}  // namespace slipway::test
