// How messages leave: once, in order, again after what may pass, and never against what somebody decided meanwhile.
#include "features/outbox/rig_test.hpp"

#include "aio/nursery.hpp"
#include "features/outbox/compose.hpp"

namespace slipway::outbox::testing {
namespace {

Task<void> tell_each(Bench& bench, const std::vector<UserId>& people, const std::string& key = "one") {
  const auto done = co_await tell(bench.home, {Rig::event(Kind::workspace_deleted, people, key)});
  EXPECT_TRUE(done) << done.error().why;
}

TEST(Webhook, IsCalledOnceWithItsMessage) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  rig.options.webhook_secret = Secret("s3cret");
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    EXPECT_EQ((co_await turn(bench)).leased, 1u);
    EXPECT_EQ((co_await turn(bench)).leased, 0u);
  });

  ASSERT_EQ(receiver.calls().size(), 1u);
  const auto call = receiver.calls()[0];
  EXPECT_EQ(call.type, "application/json");
  EXPECT_EQ(call.id, call.key);
  EXPECT_EQ(call.id, rig.database.sql("select id from notification_messages"));
  EXPECT_EQ(call.json().at("msg_id").as_string(), call.id);
  EXPECT_EQ(call.signature, signature("s3cret", rig.clock.now(), call.body));
  EXPECT_EQ(rig.states(), "sent 1");
}

TEST(Webhook, IsCalledAgainAfterWhatMayPassEverMoreRarely) {
  Rig rig;
  Receiver receiver;
  rig.calls(receiver);
  for (int i = 0; i < 4; ++i) receiver.say({.status = 500, .body = "oh"});
  const auto ana = rig.person("ana");
  const auto delay = [&] {
    return std::stod(rig.database.sql("select extract(epoch from next_retry_after - updated_at) from notification_messages"));
  };

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    for (const double least : {300.0, 600.0, 1200.0, 2400.0}) {
      EXPECT_EQ((co_await turn(bench)).leased, 1u);
      EXPECT_EQ(rig.states(), "temporary_failure 1");
      EXPECT_GE(delay(), least * 0.9 - 1);
      EXPECT_LE(delay(), least * 1.1 + 1);
      EXPECT_EQ((co_await turn(bench)).leased, 0u) << "not yet due";
      rig.due();
    }
    co_await turn(bench);
    metric::Text text;
    bench.outbox.write(text);
    const auto shown = text.take();
    const std::string labels = "method=\"webhook\",notification_template_id=\"f517da0b-cdc9-410f-ab89-a86107c420ed\"";
    EXPECT_TRUE(shown.contains("coderd_notifications_retry_count{" + labels + "} 4\n")) << shown;
    EXPECT_TRUE(shown.contains("coderd_notifications_dispatch_attempts_total{" + labels + ",result=\"temp_fail\"} 4\n")) << shown;
    EXPECT_TRUE(shown.contains("coderd_notifications_dispatch_attempts_total{" + labels + ",result=\"success\"} 1\n")) << shown;
    EXPECT_TRUE(shown.contains("coderd_notifications_synced_updates_total 5\n")) << shown;
  });

  EXPECT_EQ(rig.states(), "sent 1");
  EXPECT_EQ(receiver.calls().size(), 5u);
  for (const auto& call : receiver.calls()) EXPECT_EQ(call.id, receiver.calls()[0].id);
}

TEST(Webhook, IsNotCalledAgainOnceAllAttemptsAreUsedUp) {
  Rig rig;
  Receiver receiver;
  rig.calls(receiver);
  rig.options.max_send_attempts = 2;
  for (int i = 0; i < 2; ++i) receiver.say({.status = 503});
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);
    rig.due();
    co_await turn(bench);
  });

  EXPECT_EQ(rig.states(), "permanent_failure 1");
  EXPECT_EQ(rig.database.sql("select status_reason || ' ' || attempt_count from notification_messages"), "temporary 503 2");
}

TEST(Webhook, ThatRefusesIsAskedOnce) {
  Rig rig;
  Receiver receiver;
  rig.calls(receiver);
  receiver.say({.status = 400, .body = "no <b>such</b> thing for ana@example.com\r\n" + std::string(10'000, 'x')});
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);
    rig.due();
    co_await turn(bench);
  });

  EXPECT_EQ(rig.states(), "permanent_failure 1");
  EXPECT_EQ(receiver.calls().size(), 1u);
  const auto reason = rig.database.sql("select status_reason from notification_messages");
  EXPECT_TRUE(reason.starts_with("permanent 400: no <b>such</b> thing for (address)")) << reason;
  EXPECT_LE(reason.size(), 600u);
}

