#include "net/network.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace slipway::net {

std::string network_of(std::string_view address) {
  namespace ip = boost::asio::ip;
  boost::system::error_code bad;
  const auto parsed = ip::make_address(std::string(address), bad);
  if (bad || !parsed.is_v6()) return std::string(address);
  if (parsed.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, parsed.to_v6()).to_string();
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return ip::make_address_v6(bytes).to_string() + "/64";
}

}  // namespace slipway::net
