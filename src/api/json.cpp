#include "api/json.hpp"

#include "base/utf8.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>

namespace slipway::api::json {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::size_t kMaxDepth = 32;

// Bytes that stand for themselves inside a JSON string as this API writes it.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x80; ++c) plain[static_cast<std::size_t>(c)] = true;
  for (char c : {'"', '\\', '<', '>', '&'}) plain[static_cast<unsigned char>(c)] = false;
  plain[0x7f] = true;
  return plain;
}();

void escape_ascii(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default: break;
  }
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

void two_digits(char* to, unsigned value) {
  to[0] = static_cast<char>('0' + value / 10);
  to[1] = static_cast<char>('0' + value % 10);
}

// With the writer's own escapes and numbers: Boost would write 0.5 as 5E-1.
void pass_on(Writer& to, const Value& value) {
  char before = 0;
  const auto separate = [&](char open) {
    const char out = before ? ',' : open;
    before = ',';
    to.raw({&out, 1});
  };
  switch (value.kind()) {
    case boost::json::kind::null: return to.null();
    case boost::json::kind::bool_: return to.boolean(value.get_bool());
    case boost::json::kind::int64: return to.integer(value.get_int64());
    case boost::json::kind::uint64: return to.raw(std::to_string(value.get_uint64()));
    case boost::json::kind::double_: return to.number(value.get_double());
    case boost::json::kind::string: return to.string({value.get_string().data(), value.get_string().size()});
    case boost::json::kind::array:
      for (const auto& item : value.get_array()) {
        separate('[');
        pass_on(to, item);
      }
      return to.raw(before ? "]" : "[]");
    case boost::json::kind::object:
      for (const auto& member : value.get_object()) {
        separate('{');
        to.string({member.key().data(), member.key().size()});
        to.raw(":");
        pass_on(to, member.value());
      }
      return to.raw(before ? "}" : "{}");
  }
}

std::string joined(std::span<const std::string_view> names) {
  std::string out;
  for (const auto name : names) {
    if (name.empty()) continue;
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

}  // namespace

void Writer::string(std::string_view text) {
  out_ += '"';
  std::size_t from = 0;
  std::size_t i = 0;
  const auto flush = [&] { out_.append(text.substr(from, i - from)); };
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kPlain[c]) {
      ++i;
      continue;
    }
    if (c < 0x80) {
      flush();
      escape_ascii(out_, c);
      from = ++i;
      continue;
    }
    const std::size_t length = utf8::character(text.substr(i));
    const std::string_view seen = text.substr(i, length);
    if (length == 0 || seen == "\xe2\x80\xa8" || seen == "\xe2\x80\xa9") {
      flush();
      out_ += length == 0 ? "\\ufffd" : seen == "\xe2\x80\xa8" ? "\\u2028" : "\\u2029";
      i += length == 0 ? 1 : length;
      from = i;
      continue;
    }
    i += length;
  }
  flush();
  out_ += '"';
}

void Writer::integer(std::int64_t value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out_.append(text, end);
}

void Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  const double size = std::fabs(value);
  const auto format = size == 0 || (size >= 1e-6 && size < 1e21) ? std::chars_format::fixed : std::chars_format::scientific;
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, format).ptr;
  out_.append(text, end);
}

void Writer::uuid(const Uuid& id) {
  char text[38];
  char* to = text;
  *to++ = '"';
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
    *to++ = kHex[id.bytes[i] >> 4];
    *to++ = kHex[id.bytes[i] & 15];
  }
  *to = '"';
  out_.append(text, sizeof text);
}

void Writer::time(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  char text[] = "\"0000-00-00T00:00:00";
  two_digits(text + 1, year / 100 % 100);
  two_digits(text + 3, year % 100);
  two_digits(text + 6, static_cast<unsigned>(date.month()));
  two_digits(text + 9, static_cast<unsigned>(date.day()));
  two_digits(text + 12, static_cast<unsigned>(clock.hours().count()));
  two_digits(text + 15, static_cast<unsigned>(clock.minutes().count()));
  two_digits(text + 18, static_cast<unsigned>(clock.seconds().count()));
  out_.append(text, sizeof text - 1);
  if (auto micros = static_cast<unsigned>(clock.subseconds().count()); micros != 0) {
    char fraction[] = ".000000";
    two_digits(fraction + 1, micros / 10000);
    two_digits(fraction + 3, micros / 100 % 100);
    two_digits(fraction + 5, micros % 100);
    std::string_view digits(fraction, 7);
    while (digits.back() == '0') digits.remove_suffix(1);
    out_ += digits;
  }
  out_ += "Z\"";
}

