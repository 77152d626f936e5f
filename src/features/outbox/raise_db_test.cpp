// Who is told, once, and of what was committed alone.
#include "features/outbox/rig_test.hpp"

#include "store/db.hpp"

namespace slipway::outbox::testing {
namespace {

using rbac::Duty;

void tell_them(Rig& rig, std::vector<Event> events) {
  rig.run([&](Bench& bench) -> Task<void> {
    const auto done = co_await tell(bench.home, std::move(events));
    EXPECT_TRUE(done) << done.error().why;
  });
}

std::string told(Rig& rig) {
  return rig.database.sql(
      "select coalesce(string_agg(u.username, ',' order by u.username), '') from inbox_notifications i join users u on u.id = i.user_id");
}

TEST(Kinds, AreInTheDatabaseAsTheCodeHasThem) {
  Rig rig;

  tell_them(rig, {});

  EXPECT_EQ(rig.database.sql(
                "select count(*) filter (where kind = 'system') || ' ' || count(*) filter (where kind = 'custom') || ' ' ||"
                " count(*) filter (where not enabled_by_default) || ' ' || bool_and(jsonb_typeof(actions) = 'array') from notification_templates"),
            "24 1 2 true");
}

TEST(Kinds, KeepTheMethodThatAnAdministratorChose) {
  Rig rig;
  tell_them(rig, {});
  rig.database.sql("update notification_templates set method = 'webhook', name = 'old' where id = 'f517da0b-cdc9-410f-ab89-a86107c420ed'");

  tell_them(rig, {});

  EXPECT_EQ(rig.database.sql("select name || ' ' || method from notification_templates where id = 'f517da0b-cdc9-410f-ab89-a86107c420ed'"),
            "Workspace Deleted webhook");
}

TEST(Events, AreStoredWithTheirTransactionOrNotAtAll) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");

  rig.run([&](Bench& bench) -> Task<void> {
    auto duty = bench.home.db.duty<Duty::notifier>();
    auto body = [&](store::DutyTx<Duty::notifier>& tx) -> Task<Result<void>> {
      notifications::raise(tx, Rig::event(Kind::workspace_deleted, {ana}, "one"));
      co_return fail(Code::conflict, "It is undone.");
    };
    EXPECT_FALSE(co_await duty.tx(body));
    EXPECT_EQ(rig.database.sql("select (select count(*) from notification_events) + (select count(*) from notification_messages)"
                               " + (select count(*) from inbox_notifications)"),
              "0");
    EXPECT_TRUE(co_await tell(bench.home, {Rig::event(Kind::workspace_deleted, {ana}, "one")}));
  });

