// A line of the inbox as the API shows it.
#pragma once

#include "api/gen/notifications.hpp"
#include "features/inbox/gen/inbox_sql.hpp"

#include <string>
#include <string_view>

namespace slipway::inbox {

// Precondition: the line is one, its id is there. Actions lead below `access_url`.
api::InboxNotification to_wire(sql::Line line, const std::string& access_url);

// What a person reads of the Markdown that lines are written in: no mark and no escape is left, of a link its words.
std::string plain_text(std::string_view markdown);

}  // namespace slipway::inbox
