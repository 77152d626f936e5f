#include "base/system_error.hpp"

#include <cerrno>
#include <cstring>

namespace slipway {

std::unexpected<Error> fail_system(const std::string& what, int number, std::source_location where) {
  const auto why = what + ": " + std::strerror(number);
  if (number != ENOSPC && number != EDQUOT) return fail_internal(why, where);
  auto full = fail(Code::unavailable, "The server's disk is full. Whoever runs the server must free some space; then try again.", {}, where);
  full.error().why = why;
  return full;
}

}  // namespace slipway
