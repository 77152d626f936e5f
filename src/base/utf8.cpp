#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace slipway::utf8 {

std::size_t character(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  // The second byte's range shuts out overlong forms, surrogates and what lies beyond U+10FFFF.
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i)
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  return size;
}

bool is_valid(std::string_view text) {
  while (!text.empty()) {
    // Eight ASCII bytes at a time: nearly all text is that.
    std::uint64_t eight = 0;
    if (text.size() >= 8) {
      std::memcpy(&eight, text.data(), 8);
      if ((eight & 0x8080808080808080U) == 0) {
        text.remove_prefix(8);
        continue;
      }
    }
    const auto size = character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string_view take_clean(std::string_view& text) {
  const auto size = text.front() == '\0' ? 0 : character(text);
  const auto taken = size == 0 ? kReplacement : text.substr(0, size);
  text.remove_prefix(std::max<std::size_t>(size, 1));
  return taken;
}

std::string clean(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) out += take_clean(text);
  return out;
}

std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && most - end < 3 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace slipway::utf8
