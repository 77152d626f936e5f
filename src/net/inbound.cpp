#include "net/inbound.hpp"

#include "aio/task.hpp"
#include "base/text.hpp"

#include <bit>
#include <cstring>

namespace slipway::net {

namespace {

constexpr std::size_t kLeastRoom = 512, kMostRoom = 4096;
constexpr std::size_t kMostChunked = 64 * 1024;  // of a body in chunks that comes faster than it is taken

}  // namespace

Task<Result<std::size_t>> Inbound::fill(Stream& stream) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else {
      buffer_.resize(std::max(room_, buffer_.size() * 2));
    }
  }
  CO_TRY(n, co_await stream.read_some({buffer_.data() + end_, buffer_.size() - end_}));
  end_ += n;
  co_return n;
}

void Inbound::head_read(std::size_t size) {
  begin_ += size;
  left_ = parser_.framing() == Framing::length ? parser_.length() : 0;
  done_ = parser_.framing() == Framing::none;
  const std::uint64_t whole = std::min<std::uint64_t>(size + left_, kMostRoom);
  room_ = std::clamp<std::size_t>(std::bit_ceil(static_cast<std::size_t>(whole)), kLeastRoom, kMostRoom);
}

std::expected<bool, Reject> Inbound::request(Request& into) {
  // An empty line before a request is ignored (RFC 9112 §2.2).
  while (pending().starts_with("\r\n")) begin_ += 2;
  const auto size = parser_.request(pending(), into);
  if (!size) return std::unexpected(size.error());
  if (*size == 0) return false;
  head_read(*size);
  return true;
}

std::expected<bool, Reject> Inbound::response(Response& into, bool no_body) {
  const auto size = parser_.response(pending(), into, no_body);
  if (!size) return std::unexpected(size.error());
  if (*size == 0) return false;
  head_read(*size);
  return true;
}

std::optional<std::uint64_t> Inbound::body_length() const {
  if (parser_.framing() == Framing::none) return 0;
  if (parser_.framing() == Framing::length) return parser_.length();
  return std::nullopt;
}

Task<Result<std::size_t>> Inbound::body(Stream& stream, std::span<char> into) {
  if (done_ || into.empty()) co_return std::size_t{0};
  if (parser_.framing() == Framing::chunked) co_return co_await chunked(stream, into);

  const bool counted = parser_.framing() == Framing::length;
  const std::size_t want = counted ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, into.size())) : into.size();
  std::size_t got = std::min(want, end_ - begin_);
  if (got > 0) {
    std::memcpy(into.data(), buffer_.data() + begin_, got);
    begin_ += got;
  } else {
    CO_TRY(n, co_await stream.read_some(into.first(want)));
    got = n;
  }
  if (counted) {
    if (got == 0) co_return fail(Code::bad_gateway, "The connection ended before the message did.");
    left_ -= got;
    done_ = left_ == 0;
  } else {
    done_ = got == 0;
  }
  co_return got;
}

Task<Result<std::size_t>> Inbound::chunked(Stream& stream, std::span<char> into) {
  while (true) {
    if (has_bytes()) {
      const auto step = parser_.chunk(pending(), into);
      if (!step) co_return fail(Code::invalid, "The chunked body is malformed.");
      begin_ += step->consumed;
      done_ = step->done;
      if (step->produced > 0 || done_) co_return step->produced;
      // One line of a chunk or its trailers never needs this much.
      if (step->consumed == 0 && end_ - begin_ >= 4 * kMostRoom) co_return fail(Code::invalid, "The chunked body is malformed.");
    }
    CO_TRY(n, co_await fill(stream));
    if (n == 0) co_return fail(Code::bad_gateway, "The connection ended before the message did.");
    // There may be more of it by now than fits. trim() takes this room back.
    if (end_ == buffer_.size() && end_ < kMostChunked) buffer_.resize(2 * end_);
  }
}

std::string Inbound::take_rest() {
  std::string rest(pending());
  text::let_go(buffer_);
  begin_ = end_ = 0;
  return rest;
}

void Inbound::trim() {
  if (begin_ < end_ || buffer_.size() <= room_) return;
  text::let_go(buffer_);
  begin_ = end_ = 0;
}

}  // namespace slipway::net
