#include "base/memory.hpp"

#include <malloc.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>

namespace slipway::memory {

namespace {

constexpr int kLarge = 256 * 1024;
constexpr std::size_t kLeastGrowth = 2 << 20;
constexpr std::size_t kPart = 16;  // of what is in core: giving back costs the more, the more there is

}  // namespace

std::size_t resident() {
  std::size_t whole = 0, pages = 0;
  if (std::FILE* in = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(in, "%zu %zu", &whole, &pages) != 2) pages = 0;
    std::fclose(in);
  }
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void keep_large_blocks_apart() {
  // Either of them also ends glibc's habit of raising the limit to the largest block ever freed.
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
}

void give_back() { malloc_trim(0); }

std::size_t unused() { return mallinfo2().fordblks; }

bool Thrift::worth_it(std::size_t resident_now, std::size_t unused_now) {
  const auto growth = std::max(kLeastGrowth, resident_ / kPart);
  return resident_now > resident_ + growth || unused_now > unused_ + growth;
}

void Thrift::gave_back(std::size_t resident_after, std::size_t unused_after) {
  resident_ = resident_after;
  unused_ = unused_after;
}

}  // namespace slipway::memory
