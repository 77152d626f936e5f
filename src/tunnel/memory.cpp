#include "tunnel/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace slipway::tunnel {

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kSmall = 512;  // below this it is not worth a place
constexpr std::size_t kLarge = 8 * 1024;
// The session itself and the beginning of its frame buffer share the first page; what it sets aside for later lies behind them.
constexpr std::size_t kWhole = 8 * kPage, kCold = 6 * kPage;

// In front of every block that was not placed: nghttp2 does not say how large what it frees was.
struct alignas(std::max_align_t) Head {
  std::size_t size;  // of the block alone
  bool mapped;
};

Head* head_of(void* block) { return static_cast<Head*>(block) - 1; }

char* map(std::size_t size) {
  void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  // A huge page would put into memory what is here to stay out of it.
  (void)madvise(at, size, MADV_NOHUGEPAGE);
  return static_cast<char*>(at);
}

// Zeroed when it is mapped.
void* take(std::size_t size) {
  const bool mapped = size >= kLarge;
  const std::size_t whole = size + sizeof(Head);
  if (whole < size) return nullptr;
  void* const at = mapped ? map(whole) : std::malloc(whole);
  if (!at) return nullptr;
  auto* const head = static_cast<Head*>(at);
  *head = {size, mapped};
  return head + 1;
}

void give_back(void* block) {
  if (!block) return;
  Head* const head = head_of(block);
  if (head->mapped) {
    munmap(head, head->size + sizeof(Head));
  } else {
    std::free(head);
  }
}

std::size_t rounded(std::size_t size) { return (size + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t); }

}  // namespace

struct SessionMemory::Calls {
  static SessionMemory& self(void* user) { return *static_cast<SessionMemory*>(user); }

  static void* on_malloc(std::size_t size, void* user) {
    char* const at = self(user).place(size);
    return at ? at : take(size);
  }

  // A place is used once: what is freed of them goes with the session.
  static void on_free(void* block, void* user) {
    if (!self(user).placed(block)) give_back(block);
  }

  static void* on_calloc(std::size_t count, std::size_t each, void* user) {
    if (each > 0 && count > SIZE_MAX / each) return nullptr;
    const std::size_t size = count * each;
    if (char* const at = self(user).place(size)) return at;
    void* const block = take(size);
    if (block && !head_of(block)->mapped) std::memset(block, 0, size);
    return block;
  }

  static void* on_realloc(void* block, std::size_t size, void* user) {
    if (!block) return on_malloc(size, user);
    const Place* const place = self(user).placed(block);
    void* const moved = take(size);
    if (!moved) return nullptr;
    std::memcpy(moved, block, std::min(size, place ? place->size : head_of(block)->size));
    if (!place) give_back(block);
    return moved;
  }
};

SessionMemory::SessionMemory() : pages_(map(kWhole)), cold_(kCold) {}

SessionMemory::~SessionMemory() {
  if (pages_) munmap(pages_, kWhole);
}

// What comes first, and what is large, begins in the warm page; all else of some size is a table that waits for its first entry.
char* SessionMemory::place(std::size_t size) {
  if (!pages_ || size < kSmall || placed_ == places_.size()) return nullptr;
  const bool warm = placed_ == 0 || size >= kLarge;
  std::size_t& next = warm ? warm_ : cold_;
  const std::size_t end = warm ? kCold : kWhole;
  if (size > end - next || (warm && next >= kPage)) return nullptr;
  char* const at = pages_ + next;
  next += rounded(size);
  places_[placed_++] = {at, size};
  return at;
}

const SessionMemory::Place* SessionMemory::placed(const void* block) const {
  const auto end = places_.begin() + placed_;
  const auto found = std::ranges::find(places_.begin(), end, static_cast<const char*>(block), &Place::at);
  return block && found != end ? &*found : nullptr;
}

nghttp2_mem SessionMemory::calls() { return {this, Calls::on_malloc, Calls::on_free, Calls::on_calloc, Calls::on_realloc}; }

}  // namespace slipway::tunnel
