// One request on a server connection and the way to answer it. Lives for one call of the handler, on the connection's
// loop. Errors of reading and writing are Code::cancelled (the caller went away) or Code::timed_out; a handler returns
// on them and owes nobody an answer.
#pragma once

#include "net/message.hpp"
#include "net/stream.hpp"
#include "net/websocket.hpp"

#include <functional>

namespace slipway::net {

class Connection;

// What cut a watched handler off.
enum class Cut { none, caller_left, too_late, ended };

class Exchange {
 public:
  explicit Exchange(Connection& connection) : connection_(connection) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const Request& request() const;
  const asio::any_io_executor& home() const;

  // The whole request body; Code::too_large beyond `limit`, before anything is read where the length was announced.
  Task<Result<std::string>> body(std::size_t limit);
  // The next bytes of the body as they come; 0 at its end.
  Task<Result<std::size_t>> read_some(std::span<char> into);
  // Announced length; nothing when the body is chunked. 0 when there is none.
  std::optional<std::uint64_t> body_length() const;
  // What came behind a chunked body, once that has ended.
  const Headers& trailers() const;
  // Does the caller wait for "100 Continue" before it sends the body? Reading that says so; so does interim(100).
  bool awaits_continue() const;

  // Returns when the caller has gone, and otherwise never: for racing against long work. Only after the body was read.
  Task<void> caller_left();

  // From here to unwatch(), whatever the handler waits for is cancelled when the caller has left or `limit` has passed. A caller
  // who leaves within half a second is not noticed: most requests end before, and looking costs more than they do. So is the end of
  // `beside`, which is begun no sooner. Watching anew moves the limit, and nothing else.
  void watch(Milliseconds limit, std::function<Task<void>()> beside = {});
  // Tells what cut the handler off, which can await and answer again from here on. To be awaited with throw_if_cancelled(false).
  Task<Cut> unwatch();

  // A whole answer; Content-Length, Date and Connection are written here, HEAD loses its body.
  Task<Result<void>> send(Response response);
  // A streamed answer: head, then pieces, then finish(). Chunked, unless `head` carries a Content-Length. Every write
  // goes out at once; head.body, if any, is the first piece and leaves with the head. A handler that returns without
  // finish() breaks the connection off, so that the caller does not take a part for the whole.
  Task<Result<void>> begin(Response head);
  Task<Result<void>> write(std::string_view piece);
  // `trailers` go behind a chunked answer, and nowhere else.
  Task<Result<void>> finish(Headers trailers = {});
  // What comes before the answer (1xx, none of them 101); a caller of HTTP/1.0 does not get it.
  Task<Result<void>> interim(int status, Headers headers = {});
  bool responded() const;
  // From here to the end of this exchange, how long the caller may take none of what is written, and send nothing of what is read.
  void be_patient(Milliseconds limit);

  // Called once, on this loop, when the server begins to stop; at once if it has. For answers that would not end by themselves.
  // Null forgets it, which a handler does before it returns.
  void on_stop(std::function<void()> told);

  // When the request is no valid or allowed handshake, answers 4xx and returns the error; otherwise nothing is sent. To be
  // asked before anything is done for a stream, which upgrade() alone would find out too late.
  Task<Result<void>> judge_upgrade(const WebSocketOptions& options);
  // Answers 101 and gives the socket; errors as judge_upgrade(). The first frame leaves a moment after the answer: there are
  // clients that lose one which comes with it. The handler keeps running while the socket is in use.
  Task<Result<std::unique_ptr<WebSocket>>> upgrade(WebSocketOptions options = {});
  bool wants_websocket() const;
  // Sends `head` as it is (101 of a proxied upgrade, 200 of a CONNECT) and gives the raw stream, with what was already
  // read of it. The handler keeps running while the stream is in use.
  Task<Result<std::unique_ptr<Stream>>> hijack(Response head);

 private:
  Connection& connection_;
};

using Handler = std::function<Task<void>(Exchange&)>;

}  // namespace slipway::net
