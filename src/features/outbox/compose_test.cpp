// What leaves the house, and what becomes of an attempt; all of it without a database.
#include "features/outbox/outbox.hpp"
#include "features/outbox/ways.hpp"

#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace slipway::outbox {
namespace {

const std::string kBase = "https://dev.example.com";

Letter letter_of(notifications::Kind kind, const std::string& labels, const std::string& email = "ana@example.com") {
  Letter letter;
  letter.message_id = *Uuid::parse("11111111-1111-4111-8111-111111111111");
  letter.kind_id = notifications::id_of(kind);
  letter.method = "webhook";
  letter.attempt = 1;
  letter.labels = {labels};
  letter.targets = {*Uuid::parse("22222222-2222-4222-8222-222222222222")};
  letter.user_id = {*Uuid::parse("33333333-3333-4333-8333-333333333333")};
  letter.username = "ana";
  letter.name = "Ana";
  letter.email = email;
  letter.active = letter.wanted = true;
  return letter;
}

Letter deleted() { return letter_of(notifications::Kind::workspace_deleted, R"({"name": "w_1", "reason": "initiated by user", "initiator": "bo"})"); }

TEST(WebhookBody, IsThatOfTheContract) {
  auto letter = deleted();
  const auto message = render(letter, kBase);
  ASSERT_TRUE(message);

  EXPECT_EQ(
      webhook_body(letter, *message, false).value(),
      R"~({"_version":"1.1","msg_id":"11111111-1111-4111-8111-111111111111","payload":{"_version":"1.2",)~"
      R"~("notification_name":"Workspace Deleted","notification_template_id":"f517da0b-cdc9-410f-ab89-a86107c420ed",)~"
      R"~("user_id":"33333333-3333-4333-8333-333333333333","user_email":"ana@example.com","user_name":"Ana","user_username":"ana",)~"
      R"~("actions":[{"label":"View workspaces","url":"https://dev.example.com/workspaces"},)~"
      R"~({"label":"View templates","url":"https://dev.example.com/templates"}],)~"
      R"~("labels":{"initiator":"bo","name":"w_1","reason":"initiated by user"},"data":null,)~"
      R"~("targets":["22222222-2222-4222-8222-222222222222"]},"title":"Your workspace w_1 was deleted",)~"
      R"~("title_markdown":"Your workspace w\\_1 was deleted","body":"Your workspace w_1 was deleted.\n\nThe reason: initiated by user, by bo.",)~"
      R"~("body_markdown":"Your workspace **w\\_1** was deleted.\n\nThe reason: initiated by user, by bo."})~");
}

TEST(WebhookBody, SaysWhatIsNotThere) {
  auto letter = letter_of(notifications::Kind::test, "{}");
  letter.targets.clear();
  letter.name.clear();
  letter.data = pg::Json{R"({"b": [1, 2], "a": null})"};
  const auto message = render(letter, kBase);
  ASSERT_TRUE(message);

  const auto body = webhook_body(letter, *message, true).value();

  EXPECT_TRUE(body.contains(R"("user_email":"","user_name":"ana")")) << body;
  EXPECT_TRUE(body.contains(R"("labels":{},"data":{"b":[1,2],"a":null},"targets":null)")) << body;
}

TEST(WebhookSignature, IsOverTheTimeAndTheBody) {
  const auto got = signature("s3cret", Time(Seconds(1700000000)), "{}");

  EXPECT_EQ(got, "t=1700000000,v1=" + crypto::hex(crypto::hmac_sha256("s3cret", "1700000000.{}")));
  EXPECT_NE(got, signature("s3cret", Time(Seconds(1700000000)), "{ }"));
}

TEST(MailText, HasTheSameInTwoForms) {
  auto letter = deleted();
  letter.logo_url = "https://logo.example.com/x.png";
  letter.app_name = "Acme <dev>";
  const auto message = render(letter, kBase);
  ASSERT_TRUE(message);

  const auto mail = mail_of(letter, *message, kBase);

  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->subject, "Your workspace w_1 was deleted");
  EXPECT_EQ(mail->text,
            "Your workspace w_1 was deleted.\n\nThe reason: initiated by user, by bo.\n\nView workspaces: https://dev.example.com/workspaces\n"
            "View templates: https://dev.example.com/templates\n");
  for (const char* part : {"<h1>Your workspace w_1 was deleted</h1>", "<p>Hi Ana,</p>", "<strong>w_1</strong>",
                           "<img src=\"https://logo.example.com/x.png\"", "<a href=\"https://dev.example.com/workspaces\">View workspaces</a>",
                           "Acme &lt;dev&gt;", "https://dev.example.com/settings/notifications?disabled=f517da0b-cdc9-410f-ab89-a86107c420ed"})
    EXPECT_TRUE(mail->html.contains(part)) << part << " in " << mail->html;
}

