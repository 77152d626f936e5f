#include "identity/address.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace slipway::identity {

namespace {

namespace ip = boost::asio::ip;

struct Network4 {
  std::uint32_t base;
  int bits;
};
constexpr Network4 kClosed4[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24},
    {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4},
};

struct Network6 {
  std::array<std::uint8_t, 8> base;
  int bits;
};
constexpr Network6 kClosed6[] = {
    {{0xfc}, 7},                                             // private
    {{0xfe, 0x80}, 10},                                      // link-local
    {{0xfe, 0xc0}, 10},                                      // site-local
    {{0xff}, 8},                                             // multicast
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},              // translation, of private use
    {{0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00}, 64},  // discarded
    {{0x20, 0x01, 0x00, 0x02, 0x00, 0x00}, 48},              // benchmarks
    {{0x20, 0x01, 0x0d, 0xb8}, 32},                          // documentation
};

bool is_public(const ip::address_v4& address) {
  return std::ranges::none_of(kClosed4, [&](const Network4& net) { return ((address.to_uint() ^ net.base) >> (32 - net.bits)) == 0; });
}

bool is_within(const ip::address_v6::bytes_type& bytes, const Network6& net) {
  for (int bit = 0; bit < net.bits; ++bit) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if ((bytes[at] & mask) != (net.base[at] & mask)) return false;
  }
  return true;
}

// The IPv4 address at `offset`, for the ways in which one travels within IPv6.
ip::address_v4 inner(const ip::address_v6::bytes_type& bytes, std::size_t offset) {
  ip::address_v4::bytes_type out;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  return ip::address_v4(out);
}

bool is_public(const ip::address_v6& address) {
  if (address.is_unspecified() || address.is_loopback() || address.scope_id() != 0) return false;
  const auto bytes = address.to_bytes();
  if (address.is_v4_mapped()) return is_public(inner(bytes, 12));
  constexpr Network6 kCompatible{{}, 64}, kTranslated{{0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0}, 64}, kSixToFour{{0x20, 0x02}, 16};
  if (is_within(bytes, kCompatible)) return false;
  if (is_within(bytes, kTranslated) && !is_public(inner(bytes, 12))) return false;
  if (is_within(bytes, kSixToFour) && !is_public(inner(bytes, 2))) return false;
  return std::ranges::none_of(kClosed6, [&](const Network6& net) { return is_within(bytes, net); });
}

}  // namespace

bool is_public_address(std::string_view text) {
  boost::system::error_code fault;
  const auto address = ip::make_address(std::string(text), fault);
  if (fault) return false;
  return address.is_v4() ? is_public(address.to_v4()) : is_public(address.to_v6());
}

}  // namespace slipway::identity
