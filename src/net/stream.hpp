// A two-way byte stream: TCP, TLS, a stream inside a tunnel and a pipe in memory are all one, so that what speaks HTTP
// or WebSocket does not know what carries it. home: own thread. At most one read and one write may be under way.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace slipway::net {

// Errors of every stream: Code::cancelled when it was closed on this side or the caller was cancelled, otherwise
// Code::bad_gateway with the reason in `why`.
class Stream {
 public:
  virtual ~Stream() = default;

  // Bytes read, at least one; 0 when the peer has sent its last byte.
  virtual Task<Result<std::size_t>> read_some(std::span<char> into) = 0;
  // Writes all of it. `more` follows `bytes` in the same packet where the carrier can do that.
  virtual Task<Result<void>> write(std::string_view bytes, std::string_view more = {}) = 0;
  // Tells the peer that nothing more will be sent; reading goes on.
  virtual Task<Result<void>> shutdown_send() = 0;
  // Ends both directions at once; a pending read or write ends with Code::cancelled. Idempotent.
  virtual void close() noexcept = 0;
};

// A stream that first yields `already_read`, then what `rest` yields.
std::unique_ptr<Stream> with_prefix(std::string already_read, std::unique_ptr<Stream> rest);

}  // namespace slipway::net