  EXPECT_EQ(told(rig), "ana");
  EXPECT_EQ(rig.states(), "pending 1");
}

TEST(Events, AreOneStatementInTheRoundTripOfTheCommitWhoeverIsTold) {
  Rig rig;
  rig.database.sql(
      "insert into users (id, email, username, created_at, updated_at) select gen_random_uuid(), 'm' || n || '@example.com', 'm' || n, now(), now()"
      " from generate_series(1, 5000) n");
  rig.database.sql("update users set rbac_roles = '{user-admin}' where not is_system");
  const Receiver receiver;
  rig.calls(receiver);

  rig.run([&](Bench& bench) -> Task<void> {
    auto cost = std::make_shared<store::Cost>();
    auto all = Rig::event(Kind::user_created, {}, "all");
    all.to.user_admins = true;
    const auto done = co_await tell(bench.home, {all}, cost);
    EXPECT_TRUE(done) << done.error().why;
    EXPECT_EQ(cost->sql, 1);
    EXPECT_EQ(cost->trips, 1);
  });

  EXPECT_EQ(rig.states(), "pending 5000");
  EXPECT_EQ(rig.database.sql("select count(*) from notification_events"), "1");
}

TEST(Recipients, AreNeitherDeletedNorSuspendedNorNobody) {
  Rig rig;
  const std::vector<UserId> all{rig.person("ana"),
                                rig.person("dormant", "status = 'dormant'"),
                                rig.person("suspended", "status = 'suspended'"),
                                rig.person("gone", "deleted = true"),
                                rig.person("service", "is_service_account = true"),
                                rig.person("system", "is_system = true")};

  tell_them(rig, {Rig::event(Kind::workspace_deleted, all, "one")});

  EXPECT_EQ(told(rig), "ana,dormant");
}

TEST(Recipients, HearOfTheirOwnSuspension) {
  Rig rig;
  const auto bo = rig.person("bo", "status = 'suspended'");

  tell_them(rig, {Rig::event(Kind::your_account_suspended, {bo}, "one")});

  EXPECT_EQ(told(rig), "bo");
}

TEST(Recipients, AreFoundByTheirRolesButForWhoDidIt) {
  Rig rig;
  const auto organization = rig.database.sql("select id from organizations");
  const auto join = [&](UserId who, const std::string& roles) {
    rig.database.sql(fmt::format(
        "insert into organization_members (organization_id, user_id, roles, created_at, updated_at) values ('{}', '{}', '{}', now(), now())",
        organization, who.str(), roles));
  };
  join(rig.person("site-admin", "rbac_roles = '{template-admin}'"), "{}");
  join(rig.person("here-admin"), "{organization-template-admin}");
  join(rig.person("member"), "{}");
  const auto did_it = rig.person("did-it", "rbac_roles = '{template-admin,owner}'");
  join(did_it, "{organization-template-admin}");
  rig.person("elsewhere", "rbac_roles = '{template-admin}'");
  rig.person("user-admin", "rbac_roles = '{user-admin}'");
  auto of_template = Rig::event(Kind::template_deleted, {}, "one");
  of_template.organization = *OrganizationId::parse(organization);
  of_template.to.template_admins = true;
  of_template.to.except = did_it;
  auto of_account = Rig::event(Kind::user_created, {}, "two");
  of_account.to.user_admins = true;

  tell_them(rig, {of_template});
  EXPECT_EQ(told(rig), "here-admin,site-admin");
  rig.database.sql("delete from inbox_notifications");

  tell_them(rig, {of_account});
  EXPECT_EQ(told(rig), "did-it,user-admin");
  rig.database.sql("delete from inbox_notifications");

  of_template.to.site_template_admins = true;
  of_template.key = "three";
  tell_them(rig, {of_template});
  EXPECT_EQ(told(rig), "elsewhere,here-admin,site-admin");
}

TEST(Recipients, ChooseWhatTheyAreTold) {
  Rig rig;
  const auto ana = rig.person("ana"), bo = rig.person("bo");
  const auto prefer = [&](UserId who, Kind kind, bool disabled) {
    rig.database.sql(fmt::format("insert into notification_preferences values ('{}', '{}', {}, now(), now())", who.str(),
                                 notifications::id_of(kind).str(), disabled));
  };
  prefer(ana, Kind::workspace_deleted, true);
  prefer(bo, Kind::workspace_created, false);

  tell_them(rig, {Rig::event(Kind::workspace_deleted, {ana, bo}, "one"), Rig::event(Kind::workspace_created, {ana, bo}, "two")});

  EXPECT_EQ(told(rig), "bo,bo");
}

TEST(Events, AreToldOnceByTheirKey) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");

  for (const char* key : {"one", "one", "two"}) tell_them(rig, {Rig::event(Kind::workspace_deleted, {ana}, key)});

  EXPECT_EQ(rig.states(), "pending 2");
  EXPECT_EQ(told(rig), "ana,ana");
  EXPECT_EQ(rig.database.sql("select count(*) from notification_events"), "2");
}

TEST(Events, AreToldOnceADayWhereTheyRepeat) {
  Rig rig;
  const auto ana = rig.person("ana");
  rig.clock.set(*parse_rfc3339("2026-03-01T10:00:00Z"));
  auto failed = Rig::event(Kind::workspace_autobuild_failed, {ana}, "ws");
  failed.once_a_day = true;
  auto other = failed;
  other.labels["name"] = "other";

  for (int i = 0; i < 10; ++i) tell_them(rig, {failed});
  tell_them(rig, {other});
  EXPECT_EQ(told(rig), "ana,ana");

  rig.clock.set(*parse_rfc3339("2026-03-02T00:00:01Z"));
  tell_them(rig, {failed});
  EXPECT_EQ(told(rig), "ana,ana,ana");
}

