// URLs, percent-encoding and query strings (RFC 3986, WHATWG form encoding for queries).
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::net {

struct Url {
  std::string scheme;      // lower case
  std::string host;        // lower case, an IPv6 address without brackets
  std::uint16_t port = 0;  // the scheme's own when none was given
  bool port_given = false;
  std::string path;   // percent-encoded; "/" when empty
  std::string query;  // percent-encoded, without "?"
  std::string fragment;
  bool has_userinfo = false;  // user:password@ : callers that redirect or fetch refuse it

  std::string authority() const;  // host[:port], the port only when it is not the scheme's own; IPv6 in brackets
  std::string origin() const;     // scheme://authority
  std::string target() const;     // path[?query]
  std::string str() const;
};

// Absolute URLs with a host only; control characters, spaces and backslashes are refused. Code::invalid.
Result<Url> parse_url(std::string_view text);

// Everything but unreserved characters becomes %XX: safe as one path segment or query value.
std::string percent_encode(std::string_view text);
// Nothing for a broken escape or a NUL, encoded or not.
std::optional<std::string> percent_decode(std::string_view text);

// A query or form body; "+" is a space. Broken escapes stay as they are. At most 1000 pairs are read.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);
// The first value of `name`, decoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);
std::string build_query(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace slipway::net
