// The text forms of settings, as the environments of existing deployments spell them: Go's booleans, numbers, durations and
// comma-separated lists. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::formats {

// 1 t T TRUE true True, 0 f F FALSE false False.
std::optional<bool> read_bool(std::string_view text);

// Decimal with an optional sign, within 64 bits.
std::optional<std::int64_t> read_number(std::string_view text);

// Nanoseconds of "1h30m", "1.5h", "500ms", "-1s", "0", "7d". Units: ns us ms s m h d. Nothing beyond 64 bits (292 years).
std::optional<std::int64_t> read_duration(std::string_view text);
// "1h30m0s", "1.5s", "500ms", "0s".
std::string write_duration(std::int64_t nanoseconds);

// One line of comma-separated values: blanks around an entry go, "…" keeps what is inside, "" in it is a quote. Nothing for a quote
// that is not closed, or that begins inside an entry.
std::optional<std::vector<std::string>> read_csv(std::string_view text);
std::string write_csv(const std::vector<std::string>& entries);

// How many letters must be put in, taken out or replaced to make one of the other; at most `most` + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

}  // namespace slipway::formats
