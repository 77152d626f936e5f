#include "aio/task.hpp"
#include "tunnel/relay.hpp"

namespace slipway::tunnel {

namespace {

constexpr std::size_t kSmall = 2 * 1024, kLarge = 32 * 1024;
constexpr int kSmallReadsBeforeShrinking = 64;

// A buffer that grows while a stream is busy and shrinks when it idles: most spliced streams do nothing most of the time.
class Buffer {
 public:
  std::span<char> span() { return {bytes_.get(), size_}; }
  void filled(std::size_t count) {
    small_reads_ = count < kSmall ? small_reads_ + 1 : 0;
    if (count == size_ && size_ < kLarge) resize(kLarge);
    if (small_reads_ > kSmallReadsBeforeShrinking && size_ > kSmall) resize(kSmall);
  }

 private:
  void resize(std::size_t size) {
    bytes_ = std::make_unique_for_overwrite<char[]>(size);
    size_ = size;
  }
  std::size_t size_ = kSmall;
  int small_reads_ = 0;
  std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(kSmall);
};

// Closes both unless the direction came to its end: also when the coroutine is cancelled.
struct CloseBoth {
  net::Stream& from;
  net::Stream& to;
  bool ended = false;
  ~CloseBoth() {
    if (ended) return;
    from.close();
    to.close();
  }
};

Task<void> carry_on(net::Stream& from, net::Stream& to, std::uint64_t& total) {
  CloseBoth unless{from, to};
  Buffer buffer;
  while (true) {
    const auto count = co_await from.read_some(buffer.span());
    if (!count) co_return;
    if (*count == 0) break;
    if (!co_await to.write(std::string_view(buffer.span().data(), *count))) co_return;
    total += *count;
    buffer.filled(*count);
  }
  const auto passed_on = co_await to.shutdown_send();
  unless.ended = passed_on.has_value();
}

// Does not throw when cancelled: two of them throwing at once would be an exception of another type.
Task<void> carry(net::Stream& from, net::Stream& to, std::uint64_t& total) {
  try {
    co_await carry_on(from, to, total);
  } catch (const boost::system::system_error&) {
    // Cancelled: both are closed.
  }
}

}  // namespace

Task<Traffic> splice(net::Stream& first, net::Stream& second) {
  using namespace asio::experimental::awaitable_operators;
  Traffic traffic;
  co_await (carry(first, second, traffic.there) && carry(second, first, traffic.back));
  co_return traffic;
}

}  // namespace slipway::tunnel
