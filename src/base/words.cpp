#include "base/words.hpp"

#include <cstdint>

namespace slipway {

namespace {

constexpr std::int64_t kHour = 60, kDay = 24 * kHour;  // in minutes

std::string counted(std::int64_t count, const char* one) { return std::to_string(count) + " " + one + (count == 1 ? "" : "s"); }

}  // namespace

std::string in_words(Microseconds span) {
  const std::int64_t minutes = std::chrono::round<std::chrono::minutes>(span).count();
  if (minutes < 1) return "less than a minute";
  if (minutes < 2 * kHour && minutes % kHour != 0) return counted(minutes, "minute");
  const auto rounded = [minutes](std::int64_t unit) { return (minutes + unit / 2) / unit; };
  return rounded(kHour) <= 72 ? counted(rounded(kHour), "hour") : counted(rounded(kDay), "day");
}

}  // namespace slipway