const Value* Reader::find(const Value& object, std::string_view name) const { return object.get_object().if_contains(name); }

bool Reader::is_null(const Value& value) const { return value.is_null(); }

bool Reader::is_object(const Value& value) {
  if (value.is_object()) return true;
  if (!value.is_null() || path_.empty()) wrong("must be an object");
  return false;
}

std::optional<std::size_t> Reader::array(const Value& value) {
  if (value.is_array()) return value.get_array().size();
  if (!value.is_null()) wrong("must be a list");
  return std::nullopt;
}

const Value& Reader::item(const Value& array, std::size_t index) const { return array.get_array()[index]; }

std::optional<std::size_t> Reader::object(const Value& value) {
  if (value.is_object()) return value.get_object().size();
  if (!value.is_null()) wrong("must be an object");
  return std::nullopt;
}

std::pair<std::string_view, const Value*> Reader::member(const Value& object, std::size_t index) const {
  const auto& found = *(object.get_object().begin() + static_cast<std::ptrdiff_t>(index));
  return {std::string_view(found.key().data(), found.key().size()), &found.value()};
}

void Reader::string(const Value& value, std::string& out) {
  if (const auto* text = value.if_string())
    out.assign(text->data(), text->size());
  else if (!value.is_null())
    wrong("must be a text");
}

void Reader::boolean(const Value& value, bool& out) {
  if (const bool* found = value.if_bool())
    out = *found;
  else if (!value.is_null())
    wrong("must be true or false");
}

void Reader::integer(const Value& value, std::int64_t& out) {
  if (const auto* found = value.if_int64())
    out = *found;
  else if (!value.is_null())
    wrong(value.is_number() ? "must be a whole number within 64 bits" : "must be a whole number");
}

void Reader::number(const Value& value, double& out) {
  if (value.is_number())
    out = value.to_number<double>();
  else if (!value.is_null())
    wrong("must be a number");
}

void Reader::uuid(const Value& value, Uuid& out) {
  if (value.is_null()) return;
  const auto* text = value.if_string();
  if (text && text->empty()) {
    out = Uuid::nil();
    return;
  }
  const auto id = text ? Uuid::parse({text->data(), text->size()}) : std::nullopt;
  if (id)
    out = *id;
  else
    wrong("must be a UUID of 36 characters");
}

void Reader::time(const Value& value, Time& out) {
  if (value.is_null()) return;
  const auto* text = value.if_string();
  const auto time = text ? parse_rfc3339({text->data(), text->size()}) : std::nullopt;
  if (time)
    out = *time;
  else
    wrong("must be a time such as 2026-01-31T12:00:00Z");
}

void Reader::raw(const Value& value, Raw& out) {
  out.text.clear();
  Writer writer(out.text);
  pass_on(writer, value);
}

void Reader::known(std::string_view text, bool is_known, std::span<const std::string_view> all) {
  if (!text.empty() && !is_known) wrong("must be one of: " + joined(all));
}

void Reader::wrong(std::string detail) {
  std::string place;
  for (const auto& step : path_) {
    if (const auto* index = std::get_if<std::size_t>(&step)) {
      place += '[' + std::to_string(*index) + ']';
    } else {
      if (!place.empty()) place += '.';
      place += std::get<std::string_view>(step);
    }
  }
  if (place.empty()) place = "body";
  errors.push_back({std::move(place), std::move(detail)});
}

Result<Document> Document::parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::error_code error;
  auto root = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return fail(Code::invalid, "Request body must be valid JSON.", error.message());
  return Document(std::make_unique<Value>(std::move(root)));
}

Document::Document(std::unique_ptr<Value> root) : root_(std::move(root)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<void> validated(Reader& reader) {
  if (reader.errors.empty()) return {};
  Error error{.code = Code::invalid, .say = "Validation failed."};
  error.fields = std::move(reader.errors);
  return std::unexpected(std::move(error));
}

Result<void> require(std::initializer_list<Required> fields) {
  Error error{.code = Code::invalid, .say = "Validation failed."};
  for (const auto& [field, value] : fields)
    if (value.empty()) error.fields.push_back({std::string(field), "is required"});
  if (error.fields.empty()) return {};
  return std::unexpected(std::move(error));
}

}  // namespace slipway::api::json
