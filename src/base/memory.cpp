#include "base/memory.hpp"

#include <malloc.h>
#include <unistd.h>
#include <cstdio>

namespace slipway::memory {

namespace {

constexpr int kLarge = 256 * 1024;
constexpr std::size_t kGrowth = 8 << 20;

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
  return resident_now > resident_ + kGrowth || unused_now > unused_ + kGrowth;
}

void Thrift::gave_back(std::size_t resident_after, std::size_t unused_after) {
  resident_ = resident_after;
  unused_ = unused_after;
}

}  // namespace slipway::memory
