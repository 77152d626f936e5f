// Cookies, URLs and queries: what is removed stays removed, and what was parsed writes itself back.
#include "net/cookie.hpp"
#include "net/url.hpp"

#include <cstdint>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  net::Headers headers;
  headers.add("Cookie", text);
  headers.add("Cookie", text.substr(size / 2));
  net::remove_cookies(headers, [](std::string_view name) { return net::iequals(name, "session"); });
  for (const auto& cookie : net::cookies(headers))
    if (net::iequals(cookie.name, "session")) __builtin_trap();

  if (const auto url = net::parse_url(text)) {
    const auto again = net::parse_url(url->str());
    if (!again || again->origin() != url->origin() || again->target() != url->target()) __builtin_trap();
  }
  const auto decoded = net::percent_decode(text);
  if (decoded && net::percent_decode(net::percent_encode(*decoded)) != decoded) __builtin_trap();
  const auto pairs = net::parse_query(text);
  if (pairs.size() < 1000 && net::parse_query(net::build_query(pairs)).size() > pairs.size()) __builtin_trap();
  return 0;
}
