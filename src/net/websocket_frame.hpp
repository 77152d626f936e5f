// Inside net only: WebSocket frames (RFC 6455 §5) as pure functions.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace slipway::net::frame {

enum class Op : std::uint8_t { more = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Head {
  Op op = Op::more;
  bool final = false;
  bool masked = false;
  std::uint32_t mask = 0;  // its four bytes as they came
  std::uint64_t length = 0;
  std::size_t size = 0;  // of the head itself; 0: incomplete, read more
};

// Reads the head at the front of `bytes`. The error is the close code to answer with.
std::expected<Head, std::uint16_t> read(std::string_view bytes, bool expect_mask);

// XORs in place; `offset` is how many bytes of this payload went before.
void unmask(char* data, std::size_t size, std::uint32_t mask, std::uint64_t offset);

// Appends a whole final frame, masked with `mask` when `masked`; only its head when `head_only`.
void append(std::string& to, Op op, std::string_view payload, bool masked, std::uint32_t mask, bool head_only = false);

// May this code stand in a close frame?
bool valid_close_code(std::uint16_t code);

// The Sec-WebSocket-Accept for a key.
std::string accept_key(std::string_view key);
// A new Sec-WebSocket-Key; its bytes are random.
std::string new_key();
std::uint32_t new_mask();

}  // namespace slipway::net::frame