TEST(Webhook, SaysWhenToCallAgain) {
  Rig rig;
  Receiver receiver;
  rig.calls(receiver);
  rig.options.retry_interval = Seconds(1);
  receiver.say({.status = 429, .header = "Retry-After", .value = "120"});
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);
  });

  EXPECT_EQ(rig.database.sql("select round(extract(epoch from next_retry_after - updated_at)) from notification_messages"), "120");
}

TEST(Webhook, ThatSendsElsewhereIsNotFollowed) {
  Rig rig;
  Receiver receiver;
  const Receiver elsewhere;
  rig.calls(receiver);
  receiver.say({.status = 302, .header = "Location", .value = elsewhere.url()});
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);
  });

  EXPECT_EQ(rig.states(), "permanent_failure 1");
  EXPECT_TRUE(elsewhere.calls().empty());
}

TEST(Webhook, ThatIsDownIsCalledAgain) {
  Rig rig;
  rig.options.method = "webhook";
  rig.options.webhook_endpoint = "http://127.0.0.1:1/hook";
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);
  });

  EXPECT_EQ(rig.states(), "temporary_failure 1");
}

TEST(Mails, ShareAConnectionAndFailEachByItself) {
  Rig rig;
  MailServer server;
  rig.mail = server.options();
  std::vector<UserId> people;
  for (const char* name : {"ana", "bo", "never-one", "cy", "later-one", "dee"}) people.push_back(rig.person(name));

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, people);
    EXPECT_EQ((co_await turn(bench)).leased, 6u);
  });

  EXPECT_EQ(rig.states(), "permanent_failure 1, sent 4, temporary_failure 1");
  EXPECT_EQ(server.mails().size(), 4u);
  EXPECT_LE(server.connections(), 3);
}

TEST(Mails, CarryTheirMessageAsTheirId) {
  Rig rig;
  MailServer server;
  rig.mail = server.options();
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);
    // As after a crash between the server's yes and its being written down.
    rig.database.sql("update notification_messages set status = 'leased', leased_until = now() - interval '1 s'");
    co_await turn(bench);
  });

  ASSERT_EQ(server.mails().size(), 2u);
  const auto id = "Message-ID: <" + rig.database.sql("select id from notification_messages") + "@example.com>";
  for (const auto& mail : server.mails()) EXPECT_TRUE(mail.contains(id)) << mail;
}

TEST(Mails, GoToTheAddressOfToday) {
  Rig rig;
  MailServer server;
  rig.mail = server.options();
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    rig.database.sql("update users set email = 'new@example.com' where username = 'ana'");
    co_await turn(bench);
  });

  EXPECT_TRUE(server.mails().at(0).contains("To: new@example.com")) << server.mails()[0];
}

TEST(Mails, WithoutAServerAreDeadAndSayWhy) {
  Rig rig;
  const Receiver receiver;
  rig.options.webhook_endpoint = receiver.url();  // something leaves, but mail, which is the default, does not
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);
  });

  EXPECT_EQ(rig.database.sql("select status || ': ' || status_reason from notification_messages"),
            "permanent_failure: permanent: --email-smarthost is not set");
}

TEST(Leases, KeepTwoServersFromOneMessage) {
  Rig rig;
  Receiver receiver;
  rig.calls(receiver);
  rig.options.lease_count = 3;
  std::vector<UserId> people;
  for (int i = 0; i < 12; ++i) people.push_back(rig.person(fmt::format("p{}", i)));

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, people);
    for (int i = 0; i < 2; ++i) {
      std::vector<Task<void>> both;
      const auto work = [](Outbox& outbox, http::Home& home) -> Task<void> { EXPECT_TRUE(co_await outbox.turn(home)); };
      both.push_back(work(bench.outbox, bench.home));
      both.push_back(work(bench.other, bench.home));
      co_await aio::at_once(std::move(both));
    }
  });

  EXPECT_EQ(rig.states(), "sent 12");
  EXPECT_EQ(receiver.calls().size(), 12u);
}

