// The words that a stopping control plane closes its agents' tunnels with: within how long they should come back, spread over
// that time, so that it is not asked for everything by all of them in the moment it is there again. Pure.
#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::tunnel {

// "the server is stopping; reconnect within 20 s", for so many agents.
std::string stopping_words(std::size_t agents);
// What such words ask for; nothing for all others.
std::optional<Milliseconds> reconnect_within(std::string_view words);

}  // namespace slipway::tunnel
