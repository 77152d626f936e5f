// The stream to an agent on which the way there is measured.
#pragma once

#include "api/gen/agents.hpp"
#include "cli/session.hpp"

namespace slipway::net {
class Client;
class Stream;
}  // namespace slipway::net

namespace slipway::cli {

// "12.3 ms", "0.4 ms", "1234 ms".
std::string milliseconds(std::chrono::microseconds span);

std::string measuring_path(const Uuid& agent);
// Not yet told what it is to measure (tunnel/measuring.hpp).
Task<Result<std::unique_ptr<net::Stream>>> measuring_stream(Session& session, Uuid agent);

}  // namespace slipway::cli