TEST(Leases, ThatEndedAreTakenBySomebodyElse) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");
  const auto taken = [&](const char* until) {
    rig.database.sql(fmt::format(
        "update notification_messages set status = 'leased', attempt_count = 1, notifier_id = gen_random_uuid(), leased_until = now() {}", until));
  };

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    taken("+ interval '1 minute'");
    EXPECT_EQ((co_await turn(bench)).leased, 0u);
    taken("- interval '1 s'");
    EXPECT_EQ((co_await turn(bench)).leased, 1u);
  });

  EXPECT_EQ(rig.database.sql("select status || ' ' || attempt_count from notification_messages"), "sent 2");
}

TEST(Leases, CountAttemptsThatNobodyFinished) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    rig.database.sql("update notification_messages set status = 'leased', attempt_count = 5, leased_until = now() - interval '1 s'");
    co_await turn(bench);
  });

  EXPECT_EQ(rig.states(), "permanent_failure 1");
  EXPECT_TRUE(receiver.calls().empty());
}

TEST(Leases, TakeTheOldestFirst) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  rig.options.lease_count = 1;
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    for (const char* key : {"one", "two", "three"}) co_await tell_each(bench, {ana}, key);
    rig.database.sql(
        "update notification_messages m set created_at = now() - interval '1 hour' from notification_events e where e.id = m.event_id and event_key "
        "= 'two'");
    const auto first = co_await turn(bench);
    EXPECT_TRUE(first.full);
  });

  EXPECT_EQ(rig.database.sql("select event_key from notification_messages m join notification_events e on e.id = m.event_id where status = 'sent'"),
            "two");
}

TEST(Pause, HoldsEverythingAndForgetsNothingYoung) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");
  const auto pause = [&](const char* value) {
    rig.database.sql(fmt::format(
        "insert into site_settings values ('notifications_settings', '{}') on conflict (key) do update set value = excluded.value", value));
  };

  rig.run([&](Bench& bench) -> Task<void> {
    pause(R"({"notifier_paused": true})");
    co_await tell_each(bench, {ana}, "old");
    co_await tell_each(bench, {ana}, "young");
    rig.database.sql(
        "update notification_messages m set created_at = now() - interval '8 days' from notification_events e where e.id = m.event_id and event_key "
        "= 'old'");
    EXPECT_EQ((co_await turn(bench)).leased, 0u);
    EXPECT_EQ(rig.database.sql("select count(*) from inbox_notifications"), "2");
    pause(R"({"notifier_paused": false})");
    EXPECT_EQ((co_await turn(bench)).leased, 2u);
  });

  EXPECT_EQ(rig.states(), "inhibited 1, sent 1");
  EXPECT_EQ(rig.database.sql("select status_reason from notification_messages where status = 'inhibited'"), "expired");
}

TEST(Pause, ThatNobodyCanReadHoldsEverything) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");
  rig.database.sql("insert into site_settings values ('notifications_settings', 'no json')");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    EXPECT_FALSE(co_await bench.outbox.turn(bench.home));
  });

  EXPECT_EQ(rig.states(), "pending 1");
}

TEST(Messages, AreHeldBackFromWhoDoesNotWantThemAnyMore) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto off = rig.person("off"), suspended = rig.person("suspended"), ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {off, suspended, ana});
    EXPECT_TRUE(co_await tell(bench.home, {Rig::event(Kind::your_account_suspended, {suspended}, "own")}));
    rig.database.sql(
        fmt::format("insert into notification_preferences values ('{}', 'f517da0b-cdc9-410f-ab89-a86107c420ed', true, now(), now())", off.str()));
    rig.database.sql("update users set status = 'suspended' where username = 'suspended'");
    co_await turn(bench);
  });

  EXPECT_EQ(rig.states(), "inhibited 2, sent 2");
  EXPECT_EQ(rig.database.sql("select string_agg(status_reason, ', ' order by status_reason) from notification_messages"),
            "disabled by user, recipient inactive");
}

