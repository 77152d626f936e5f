// Heads of HTTP/1.1 and how long their bodies are, both directions: Beast's parser behind our own types, with the stricter reading that
// keeps a message from being understood in two ways (RFC 9112 §5, §6, §11.2). Pure: bytes in, values out.
#pragma once

#include "net/chunks.hpp"
#include "net/message.hpp"

#include <expected>
#include <memory>

namespace slipway::net {

struct ParserLimits {
  std::uint32_t header_bytes = 32 * 1024;
  std::uint32_t header_count = 100;
  std::uint32_t target_bytes = 8 * 1024;
};

// Why a message is refused, and with which status.
struct Reject {
  int status = 400;
  std::string_view why;
};

// Why an answer is refused that is none of HTTP at all.
inline constexpr std::string_view kNoHttp = "no HTTP";

enum class Framing { none, length, chunked, until_close };

class Parser {
 public:
  explicit Parser(ParserLimits limits = {});
  ~Parser();

  // Reads one head from the front of `bytes`: how many it took, 0 when it is not complete yet. `into` is overwritten.
  std::expected<std::size_t, Reject> request(std::string_view bytes, Request& into);
  // `no_body`: the answer to HEAD (or to a CONNECT that went well).
  std::expected<std::size_t, Reject> response(std::string_view bytes, Response& into, bool no_body);

  // Of the head just read.
  Framing framing() const { return framing_; }
  std::uint64_t length() const { return length_; }
  bool keep_alive() const { return keep_alive_; }

  // Decodes a chunked body after its head. A step that consumes and produces nothing wants more bytes.
  std::expected<Chunks::Step, Reject> chunk(std::string_view bytes, std::span<char> into);
  // Of that body, once it is done.
  const Headers& trailers() const { return chunks_.trailers(); }

 private:
  struct RequestSide;
  struct ResponseSide;
  std::expected<std::size_t, Reject> find_end(std::string_view bytes);
  std::optional<Reject> frame(const Headers& headers, bool is_request, int minor_version);

  ParserLimits limits_;
  std::size_t scanned_ = 0;
  Framing framing_ = Framing::none;
  std::uint64_t length_ = 0;
  bool keep_alive_ = false;
  Chunks chunks_;
  std::unique_ptr<RequestSide> request_;
  std::unique_ptr<ResponseSide> response_;
};

}  // namespace slipway::net
