#include "tunnel/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace slipway::tunnel {

namespace {

constexpr std::size_t kLarge = 8 * 1024;

// In front of every block: nghttp2 does not say how large what it frees was.
struct alignas(std::max_align_t) Head {
  std::size_t size;  // of the block alone
  bool mapped;
};

Head* head_of(void* block) { return static_cast<Head*>(block) - 1; }

// Zeroed when it is mapped.
void* take(std::size_t size) {
  const bool mapped = size >= kLarge;
  const std::size_t whole = size + sizeof(Head);
  if (whole < size) return nullptr;
  void* const at = mapped ? mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : std::malloc(whole);
  if (!at || at == MAP_FAILED) return nullptr;
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

void* on_malloc(std::size_t size, void*) { return take(size); }
void on_free(void* block, void*) { give_back(block); }

void* on_calloc(std::size_t count, std::size_t each, void*) {
  if (each > 0 && count > SIZE_MAX / each) return nullptr;
  void* const block = take(count * each);
  if (block && !head_of(block)->mapped) std::memset(block, 0, count * each);
  return block;
}

void* on_realloc(void* block, std::size_t size, void*) {
  if (!block) return take(size);
  void* const moved = take(size);
  if (!moved) return nullptr;
  std::memcpy(moved, block, std::min(size, head_of(block)->size));
  give_back(block);
  return moved;
}

}  // namespace

nghttp2_mem page_memory() { return {nullptr, on_malloc, on_free, on_calloc, on_realloc}; }

}  // namespace slipway::tunnel