TEST(MailText, TakesALogoFromTheWebAlone) {
  auto letter = deleted();
  letter.logo_url = "javascript:alert(1)";
  const auto message = render(letter, kBase);

  EXPECT_FALSE(mail_of(letter, *message, kBase)->html.contains("<img"));
}

TEST(MailText, NeedsAnAddress) {
  auto letter = letter_of(notifications::Kind::test, "{}", "nobody\r\nBcc: eve@example.com");
  const auto message = render(letter, kBase);

  EXPECT_FALSE(mail_of(letter, *message, kBase));
}

TEST(Reason, IsShortAndNamesNobody) {
  const auto letter = deleted();

  EXPECT_EQ(reason("permanent 550", "550 <Ana@Example.com>\r\n is unknown", letter), "permanent 550: 550 <(address)>   is unknown");
  EXPECT_EQ(reason("temporary", "", letter), "temporary");
  const auto words = reason("temporary", std::string(600, 'x'), letter);
  EXPECT_EQ(words.size(), std::string("temporary: ").size() + 512);
}

TEST(Answers, AreTemporaryOrNotByTheirStatus) {
  const auto letter = deleted();
  using Is = Outcome::Is;
  for (const int status : {200, 201, 204, 299}) EXPECT_EQ(judged(status, "", "", letter).is, Is::sent) << status;
  for (const int status : {408, 425, 429, 500, 502, 503, 599}) EXPECT_EQ(judged(status, "", "", letter).is, Is::temporary) << status;
  for (const int status : {300, 301, 302, 307, 400, 401, 404, 410, 422}) EXPECT_EQ(judged(status, "", "", letter).is, Is::permanent) << status;
  EXPECT_EQ(judged(429, " 120 ", "", letter).wait, Seconds(120));
  EXPECT_EQ(judged(429, "Wed, 21 Oct 2015 07:28:00 GMT", "", letter).wait, std::nullopt);
  EXPECT_EQ(judged(400, "", "no such thing", letter).reason, "permanent 400: no such thing");
}

TEST(Delays, DoubleThreeTimesAndHeedTheReceiver) {
  const RetryRule rule{.most_attempts = 9, .interval = Seconds(100)};
  EXPECT_EQ(delay_after(rule, 1, {}, 0), 100);
  EXPECT_EQ(delay_after(rule, 2, {}, 0), 200);
  EXPECT_EQ(delay_after(rule, 3, {}, 0), 400);
  EXPECT_EQ(delay_after(rule, 4, {}, 0), 800);
  EXPECT_EQ(delay_after(rule, 8, {}, 0), 800);
  EXPECT_DOUBLE_EQ(delay_after(rule, 1, {}, -1), 90);
  EXPECT_DOUBLE_EQ(delay_after(rule, 1, {}, 1), 110);
  EXPECT_EQ(delay_after(rule, 1, Seconds(120), 0), 120);
  EXPECT_EQ(delay_after(rule, 2, Seconds(120), 0), 200);
  EXPECT_EQ(delay_after(rule, 1, Seconds(86400), 0), 3600);
}

std::string fault(std::function<void(Options&)> change) {
  Options options;
  change(options);
  const auto checked = check(options);
  return checked ? std::string() : checked.error().say;
}

TEST(OutboxOptions, SayWhichIsWrong) {
  EXPECT_EQ(fault([](Options&) {}), "");
  EXPECT_TRUE(fault([](Options& o) { o.method = "inbox"; }).contains("given default notification method \"inbox\" is invalid"));
  EXPECT_TRUE(fault([](Options& o) { o.dispatch_timeout = o.lease_period; }).contains("dispatch timeout must be less than lease period"));
  EXPECT_TRUE(fault([](Options& o) { o.fetch_interval = Seconds(0); }).contains("--notifications-fetch-interval"));
  EXPECT_TRUE(fault([](Options& o) { o.lease_count = 0; }).contains("--notifications-lease-count"));
  EXPECT_TRUE(fault([](Options& o) { o.max_send_attempts = 1001; }).contains("--notifications-max-send-attempts"));
  EXPECT_TRUE(fault([](Options& o) { o.webhook_endpoint = "ftp://x"; }).contains("--notifications-webhook-endpoint"));
  EXPECT_EQ(fault([](Options& o) { o.webhook_endpoint = "http://10.0.0.1/hook"; }), "");
}

TEST(OutboxOptions, SayHowMessagesLeave) {
  net::MailOptions mail;
  Options options;
  EXPECT_TRUE(delivery_of(options, mail).available.empty());
  mail.smarthost = "mail.example.com";
  options.webhook_endpoint = "https://hooks.example.com";
  options.method = "webhook";

  const auto delivery = delivery_of(options, mail);

  EXPECT_EQ(delivery.available, (std::vector<std::string>{"smtp", "webhook"}));
  EXPECT_EQ(delivery.method, "webhook");
  EXPECT_TRUE(delivery.inbox);
}

}  // namespace
}  // namespace slipway::outbox
