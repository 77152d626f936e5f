#include "agent/resident.hpp"

#include <sys/mman.h>

#include <cstdint>

// From the linker: where the file's read-only part, constants and then code, begins and ends. None of it is ever written, so
// dropping its pages loses nothing.
extern "C" const char __executable_start, etext;

namespace slipway::agent {

void let_go_of_start_up_code() noexcept {
  constexpr std::uintptr_t kPage = 4096;
  const auto from = reinterpret_cast<std::uintptr_t>(&__executable_start) / kPage * kPage;
  const auto to = reinterpret_cast<std::uintptr_t>(&etext) / kPage * kPage;
  // An advice: refused (a page of another size, a hole between the two), it changes nothing.
  if (from < to) (void)madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
}

}  // namespace slipway::agent
