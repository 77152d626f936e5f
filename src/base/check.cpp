#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace slipway {

void die(std::string_view what, std::source_location where) {
  std::fprintf(stderr, "bug: %.*s (%s:%u)\n", static_cast<int>(what.size()), what.data(), where.file_name(), where.line());
  std::abort();
}

}  // namespace slipway
