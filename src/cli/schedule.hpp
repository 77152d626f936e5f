// When a workspace starts and stops by itself: what people type, as the API wants it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slipway::cli {

// "9:30AM", "17:00" or "9am" on "Mon-Fri", "mon,wed" or "*" (every day) in a zone such as Europe/Berlin, as a schedule.
// A whole schedule of five fields is taken as it is. Errors: invalid, saying what is understood.
Result<std::string> weekly_schedule(std::string_view time, std::string_view days, const std::string& zone);
// The time zone of this machine: $TZ, else where /etc/localtime points, else UTC.
std::string local_zone();
// "90m", "8h", "1h30m", "2d", "0" as milliseconds. Errors: invalid, naming `field`.
Result<std::int64_t> span_of(std::string_view text, std::string_view field);
Result<std::optional<std::int64_t>> span_of(const std::optional<std::string>& text, std::string_view field);

}  // namespace slipway::cli
