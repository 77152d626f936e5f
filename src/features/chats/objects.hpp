// What this feature's rows are to the policy and to the audit trail.
#pragma once

#include "features/chats/gen/chats_sql.hpp"
#include "http/audit.hpp"
#include "store/workspace_target.hpp"

namespace slipway::chats::sql {

// What the audit trail shows of them, column by column. What is said in a chat is nobody's but its people's.
inline const http::Trail kChatTrail({.type = "chat",
                                     .table = "chats",
                                     .shown = "title workspace_id client_type labels plan_mode archived pin_order retention_days",
                                     .ignored = "id organization_id owner_id status system_prompt model_config_id archived_at user_acl group_acl "
                                                "idempotency_key request_hash created_at updated_at",
                                     .derived = "retention_days",
                                     .routes = "/chats /chats/"});

inline rbac::Object object_of(const Chat& row) {
  return {.type = rbac::Resource::chat, .id = row.id.uuid, .owner = row.owner_id, .organization = row.organization_id};
}
inline store::Target object_of(const Named& row) {
  return store::workspace_target(row.id, row.owner_id, row.organization_id, row.dormant_at.has_value(), row.user_acl.text, row.group_acl.text);
}

inline http::AuditObject audit_of(const Chat& row) {
  return {.type = "chat",
          .id = row.id.uuid,
          .target = row.title,
          .organization = row.organization_id,
          .fields = {{"title", row.title},
                     {"workspace_id", row.workspace_id},
                     {"client_type", row.client_type},
                     {"labels", row.labels},
                     {"plan_mode", row.plan_mode},
                     {"archived", row.archived},
                     {"pin_order", row.pin_order}}};
}
// How long the deployment keeps what is archived.
inline http::AuditObject audit_of_retention(std::int64_t days) {
  return {.type = "chat", .target = "retention of archived chats", .fields = {{"retention_days", days}}};
}

}  // namespace slipway::chats::sql
