#include "features/templates/told.hpp"

#include "base/words.hpp"
#include "features/notifications/notifications.hpp"

namespace slipway::templates {

namespace {

using notifications::Event, notifications::Kind;

constexpr std::chrono::hours kSoon{24};  // before the end of a workspace: its owner is told at once

Event about(const sql::Template& row, Kind kind) {
  return {.kind = kind, .to = {}, .organization = row.organization_id, .targets = {row.id.uuid, row.organization_id.uuid}, .created_by = "templates"};
}

}  // namespace

void tell_deleted(store::Tx& tx, const sql::Template& row) {
  auto event = about(row, Kind::template_deleted);
  event.to = {.template_admins = true, .except = tx.actor().user_id};
  event.labels = {{"name", row.name}, {"initiator", tx.actor().name}};
  event.key = row.id.str();
  notifications::raise(tx, std::move(event));
}

void tell_deprecated(store::Tx& tx, const sql::Template& row) {
  auto event = about(row, Kind::template_deprecated);
  event.to = {.owners_in_template = row.id};
  event.labels = {{"template", row.name}, {"message", row.deprecated}, {"organization", row.organization_name}};
  event.key = row.id.str() + "/" + row.deprecated;
  notifications::raise(tx, std::move(event));
}

void tell_marked_for_deletion(store::Tx& tx, const sql::Template& row, const std::vector<sql::Dormant>& workspaces) {
  if (row.time_til_dormant_autodelete_ms <= 0) return;
  for (const auto& workspace : workspaces) {
    const Time deleted_at = workspace.dormant_at + Milliseconds(row.time_til_dormant_autodelete_ms);
    auto event = about(row, Kind::workspace_marked_for_deletion);
    event.to = {.users = {workspace.owner_id}};
    event.labels = {{"name", workspace.name},
                    {"reason", "its template has another rule for dormant workspaces"},
                    {"timeTilDormant", in_words(deleted_at - tx.now())}};
    event.targets = {workspace.id.uuid, workspace.owner_id.uuid, row.id.uuid, row.organization_id.uuid};
    event.key = workspace.id.str() + "/" + to_rfc3339(deleted_at);
    event.urgent = deleted_at - tx.now() < kSoon;
    notifications::raise(tx, std::move(event));
  }
}

}  // namespace slipway::templates
