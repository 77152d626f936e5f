#include "features/jobs/listed.hpp"

#include "base/text.hpp"

#include <charconv>

namespace slipway::jobs {

namespace {

constexpr const char* kSay = "Query parameters have invalid values.";

struct Unit {
  std::string_view name;
  double milliseconds;
};
constexpr Unit kUnits[] = {{"ms", 1}, {"us", 0.001}, {"ns", 0.000001}, {"h", 3600000}, {"m", 60000}, {"s", 1000}};

std::optional<double> milliseconds_of(std::string_view text) {
  double sum = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = std::ranges::find_if(kUnits, [text](const Unit& u) { return text.starts_with(u.name); });
    if (unit == std::end(kUnits)) return std::nullopt;
    sum += number * unit->milliseconds;
    text.remove_prefix(unit->name.size());
  }
  return sum < 1e14 ? std::optional(sum) : std::nullopt;
}

}  // namespace

std::vector<std::string> listed(const std::optional<std::string>& text) {
  const auto words = text::words(text ? *text : std::string_view(), ",");
  return {words.begin(), words.end()};
}

Result<std::vector<std::string>> listed_words(http::Call& call, std::string_view name, std::span<const std::string_view> all) {
  auto words = listed(call.query(name));
  for (const auto& word : words)
    if (std::ranges::find(all, word) == all.end())
      return fail_field(kSay, std::string(name), fmt::format("\"{}\" is none of {}.", word, fmt::join(all, ", ")));
  return words;
}

std::unexpected<Error> no_uuid(std::string_view name, std::string_view text) {
  return fail_field(kSay, std::string(name), fmt::format("\"{}\" is not a UUID.", text));
}

Result<std::optional<pg::Json>> asked_tags(http::Call& call) {
  const auto text = call.query("tags");
  if (!text || text->empty()) return std::optional<pg::Json>();
  const auto tags = api::from_json<Tags>(*text);
  if (!tags) return fail_field(kSay, "tags", "Give a JSON object of texts, such as {\"region\":\"eu\"}.");
  if (tags->empty()) return std::optional<pg::Json>();
  return std::optional(pg::Json{to_json(*tags)});
}

Result<std::int32_t> asked_limit(http::Call& call) {
  TRY(limit, call.query_int("limit", 50));
  return static_cast<std::int32_t>(limit == 0 ? 50 : std::min<std::int64_t>(limit, 1000));
}

Result<std::optional<Milliseconds>> asked_span(http::Call& call, std::string_view name) {
  const auto text = call.query(name);
  if (!text || text->empty()) return std::optional<Milliseconds>();
  const auto span = milliseconds_of(*text);
  if (!span) return fail_field(kSay, std::string(name), "Give a span of time such as 90s or 1h30m.");
  return std::optional(Milliseconds(static_cast<std::int64_t>(*span)));
}

}  // namespace slipway::jobs
