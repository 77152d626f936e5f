// Using a stream whose home is another loop.
#pragma once

#include "aio/task_fwd.hpp"

#include <memory>

namespace slipway::net {
class Stream;
}

namespace slipway::tunnel {

// `inner` lives on `its_home`; the stream returned lives on the caller's loop and hops for each operation (two posts, some
// 10 us: read and write in large pieces). Cancelling an operation resets the inner stream.
std::unique_ptr<net::Stream> across(asio::any_io_executor its_home, std::unique_ptr<net::Stream> inner);

}  // namespace slipway::tunnel
