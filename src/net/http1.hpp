// The client's side of HTTP/1.1 on one stream, whatever carries it: head out, body out, head in, body in, each streamed;
// 101 gives the stream back. One request at a time; the body may still go out while the answer comes in. Sets no time
// limit of its own. home: own thread.
#pragma once

#include "net/message.hpp"
#include "net/stream.hpp"

namespace slipway::net {

class Inbound;

class Http1 {
 public:
  explicit Http1(std::unique_ptr<Stream> stream);
  ~Http1();

  // The framing of the body follows `headers`: Content-Length, or Transfer-Encoding: chunked, or none. The headers go
  // out as they are; Host must be among them. `body`, if any, is a first (or the whole) piece and leaves with the head;
  // in a chunked request it becomes a chunk.
  Task<Result<void>> send_head(std::string_view method, std::string_view target, const Headers& headers, std::string_view body = {});
  Task<Result<void>> write(std::string_view piece);
  Task<Result<void>> finish(Headers trailers = {});  // of a chunked body; nothing to do for others

  // The answer's head; 1xx other than 101 are skipped. Its body stays empty: read_some() gives it.
  Task<Result<Response>> read_head();
  // The next head, be it of an answer or of what comes before one (1xx).
  Task<Result<Response>> read_any_head();
  Task<Result<std::size_t>> read_some(std::span<char> into);  // 0 at the end of the body
  // Has some of what follows the head come already?
  bool has_more() const;
  // Has the body been read to its end? One that lasts until the stream ends tells that by its last read alone.
  bool ended() const;
  // What came behind a chunked body, once that has ended.
  const Headers& trailers() const;
  // Of the answer's body: nothing when it is chunked or lasts until the stream ends.
  std::optional<std::uint64_t> body_length() const;

  // Whole exchange done and the peer keeps the connection: another send_head() may follow.
  bool reusable() const;
  // Nothing of the answer has come yet: a kept connection that was closed meanwhile shows like that.
  bool unanswered() const;
  // What came is none of HTTP: the peer may speak TLS here.
  bool no_http() const { return no_http_; }
  // Between exchanges: keeps no more memory than the next will need.
  void trim();
  // After 101 (or 2xx to CONNECT): the raw stream with what was already read of it. This object is then empty.
  std::unique_ptr<Stream> release();
  void close() noexcept;

 private:
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Inbound> in_;
  std::string out_;
  std::uint64_t owed_ = 0;  // of an announced Content-Length
  bool chunked_out_ = false, no_body_ = false, sent_ = false, answered_ = false, keep_ = false, no_http_ = false;
};

}  // namespace slipway::net
