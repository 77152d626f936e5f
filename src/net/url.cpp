#include "net/url.hpp"

#include "base/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace slipway::net {

namespace {

constexpr std::size_t kMostPairs = 1000;
constexpr std::size_t kMostBytes = 16 * 1024;

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "http" || scheme == "ws") return 80;
  return 0;
}

// 0 when it is none.
std::uint16_t read_port(std::string_view digits) { return digits.size() > 5 ? 0 : text::number<std::uint16_t>(digits).value_or(0); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte of the escape at `at`, or -1 when there is no whole one.
int escape_at(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return -1;
  const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string decode_form(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = text[i] == '%' ? escape_at(text, i) : -1;
    out.push_back(byte >= 0 ? static_cast<char>(byte) : text[i] == '+' ? ' ' : text[i]);
    if (byte >= 0) i += 2;
  }
  return out;
}

// Calls back with the raw halves of each pair until it says stop.
template <class F>
void each_pair(std::string_view query, F&& wants_more) {
  for (std::size_t count = 0; !query.empty() && count < kMostPairs; ++count) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (!wants_more(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())))) return;
  }
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::origin() const { return scheme + "://" + authority(); }
std::string Url::target() const { return query.empty() ? path : path + "?" + query; }
std::string Url::str() const { return origin() + target() + (fragment.empty() ? "" : "#" + fragment); }

Result<Url> parse_url(std::string_view text) {
  const auto bad = [] { return fail(Code::invalid, "That is not an absolute URL with a host."); };
  if (text.size() > kMostBytes) return bad();
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed || parsed->host().empty()) return bad();
  const auto string = [](auto part) { return std::string(part.data(), part.size()); };
  Url url;
  url.scheme = text::lower(string(parsed->scheme()));
  url.host = text::lower(string(parsed->encoded_host_address()));
  if (url.host.empty() || url.host.find('%') != std::string::npos) return bad();
  url.port_given = parsed->has_port() && !parsed->port().empty();
  url.port = url.port_given ? read_port(string(parsed->port())) : default_port(url.scheme);
  if (url.port_given && url.port == 0) return bad();
  url.path = string(parsed->encoded_path());
  if (url.path.empty()) url.path = "/";
  // Boost.URL 1.81 takes "host:80x" for port 80 and path "x".
  if (url.path.front() != '/') return bad();
  url.query = string(parsed->encoded_query());
  url.fragment = string(parsed->encoded_fragment());
  url.has_userinfo = parsed->has_userinfo();
  return url;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') return std::nullopt;
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int byte = escape_at(text, i);
    if (byte <= 0) return std::nullopt;
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  each_pair(query, [&](std::string_view name, std::string_view value) {
    pairs.emplace_back(decode_form(name), decode_form(value));
    return true;
  });
  return pairs;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  each_pair(query, [&](std::string_view raw_name, std::string_view raw_value) {
    if (raw_name != name && decode_form(raw_name) != name) return true;
    found = decode_form(raw_value);
    return false;
  });
  return found;
}

std::string build_query(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out += percent_encode(name) + '=' + percent_encode(value);
  }
  return out;
}

}  // namespace slipway::net
