#include "tunnel/farewell.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace slipway::tunnel {

namespace {

constexpr std::size_t kAgentsASecond = 250;  // what a small server takes in beside everything else it does
constexpr std::size_t kLongest = 30;         // seconds
constexpr std::string_view kWords = "the server is stopping; reconnect within ", kUnit = " s";

}  // namespace

std::string stopping_words(std::size_t agents) {
  const auto seconds = std::clamp<std::size_t>((agents + kAgentsASecond - 1) / kAgentsASecond, 1, kLongest);
  return std::string(kWords) + std::to_string(seconds) + std::string(kUnit);
}

std::optional<Milliseconds> reconnect_within(std::string_view words) {
  if (!words.starts_with(kWords) || !words.ends_with(kUnit)) return std::nullopt;
  words.remove_prefix(kWords.size());
  words.remove_suffix(kUnit.size());
  const auto seconds = text::number<std::uint16_t>(words);
  if (!seconds || *seconds > kLongest) return std::nullopt;
  return Seconds(*seconds);
}

}  // namespace slipway::tunnel
