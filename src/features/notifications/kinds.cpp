#include "features/notifications/kinds.hpp"

#include "base/check.hpp"

namespace slipway::notifications {

namespace {

constexpr std::string_view kWorkspaces = "Workspace Events", kUsers = "User Events", kTemplates = "Template Events";

// Addresses that several kinds lead to. The person who is told is the owner of their workspace.
const Action kOfName{"View workspace", "{{base_url}}/@{{user.username}}/{{labels.name}}"};
const Action kOfWorkspace{"View workspace", "{{base_url}}/@{{user.username}}/{{labels.workspace}}"};
const Action kOfOwner{"View workspace", "{{base_url}}/@{{labels.workspace_owner_username}}/{{labels.workspace}}"};
const Action kAllWorkspaces{"View workspaces", "{{base_url}}/workspaces"};
const Action kAllTemplates{"View templates", "{{base_url}}/templates"};
const Action kAccounts{"View accounts", "{{base_url}}/deployment/users?filter=status:active"};
const Action kSuspended{"View suspended accounts", "{{base_url}}/deployment/users?filter=status:suspended"};

std::vector<KindRow> workspace_kinds() {
  return {
      {Kind::workspace_deleted,
       "f517da0b-cdc9-410f-ab89-a86107c420ed",
       "Workspace Deleted",
       kWorkspaces,
       "Your workspace {{labels.name}} was deleted",
       "Your workspace **{{labels.name}}** was deleted.\n\nThe reason: {{labels.reason}}, by {{labels.initiator}}.",
       {kAllWorkspaces, kAllTemplates}},
      {Kind::workspace_autobuild_failed,
       "381df2a9-c0c0-4749-420f-80a9280c66f9",
       "Workspace Autobuild Failed",
       kWorkspaces,
       "An automatic build of your workspace {{labels.name}} failed",
       "An automatic build of your workspace **{{labels.name}}** failed. It was made for this reason: {{labels.reason}}.\n\n"
       "Look at the log of the build for what went wrong.",
       {kOfName}},
      {Kind::workspace_manual_build_failed,
       "2faeee0f-26cb-4e96-821c-85ccb9f71513",
       "Workspace Manual Build Failed",
       kWorkspaces,
       "A build of the workspace {{labels.name}} failed",
       "A build of the workspace **{{labels.name}}** of {{labels.workspace_owner_username}} failed.\n\n"
       "- Template: {{labels.template_name}}\n- Version: {{labels.template_version_name}}\n- Build: {{labels.workspace_build_number}}\n"
       "- Asked for by: {{labels.initiator}}",
       {{"View build", "{{base_url}}/@{{labels.workspace_owner_username}}/{{labels.name}}/builds/{{labels.workspace_build_number}}"}}},
      {Kind::workspace_dormant,
       "0ea69165-ec14-4314-91f1-69566ac3c5a0",
       "Workspace Marked as Dormant",
       kWorkspaces,
       "Your workspace {{labels.name}} is dormant now",
       "Your workspace **{{labels.name}}** was put aside: {{labels.reason}}. It was done by {{labels.initiator}}.\n\n"
       "{{#labels.timeTilDormant}}It will be deleted in {{labels.timeTilDormant}} unless you use it.\n\n{{/labels.timeTilDormant}}"
       "To go on with it, activate it.",
       {kOfName}},
      {Kind::workspace_marked_for_deletion,
       "51ce2fdf-c9ca-4be1-8d70-628674f9bc42",
       "Workspace Marked for Deletion",
       kWorkspaces,
       "Your workspace {{labels.name}} will be deleted",
       "Your workspace **{{labels.name}}** will be deleted in {{labels.timeTilDormant}}: {{labels.reason}}.\n\n"
       "To keep it, activate it before then.",
       {kOfName}},
      {Kind::workspace_updated_automatically,
       "c34a0c09-0704-4cac-bd1c-0c0146811c2b",
       "Workspace Updated Automatically",
       kWorkspaces,
       "Your workspace {{labels.name}} was updated",
       "Your workspace **{{labels.name}}** was updated to version {{labels.template_version_name}} of its template when it started.\n\n"
       "{{#labels.template_version_message}}What its author says: {{labels.template_version_message}}{{/labels.template_version_message}}",
       {kOfName}},
      {Kind::workspace_autostop_reminder,
       "6f6cb984-c167-4fa5-bb87-1058dd642779",
       "Workspace Autostop Reminder",
       kWorkspaces,
       "Your workspace {{labels.workspace}} stops in {{labels.timeTilShutdown}}",
       "Your workspace **{{labels.workspace}}** stops by itself in {{labels.timeTilShutdown}}{{#labels.deadline}}, at {{labels.deadline}}"
       "{{/labels.deadline}}.\n\nTo go on working, use it, or move its deadline.",
       {kOfWorkspace},
       true,
       false,
       true},
      {Kind::workspace_out_of_memory,
       "a9d027b4-ac49-4fb1-9f6d-45af15f64e7a",
       "Workspace Out Of Memory",
       kWorkspaces,
       "Your workspace {{labels.workspace}} is short of memory",
       "Your workspace **{{labels.workspace}}** uses more than {{labels.threshold}} of its memory.\n\n"
       "End what you do not need, or rebuild it with more memory.",
       {kOfWorkspace},
       true,
       false,
       true},
      {Kind::workspace_out_of_disk,
       "f047f6a3-5713-40f7-85aa-0394cce9fa3a",
       "Workspace Out Of Disk",
       kWorkspaces,
       "Your workspace {{labels.workspace}} is short of disk space",
       "Volumes of your workspace **{{labels.workspace}}** are nearly full:\n\n"
       "{{#data.volumes}}- `{{path}}` is used to more than {{threshold}}\n{{/data.volumes}}\n"
       "Delete what you do not need, or rebuild it with larger volumes.",
       {kOfWorkspace},
       true,
       false,
       true},
      {Kind::workspace_created,
       "281fdf73-c6d6-4cbb-8ff5-888baf8a2fff",
       "Workspace Created",
       kWorkspaces,
       "The workspace {{labels.workspace}} was created",
       "The workspace **{{labels.workspace}}** of {{labels.workspace_owner_username}} was created from the template {{labels.template}}, "
       "version {{labels.version}}.",
       {kOfOwner},
       false},
      {Kind::workspace_manually_updated,
       "d089fe7b-d5c5-4c0c-aaf5-689859f7d392",
       "Workspace Manually Updated",
       kWorkspaces,
       "The workspace {{labels.workspace}} was updated",
       "{{labels.initiator}} updated the workspace **{{labels.workspace}}** of {{labels.workspace_owner_username}} to version {{labels.version}} "
       "of the template {{labels.template}}.",
       {kOfOwner, {"View template version", "{{base_url}}/templates/{{labels.organization}}/{{labels.template}}/versions/{{labels.version}}"}},
       false},
  };
}

std::vector<KindRow> user_kinds() {
  return {
      {Kind::user_created,
       "4e19c0ac-94e1-4532-9515-d1801aa283b2",
       "User account created",
       kUsers,
       "The account {{labels.created_account_name}} was created",
       "{{labels.initiator}} created the account **{{labels.created_account_name}}** for {{labels.created_account_user_name}}.",
       {kAccounts},
       true,
       false,
       true},
      {Kind::user_deleted,
       "f44d9314-ad03-4bc8-95d0-5cad491da6b6",
       "User account deleted",
       kUsers,
       "The account {{labels.deleted_account_name}} was deleted",
       "{{labels.initiator}} deleted the account **{{labels.deleted_account_name}}** of {{labels.deleted_account_user_name}}.",
       {kAccounts},
       true,
       false,
       true},
      {Kind::user_suspended,
       "b02ddd82-4733-4d02-a2d7-c36f3598997d",
       "User account suspended",
       kUsers,
       "The account {{labels.suspended_account_name}} was suspended",
       "{{labels.initiator}} suspended the account **{{labels.suspended_account_name}}** of {{labels.suspended_account_user_name}}.",
       {kSuspended},
       true,
       false,
       true},
      {Kind::user_activated,
       "9f5af851-8408-4e73-a7a1-c6502ba46689",
       "User account activated",
       kUsers,
       "The account {{labels.activated_account_name}} was activated",
       "{{labels.initiator}} activated the account **{{labels.activated_account_name}}** of {{labels.activated_account_user_name}}.",
       {kAccounts},
       true,
       false,
       true},
      {Kind::your_account_suspended,
       "6a2f0609-9b69-4d36-a989-9f5925b6cbff",
       "Your account has been suspended",
       kUsers,
       "Your account {{labels.suspended_account_name}} was suspended",
       "{{labels.initiator}} suspended your account **{{labels.suspended_account_name}}**. You cannot sign in until an administrator activates it.",
       {},
       true,
       false,
       true},
      {Kind::your_account_activated,
       "1a6a6bea-ee0a-43e2-9e7c-eabdb53730e4",
       "Your account has been activated",
       kUsers,
       "Your account {{labels.activated_account_name}} was activated",
       "{{labels.initiator}} activated your account **{{labels.activated_account_name}}**. You can sign in again.",
       {{"Open", "{{base_url}}/"}},
       true,
       false,
       true},
      {Kind::one_time_passcode,
       "62f86a30-2330-4b61-a26d-311ff3b608cf",
       "One-Time Passcode",
       kUsers,
       "Choose a new password",
       "Somebody asked for a new password for your account. To choose one, open the address below within 20 minutes. It works once.\n\n"
       "If it was not you who asked, do nothing: your password stays as it is.",
       {{"Reset password", "{{base_url}}/reset-password/change?otp={{labels.one_time_passcode}}&email={{user.email}}"}},
       true,
       false,
       true},
  };
}

std::vector<KindRow> template_kinds() {
  return {
      {Kind::template_deleted,
       "29a09665-2a4c-403f-9648-54301670e7be",
       "Template Deleted",
       kTemplates,
       "The template {{labels.name}} was deleted",
       "{{labels.initiator}} deleted the template **{{labels.name}}**.",
       {kAllTemplates}},
      {Kind::template_deprecated,
       "f40fae84-55a2-42cd-99fa-b41c1ca64894",
       "Template Deprecated",
       kTemplates,
       "The template {{labels.template}} is deprecated",
       "The template **{{labels.template}}**, from which you have workspaces, is deprecated.\n\nWhat its authors say: {{labels.message}}\n\n"
       "New workspaces cannot be made from it.",
       {{"See affected workspaces", "{{base_url}}/workspaces?filter=owner:me+template:{{labels.template}}"},
        {"View template", "{{base_url}}/templates/{{labels.organization}}/{{labels.template}}"}}},
      {Kind::builds_failed_report,
       "34a20db2-e9cc-4a93-b0e4-8569699d7a00",
       "Report: Workspace Builds Failed",
       kTemplates,
       "Builds of workspaces that failed in the last {{data.report_frequency}}",
       "In the last {{data.report_frequency}} builds failed of workspaces of these templates:\n\n"
       "{{#data.templates}}- **{{display_name}}**: {{failed_builds}} of {{total_builds}} builds failed\n{{/data.templates}}\n"
       "{{#data.templates}}# {{display_name}}\n\n"
       "{{#versions}}Version **{{template_version_name}}**, failed {{failed_count}} times:\n\n"
       "{{#failed_builds}}- [{{workspace_owner_username}} / {{workspace_name}} / #{{build_number}}]"
       "({{base_url}}/@{{workspace_owner_username}}/{{workspace_name}}/builds/{{build_number}})\n{{/failed_builds}}\n{{/versions}}{{/data.templates}}"
       "Look at the logs of these builds: a version that keeps failing wants mending.",
       {kAllWorkspaces}},
      {Kind::prebuild_resource_replaced,
       "89d9745a-816e-4695-a17f-3d0a229e2b8d",
       "Prebuilt Workspace Resource Replaced",
       kTemplates,
       "There might be a problem with a recently claimed prebuilt workspace",
       "{{labels.claimant}} claimed the prebuilt workspace **{{labels.workspace}}** of the preset {{labels.preset}}, and these of its resources were "
       "replaced:\n\n"
       "{{#data.replacements}}- `{{key}}` because of {{value}}\n{{/data.replacements}}\n"
       "What is replaced is made anew while the person waits, so that the claim is as slow as a new workspace. "
       "Let the template ignore these attributes, or leave the person's own values out of them: the guide on prebuilt workspaces says how.",
       {{"View workspace build", "{{base_url}}/@{{labels.claimant}}/{{labels.workspace}}/builds/{{labels.workspace_build_num}}"},
        {"View template version", "{{base_url}}/templates/{{labels.org}}/{{labels.template}}/versions/{{labels.template_version}}"}}},
      {Kind::prebuild_failure_limit,
       "414d9331-c1fc-4761-b40c-d1f4702279eb",
       "Prebuild Failure Limit Reached",
       kTemplates,
       "There is a problem creating prebuilt workspaces",
       "Prebuilt workspaces of the preset **{{labels.preset}}** of the template **{{labels.template}}**, version {{labels.template_version}}, failed "
       "so "
       "often that no more are tried.\n\nOnce a corrected version of the template is active, they are made again.",
       {{"View failed prebuilt workspaces", "{{base_url}}/workspaces?filter=owner:prebuilds+status:failed+template:{{labels.template}}"},
        {"View template version", "{{base_url}}/templates/{{labels.org}}/{{labels.template}}/versions/{{labels.template_version}}"}}},
      {Kind::test,
       "c425f63e-716a-4bf4-ae24-78348f706c3f",
       "Test Notification",
       "Notification Events",
       "A test notification",
       "This is a test: notifications of this deployment reach you.",
       {{"View notification settings", "{{base_url}}/deployment/notifications?tab=settings"}},
       true,
       false,
       true},
      {Kind::custom,
       "39b1e189-c857-4b0c-877a-511144c18516",
       "Custom Notification",
       "Custom Events",
       "{{labels.custom_title}}",
       "{{labels.custom_message}}",
       {},
       true,
       true,
       true},
  };
}

std::vector<KindRow> all_kinds() {
  auto all = workspace_kinds();
  for (auto more : {user_kinds(), template_kinds()}) all.insert(all.end(), more.begin(), more.end());
  for (std::size_t i = 0; i < all.size(); ++i)
    check(static_cast<std::size_t>(all[i].kind) == i, "the kinds of notification are not in the order of Kind");
  return all;
}

}  // namespace

std::span<const KindRow> kinds() {
  static const auto all = all_kinds();
  return all;
}

const KindRow& row_of(Kind kind) { return kinds()[static_cast<std::size_t>(kind)]; }

Uuid id_of(Kind kind) { return *Uuid::parse(row_of(kind).id); }

const KindRow* kind_with(const Uuid& id) {
  for (const auto& row : kinds())
    if (Uuid::parse(row.id) == id) return &row;
  return nullptr;
}

}  // namespace slipway::notifications
