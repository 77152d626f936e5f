#include "identity/document.hpp"

#include "crypto/hash.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <set>
#include <vector>

namespace slipway::identity {

namespace {

namespace bj = boost::json;
using Fault = boost::system::error_code;

constexpr std::size_t kDeepest = 32;

// Hears of every name while the text is parsed; stops at one that stands twice in its object.
struct Names {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  bool on_document_begin(Fault&) { return true; }
  bool on_document_end(Fault&) { return true; }
  bool on_object_begin(Fault&) {
    objects.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Fault&) {
    objects.pop_back();
    return true;
  }
  bool on_array_begin(Fault&) { return true; }
  bool on_array_end(std::size_t, Fault&) { return true; }
  bool on_key_part(bj::string_view piece, std::size_t, Fault&) {
    name.append(piece);
    return true;
  }
  bool on_key(bj::string_view piece, std::size_t, Fault& fault) {
    name.append(piece);
    if (!objects.back().insert(std::exchange(name, {})).second) {
      twice = true;
      fault = bj::error::exception;
      return false;
    }
    return true;
  }
  bool on_string_part(bj::string_view, std::size_t, Fault&) { return true; }
  bool on_string(bj::string_view, std::size_t, Fault&) { return true; }
  bool on_number_part(bj::string_view, Fault&) { return true; }
  bool on_int64(std::int64_t, bj::string_view, Fault&) { return true; }
  bool on_uint64(std::uint64_t, bj::string_view, Fault&) { return true; }
  bool on_double(double, bj::string_view, Fault&) { return true; }
  bool on_bool(bool, Fault&) { return true; }
  bool on_null(Fault&) { return true; }
  bool on_comment_part(bj::string_view, Fault&) { return true; }
  bool on_comment(bj::string_view, Fault&) { return true; }

  std::vector<std::set<std::string>> objects;
  std::string name;
  bool twice = false;
};

bj::parse_options strict() {
  bj::parse_options options;
  options.max_depth = kDeepest;
  return options;
}

}  // namespace

Result<bj::object> read_object(std::string_view text) {
  bj::basic_parser<Names> names(strict());
  Fault fault;
  const auto read = names.write_some(false, text.data(), text.size(), fault);
  if (names.handler().twice) return fail(Code::invalid, "an object has a name twice");
  if (fault) return fail(Code::invalid, "it is no JSON");
  if (text.substr(read).find_first_not_of(" \t\r\n") != std::string_view::npos) return fail(Code::invalid, "something stands behind the JSON");
  auto value = bj::parse(text, fault, {}, strict());
  if (fault) return fail(Code::invalid, "it is no JSON");
  if (!value.is_object()) return fail(Code::invalid, "it is no JSON object");
  return std::move(value.as_object());
}

std::optional<std::string> text_in(const bj::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (!found || found->is_null()) return std::string();
  if (!found->is_string()) return std::nullopt;
  return std::string(found->as_string());
}

std::optional<std::string> read_base64(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (const char c : text)
    if (c != '\r' && c != '\n') plain += c;
  std::string bytes;
  if (!crypto::unbase64(plain, bytes)) return std::nullopt;
  return bytes;
}

std::optional<std::string> read_base64url(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (plain.size() % 4 != 0) plain += '=';
  std::string bytes;
  if (!crypto::unbase64(plain, bytes)) return std::nullopt;
  return bytes;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kLetters = "abtnvfr", kBytes = "\a\b\t\n\v\f\r";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const auto at = kBytes.find(c); at != std::string_view::npos)
      out += {'\\', kLetters[at]};
    else if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out + "\"";
}

}  // namespace slipway::identity
