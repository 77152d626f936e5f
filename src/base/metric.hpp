// Instruments that a hot path bumps without a lock or an allocation, and the text in which Prometheus reads them. Nobody
// registers: whoever owns an instrument writes it when asked (docs/decisions/0011). Counter, Gauge, Histogram: any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace slipway::metric {

class Counter {
 public:
  void add(std::uint64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

class Gauge {
 public:
  void add(std::int64_t more) { value_.fetch_add(more, std::memory_order_relaxed); }
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

inline constexpr std::size_t kMostBuckets = 20;

// Durations counted by bucket, on one thread; what a Histogram reads out as. `bounds`: upper ends in seconds, ascending; they
// outlive it.
struct Tally {
  explicit Tally(std::span<const double> upper_bounds);

  void observe(std::chrono::nanoseconds took);
  void add(const Tally& other);  // of the same bounds
  std::uint64_t count() const;

  std::span<const double> bounds;
  std::array<std::uint64_t, kMostBuckets + 1> counts{};  // not cumulative; the one after the last bound is the rest
  std::chrono::nanoseconds sum{};
};

class Histogram {
 public:
  explicit Histogram(std::span<const double> upper_bounds);

  void observe(std::chrono::nanoseconds took);
  Tally read() const;

 private:
  std::span<const double> bounds_;
  std::array<std::atomic<std::uint64_t>, kMostBuckets + 1> counts_{};
  std::atomic<std::int64_t> sum_ = 0;
};

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// The exposition format, version 0.0.4. A family's name and a series' labels come once: a second time is our own mistake and dies.
class Text {
 public:
  enum class Type { counter, gauge, histogram };

  // Begins a family; the samples that follow are of it.
  void family(std::string_view name, Type type, std::string_view help);
  void sample(Labels labels, double value);
  void sample(Labels labels, const Tally& value);
  // A family of one series without labels.
  void one(std::string_view name, Type type, std::string_view help, double value);

  std::string take() { return std::move(out_); }

 private:
  void line(std::string_view suffix, std::string_view labels, double value);

  std::string out_;
  std::string family_;
  std::set<std::string, std::less<>> families_, series_;
};

// What the operating system knows of this process: memory, processor time, files. Reads /proc: for the blocking pool.
void write_process(Text& text);

}  // namespace slipway::metric
