// What the process keeps of the memory it no longer uses (docs/decisions/0028). Any thread.
#pragma once

#include <cstddef>

namespace slipway::memory {

// Bytes in core, of the process.
std::size_t resident();

// Large blocks come from the system and go back to it at once, however large others were before. Call it first of all in main().
void keep_large_blocks_apart();

// Gives back to the system what is free between used blocks. Takes milliseconds: not on a loop.
void give_back();

// Bytes that were freed, and that no block of the process uses now; some of them may have gone back to the system before.
std::size_t unused();

// Whether it is worth it: asked now and then, it says so once what is in core, or what nobody uses of it, has grown since the last time.
// The second is for a load in the midst of which memory was given back: its end makes nothing grow but that.
class Thrift {
 public:
  bool worth_it(std::size_t resident_now, std::size_t unused_now);
  void gave_back(std::size_t resident_after, std::size_t unused_after);

 private:
  std::size_t resident_ = 0, unused_ = 0;
};

}  // namespace slipway::memory
