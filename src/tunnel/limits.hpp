// The numbers of one tunnel. Both ends take the same defaults; each announces its own to the other. A peer that is gone is noticed
// after ping_every and ping_limit together: within 30 s.
#pragma once

#include <chrono>
#include <cstdint>

namespace slipway::tunnel {

struct Limits {
  std::uint32_t streams = 1000;                        // open at a time
  std::uint32_t stream_window = 256 * 1024;            // bytes one stream may hold unread, to begin with
  std::uint32_t widest_window = 2 * 1024 * 1024;       // what it grows to where distance, not its reader, holds it back
  std::uint32_t widened_together = 16 * 1024 * 1024;   // growth of all streams of a session; bounds their memory
  std::uint32_t connection_window = 16 * 1024 * 1024;  // bytes in flight altogether; handed back on arrival
  std::uint32_t header_bytes = 32 * 1024;              // names and values of one request or response
  std::uint32_t response_bytes = 4 * 1024 * 1024;      // body of a plain request or response
  std::chrono::milliseconds ping_every{15'000};        // silence of our own making is broken this often
  std::chrono::milliseconds ping_limit{10'000};        // no answer for so long ends the session
  std::chrono::milliseconds handshake_limit{10'000};   // from start to the peer's settings
  std::chrono::milliseconds turn_limit{30'000};        // for one of the open streams to end, when they are as many as may be
  std::chrono::milliseconds answer_limit{30'000};      // from a request to its response head
};

}  // namespace slipway::tunnel
