#include "features/chats/wire.hpp"

namespace slipway::chats {

namespace {

// Written by us, so that it can be read; anything else is a fault of ours and hides no chat.
std::map<std::string, std::string> labels_of(const sql::Chat& row) {
  return api::from_json<std::map<std::string, std::string>>(row.labels.text).value_or(std::map<std::string, std::string>());
}

}  // namespace

api::Chat to_wire(const sql::Chat& row) {
  api::Chat out;
  out.id = row.id.uuid;
  out.organization_id = row.organization_id.uuid;
  out.owner_id = row.owner_id.uuid;
  out.owner_username = row.owner_username;
  out.owner_name = row.owner_name;
  if (row.workspace_id) out.workspace_id = row.workspace_id->uuid;
  out.title = row.title;
  out.status = row.status;
  out.plan_mode = row.plan_mode.value_or("");
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  out.archived = row.archived;
  out.pin_order = row.pin_order;
  out.labels = labels_of(row);
  out.client_type = row.client_type;
  return out;
}

std::vector<api::Chat> to_wire(const std::vector<sql::Chat>& rows) {
  std::vector<api::Chat> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(to_wire(row));
  return out;
}

Result<api::ChatMessage> to_wire(const sql::Message& row) {
  TRY(content, api::from_json<std::vector<api::ChatMessagePart>>(row.content.text));
  api::ChatMessage out;
  out.id = row.id;
  out.chat_id = row.chat_id.uuid;
  if (row.created_by) out.created_by = row.created_by->uuid;
  out.created_at = row.created_at;
  out.role = row.role;
  out.content = std::move(content);
  return out;
}

}  // namespace slipway::chats
