#include "tunnel/resumable_stream.hpp"

#include "aio/task.hpp"
#include "base/on_exit.hpp"

namespace slipway::tunnel {

namespace {

constexpr std::size_t kPiece = 16 << 10;

Error closed_here() { return {.code = Code::cancelled, .say = "The stream was closed."}; }
// Does not throw when cancelled: several that throw at once would be an exception of another type.
Task<Result<void>> quietly(Task<Result<void>> work) {
  try {
    co_return co_await std::move(work);
  } catch (const boost::system::system_error&) {
    co_return std::unexpected(closed_here());
  }
}

Error cut_off() { return {.code = Code::bad_gateway, .say = "The other end has ended the connection."}; }

}  // namespace

class HeldEnd::User final : public net::Stream {
 public:
  explicit User(std::shared_ptr<HeldEnd> end) : end_(std::move(end)) {}
  ~User() override { end_->end(); }

  Task<Result<std::size_t>> read_some(std::span<char> into) override { return end_->read_some(into); }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override {
    const auto end = end_;
    for (const auto part : {bytes, more}) CO_CHECK(co_await end->write(part));
    co_return Result<void>();
  }
  Task<Result<void>> shutdown_send() override {
    end_->state_.finish();
    end_->to_say_.notify();
    co_return Result<void>();
  }
  void close() noexcept override { end_->end(); }

 private:
  std::shared_ptr<HeldEnd> end_;
};

HeldEnd::HeldEnd(const aio::Executor& home, ResumeLimits limits)
    : state_(limits),
      away_since_(std::chrono::steady_clock::now()),
      readable_(home),
      writable_(home),
      to_say_(home),
      progress_(home),
      carrier_(home) {}

std::unique_ptr<net::Stream> HeldEnd::stream() { return std::make_unique<User>(shared_from_this()); }

void HeldEnd::wake_all() {
  for (aio::Event* one : {&readable_, &writable_, &to_say_, &progress_, &carrier_}) one->notify();
}

void HeldEnd::end() {
  if (state_.ended()) return;
  state_.end();
  wake_all();
}

void HeldEnd::fail(Error why) {
  if (!failed_) failed_ = std::move(why);
  release();
  wake_all();
}

void HeldEnd::release() {
  ++turn_;
  if (state_.attached()) away_since_ = std::chrono::steady_clock::now();
  state_.detach();
  wake_all();
}

Task<Result<std::size_t>> HeldEnd::read_some(std::span<char> into) {
  const auto self = shared_from_this();
  while (!state_.ended() && !state_.has_input() && !state_.other_finished() && !state_.other_ended() && !failed_) co_await readable_.wait();
  if (state_.ended()) co_return std::unexpected(closed_here());
  if (const auto count = state_.take(into); count > 0) {
    to_say_.notify();
    co_return count;
  }
  if (state_.other_finished()) {
    to_say_.notify();
    co_return 0;
  }
  co_return std::unexpected(failed_ ? *failed_ : cut_off());
}

Task<Result<void>> HeldEnd::write(std::string_view bytes) {
  const auto self = shared_from_this();
  while (!bytes.empty()) {
    if (state_.ended()) co_return std::unexpected(closed_here());
    if (failed_) co_return std::unexpected(*failed_);
    if (state_.other_ended()) co_return std::unexpected(cut_off());
    const auto part = bytes.substr(0, state_.room());
    if (part.empty()) {
      co_await writable_.wait();
      continue;
    }
    state_.send(part);
    bytes.remove_prefix(part.size());
    to_say_.notify();
  }
  co_return Result<void>();
}

Task<Result<void>> HeldEnd::hear(net::Stream& carrier, std::uint64_t turn) {
  std::vector<char> piece(kPiece);
  while (turn == turn_ && !over()) {
    const auto count = co_await carrier.read_some(piece);
    if (turn != turn_) break;
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0) co_return slipway::fail(Code::bad_gateway, "The connection was cut off.");
    auto heard = state_.input({piece.data(), *count});
    if (!heard) {
      fail(heard.error());
      co_return heard;
    }
    for (aio::Event* one : {&readable_, &writable_, &to_say_, &progress_}) one->notify();
  }
  co_return Result<void>();
}

// Goes on for as long as the other one of the two does, which notices when the carrier is lost.
Task<Result<void>> HeldEnd::say(net::Stream& carrier, std::uint64_t turn) {
  while (turn == turn_) {
    const std::string out = state_.output();
    if (!out.empty()) {
      const auto written = co_await carrier.write(out);
      if (!written) co_return written;
      writable_.notify();
      progress_.notify();
    } else if (over()) {
      break;
    } else {
      co_await to_say_.wait();
    }
  }
  co_return Result<void>();
}

// Returns when this carrier is wanted no more, though it may be stuck in a read and a write.
Task<Result<void>> HeldEnd::replaced(std::uint64_t turn) {
  while (turn == turn_) co_await carrier_.wait();
  co_return Result<void>();
}

Task<Result<void>> HeldEnd::carry(net::Stream& carrier, std::uint64_t other_has) {
  using namespace asio::experimental::awaitable_operators;
  const auto self = shared_from_this();
  release();
  const auto turn = turn_;
  if (failed_) co_return std::unexpected(*failed_);
  state_.attach(other_has);
  wake_all();
  const OnExit let_go([this, turn] {
    if (turn == turn_) release();
  });
  auto ended = co_await (quietly(hear(carrier, turn)) || quietly(say(carrier, turn)) || quietly(replaced(turn)));
  if (failed_) co_return std::unexpected(*failed_);
  if (turn != turn_) co_return slipway::fail(Code::cancelled, "The connection goes on elsewhere.");
  co_return std::visit([](auto& outcome) { return std::move(outcome); }, ended);
}

Milliseconds HeldEnd::left_of(Milliseconds limit) const {
  if (carried()) return std::chrono::hours(24);
  return limit - std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now() - away_since_);
}

Task<void> HeldEnd::away_for(Milliseconds limit) {
  const auto self = shared_from_this();
  for (auto left = left_of(limit); left > Milliseconds(0); left = left_of(limit)) co_await carrier_.wait_for(left);
}

Task<void> HeldEnd::settled_or_away_for(Milliseconds limit) {
  const auto self = shared_from_this();
  for (auto left = left_of(limit); left > Milliseconds(0) && !failed_ && !state_.settled(); left = left_of(limit)) co_await progress_.wait_for(left);
}

Task<void> HeldEnd::said() {
  const auto self = shared_from_this();
  while (!over() && !(carried() && state_.said())) co_await progress_.wait();
}

}  // namespace slipway::tunnel
