#include "tunnel/measuring.hpp"

#include "aio/task.hpp"
#include "base/text.hpp"

namespace slipway::tunnel {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kEcho = 'e', kCount = 'c', kPour = 'p';
constexpr std::size_t kPiece = 64 << 10;
constexpr std::size_t kProbe = 16;  // bytes that go round
constexpr std::size_t kLongestCount = 32;
constexpr Milliseconds kPatience{10'000};  // with an agent that says nothing
constexpr Milliseconds kDrain{30'000};     // for what a slow way still holds when the time is over
constexpr double kIntervalSeconds = 1;

double seconds_since(SteadyClock::time_point began) { return std::chrono::duration<double>(SteadyClock::now() - began).count(); }

Task<Result<void>> echo(net::Stream& stream, std::string_view first) {
  CO_CHECK(co_await stream.write(first));
  std::vector<char> piece(kPiece);
  while (true) {
    CO_TRY(size, co_await stream.read_some(piece));
    if (size == 0) co_return co_await stream.shutdown_send();
    CO_CHECK(co_await stream.write({piece.data(), size}));
  }
}

Task<Result<void>> count(net::Stream& stream, std::uint64_t counted) {
  std::vector<char> piece(kPiece);
  while (true) {
    CO_TRY(size, co_await stream.read_some(piece));
    counted += size;
    if (size == 0) break;
  }
  const auto said = std::to_string(counted);
  CO_CHECK(co_await stream.write(said));
  co_return co_await stream.shutdown_send();
}

Task<Result<void>> pour(net::Stream& stream) {
  const std::string piece(kPiece, 'x');
  while (true) CO_CHECK(co_await stream.write(piece));
}

Task<Result<void>> serve(net::Stream& stream) {
  std::vector<char> piece(kPiece);
  CO_TRY(size, co_await stream.read_some(piece));
  if (size == 0) co_return Result<void>();
  if (piece[0] == kEcho) co_return co_await echo(stream, {piece.data() + 1, size - 1});
  if (piece[0] == kCount) co_return co_await count(stream, size - 1);
  if (piece[0] == kPour) co_return co_await pour(stream);
  co_return fail(Code::invalid, "That is nothing that can be measured.");
}

// Adds bytes as they pass, a second each.
class Meter {
 public:
  void add(std::uint64_t bytes) {
    const double now = seconds_since(began_);
    speed_.overall.bytes += bytes;
    current_.bytes += bytes;
    if (now - current_.start < kIntervalSeconds) return;
    current_.end = now;
    speed_.intervals.push_back(current_);
    current_ = {.start = now};
  }
  bool has_run(Milliseconds length) const { return SteadyClock::now() - began_ >= length; }
  Speed end() {
    speed_.overall.end = seconds_since(began_);
    if (current_.bytes > 0) {
      current_.end = speed_.overall.end;
      speed_.intervals.push_back(current_);
    }
    return std::move(speed_);
  }

 private:
  SteadyClock::time_point began_ = SteadyClock::now();
  Interval current_;
  Speed speed_;
};

Task<Result<Speed>> receive(net::Stream& stream, Milliseconds length) {
  const char ask[] = {kPour};
  CO_CHECK(co_await stream.write({ask, 1}));
  std::vector<char> piece(kPiece);
  Meter meter;
  while (!meter.has_run(length)) {
    CO_TRY(size, co_await stream.read_some(piece));
    if (size == 0) co_return fail(Code::bad_gateway, "The agent ended the measuring.");
    meter.add(size);
  }
  stream.close();
  co_return meter.end();
}

Task<Result<std::uint64_t>> told_count(net::Stream& stream) {
  std::string said;
  char piece[kLongestCount];
  while (true) {
    CO_TRY(size, co_await stream.read_some(piece));
    if (size == 0) break;
    said.append(piece, size);
    if (said.size() > kLongestCount) break;
  }
  const auto counted = text::number<std::uint64_t>(said);
  if (!counted) co_return fail(Code::bad_gateway, "The agent did not say how much it got.");
  co_return *counted;
}

Task<Result<Speed>> send(net::Stream& stream, Milliseconds length) {
  const char ask[] = {kCount};
  CO_CHECK(co_await stream.write({ask, 1}));
  const std::string piece(kPiece, 'x');
  Meter meter;
  std::uint64_t sent = 0;
  while (!meter.has_run(length)) {
    CO_CHECK(co_await stream.write(piece));
    sent += piece.size();
    meter.add(piece.size());
  }
  CO_CHECK(co_await stream.shutdown_send());
  CO_TRY(arrived, co_await told_count(stream));
  if (arrived != sent) co_return fail(Code::bad_gateway, "Not everything that was sent has arrived.");
  co_return meter.end();
}

}  // namespace

Task<void> serve_measuring(net::Stream& stream) {
  (void)co_await aio::with_deadline(kLongestMeasuring, "It was measured for long enough.", serve(stream));
  stream.close();
}

Task<Result<void>> begin_echo(net::Stream& stream) {
  const char ask[] = {kEcho};
  co_return co_await stream.write({ask, 1});
}

Task<Result<std::chrono::microseconds>> round_trip(net::Stream& stream) {
  auto once = [](net::Stream& there) -> Task<Result<std::chrono::microseconds>> {
    const std::string probe(kProbe, '.');
    const auto began = SteadyClock::now();
    CO_CHECK(co_await there.write(probe));
    char piece[kProbe];
    for (std::size_t back = 0; back < kProbe;) {
      CO_TRY(size, co_await there.read_some(std::span(piece).first(kProbe - back)));
      if (size == 0) co_return fail(Code::bad_gateway, "The agent ended the measuring.");
      back += size;
    }
    co_return std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began);
  };
  co_return co_await aio::with_deadline(kPatience, "The agent does not answer.", once(stream));
}

double Interval::megabits() const { return end > start ? static_cast<double>(bytes) * 8 / 1e6 / (end - start) : 0; }

Task<Result<Speed>> receive_speed(net::Stream& stream, Milliseconds length) {
  co_return co_await aio::with_deadline(length + kDrain, "The agent stopped sending.", receive(stream, length));
}

Task<Result<Speed>> send_speed(net::Stream& stream, Milliseconds length) {
  co_return co_await aio::with_deadline(length + kDrain, "The agent stopped taking what is sent.", send(stream, length));
}

}  // namespace slipway::tunnel
