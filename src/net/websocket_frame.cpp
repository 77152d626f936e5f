#include "net/websocket_frame.hpp"

#include "base/check.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>

namespace slipway::net::frame {

namespace {

std::string base64(const unsigned char* data, std::size_t size) {
  std::string text(4 * ((size + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data, static_cast<int>(size));
  return text;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

std::expected<Head, std::uint16_t> read(std::string_view bytes, bool expect_mask) {
  constexpr std::uint16_t kProtocolError = 1002;
  Head head;
  if (bytes.size() < 2) return head;
  const auto first = static_cast<unsigned char>(bytes[0]), second = static_cast<unsigned char>(bytes[1]);
  head.final = first & 0x80;
  head.masked = second & 0x80;
  const unsigned op = first & 0x0f, length = second & 0x7f;
  const bool control = op >= 8;
  if ((first & 0x70) || (op > 2 && op < 8) || op > 10) return std::unexpected(kProtocolError);
  if (head.masked != expect_mask) return std::unexpected(kProtocolError);
  if (control && (!head.final || length > 125)) return std::unexpected(kProtocolError);
  head.op = static_cast<Op>(op);

  const std::size_t wide = length == 127 ? 8 : length == 126 ? 2 : 0;
  const std::size_t size = 2 + wide + (head.masked ? 4 : 0);
  if (bytes.size() < size) return head;
  head.length = wide ? big_endian(bytes.substr(2, wide)) : length;
  if (head.length >> 63) return std::unexpected(kProtocolError);
  if (head.masked) std::memcpy(&head.mask, bytes.data() + 2 + wide, 4);
  head.size = size;
  return head;
}

void unmask(char* data, std::size_t size, std::uint32_t mask, std::uint64_t offset) {
  std::array<char, 4> key{};
  std::memcpy(key.data(), &mask, 4);
  std::array<char, 8> turned{};
  for (std::size_t i = 0; i < 8; ++i) turned[i] = key[(offset + i) % 4];
  std::uint64_t wide = 0;
  std::memcpy(&wide, turned.data(), 8);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t part = 0;
    std::memcpy(&part, data + i, 8);
    part ^= wide;
    std::memcpy(data + i, &part, 8);
  }
  for (; i < size; ++i) data[i] = static_cast<char>(data[i] ^ turned[i % 8]);
}

void append(std::string& to, Op op, std::string_view payload, bool masked, std::uint32_t mask, bool head_only) {
  const std::size_t size = payload.size();
  const unsigned char flag = masked ? 0x80 : 0;
  const std::size_t wide = size > 0xffff ? 8 : size > 125 ? 2 : 0;
  to.push_back(static_cast<char>(0x80 | static_cast<unsigned>(op)));
  to.push_back(static_cast<char>(flag | (wide == 8 ? 127 : wide == 2 ? 126 : size)));
  for (std::size_t i = wide; i-- > 0;) to.push_back(static_cast<char>(size >> (8 * i) & 0xff));
  if (masked) to.append(reinterpret_cast<const char*>(&mask), 4);
  if (head_only) return;
  const std::size_t start = to.size();
  to.append(payload);
  if (masked) unmask(to.data() + start, size, mask, 0);
}

bool valid_close_code(std::uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

std::string accept_key(std::string_view key) {
  const std::string joined = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  check(EVP_Digest(joined.data(), joined.size(), hash.data(), &size, EVP_sha1(), nullptr) == 1, "SHA-1 is missing");
  return base64(hash.data(), size);
}

std::string new_key() {
  std::array<unsigned char, 16> bytes{};
  check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "the random generator failed");
  return base64(bytes.data(), bytes.size());
}

// Drawn 64 at a time: a mask must be unpredictable, and a call per frame would cost more than the frame.
std::uint32_t new_mask() {
  thread_local std::array<std::uint32_t, 64> drawn{};
  thread_local std::size_t used = drawn.size();
  if (used == drawn.size()) {
    check(RAND_bytes(reinterpret_cast<unsigned char*>(drawn.data()), sizeof drawn) == 1, "the random generator failed");
    used = 0;
  }
  return drawn[used++];
}

}  // namespace slipway::net::frame