TEST(Messages, ThatDoNotRenderAreDeadAndOthersGo) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  std::vector<UserId> people;
  for (int i = 0; i < 20; ++i) people.push_back(rig.person(fmt::format("p{}", i)));

  rig.run([&](Bench& bench) -> Task<void> {
    for (int i = 0; i < 20; ++i) co_await tell_each(bench, {people[static_cast<std::size_t>(i)]}, fmt::format("{}", i));
    rig.database.sql("update notification_events set labels = '[]' where event_key = '7'");
    EXPECT_EQ((co_await turn(bench)).leased, 20u);
  });

  EXPECT_EQ(rig.states(), "permanent_failure 1, sent 19");
}

TEST(Outbox, CostsAStatementWhenNothingIsDueAndTwoOrThreeABatch) {
  Rig rig;
  Receiver receiver;
  rig.calls(receiver);
  std::vector<UserId> people;
  for (int i = 0; i < 10; ++i) people.push_back(rig.person(fmt::format("p{}", i)));

  rig.run([&](Bench& bench) -> Task<void> {
    auto idle = std::make_shared<store::Cost>(), busy = std::make_shared<store::Cost>(), mixed = std::make_shared<store::Cost>();
    EXPECT_TRUE(co_await bench.outbox.turn(bench.home, idle));
    EXPECT_EQ(idle->sql, 1);
    co_await tell_each(bench, people);
    EXPECT_TRUE(co_await bench.outbox.turn(bench.home, busy));
    EXPECT_EQ(busy->sql, 2);
    receiver.say({.status = 400});
    co_await tell_each(bench, people, "two");
    EXPECT_TRUE(co_await bench.outbox.turn(bench.home, mixed));
    EXPECT_EQ(mixed->sql, 3);
  });
}

TEST(Outbox, TakesNothingMoreOnceTheServerStops) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    *rig.stopping = true;
    EXPECT_EQ((co_await turn(bench)).leased, 0u);
  });

  EXPECT_EQ(rig.states(), "pending 1");
}

// Who waits for an answer when the server stops is cut after its grace, and the message is left to whoever comes when the lease has ended.
TEST(Outbox, EndsInTimeWhenAReceiverDoesNotAnswer) {
  Rig rig;
  const MuteSite mute;
  rig.options.method = "webhook";
  rig.options.webhook_endpoint = mute.url();
  rig.options.grace = Milliseconds(100);
  const auto ana = rig.person("ana");
  const auto began = std::chrono::steady_clock::now();

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    std::vector<Task<void>> both;
    const auto work = [](Outbox& outbox, http::Home& home) -> Task<void> { EXPECT_TRUE(co_await outbox.turn(home)); };
    const auto end = [](Rig& all, Outbox& outbox) -> Task<void> {
      for (int i = 0; i < 5000 && all.states() != "leased 1"; ++i) co_await aio::sleep(Milliseconds(2));
      co_await outbox.drain();
    };
    both.push_back(work(bench.outbox, bench.home));
    both.push_back(end(rig, bench.outbox));
    co_await aio::at_once(std::move(both));
  });

  EXPECT_EQ(rig.states(), "leased 1");
  EXPECT_LT(std::chrono::steady_clock::now() - began, Seconds(30));
}

// With a lease that is hardly longer than an attempt may take, nothing is begun that could outlive it: it goes back, with its attempt.
TEST(Outbox, GivesBackWhatItHadNoTimeToBegin) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  rig.options.lease_period = Seconds(1);
  rig.options.dispatch_timeout = Seconds(60);  // as no server would start with
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);
  });

  EXPECT_EQ(rig.database.sql("select status || ' ' || attempt_count from notification_messages"), "pending 0");
  EXPECT_TRUE(receiver.calls().empty());
}

TEST(Outbox, DoesNotSpoilWhatSomebodyElseHas) {
  Rig rig;
  Receiver receiver;
  rig.calls(receiver);
  receiver.say({.status = 500});
  const auto ana = rig.person("ana");
  rig.database.sql(
      "create function steal() returns trigger language plpgsql as $$ begin new.notifier_id = '44444444-4444-4444-8444-444444444444'; return new; "
      "end $$;"
      "create trigger steal before update on notification_messages for each row when (new.status = 'leased') execute function steal()");

  rig.run([&](Bench& bench) -> Task<void> {
    co_await tell_each(bench, {ana});
    co_await turn(bench);  // somebody else has it by the time that its failure is written down
  });

  EXPECT_EQ(rig.states(), "leased 1");
}

}  // namespace
}  // namespace slipway::outbox::testing
