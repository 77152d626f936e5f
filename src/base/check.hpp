// check() is for what only our own mistake can break, never for input: it logs where and ends the process.
#pragma once

#include <source_location>
#include <string_view>

namespace slipway {

[[noreturn]] void die(std::string_view what, std::source_location where = std::source_location::current());

inline void check(bool claim, std::string_view what, std::source_location where = std::source_location::current()) {
  if (!claim) [[unlikely]]
    die(what, where);
}

}  // namespace slipway
