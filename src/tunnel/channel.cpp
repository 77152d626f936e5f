#include "base/check.hpp"
#include "base/on_exit.hpp"
#include "tunnel/http2.hpp"

#include <cstring>

namespace slipway::tunnel {

namespace {

constexpr std::size_t kKeptInbox = 16 * 1024;  // an empty inbox larger than this is given back

std::unexpected<Error> fail_cancelled() { return slipway::fail(Code::cancelled, "The stream was closed."); }

// Waits; false when the caller was cancelled meanwhile.
Task<bool> waits(aio::Event& event) {
  try {
    co_await event.wait();
    co_return true;
  } catch (const boost::system::system_error&) {
    co_return false;
  }
}

}  // namespace

Channel::Channel(Http2& http2, std::int32_t id)
    : http2_(&http2), id_(id), window_(http2.limits().stream_window), readable_(http2.home()), writable_(http2.home()) {}

std::string_view Channel::header(std::string_view name) const {
  for (const auto& [key, value] : head_)
    if (key == name) return value;
  return {};
}

int Channel::status() const {
  int status = 0;
  for (const char c : header(":status")) status = status * 10 + (c - '0');
  return status;
}

Task<Result<void>> Channel::head_arrives(Milliseconds limit) {
  const auto self = shared_from_this();
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!head_done_) {
    if (failed_) co_return std::unexpected(*failed_);
    const auto left = std::chrono::duration_cast<Milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) co_return slipway::fail(Code::timed_out, "The workspace's agent did not answer in time.");
    co_await readable_.wait_for(left);
  }
  co_return Result<void>();
}

std::size_t Channel::take(std::span<char> into) {
  const std::size_t count = std::min(into.size(), inbox_.size() - inbox_start_);
  std::memcpy(into.data(), inbox_.data() + inbox_start_, count);
  inbox_start_ += count;
  if (inbox_start_ == inbox_.size()) {
    inbox_.clear();
    inbox_start_ = 0;
    if (inbox_.capacity() > kKeptInbox) inbox_.shrink_to_fit();
  }
  return count;
}

Task<Result<std::size_t>> Channel::read_some(std::span<char> into) {
  const auto self = shared_from_this();
  check(waiting_.empty(), "two coroutines read one tunnel stream");
  if (into.empty()) co_return std::size_t{0};
  while (inbox_.empty()) {
    if (abandoned_) co_return fail_cancelled();
    if (head_done_ && peer_done_) co_return std::size_t{0};
    if (failed_) co_return std::unexpected(*failed_);
    waiting_ = into;
    filled_ = 0;
    const OnExit forget([this] { waiting_ = {}; });
    const bool awake = co_await waits(readable_);
    if (filled_ > 0) co_return std::exchange(filled_, 0);
    if (!awake) co_return fail_cancelled();
  }
  const std::size_t count = take(into);
  consumed(count);
  co_return count;
}

// A whole window read in little more than one round trip: the peer stood waiting for word from us, not for the reader.
void Channel::consumed(std::size_t count) {
  constexpr int kRoundTrips = 3;
  if (!http2_) return;
  http2_->consume(id_, count);
  read_in_window_ += count;
  if (read_in_window_ < window_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - window_since_ < kRoundTrips * http2_->latency()) window_ = http2_->widen(id_, window_);
  window_since_ = now;
  read_in_window_ = 0;
}

void Channel::arrived(std::string_view data) {
  if (!waiting_.empty() && filled_ == 0) {
    filled_ = std::min(waiting_.size(), data.size());
    std::memcpy(waiting_.data(), data.data(), filled_);
    consumed(filled_);
    data.remove_prefix(filled_);
  }
  if (inbox_start_ > inbox_.size() / 2) {
    inbox_.erase(0, inbox_start_);
    inbox_start_ = 0;
  }
  inbox_ += data;
  readable_.notify();
}

Task<Result<void>> Channel::write(std::string_view bytes, std::string_view more) {
  const auto self = shared_from_this();
  check(unsent() == 0, "two coroutines write one tunnel stream");
  pending_ = bytes;
  more_ = more;
  const OnExit forget([this] { pending_ = more_ = {}; });
  while (unsent() > 0) {
    if (abandoned_) co_return fail_cancelled();
    if (failed_) co_return std::unexpected(*failed_);
    if (fin_) co_return fail_internal("a write after the end of a tunnel stream");
    http2_->resume(id_);
    if (!co_await waits(writable_)) co_return fail_cancelled();
  }
  co_return Result<void>();
}

void Channel::move_out(std::string& out, std::size_t count) {
  const std::size_t first = std::min(count, pending_.size());
  out.append(pending_.substr(0, first));
  out.append(more_.substr(0, count - first));
  pending_.remove_prefix(first);
  more_.remove_prefix(count - first);
  if (unsent() == 0) writable_.notify();
}

Task<Result<std::string>> Channel::read_all(std::size_t limit) {
  std::string all;
  std::array<char, 4096> piece;
  while (true) {
    CO_TRY(count, co_await read_some(piece));
    if (count == 0) co_return all;
    if (all.size() + count > limit) co_return slipway::fail(Code::too_large, "The body is too large.");
    all.append(piece.data(), count);
  }
}

void Channel::finish() {
  if (fin_) return;
  fin_ = true;
  if (http2_) http2_->resume(id_);
}

void Channel::abandon() {
  if (std::exchange(abandoned_, true)) return;
  readable_.notify();
  writable_.notify();
  // When our end of data is still on its way the reset follows it (Wire::frame_sent): the peer must not lose it.
  if (http2_ && (!fin_ || fin_sent_)) http2_->reset(id_);
}

void Channel::fail(Error reason) {
  if (!failed_) failed_ = std::move(reason);
  http2_ = nullptr;
  readable_.notify();
  writable_.notify();
}

Task<Result<void>> ChannelStream::shutdown_send() {
  channel_->finish();
  co_return Result<void>();
}

}  // namespace slipway::tunnel
