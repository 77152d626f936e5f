// Mails that wait: until when, for whom, and how they leave together.
#include "features/outbox/rig_test.hpp"

#include "aio/nursery.hpp"

namespace slipway::outbox::testing {
namespace {

// A rig with a mail server.
struct Held : Rig {
  Held() { mail = server.options(); }

  Task<void> tell_of(Bench& bench, UserId who, const std::string& key, Kind kind = Kind::workspace_deleted) {
    const auto done = co_await tell(bench.home, {event(kind, {who}, key)});
    EXPECT_TRUE(done) << done.error().why;
  }
  void wants(UserId who, const std::string& digest, bool quiet = false) const {
    database.sql(fmt::format("insert into notification_user_settings values ('{}', '{}', 9, 'Europe/Berlin', {})", who.str(), digest, quiet));
  }
  // What was held is due.
  void time_comes() const { database.sql("update notification_messages set hold_until = now() - interval '1 s' where hold_until is not null"); }
  // Whatever hour it is now, and strikes meanwhile.
  void time_is_far() const {
    database.sql("update notification_messages set hold_until = hold_until + interval '1 day' where hold_until is not null");
  }
  std::string hold(const std::string& choices, const std::string& at) const {
    return database.sql(fmt::format("select coalesce(to_char(mail_hold({}, '{}') at time zone 'UTC', 'MM-DD HH24:MI'), 'now')", choices, at));
  }

