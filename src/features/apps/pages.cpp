#include "features/apps/pages.hpp"

#include <fmt/format.h>

namespace slipway::apps {

namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:16vh auto;padding:0 1rem;color:#1f2430;"
    "background:#fff}h1{font-size:1.6rem;margin:.2em 0}p.code{color:#667;margin:0}ul.warnings{border-left:4px solid #c80;padding:.3em 1em .3em "
    "2em}nav{margin-top:1.5em}a.button,button{font:inherit;display:inline-block;margin:0 .6em .6em 0;padding:.4em 1em;border:1px solid "
    "#99a;border-radius:6px;color:inherit;background:none;text-decoration:none;cursor:pointer}.main{background:#1d4ed8!important;color:#fff!"
    "important;border-color:#1d4ed8}@media(prefers-color-scheme:dark){body{color:#e6e8ee;background:#12151c}p.code{color:#99a}}";
// Does what a page without scripts cannot: asks by POST with the dashboard's token against forgery, and waits for what is being started.
constexpr std::string_view kScript =
    "(()=>{const wait=document.body.dataset.wait;const look=async()=>{try{const r=await fetch(wait,{credentials:'include',cache:'no-store'});"
    "if(r.ok&&(await r.text()).trim()==='ready')return location.reload()}catch{}setTimeout(look,1500)};if(wait)look();"
    "for(const f of document.forms)f.addEventListener('submit',async e=>{e.preventDefault();f.querySelector('button').disabled=true;"
    "const c=document.cookie.match(/(?:^|; )csrf_token=([^;]*)/);const r=await "
    "fetch(f.action,{method:'POST',credentials:'include',headers:{'X-CSRF-TOKEN':c?decodeURIComponent(c[1]):''}});"
    "if(!r.ok){f.querySelector('button').disabled=false;f.querySelector('output').textContent='That did not work. Try again in a "
    "moment.'}else if(!wait)location.reload()})})()";
// Of kScript: the only one that runs.
constexpr std::string_view kScriptHash = "4CNW92tmO/lOdcbiyCgesm8EUezn8x0Jo75jjNspe1g=";

std::string escaped(std::string_view text) {
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

// No address that a browser would run.
bool leads_somewhere(std::string_view href) { return href.starts_with("https://") || href.starts_with("http://") || href.starts_with('/'); }

std::string drawn(const Button& button) {
  const std::string_view look = button.main ? "button main" : "button";
  if (!leads_somewhere(button.href)) return {};
  if (!button.post) return fmt::format("<a class=\"{}\" href=\"{}\">{}</a>", look, escaped(button.href), escaped(button.text));
  return fmt::format("<form method=\"post\" action=\"{}\"><button class=\"{}\">{}</button><output></output></form>", escaped(button.href), look,
                     escaped(button.text));
}

std::string list_of(const std::vector<std::string>& lines, std::string_view look) {
  if (lines.empty()) return {};
  std::string out = fmt::format("<ul class=\"{}\">", look);
  for (const auto& line : lines) out += "<li>" + escaped(line) + "</li>";
  return out + "</ul>";
}

net::Headers headers_of(const Page& page, bool scripted) {
  net::Headers headers{{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  auto policy = std::string("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'");
  if (scripted) policy += fmt::format("; script-src 'sha256-{}'; connect-src 'self' http: https:", kScriptHash);
  headers.add("Content-Security-Policy", policy);
  if (page.status == 502 || page.status == 503) headers.add("Retry-After", "5");
  return headers;
}

Button back_to(std::string_view site) { return {.text = "Back to site", .href = std::string(site)}; }

}  // namespace

net::Response page(const Page& page) {
  bool scripted = !page.refresh_when.empty();
  std::string buttons = page.retry ? "<a class=\"button main\" href=\"\">Retry</a>" : "";
  for (const auto& button : page.buttons) {
    buttons += drawn(button);
    scripted = scripted || button.post;
  }
  net::Response response{.status = page.status, .headers = headers_of(page, scripted), .body = {}};
  const auto waits = page.refresh_when.empty() ? std::string() : fmt::format(" data-wait=\"{}\"", escaped(page.refresh_when));
  response.body = fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{} - "
      "{}</title><style>{}</style><body{}><main><p class=\"code\">{}</p><h1>{}</h1><p>{}</p>{}<nav>{}</nav></main>{}</body></html>\n",
      page.status, escaped(page.title), kStyle, waits, page.status, escaped(page.title), escaped(page.text), list_of(page.warnings, "warnings"),
      buttons, scripted ? fmt::format("<script>{}</script>", kScript) : "");
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
