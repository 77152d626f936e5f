#include "cli/template_edit.hpp"

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/schedule.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

using Text = std::optional<std::string>;

struct Options {
  std::string name, organization = "default";
  Text new_name, display_name, description, icon, deprecated, port_sharing;
  Text default_ttl, activity_bump, autostop_notice, failure_ttl, dormancy, auto_deletion;
  Text require_active, user_autostart, user_autostop, user_cancel, everyone;
  Text start_days, stop_days;
  std::int64_t stop_weeks = 0;
  bool reset_used = false, reset_dormant = false;
};

Result<std::optional<bool>> truth(const Text& text, const char* field) {
  if (!text) return std::nullopt;
  if (*text != "true" && *text != "false") return fail_field("That is neither true nor false.", field, "is true or false");
  return *text == "true";
}

// "monday,friday"; "all" is every day, "none" no day.
std::optional<std::vector<std::string>> days_of(const Text& text) {
  if (!text) return std::nullopt;
  if (*text == "all") return std::vector<std::string>{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  if (*text == "none") return std::vector<std::string>();
  const auto days = text::words(*text, ",");
  return std::vector<std::string>(days.begin(), days.end());
}

Result<void> add_spans(const Options& options, api::UpdateTemplateMeta& ask) {
  TRY(ttl, span_of(options.default_ttl, "default-ttl"));
  TRY(bump, span_of(options.activity_bump, "activity-bump"));
  TRY(notice, span_of(options.autostop_notice, "autostop-notice"));
  TRY(failure, span_of(options.failure_ttl, "failure-ttl"));
  TRY(dormancy, span_of(options.dormancy, "dormancy-threshold"));
  TRY(deletion, span_of(options.auto_deletion, "dormancy-auto-deletion"));
  ask.default_ttl_ms = ttl;
  ask.activity_bump_ms = bump;
  ask.time_til_autostop_notify_ms = notice;
  ask.failure_ttl_ms = failure;
  ask.time_til_dormant_ms = dormancy;
  ask.time_til_dormant_autodelete_ms = deletion;
  return {};
}

Result<void> add_switches(const Options& options, api::UpdateTemplateMeta& ask) {
  TRY(active, truth(options.require_active, "require-active-version"));
  TRY(autostart, truth(options.user_autostart, "allow-user-autostart"));
  TRY(autostop, truth(options.user_autostop, "allow-user-autostop"));
  TRY(cancel, truth(options.user_cancel, "allow-user-cancel-workspace-jobs"));
  TRY(everyone, truth(options.everyone, "everyone"));
  ask.require_active_version = active;
  ask.allow_user_autostart = autostart;
  ask.allow_user_autostop = autostop;
  ask.allow_user_cancel_workspace_jobs = cancel;
  if (everyone) ask.disable_everyone_group_access = !*everyone;
  if (options.reset_used) ask.update_workspace_last_used_at = true;
  if (options.reset_dormant) ask.update_workspace_dormant_at = true;
  return {};
}

Result<int> edit(Session& session, const Options& options) {
  TRY(owner, find_template(session, options.organization, options.name));
  api::UpdateTemplateMeta ask;
  ask.name = options.new_name;
  ask.display_name = options.display_name;
  ask.description = options.description;
  ask.icon = options.icon;
  ask.deprecation_message = options.deprecated;
  ask.max_port_share_level = options.port_sharing;
  TRY_OK(add_spans(options, ask));
  TRY_OK(add_switches(options, ask));
  if (auto days = days_of(options.start_days)) ask.autostart_requirement = {.days_of_week = std::move(*days)};
  auto stop_days = days_of(options.stop_days);
  if (stop_days || options.stop_weeks > 0)
    ask.autostop_requirement = {.days_of_week = stop_days ? std::move(*stop_days) : owner.autostop_requirement.days_of_week,
                                .weeks = options.stop_weeks > 0 ? options.stop_weeks : owner.autostop_requirement.weeks};
  TRY_OK(session.call("PATCH", "/api/v2/templates/" + owner.id.str(), api::to_json(ask)));
  tell("Changed template {}.\n", options.new_name.value_or(owner.name));
  return 0;
}

}  // namespace

void add_template_edit(Command templates) {
  auto options = std::make_shared<Options>();
  auto editing = templates.sub("edit", "Change a template's settings",
                               "slipway templates edit docker --display-name Docker --default-ttl 8h\nslipway "
                               "templates edit old --deprecated \"Use docker instead.\"\nslipway templates edit docker "
                               "--autostop-requirement-weekdays saturday,sunday");
  editing.option("-O,--org", options->organization, "Organization of the template");
  editing.argument("template", options->name, "Its name");
  editing.option("--name", options->new_name, "New name");
  editing.option("--display-name", options->display_name, "Shown to people");
  editing.option("--description", options->description, "One or two sentences");
  editing.option("--icon", options->icon, "URL or path of a picture");
  editing.option("--deprecated", options->deprecated, "Why nobody should use it any more; empty ends the deprecation");
  editing.option("--require-active-version", options->require_active, "true or false");
  editing.option("--default-ttl", options->default_ttl, "Stop workspaces this long after their start");
  editing.option("--activity-bump", options->activity_bump, "How much use prolongs that");
  editing.option("--autostop-notice", options->autostop_notice, "Remind owners this long before their workspaces stop; 0s: not at all");
  editing.option("--autostart-requirement-weekdays", options->start_days,
                 "Days on which workspaces may start by themselves: such as monday,friday, or all, or none");
  editing.option("--autostop-requirement-weekdays", options->stop_days,
                 "Days at whose beginning all workspaces stop: such as saturday,sunday, or none");
  editing.option("--autostop-requirement-weeks", options->stop_weeks, "Only every so many weeks");
  editing.option("--allow-user-autostart", options->user_autostart, "true or false: people set when their workspaces start");
  editing.option("--allow-user-autostop", options->user_autostop, "true or false: people set how long their workspaces run");
  editing.option("--allow-user-cancel-workspace-jobs", options->user_cancel, "true or false: people cancel builds of their workspaces");
  editing.option("--failure-ttl", options->failure_ttl, "Stop failed workspaces after this long");
  editing.option("--dormancy-threshold", options->dormancy, "Unused this long is dormant");
  editing.option("--dormancy-auto-deletion", options->auto_deletion, "Delete dormant workspaces after this long");
  editing.flag("--update-workspace-last-used-at", options->reset_used, "Count all workspaces as used now");
  editing.flag("--update-workspace-dormant-at", options->reset_dormant, "Count dormant workspaces as dormant since now");
  editing.option("--max-port-share-level", options->port_sharing, "owner, authenticated, organization or public");
  editing.option("--everyone", options->everyone, "true or false: everyone in the organization may use it");
  editing.run([options](Session& session) { return edit(session, *options); });
}

}  // namespace slipway::cli
