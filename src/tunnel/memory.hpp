// Inside tunnel only: what nghttp2 allocates with.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>

namespace slipway::tunnel {

// One HTTP/2 session's memory. A session sets aside 16 KiB for frames on their way out, of which one that idles never uses more than the
// first bytes, and tables for streams and headers, of which it uses nothing. From the heap those would be pages that are in memory
// already; here they lie in pages of their own, which nobody has touched, so that a tunnel that idles costs one page.
// Outlives its session; stays where it is. home: own thread.
class SessionMemory {
 public:
  SessionMemory();
  ~SessionMemory();
  SessionMemory(const SessionMemory&) = delete;
  SessionMemory& operator=(const SessionMemory&) = delete;

  nghttp2_mem calls();

 private:
  struct Calls;
  struct Place {
    char* at = nullptr;
    std::size_t size = 0;
  };
  // Zeroed; null when there is no room for it.
  char* place(std::size_t size);
  const Place* placed(const void* block) const;

  char* pages_ = nullptr;  // null when there were none to have: then all comes from the heap
  std::size_t warm_ = 0, cold_;
  std::array<Place, 8> places_;
  std::size_t placed_ = 0;
};

}  // namespace slipway::tunnel
