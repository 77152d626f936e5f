// What this feature's rows are to the policy and to the audit trail. A person's lines and choices belong to that person alone.
#pragma once

#include "features/inbox/gen/inbox_sql.hpp"
#include "http/audit.hpp"
#include "rbac/object.hpp"

namespace slipway::inbox {

inline rbac::Object lines_of(UserId person) { return {.type = rbac::Resource::inbox_notification, .owner = person}; }
inline rbac::Object choices_of(UserId person) { return {.type = rbac::Resource::notification_preference, .owner = person}; }
inline rbac::Object kind_object(Uuid kind) { return {.type = rbac::Resource::notification_template, .id = kind}; }

// What the audit trail shows of them, column by column.
inline const http::Trail kPauseTrail({.type = "notifications_settings", .shown = "notifier_paused", .routes = "/notifications/settings"});
inline const http::Trail kKindTrail({.type = "notification_template",
                                     .table = "notification_templates",
                                     .shown = "method message",
                                     .ignored = "id name title_template body_template actions group kind enabled_by_default",
                                     .derived = "message",
                                     .routes = "/notifications/templates /notifications/messages"});

inline http::AuditObject audit_of_pause(const std::optional<bool>& paused) {
  return {.type = "notifications_settings", .target = "notifications", .fields = {{"notifier_paused", paused}}};
}
inline http::AuditObject audit_of(const sql::LockKindRow& kind) {
  return {.type = "notification_template", .id = kind.id, .target = kind.name, .fields = {{"method", kind.method}}};
}
// A message that was not delivered, as it stands: it is told of beside its kind.
inline http::AuditObject audit_of(const sql::LockMessageRow& message, const std::optional<std::string>& status) {
  return {
      .type = "notification_template", .id = message.notification_template_id, .target = message.name.value_or(""), .fields = {{"message", status}}};
}

}  // namespace slipway::inbox
