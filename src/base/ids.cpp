#include "base/ids.hpp"

#include "base/check.hpp"

#include <sys/random.h>

namespace slipway {

namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

const UserId kPrebuildsUser = *UserId::parse("c42fdf75-3097-471c-8c33-fb52454d81c0");

Uuid Uuid::random() {
  Uuid id;
  check(::getrandom(id.bytes.data(), id.bytes.size(), 0) == static_cast<ssize_t>(id.bytes.size()), "getrandom failed");
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < 16; ++byte) {
    if (dash_before(byte) && text[at++] != '-') return std::nullopt;
    const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[byte] = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

std::string Uuid::str() const {
  std::string text(36, '-');
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < 16; ++byte) {
    if (dash_before(byte)) ++at;
    text[at++] = kHex[bytes[byte] >> 4];
    text[at++] = kHex[bytes[byte] & 15];
  }
  return text;
}

}  // namespace slipway
