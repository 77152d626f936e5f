// Cookies (RFC 6265): reading the request's, writing the answer's, and taking some out on the way to somebody else.
#pragma once

#include "base/clock.hpp"
#include "net/headers.hpp"

#include <functional>

namespace slipway::net {

struct Cookie {
  std::string_view name, value;
};

// All Cookie fields of a request, in order; at most 200 cookies, malformed pieces are skipped. Views into `headers`.
std::vector<Cookie> cookies(const Headers& headers);
std::optional<std::string_view> cookie(const Headers& headers, std::string_view name);
// Removes every cookie whose name the predicate accepts; the rest keep their bytes and order. Anything that is not
// understood is dropped, so that nothing can hide a cookie from the predicate.
void remove_cookies(Headers& headers, const std::function<bool(std::string_view name)>& unwanted);

enum class SameSite { lax, strict, none };

struct SetCookie {
  std::string name, value;
  std::string path = "/";
  std::string domain;              // empty: this host only
  std::optional<Seconds> max_age;  // 0 deletes; nothing: until the browser closes
  bool http_only = true;
  bool secure = false;
  SameSite same_site = SameSite::lax;
};

// The Set-Cookie value. check()s that name and value hold only what RFC 6265 allows: encode values first.
std::string to_header(const SetCookie& cookie);

}  // namespace slipway::net
