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

// Whether it is worth it: asked now and then, it says so once what is in core has grown, and until it has stopped shrinking.
class Thrift {
 public:
  bool worth_it(std::size_t resident_now);
  void gave_back(std::size_t resident_after) { last_ = resident_after; }

 private:
  std::size_t last_ = 0;
};

}  // namespace slipway::memory
