#include "net/cookie.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace slipway::net {

namespace {

constexpr std::size_t kMostCookies = 200;

std::string_view trim(std::string_view text) { return text::trim(text, " \t"); }

bool token_char(char c) { return c > 0x20 && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos; }
bool value_char(char c) { return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\'; }

// Calls back with each piece between semicolons that reads as name=value.
template <class F>
void each_cookie(std::string_view field, F&& found) {
  while (!field.empty()) {
    const std::size_t end = std::min(field.find(';'), field.size());
    const std::string_view piece = trim(field.substr(0, end));
    field.remove_prefix(std::min(end + 1, field.size()));
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trim(piece.substr(0, equals));
    if (name.empty() || !std::ranges::all_of(name, token_char)) continue;
    found(name, trim(piece.substr(equals + 1)), piece);
  }
}

}  // namespace

std::vector<Cookie> cookies(const Headers& headers) {
  std::vector<Cookie> all;
  for (const std::string_view field : headers.all("Cookie")) {
    each_cookie(field, [&](std::string_view name, std::string_view value, std::string_view) {
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      if (all.size() < kMostCookies) all.push_back({name, value});
    });
  }
  return all;
}

std::optional<std::string_view> cookie(const Headers& headers, std::string_view name) {
  for (const Cookie& one : cookies(headers))
    if (one.name == name) return one.value;
  return std::nullopt;
}

void remove_cookies(Headers& headers, const std::function<bool(std::string_view name)>& unwanted) {
  std::string kept;
  std::size_t count = 0;
  for (const std::string_view field : headers.all("Cookie")) {
    each_cookie(field, [&](std::string_view name, std::string_view, std::string_view piece) {
      if (++count > kMostCookies || unwanted(name)) return;
      if (!kept.empty()) kept += "; ";
      kept += piece;
    });
  }
  headers.remove("Cookie");
  if (!kept.empty()) headers.add("Cookie", kept);
}

std::string to_header(const SetCookie& cookie) {
  const auto attribute_char = [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; };
  check(!cookie.name.empty() && std::ranges::all_of(cookie.name, token_char), "a cookie's name is not a token");
  check(std::ranges::all_of(cookie.value, value_char), "a cookie's value must be encoded first");
  check(std::ranges::all_of(cookie.path, attribute_char) && std::ranges::all_of(cookie.domain, attribute_char),
        "a cookie's path or domain would end its attribute");
  std::string text = cookie.name + "=" + cookie.value;
  if (!cookie.path.empty()) text += "; Path=" + cookie.path;
  if (!cookie.domain.empty()) text += "; Domain=" + cookie.domain;
  if (cookie.max_age) text += "; Max-Age=" + std::to_string(cookie.max_age->count());
  if (cookie.http_only) text += "; HttpOnly";
  if (cookie.secure) text += "; Secure";
  switch (cookie.same_site) {
    case SameSite::lax: return text + "; SameSite=Lax";
    case SameSite::strict: return text + "; SameSite=Strict";
    case SameSite::none: return text + "; SameSite=None";
  }
  return text;
}

}  // namespace slipway::net
