#include "http/filter.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace slipway::http {

namespace {

std::unexpected<Error> bad(std::string detail) { return fail_field("Invalid search query.", "q", std::move(detail)); }

// Splits at blanks outside quotes; quotes stay.
Result<std::vector<std::string>> elements(std::string_view q) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (char c : q) {
    if (c == '"') quoted = !quoted;
    if ((c == ' ' || c == '\t' || c == '\n') && !quoted) {
      if (!out.back().empty()) out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  if (quoted) return bad("A quote is not closed.");
  if (out.back().empty()) out.pop_back();
  return out;
}

std::string unquoted(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != '"') out += c;
  return out;
}

// Where the first colon outside quotes is; Result fails on a second one.
Result<std::size_t> colon_of(std::string_view element) {
  std::size_t at = element.npos;
  bool quoted = false;
  for (std::size_t i = 0; i < element.size(); ++i) {
    if (element[i] == '"') quoted = !quoted;
    if (element[i] != ':' || quoted) continue;
    if (at != element.npos) return bad(fmt::format("Query element \"{}\" can only contain 1 ':'.", element));
    at = i;
  }
  return at;
}

}  // namespace

Result<Filter> parse_filter(std::string_view q, std::string_view default_key, const std::vector<std::string_view>& keys) {
  std::vector<std::pair<std::string, std::string>> pairs;
  TRY(parts, elements(q));
  std::string bare;
  for (const auto& element : parts) {
    TRY(colon, colon_of(element));
    if (colon == std::string::npos) {
      bare += (bare.empty() ? "" : " ") + unquoted(element);
      continue;
    }
    const std::string key = text::lower(std::string_view(element).substr(0, colon)), value = unquoted(std::string_view(element).substr(colon + 1));
    if (key.empty() || value.empty()) return bad(fmt::format("Query element \"{}\" needs a key and a value.", element));
    const bool known = std::ranges::find(keys, key) != keys.end();
    if (!known) return bad(fmt::format("\"{}\" is not a valid query param.", key));
    pairs.emplace_back(key, value);
  }
  if (!bare.empty()) pairs.emplace_back(std::string(default_key), bare);
  return Filter(std::move(pairs));
}

std::optional<std::string> Filter::last(std::string_view key) const {
  const auto found = std::find_if(pairs_.rbegin(), pairs_.rend(), [key](const auto& pair) { return pair.first == key; });
  return found == pairs_.rend() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Filter::each(std::string_view key) const {
  std::vector<std::string> out;
  for (const auto& [name, value] : pairs_)
    if (name == key) out.push_back(value);
  return out;
}

std::vector<std::string> Filter::all(std::string_view key) const {
  std::vector<std::string> out;
  for (const auto& [name, value] : pairs_) {
    if (name != key) continue;
    const auto words = text::words(value, ",");
    out.insert(out.end(), words.begin(), words.end());
  }
  return out;
}

Result<std::optional<bool>> Filter::boolean(std::string_view key) const {
  const auto text = last(key);
  if (!text) return std::optional<bool>();
  const auto value = text::lower(*text);
  if (value == "true" || value == "1" || value == "t") return std::optional(true);
  if (value == "false" || value == "0" || value == "f") return std::optional(false);
  return bad(fmt::format("Query param \"{}\" must be true or false, not \"{}\".", key, *text));
}

Result<std::optional<Uuid>> Filter::uuid(std::string_view key) const {
  const auto text = last(key);
  if (!text) return std::optional<Uuid>();
  if (const auto id = Uuid::parse(*text)) return std::optional(*id);
  return bad(fmt::format("Query param \"{}\" must be a valid UUID, not \"{}\".", key, *text));
}

Result<std::vector<Uuid>> Filter::uuids(std::string_view key) const {
  std::vector<Uuid> out;
  for (const auto& text : all(key)) {
    const auto id = Uuid::parse(text);
    if (!id) return bad(fmt::format("Query param \"{}\" must hold valid UUIDs, not \"{}\".", key, text));
    out.push_back(*id);
  }
  return out;
}

Result<std::optional<Time>> Filter::time(std::string_view key) const {
  const auto text = last(key);
  if (!text) return std::optional<Time>();
  if (const auto time = parse_rfc3339(text->size() == 10 ? *text + "T00:00:00Z" : *text)) return std::optional(*time);
  return bad(fmt::format("Query param \"{}\" must be a time such as 2026-01-31T15:04:05Z, not \"{}\".", key, *text));
}

std::string like(std::string_view value) {
  std::string out = "%";
  for (char c : value) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

}  // namespace slipway::http
