// Inside net only: the reading half of an HTTP/1.1 connection, a buffer and a parser. Serves both sides.
#pragma once

#include "net/parser.hpp"
#include "net/stream.hpp"

namespace slipway::net {

class Inbound {
 public:
  explicit Inbound(ParserLimits limits) : parser_(limits) {}

  // More bytes from the stream into the buffer; 0 at its end.
  Task<Result<std::size_t>> fill(Stream& stream);
  bool has_bytes() const { return begin_ < end_; }
  std::size_t buffered() const { return end_ - begin_; }

  // A head out of what is buffered: false when it is not complete yet.
  std::expected<bool, Reject> request(Request& into);
  std::expected<bool, Reject> response(Response& into, bool no_body);

  // The next bytes of the body after that head; 0 at its end. Code::invalid when its chunks are malformed,
  // Code::bad_gateway when the stream ends before it does.
  Task<Result<std::size_t>> body(Stream& stream, std::span<char> into);
  bool body_done() const { return done_; }
  // Announced length; nothing for a chunked body or one that lasts until the stream ends.
  std::optional<std::uint64_t> body_length() const;
  bool keep_alive() const { return parser_.keep_alive(); }
  // Of a chunked body, once it is done.
  const Headers& trailers() const { return parser_.trailers(); }

  // What was read and belongs to nobody yet.
  std::string take_rest();
  // How many bytes of memory it holds to read into.
  std::size_t room() const { return buffer_.capacity(); }
  // Between messages: keeps no more buffer than the last one needed, for a connection that is kept waits most of its life.
  void trim();

 private:
  std::string_view pending() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void head_read(std::size_t size);
  Task<Result<std::size_t>> chunked(Stream& stream, std::span<char> into);

  Parser parser_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::size_t room_ = 1024;  // to begin a message with; follows the size of the last
  std::uint64_t left_ = 0;
  bool done_ = true;
};

}  // namespace slipway::net
