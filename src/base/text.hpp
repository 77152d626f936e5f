// Small acts on plain text. Letters are those of ASCII, whatever the locale: other bytes stay as they are.
#pragma once

#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace slipway::text {

inline constexpr std::string_view kBlank = " \t\r\n";

// Empties it and gives its memory back, which assigning an empty string does not.
inline void let_go(std::string& text) noexcept { std::string().swap(text); }

// Without what of `blank` is at its two ends.
std::string_view trim(std::string_view text, std::string_view blank = kBlank);

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text);

// What stands between the separators, empty pieces too: one piece more than there are separators.
std::vector<std::string_view> split(std::string_view text, char by);
// What stands between runs of any of `ends`: no piece is empty.
std::vector<std::string_view> words(std::string_view text, std::string_view ends = kBlank);
std::string joined(std::span<const std::string> parts, std::string_view between);

// The number that the whole text is: decimal (integers of another base when told so), no plus, nothing around it, and it fits.
template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const char* const last = text.data() + text.size();
  std::from_chars_result read{};
  if constexpr (std::is_integral_v<Number>)
    read = std::from_chars(text.data(), last, value, base);
  else
    read = std::from_chars(text.data(), last, value);
  if (read.ec != std::errc() || read.ptr != last) return std::nullopt;
  return value;
}

}  // namespace slipway::text
