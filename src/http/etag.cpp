#include "http/etag.hpp"

#include "base/text.hpp"

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
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (strong(trimmed(list.substr(0, comma))) == strong(etag)) return true;
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

}  // namespace slipway::http
