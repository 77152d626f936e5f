#include "features/apps/pages.hpp"

#include "http/page.hpp"

#include <fmt/format.h>

namespace slipway::apps {

namespace {

using http::escape_html;

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:16vh auto;padding:0 1rem;color:#1f2430;"
    "background:#fff}h1{font-size:1.6rem;margin:.2em 0}p.code{color:#667;margin:0}ul.warnings{border-left:4px solid #c80;padding:.3em 1em .3em "
    "2em}nav{margin-top:1.5em}a.button,button{font:inherit;display:inline-block;margin:0 .6em .6em 0;padding:.4em 1em;border:1px solid "
    "#99a;border-radius:6px;color:inherit;background:none;text-decoration:none;cursor:pointer}.main{background:#1d4ed8!important;color:#fff!"
    "important;border-color:#1d4ed8}@media(prefers-color-scheme:dark){body{color:#e6e8ee;background:#12151c}p.code{color:#99a}}";

// No address that a browser would run.
bool leads_somewhere(std::string_view href) { return href.starts_with("https://") || href.starts_with("http://") || href.starts_with('/'); }

std::string drawn(const Button& button) {
  const std::string_view look = button.main ? "button main" : "button";
  if (!leads_somewhere(button.href)) return {};
  return fmt::format("<a class=\"{}\" href=\"{}\">{}</a>", look, escape_html(button.href), escape_html(button.text));
}

std::string list_of(const std::vector<std::string>& lines, std::string_view look) {
  if (lines.empty()) return {};
  std::string out = fmt::format("<ul class=\"{}\">", look);
  for (const auto& line : lines) out += "<li>" + escape_html(line) + "</li>";
  return out + "</ul>";
}

net::Headers headers_of(const Page& page) {
  net::Headers headers{{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'");
  if (page.status == 502 || page.status == 503) headers.add("Retry-After", "5");
  return headers;
}

Button back_to(std::string_view site) { return {.text = "Back to site", .href = std::string(site)}; }

}  // namespace

net::Response page(const Page& page) {
  std::string buttons = page.retry ? "<a class=\"button main\" href=\"\">Retry</a>" : "";
  for (const auto& button : page.buttons) buttons += drawn(button);
  net::Response response{.status = page.status, .headers = headers_of(page), .body = {}};
  response.body = fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{} - "
      "{}</title><style>{}</style><body><main><p class=\"code\">{}</p><h1>{}</h1><p>{}</p>{}<nav>{}</nav></main></body></html>\n",
      page.status, escape_html(page.title), kStyle, page.status, escape_html(page.title), escape_html(page.text), list_of(page.warnings, "warnings"),
      buttons);
  return response;
}

net::Response invalid_address(std::string_view name, std::string_view site) {
  return page({.status = 400,
               .title = "Invalid Application URL",
               .text = fmt::format("Could not parse subdomain application URL \"{}\": invalid application url format: \"{}\"", name, name),
               .buttons = {back_to(site)}});
}

net::Response not_found(std::vector<std::string> warnings, std::string_view site) {
  return page({.status = 404,
               .title = "Application Not Found",
               .text = "The application or workspace you are trying to access does not exist or you do not have permission to access it.",
               .warnings = std::move(warnings),
               .buttons = {back_to(site)}});
}

net::Response stopped(std::string_view transition, std::string_view start, std::string_view site) {
  Page shown{.status = 400,
             .title = "Workspace Offline",
             .text = fmt::format("Last workspace transition was to the \"{}\" state. Start the workspace to access its applications.", transition)};
  if (!start.empty()) shown.buttons.push_back({.text = "Start workspace", .href = std::string(start), .main = true});
  shown.buttons.push_back(back_to(site));
  return page(shown);
}

net::Response agent_away(std::string_view state, std::string_view site) {
  return page({.status = 502,
               .title = "Application Unavailable",
               .text = fmt::format("Agent state is \"{}\", not \"connected\"", state),
               .buttons = {back_to(site)},
               .retry = true});
}

net::Response unreachable(std::string_view why, std::vector<std::string> listening, std::string_view twin, std::string_view twin_scheme,
                          std::string_view site) {
  Page shown{.status = 502, .title = "Bad Gateway", .text = fmt::format("Failed to proxy request to application: {}", why), .retry = true};
  if (!twin.empty()) {
    shown.warnings.push_back(fmt::format("This error seems to be due to an app protocol mismatch, try switching to {}.", twin_scheme));
    shown.buttons.push_back({.text = fmt::format("Switch to {}", twin_scheme), .href = std::string(twin)});
  }
  if (!listening.empty()) shown.warnings.push_back("What listens in the workspace now:");
  for (auto& port : listening) shown.warnings.push_back(std::move(port));
  shown.buttons.push_back(back_to(site));
  return page(shown);
}

net::Response broken(std::string_view site) {
  return page({.status = 500, .title = "Internal Server Error", .text = "An internal server error occurred.", .buttons = {back_to(site)}});
}

net::Response path_apps_off(std::string_view site) {
  return page({.status = 403,
               .title = "Forbidden",
               .text = "Path-based applications are disabled on this Coder deployment by the administrator.",
               .buttons = {back_to(site)}});
}

net::Response bad_request(std::string_view text, std::string_view site) {
  return page({.status = 400, .title = "Bad Request", .text = std::string(text), .buttons = {back_to(site)}});
}

}  // namespace slipway::apps
