// Rows as the wire has them.
#pragma once

#include "api/gen/chats.hpp"
#include "features/chats/gen/chats_sql.hpp"

namespace slipway::chats {

api::Chat to_wire(const sql::Chat& row);
std::vector<api::Chat> to_wire(const std::vector<sql::Chat>& rows);
// Errors: what is stored is no list of parts.
Result<api::ChatMessage> to_wire(const sql::Message& row);

}  // namespace slipway::chats