  MailServer server;
};

TEST(MailHold, IsUntilTheHourOfTheDigestWhateverTheClocksDo) {
  const Held r;
  const std::string daily = "'daily', 9, 'Europe/Berlin', null", early = "'daily', 2, 'Europe/Berlin', null";

  EXPECT_EQ(r.hold(daily, "2026-03-28T07:59:59Z"), "03-28 08:00");
  EXPECT_EQ(r.hold(daily, "2026-03-28T08:00:00Z"), "03-29 07:00");  // clocks go forward in between
  EXPECT_EQ(r.hold(daily, "2026-03-29T07:00:00Z"), "03-30 07:00");
  EXPECT_EQ(r.hold(daily, "2026-10-24T07:00:00Z"), "10-25 08:00");  // and back
  EXPECT_EQ(r.hold(early, "2026-03-28T12:00:00Z"), "03-29 01:00");  // there is no 2 o'clock that night
  EXPECT_EQ(r.hold("'hourly', 9, 'Asia/Kolkata', null", "2026-03-28T12:10:00Z"), "03-28 12:30");
  EXPECT_EQ(r.hold("'hourly', 9, 'UTC', null", "2026-03-28T12:00:00Z"), "03-28 13:00");
  EXPECT_EQ(r.hold("'off', 9, 'UTC', null", "2026-03-28T12:00:00Z"), "now");
}

TEST(MailHold, IsUntilQuietHoursEnd) {
  const Held r;
  const std::string quiet = "'off', 9, 'UTC', 'CRON_TZ=Europe/Berlin 30 22 * * *'";

  EXPECT_EQ(r.hold(quiet, "2026-03-28T21:29:59Z"), "now");
  EXPECT_EQ(r.hold(quiet, "2026-03-28T21:30:00Z"), "03-29 05:30");
  EXPECT_EQ(r.hold(quiet, "2026-03-29T05:29:59Z"), "03-29 05:30");  // eight hours, though the clocks went forward
  EXPECT_EQ(r.hold(quiet, "2026-03-29T05:30:00Z"), "now");
  EXPECT_EQ(r.hold("'off', 9, 'UTC', ''", "2026-03-29T03:00:00Z"), "03-29 08:00") << "nobody said when: from midnight in UTC";
  EXPECT_EQ(r.hold("'hourly', 9, 'UTC', ''", "2026-03-28T23:30:00Z"), "03-29 08:00") << "a digest that is due in them waits as well";
  EXPECT_EQ(r.hold("'daily', 7, 'UTC', ''", "2026-03-28T12:00:00Z"), "03-29 08:00");
}

TEST(MailHold, IsNotWhereNobodyKnowsTheTime) {
  const Held r;

  EXPECT_EQ(r.hold("'daily', 9, 'Mars/X', null", "2026-03-28T12:00:00Z"), "now");
  EXPECT_EQ(r.hold("'off', 9, 'UTC', 'CRON_TZ=Mars/X 0 0 * * *'", "2026-03-28T12:00:00Z"), "now");
  EXPECT_EQ(r.hold("'off', 9, 'UTC', 'whenever'", "2026-03-28T12:00:00Z"), "now");
}

TEST(Digest, GathersWhatIsNotUrgent) {
  Held r;
  const auto ana = r.person("ana");
  r.wants(ana, "daily");
  std::string oldest;

  r.run([&](Bench& bench) -> Task<void> {
    for (const char* key : {"one", "two", "three"}) co_await r.tell_of(bench, ana, key);
    oldest = r.database.sql("select id from notification_messages order by created_at limit 1");
    co_await r.tell_of(bench, ana, "now", Kind::custom);
    EXPECT_EQ(r.database.sql("select string_agg(distinct extract(hour from hold_until at time zone 'Europe/Berlin')::text, ',') from "
                             "notification_messages where hold_until is not null"),
              "9");
    r.time_is_far();
    EXPECT_EQ((co_await turn(bench)).leased, 1u);
    EXPECT_EQ(r.states(), "pending 3, sent 1");
    EXPECT_EQ(r.database.sql("select count(*) from inbox_notifications"), "4") << "inboxes do not wait";
    r.time_comes();
    EXPECT_EQ((co_await turn(bench)).leased, 3u);
  });

  EXPECT_EQ(r.states(), "sent 4");
  ASSERT_EQ(r.server.mails().size(), 2u);
  const auto digest = r.server.mails()[1];
  EXPECT_TRUE(digest.contains("Subject: 3 notifications from Slipway")) << digest;
  EXPECT_TRUE(digest.contains("Message-ID: <" + oldest + "@example.com>")) << digest;
}

TEST(Digest, LetsPassWhatSaysThatItIsUrgent) {
  Held r;
  const auto ana = r.person("ana");
  r.wants(ana, "daily", true);
  auto soon = Rig::event(Kind::workspace_marked_for_deletion, {ana}, "one");
  soon.urgent = true;

  r.run([&](Bench& bench) -> Task<void> {
    const auto done = co_await tell(bench.home, {soon});
    EXPECT_TRUE(done) << done.error().why;
    EXPECT_EQ((co_await turn(bench)).leased, 1u);
  });

  EXPECT_EQ(r.states(), "sent 1");
}

TEST(Digest, CostsTwoStatementsHoweverManyItTellsOf) {
  Held r;
  const auto ana = r.person("ana");
  r.wants(ana, "hourly");

  r.run([&](Bench& bench) -> Task<void> {
    for (int i = 0; i < 30; ++i) co_await r.tell_of(bench, ana, fmt::format("{}", i));
    r.time_comes();
    auto cost = std::make_shared<store::Cost>();
    EXPECT_TRUE(co_await bench.outbox.turn(bench.home, cost));
    EXPECT_EQ(cost->sql, 2);
  });

  EXPECT_EQ(r.states(), "sent 30");
}

TEST(Digest, OfOneIsThatOneItself) {
  Held r;
  const auto ana = r.person("ana");
  r.wants(ana, "hourly");

  r.run([&](Bench& bench) -> Task<void> {
    co_await r.tell_of(bench, ana, "one");
    r.time_comes();
    co_await turn(bench);
  });

  ASSERT_EQ(r.server.mails().size(), 1u);
  EXPECT_TRUE(r.server.mails()[0].contains("Subject: Your workspace ws was deleted")) << r.server.mails()[0];
}

TEST(Digest, LeavesOutWhatIsNotWantedAnyMore) {
  Held r;
  const auto ana = r.person("ana");
  r.wants(ana, "hourly");

  r.run([&](Bench& bench) -> Task<void> {
    co_await r.tell_of(bench, ana, "one");
    co_await r.tell_of(bench, ana, "two", Kind::workspace_dormant);
    r.database.sql(fmt::format("insert into notification_preferences values ('{}', '{}', true, now(), now())", ana.str(),
                               notifications::id_of(Kind::workspace_dormant).str()));
    r.time_comes();
    co_await turn(bench);
  });

  EXPECT_EQ(r.states(), "inhibited 1, sent 1");
  EXPECT_TRUE(r.server.mails().at(0).contains("Subject: Your workspace ws was deleted")) << r.server.mails()[0];
}

TEST(Digest, IsOneWithTwoServersThatTakeIt) {
  Held r;
  r.options.lease_count = 2;
  const auto ana = r.person("ana"), bo = r.person("bo");
  for (const auto& who : {ana, bo}) r.wants(who, "hourly");

  r.run([&](Bench& bench) -> Task<void> {
    for (int i = 0; i < 15; ++i)
      for (const auto& who : {ana, bo}) co_await r.tell_of(bench, who, fmt::format("{}", i));
    r.time_comes();
    std::vector<Task<void>> both;
    const auto work = [](Outbox& outbox, http::Home& home) -> Task<void> { EXPECT_TRUE(co_await outbox.turn(home)); };
    both.push_back(work(bench.outbox, bench.home));
    both.push_back(work(bench.other, bench.home));
    co_await aio::at_once(std::move(both));
  });

  EXPECT_EQ(r.states(), "sent 30");
  EXPECT_EQ(r.server.mails().size(), 2u);
}

TEST(Digest, ThatFailsIsTriedAgainAsOne) {
  Held r;
  const auto later = r.person("later-ana");
  r.wants(later, "hourly");

  r.run([&](Bench& bench) -> Task<void> {
    for (int i = 0; i < 5; ++i) co_await r.tell_of(bench, later, fmt::format("{}", i));
    r.time_comes();
    co_await turn(bench);
    EXPECT_EQ(r.states(), "temporary_failure 5");
    EXPECT_EQ(r.database.sql("select count(distinct next_retry_after) from notification_messages"), "1");
    r.database.sql("update users set email = 'ana@example.com' where username = 'later-ana'");
    EXPECT_EQ((co_await turn(bench)).leased, 0u) << "not yet due";
    r.due();
    co_await turn(bench);
  });

  EXPECT_EQ(r.states(), "sent 5");
  EXPECT_EQ(r.server.mails().size(), 1u);
}

TEST(Digest, IsNotOfCallsOfTheWebhook) {
  Held r;
  const Receiver receiver;
  r.calls(receiver);
  const auto ana = r.person("ana");
  r.wants(ana, "daily");

  r.run([&](Bench& bench) -> Task<void> {
    co_await r.tell_of(bench, ana, "one");
    co_await turn(bench);
  });

  EXPECT_EQ(receiver.calls().size(), 1u);
}

TEST(QuietHours, HoldWhatIsNotUrgentUntilTheyEnd) {
  Held r;
  const auto ana = r.person("ana",
                            "quiet_hours_schedule = 'CRON_TZ=UTC ' || extract(minute from now() at time zone 'UTC') || ' ' || extract(hour from "
                            "now() at time zone 'UTC') || ' * * *'");
  r.wants(ana, "off", true);

  r.run([&](Bench& bench) -> Task<void> {
    co_await r.tell_of(bench, ana, "one");
    co_await r.tell_of(bench, ana, "now", Kind::custom);
    EXPECT_EQ((co_await turn(bench)).leased, 1u);
  });

  EXPECT_EQ(
      r.database.sql("select hold_until = date_trunc('minute', now()) + interval '8 hours' or hold_until = date_trunc('minute', now()) + interval "
                     "'479 minutes' from notification_messages where status = 'pending'"),
      "t");
}

TEST(Flood, BecomesOneMail) {
  Held r;
  const auto ana = r.person("ana"), bo = r.person("bo");

  r.run([&](Bench& bench) -> Task<void> {
    co_await r.tell_of(bench, ana, "urgent", Kind::custom);
    for (int i = 0; i < 59; ++i) co_await r.tell_of(bench, ana, fmt::format("{}", i));
    EXPECT_EQ(r.database.sql("select count(hold_until) from notification_messages"), "0") << "sixty are not too many";
    for (int i = 59; i < 200; ++i) co_await r.tell_of(bench, ana, fmt::format("{}", i));
    co_await r.tell_of(bench, bo, "one");
    EXPECT_EQ(r.database.sql("select count(*) || ' ' || bool_and(flooded) || ' ' || bool_and(hold_until < created_at + interval '2 hours') from "
                             "notification_messages where hold_until is not null"),
              "200 true true");
    r.time_is_far();
    EXPECT_EQ((co_await turn(bench)).leased, 2u);
    r.time_comes();
    EXPECT_EQ((co_await turn(bench)).leased, 200u);
  });

  EXPECT_EQ(r.states(), "sent 202");
  ASSERT_EQ(r.server.mails().size(), 3u);
  EXPECT_TRUE(r.server.mails()[2].contains("Subject: 200 notifications from Slipway")) << r.server.mails()[2];
}

}  // namespace
}  // namespace slipway::outbox::testing
