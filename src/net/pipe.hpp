// Two streams joined in memory: what is written to one is read from the other. For tests, and for handing a stream to
// code of our own. home: own thread, the same for both ends.
#pragma once

#include "net/stream.hpp"

namespace slipway::net {

// A writer waits while `room` bytes lie unread.
std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_pipe(const asio::any_io_executor& home, std::size_t room = 65536);

}  // namespace slipway::net
