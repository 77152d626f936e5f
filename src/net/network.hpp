// What counts as one caller where an address is all that is known: rates, connections and downloads are counted by it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace slipway::net {

// Whoever has one IPv6 address has the other 2^64 of its network: those are one, "2001:db8::/64". An IPv4 address is itself, also
// where it is written as an IPv6 one, and so is what is no address.
std::string network_of(std::string_view address);

}  // namespace slipway::net
