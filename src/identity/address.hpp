// Which addresses are out on the internet. Pure.
#pragma once

#include <string_view>

namespace slipway::identity {

// False for what is no address, and for loopback, private, link-local, shared, multicast, unspecified, documentation, benchmark and
// discard networks; an IPv4 address written as an IPv6 one is itself.
bool is_public_address(std::string_view text);

}  // namespace slipway::identity
