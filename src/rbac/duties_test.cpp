// The rights of the system subjects, row by row: each holds exactly its row.
#include "rbac/duties.hpp"
#include "rbac/golden_test.hpp"
#include "rbac/prose_test.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace slipway::rbac {
namespace {

struct DutyRow {
  Duty duty;
  const char* name;
  const char* text;
};
const DutyRow kRows[] = {
    {Duty::provisioner_daemon, "provisionerd",
     "file: read; system: *; template: read update; user: read read_personal update_personal; workspace: read update delete start stop "
     "create_agent; workspace_dormant: read update delete stop; prebuilt_workspace: update delete; api_key: *; organization, "
     "group: read; provisioner_jobs: create read update; notification_message: create read; "
     "workspace_agent_resource_monitor, workspace_agent_devcontainers, usage_event: create"},
    {Duty::autostart, "autostart",
     "system: *; template: read update; user, organization_member: read; workspace: read update delete start stop; "
     "workspace_dormant: read update delete stop; notification_message: create read"},
    {Duty::job_reaper, "jobreaper", "system: *; template: read; workspace: read update; provisioner_jobs: read update"},
    {Duty::key_rotator, "keyrotator", "crypto_key: *"},
    {Duty::key_reader, "keyreader", "crypto_key: read"},
    {Duty::notifier, "notifier", "notification_message: crud; inbox_notification: create read; webpush_subscription: create read delete"},
    {Duty::resource_monitor, "resourcemonitor", "workspace_agent_resource_monitor: update"},
    {Duty::tunnel_keeper, "tunnelkeeper", "system: crud; workspace, workspace_dormant: read"},
    {Duty::machine_reader, "machinereader", "system: read"},
    {Duty::metrics_reader, "metricsreader", "system, user, template, workspace, workspace_dormant, provisioner_jobs, notification_message: read"},
    {Duty::audit_recorder, "auditrecorder", "audit_log: create"},
    {Duty::metadata_keeper, "metadatakeeper", "system: read update"},
    {Duty::connection_keeper, "connectionkeeper", "system: read; connection_log: create update delete"},
    {Duty::last_use, "lastuse", "api_key, user, workspace, workspace_dormant: read update; system: create read update"},
    {Duty::sign_in, "signin", "user: create read update update_personal; api_key: delete; organization_member: create read; group: create read"},
    {Duty::recovery, "recovery", "user: read update_personal"},
    {Duty::founder, "founder", "user: create read update update_personal; organization_member: create"},
    {Duty::role_keeper, "rolekeeper", "organization: read; assign_org_role: create read update"},
    {Duty::read_provisioner_daemons, "system-read-provisioner-daemons", "provisioner_daemon: read"},
    {Duty::prebuilds, "prebuilds-orchestrator",
     "template: read update use; workspace: create read update delete start stop; prebuilt_workspace: update delete; "
     "organization, user, file: read; organization_member: create read; assign_org_role: assign; group: create read update; "
     "group_member: read"},
    {Duty::db_purge, "dbpurge", "boundary_log: delete; system: delete"},
    {Duty::file_reader, "file-reader", "file: read"},
    {Duty::usage_publisher, "usage-publisher", "license: read; usage_event: read update"},
    {Duty::aibridge_daemon, "aibridged", "aibridge_interception: create read update; user: read_personal; api_key: read"},
    {Duty::boundary_usage_tracker, "boundary-usage-tracker", "boundary_usage: read update delete"},
    {Duty::chat_keeper, "chatkeeper", "chat: read delete; user: read"},
    {Duty::proxy_keeper, "proxykeeper", "workspace_proxy: read update; system: create update delete"},
};

TEST(Duties, EachHoldsExactlyItsRow) {
  ASSERT_EQ(std::size(kRows), kDuties.size());
  for (const auto& row : kRows) {
    auto subject = duty_subject(row.duty);
    ASSERT_EQ(subject->roles().size(), 1U);
    const auto& role = *subject->roles()[0].role;

    EXPECT_EQ(prose::as_set(role.site), prose::permissions(row.text)) << row.name;
    EXPECT_TRUE(role.user.empty() && role.org.empty() && role.member.empty()) << row.name;
    EXPECT_EQ(role.name, row.name);
    EXPECT_EQ(name_of(row.duty), row.name);
    EXPECT_EQ(subject->id(), row.duty == Duty::prebuilds ? kPrebuildsUser : UserId{}) << row.name;
    EXPECT_EQ(subject->scope().name, "Scope_coder:all");
    EXPECT_TRUE(subject->organizations().empty());
    EXPECT_FALSE(subject->label().empty());
  }
  EXPECT_EQ(kPrebuildsUser.str(), "c42fdf75-3097-471c-8c33-fb52454d81c0");
}

// Who keeps the pools may make workspaces and groups, and no more: it ends no group, changes nobody, reads no secret.
TEST(Duties, ThePoolsAreKeptWithoutRightsOverPeople) {
  World w;
  const auto pools = duty_subject(Duty::prebuilds);

  EXPECT_TRUE(decide(*pools, Action::create, w.here_of(kPrebuildsUser)));
  EXPECT_TRUE(decide(*pools, Action::delete_, w.here_of(kPrebuildsUser, Resource::prebuilt_workspace)));
  EXPECT_TRUE(decide(*pools, Action::create, all_of(Resource::group)));
  EXPECT_FALSE(decide(*pools, Action::delete_, all_of(Resource::group)));
  EXPECT_FALSE(decide(*pools, Action::update, all_of(Resource::user)));
  EXPECT_FALSE(decide(*pools, Action::delete_, all_of(Resource::user)));
  EXPECT_FALSE(decide(*pools, Action::read, all_of(Resource::user_secret)));
}

// One line a right. tools/lint holds this list against the statements that run under each duty: a right that none needs fails.
TEST(Duties, RecordedRights) {
  std::string text = "# What each system subject may do: duty, type, action. Written by rbac_test with SLIPWAY_GOLDEN=write.\n";
  for (auto duty : kDuties) {
    std::vector<std::string> lines;
    for (const auto& p : duty_subject(duty)->roles()[0].role->site)
      lines.push_back(std::string(name_of(duty)) + " " + std::string(name_of(p.type)) + " " + std::string(name_of(p.action)) + "\n");
    std::ranges::sort(lines);
    for (const auto& line : lines) text += line;
  }

  expect_golden("duties.txt", text);
}

TEST(Duties, NoneMayDoEverything) {
  for (auto duty : kDuties)
    for (const auto& right : duty_subject(duty)->roles()[0].role->site) EXPECT_NE(right.type, Resource::any) << name_of(duty);
}

TEST(Duties, PurgeNeitherCreatesNorReads) {
  auto purge = duty_subject(Duty::db_purge);
  auto log = all_of(Resource::boundary_log);

  EXPECT_TRUE(decide(*purge, Action::delete_, log));
  EXPECT_FALSE(decide(*purge, Action::create, log) || decide(*purge, Action::read, log));
}

// What belongs to no type of its own is read by the duties that keep it and by the site's owner; everyone else fails.
TEST(Duties, SystemReadIsHeldByNineDutiesAndTheOwner) {
  World w;
  auto object = all_of(Resource::system);
  for (auto duty : kDuties) {
    bool expected = duty == Duty::tunnel_keeper || duty == Duty::metadata_keeper || duty == Duty::connection_keeper || duty == Duty::machine_reader ||
                    duty == Duty::metrics_reader || duty == Duty::provisioner_daemon || duty == Duty::autostart || duty == Duty::job_reaper ||
                    duty == Duty::last_use;
    EXPECT_EQ(decide(*duty_subject(duty), Action::read, object), expected) << name_of(duty);
  }
  for (const auto& role : w.book.site_roles()) EXPECT_EQ(decide(*w.with({role->name}), Action::read, object), role->name == "owner") << role->name;
  for (const auto& role : w.book.organization_roles()) EXPECT_FALSE(decide(*w.with({role->name}), Action::read, object));
}

TEST(Duties, SubAgentActsOnItsOwnersWorkspaceInOneOrganization) {
  World w;
  auto subject = sub_agent_subject(w.ana, w.here);

  for (auto action : {Action::create_agent, Action::delete_agent, Action::read}) {
    EXPECT_TRUE(decide(*subject, action, w.here_of(w.ana)));
    EXPECT_FALSE(decide(*subject, action, w.here_of(w.bo)));
    EXPECT_FALSE(decide(*subject, action, w.in(w.there, Resource::workspace, w.ana)));
  }
  EXPECT_FALSE(decide(*subject, Action::update, w.here_of(w.ana)));
}

TEST(DutiesDeathTest, SubAgentWithoutOwnerAborts) { EXPECT_DEATH(sub_agent_subject({}, OrganizationId::random()), "acts for an owner"); }

}  // namespace
}  // namespace slipway::rbac
