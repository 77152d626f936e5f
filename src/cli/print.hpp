// The one way in which the program prints. Names, log lines and errors come from servers and templates, who may be anybody:
// their escape sequences become visible and are never obeyed; only colours pass. Nothing else in cli writes to a terminal
// but terminal.cpp, for prompts and progress (checked by the lint).
#pragma once

#include <cstdio>
#include <string_view>

#include "base/result.hpp"

namespace slipway::cli {

// Cleaned by harmless(), with a carriage return before each line's end where the terminal is in raw mode (as it is around an
// ssh that goes through this program).
void put(std::FILE* to, std::string_view text);

// Results, to stdout.
template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  put(stdout, fmt::format(format, std::forward<Args>(args)...));
}
// Progress, hints and warnings, to stderr.
template <class... Args>
void tell(fmt::format_string<Args...> format, Args&&... args) {
  put(stderr, fmt::format(format, std::forward<Args>(args)...));
}

// For programs: JSON, in which what a terminal would obey is written as \u escapes, and bytes that are no text at all.
void print_json(std::string_view json);
void print_bytes(std::string_view bytes);

}  // namespace slipway::cli
