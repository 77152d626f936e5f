#include "http/page.hpp"

#include <fmt/format.h>

namespace slipway::http {

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

bool navigates(const net::Request& request) {
  return request.method == "GET" && request.headers.get("Accept").find("text/html") != std::string_view::npos;
}

net::Response page(int status, std::string_view title, std::string_view text, Link back) {
  net::Response response{.status = status, .headers = {{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-store"}}, .body = {}};
  response.headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  response.body = fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title>"
      "<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem;color:#1f2430;background:#fff}}"
      "@media(prefers-color-scheme:dark){{body{{color:#e6e8ee;background:#12151c}}a{{color:#8ab4ff}}}}</style>"
      "<h1>{0}</h1><p>{1}</p><p><a href=\"{2}\">{3}</a></p></html>",
      escape_html(title), escape_html(text), escape_html(back.address), escape_html(back.text));
  return response;
}

}  // namespace slipway::http
