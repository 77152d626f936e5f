// The `q` of lists: blank-separated key:value, quotes keep blanks and colons, a bare word is the default key's value
// (contract README, "Lists and filters").
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::http {

class Filter {
 public:
  explicit Filter(std::vector<std::pair<std::string, std::string>> pairs) : pairs_(std::move(pairs)) {}

  // The last value of the key; keys are lower case.
  std::optional<std::string> last(std::string_view key) const;
  // All values of the key, also those joined by commas.
  std::vector<std::string> all(std::string_view key) const;
  // All values of the key as they were given: a comma is part of a value.
  std::vector<std::string> each(std::string_view key) const;
  bool has(std::string_view key) const { return last(key).has_value(); }
  // Errors: 400 `Invalid …` with a validation of field "q".
  Result<std::optional<bool>> boolean(std::string_view key) const;
  Result<std::optional<Uuid>> uuid(std::string_view key) const;
  Result<std::vector<Uuid>> uuids(std::string_view key) const;
  Result<std::optional<Time>> time(std::string_view key) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// Errors: 400 naming the element at fault: an unknown key, two colons, an open quote.
Result<Filter> parse_filter(std::string_view q, std::string_view default_key, const std::vector<std::string_view>& keys);
// The value as a LIKE pattern that finds it anywhere; its own % and _ are literal.
std::string like(std::string_view value);

}  // namespace slipway::http