TEST(Events, ThatCannotBeStoredUndoNothingElse) {
  Rig rig;
  const auto ana = rig.person("ana");
  const auto before = store::untold_events();

  rig.run([&](Bench& bench) -> Task<void> {
    rig.database.sql("alter table inbox_notifications add constraint never check (title not like '%deleted%')");
    auto good = Rig::event(Kind::workspace_dormant, {ana}, "two");
    const auto done = co_await tell(bench.home, {Rig::event(Kind::workspace_deleted, {ana}, "one"), good});
    EXPECT_TRUE(done) << done.error().why;
  });

  EXPECT_EQ(store::untold_events() - before, 1u);
  EXPECT_EQ(told(rig), "ana");
}

TEST(Events, MayHoldAnyBytes) {
  Rig rig;
  const auto ana = rig.person("ana"), bo = rig.person("bo");
  auto odd = Rig::event(Kind::workspace_deleted, {ana}, "one");
  odd.labels["name"] = std::string("a\xff\0b", 4);
  auto worse = Rig::event(Kind::workspace_deleted, {bo}, "two");
  worse.data = R"({"name": "\u0000"})";  // what the database takes for no JSON

  tell_them(rig, {odd, worse});

  EXPECT_EQ(told(rig), "ana");
  EXPECT_EQ(rig.database.sql("select title from inbox_notifications"), "Your workspace a\uFFFD\uFFFDb was deleted");
}

TEST(Inbox, HoldsMarkdownAndAddressesOfItsOwner) {
  Rig rig;
  const auto odd = rig.person("o?d");
  auto dormant = Rig::event(Kind::workspace_dormant, {rig.person("ana"), odd}, "one");
  dormant.labels["name"] = "a_b";
  dormant.targets = {Uuid::nil()};

  tell_them(rig, {dormant});

  EXPECT_EQ(rig.database.sql("select title from inbox_notifications limit 1"), "Your workspace a\\_b is dormant now");
  EXPECT_EQ(rig.database.sql(
                "select string_agg(actions -> 0 ->> 'url', ' ' order by u.username) from inbox_notifications i join users u on u.id = i.user_id"),
            "/@ana/a_b /@%6F%3F%64/a_b");
  EXPECT_EQ(rig.database.sql("select targets[1]::text from inbox_notifications limit 1"), Uuid::nil().str());
}

TEST(Inbox, IsNotFilledWhereItIsOff) {
  Rig rig;
  rig.options.inbox_enabled = false;

  tell_them(rig, {Rig::event(Kind::workspace_deleted, {rig.person("ana")}, "one")});

  EXPECT_EQ(told(rig), "");
}

TEST(Messages, GoTheWayOfTheirKind) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");
  tell_them(rig, {});
  rig.database.sql("update notification_templates set method = 'inbox' where name = 'Workspace Deleted'");
  rig.database.sql("update notification_templates set method = 'smtp' where name = 'Workspace Marked as Dormant'");

  tell_them(rig, {Rig::event(Kind::workspace_deleted, {ana}, "1"), Rig::event(Kind::workspace_dormant, {ana}, "2"),
                  Rig::event(Kind::template_deleted, {ana}, "3")});

  EXPECT_EQ(rig.database.sql("select string_agg(method, ',' order by method) from notification_messages"), "smtp,webhook");
  EXPECT_EQ(told(rig), "ana,ana,ana");
}

TEST(Messages, AreNoneWhereNothingLeaves) {
  Rig rig;

  tell_them(rig, {Rig::event(Kind::workspace_deleted, {rig.person("ana")}, "1")});

  EXPECT_EQ(rig.states(), "");
  EXPECT_EQ(told(rig), "ana");
}

TEST(DeletedPeople, LeaveNothingOfItBehind) {
  Rig rig;
  const Receiver receiver;
  rig.calls(receiver);
  const auto ana = rig.person("ana");
  tell_them(rig, {Rig::event(Kind::workspace_deleted, {ana}, "1")});
  rig.database.sql(fmt::format("insert into notification_preferences values ('{}', gen_random_uuid(), true, now(), now())", ana.str()));

  rig.database.sql(fmt::format("update users set deleted = true where id = '{}'", ana.str()));

  EXPECT_EQ(rig.states() + told(rig), "");
  EXPECT_EQ(rig.database.sql("select count(*) from notification_preferences"), "0");
}

}  // namespace
}  // namespace slipway::outbox::testing
