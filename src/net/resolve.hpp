// Names to addresses by c-ares: literals and localhost at once, then the hosts file and DNS.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace slipway::net {

// Textual addresses, in the order to try. Code::bad_gateway when the name has none, Code::timed_out. `servers` is
// "address:port,..." to ask instead of the system's.
Task<Result<std::vector<std::string>>> resolve(std::string host, Milliseconds limit, std::string servers = {});

}  // namespace slipway::net
