// Which lines of an inbox are asked for.
#pragma once

#include "api/gen/notifications.hpp"
#include "http/call.hpp"

#include <optional>
#include <vector>

namespace slipway::inbox {

struct Filter {
  std::vector<Uuid> targets;    // a line has all of them
  std::vector<Uuid> templates;  // and is of one of these kinds, or of any when there is none
  std::optional<bool> is_read;
  std::optional<Uuid> before;  // older than this line
  bool plain = false;          // said without marks
};

// What a list and what a stream may be asked for. Errors: 400 with a validation for each parameter at fault.
Result<Filter> list_filter(const http::Call& call);
Result<Filter> watch_filter(const http::Call& call);

// Whether a line that is new is among them.
bool wants(const Filter& filter, const api::InboxNotification& line);

}  // namespace slipway::inbox
