#include "http/etag.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace slipway::http {

namespace {

std::string_view trimmed(std::string_view text) { return text::trim(text, " \t"); }

std::string_view strong(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

}  // namespace

bool names_etag(std::string_view list, std::string_view etag) {
  if (trimmed(list) == "*") return true;
  return std::ranges::any_of(text::split(list, ','), [etag](std::string_view one) { return strong(trimmed(one)) == strong(etag); });
}

}  // namespace slipway::http
