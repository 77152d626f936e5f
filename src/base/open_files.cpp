#include "base/open_files.hpp"

#include <sys/resource.h>

namespace slipway {

namespace {

std::uint64_t before = 0;

}  // namespace

void raise_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max) return;
  const auto given = files.rlim_cur;
  files.rlim_cur = files.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &files) == 0) before = given;
}

std::uint64_t open_files_before() { return before; }

}  // namespace slipway
