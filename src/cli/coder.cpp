#include "cli/coder.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace slipway::cli {

Result<Milliseconds> duration_of(std::string_view text, std::string_view flag) {
  const auto digits = text.find_first_not_of("0123456789");
  const auto number = text::number<std::int64_t>(text.substr(0, digits));
  const auto unit = digits == text.npos ? std::string_view() : text.substr(digits);
  if (number && *number > 0 && unit == "ms") return Milliseconds(*number);
  if (number && *number > 0 && unit == "s") return Milliseconds(*number * 1000);
  if (number && *number > 0 && unit == "m") return Milliseconds(*number * 60'000);
  if (number && *number > 0 && unit == "h") return Milliseconds(*number * 3'600'000);
  return fail(Code::invalid, fmt::format("invalid argument \"{}\" for \"{}\": it is a duration such as 5s", text, flag));
}

Result<void> one_of(std::string_view given, std::initializer_list<std::string_view> choices) {
  if (std::ranges::find(choices, given) != choices.end()) return {};
  return fail(Code::invalid, fmt::format("invalid choice: {}, should be one of [{}]", given, fmt::join(choices, ",")));
}

}  // namespace slipway::cli
