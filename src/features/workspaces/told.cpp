#include "features/workspaces/told.hpp"

#include "base/words.hpp"
#include "features/jobs/jobs.hpp"
#include "features/notifications/notifications.hpp"

#include <boost/json.hpp>

namespace slipway::workspaces {

namespace {

using notifications::Event, notifications::Kind;

Event about(const Told& workspace, Kind kind) {
  return {.kind = kind,
          .to = {},
          .organization = workspace.organization,
          .targets = {workspace.id.uuid, workspace.owner.uuid, workspace.parent.uuid, workspace.organization.uuid},
          .created_by = "workspaces"};
}

Event to_owner(const Told& workspace, Kind kind, std::string key) {
  auto event = about(workspace, kind);
  event.to.users = {workspace.owner};
  event.key = std::move(key);
  return event;
}

std::string details(WorkspaceId id, const QueuedBuild& build) {
  const auto& w = build.workspace;
  boost::json::array parameters;
  for (const auto& [name, value] : build.values) parameters.push_back({{"name", name}, {"value", value}});
  return boost::json::serialize(boost::json::object{{"workspace", {{"id", id.str()}, {"name", w.name}}},
                                                    {"owner", {{"id", w.owner_id.str()}, {"name", w.owner_full_name}, {"email", w.owner_email}}},
                                                    {"template", {{"id", w.template_id.str()}, {"name", w.template_name}}},
                                                    {"template_version", {{"id", build.version.id.str()}, {"name", build.version.name}}},
                                                    {"parameters", std::move(parameters)}});
}

Event for_template_admins(const Told& workspace, const QueuedBuild& build, Kind kind) {
  auto event = about(workspace, kind);
  event.to = {.template_admins = true, .except = build.plan.initiator};
  event.labels = {{"workspace", workspace.name},
                  {"template", build.workspace.template_name},
                  {"version", build.version.name},
                  {"workspace_owner_username", build.workspace.owner_name}};
  event.data = details(workspace.id, build);
  return event;
}

}  // namespace

void tell_deleted(store::Tx& tx, const Told& workspace, std::string_view reason, UserId initiator, const std::string& initiator_name) {
  const bool by_itself = reason == "autodelete";
  auto event = to_owner(workspace, Kind::workspace_deleted, workspace.id.str());
  if (!by_itself) event.to.except = initiator;
  event.labels = {{"name", workspace.name},
                  {"reason", by_itself ? "autodeleted due to dormancy" : "initiated by user"},
                  {"initiator", by_itself ? "autobuild" : initiator_name}};
  notifications::raise(tx, std::move(event));
}

void tell_dormant(store::Tx& tx, const Told& workspace, const Parking& parking) {
  auto event = to_owner(workspace, Kind::workspace_dormant, workspace.id.str() + "/" + to_rfc3339(parking.at));
  event.to.except = parking.by;
  event.labels = {{"name", workspace.name},
                  {"reason", parking.reason},
                  {"initiator", parking.by.is_nil() ? "autobuild" : parking.by_name},
                  {"timeTilDormant", parking.deleted_after > Milliseconds(0) ? in_words(parking.deleted_after) : ""}};
  notifications::raise(tx, std::move(event));
}

void tell_stop(store::Tx& tx, const Told& workspace, BuildId build, Time deadline) {
  auto event = to_owner(workspace, Kind::workspace_autostop_reminder, build.str() + "/" + to_rfc3339(deadline));
  event.labels = {{"workspace", workspace.name}, {"timeTilShutdown", in_words(deadline - tx.now())}, {"deadline", to_rfc3339(deadline)}};
  notifications::raise(tx, std::move(event));
}

void tell_queued(store::Tx& tx, WorkspaceId id, const QueuedBuild& build) {
  const auto& [plan, w] = std::tie(build.plan, build.workspace);
  if (w.owner_id == kPrebuildsUser) return;  // it is made in advance: nobody's yet
  const Told workspace{.id = id, .owner = w.owner_id, .organization = w.organization_id, .parent = w.template_id, .name = w.name};
  if (plan.first && build.last_version) return;  // somebody takes over what was made in advance
  if (plan.first) {
    auto event = for_template_admins(workspace, build, Kind::workspace_created);
    event.key = id.str();
    return notifications::raise(tx, std::move(event));
  }
  if (plan.transition != "start" || build.last_version == build.version.id) return;
  if (plan.reason == "autostart") {
    auto event = to_owner(workspace, Kind::workspace_updated_automatically, build.id.str());
    event.labels = {{"name", w.name}, {"template_version_name", build.version.name}, {"template_version_message", build.version.message}};
    return notifications::raise(tx, std::move(event));
  }
  if (!jobs::made_by_hand(plan.reason)) return;
  auto event = for_template_admins(workspace, build, Kind::workspace_manually_updated);
  event.key = build.id.str();
  event.labels["organization"] = w.organization_name;
  event.labels["initiator"] = tx.actor().name;
  notifications::raise(tx, std::move(event));
}

}  // namespace slipway::workspaces
