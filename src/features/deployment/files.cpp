// The dashboard. Assets with a hash in their name never change; everything else is asked for anew.
#include "aio/blocking.hpp"
#include "features/deployment/bundle.hpp"
#include "features/deployment/deployment.hpp"
#include "features/deployment/download.hpp"
#include "features/deployment/programs.hpp"
#include "net/url.hpp"

#include <memory>
#include <optional>

namespace slipway::deployment {

namespace {

// The dashboard times workspace proxies, wherever they are; sockets could go anywhere before. Scripts are this server's alone.
constexpr std::pair<std::string_view, std::string_view> kPolicy[] = {{"default-src", "'self'"},
                                                                     {"script-src", "'self'"},
                                                                     {"style-src", "'self' 'unsafe-inline'"},
                                                                     {"img-src", "'self' data: https:"},
                                                                     {"font-src", "'self'"},
                                                                     {"connect-src", "'self' http: https: ws: wss:"},
                                                                     {"frame-ancestors", "'none'"},
                                                                     {"base-uri", "'none'"},
                                                                     {"form-action", "'self'"},
                                                                     {"object-src", "'none'"}};

std::string_view type_of(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {{".html", "text/html; charset=utf-8"},
                                                                      {".js", "text/javascript; charset=utf-8"},
                                                                      {".css", "text/css; charset=utf-8"},
                                                                      {".svg", "image/svg+xml"},
                                                                      {".png", "image/png"},
                                                                      {".ico", "image/x-icon"},
                                                                      {".woff2", "font/woff2"},
                                                                      {".json", "application/json; charset=utf-8"},
                                                                      {".webmanifest", "application/manifest+json"},
                                                                      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : kTypes)
    if (path.ends_with(ending)) return type;
  return "application/octet-stream";
}

// First parts of the addresses that the dashboard has pages at; "@" is of people's workspaces. web/src/router.tsx, as a test compares.
constexpr std::string_view kPages[] = {"",          "setup",     "login",    "reset-password", "cli-auth", "workspaces",
                                       "templates", "users",     "rights",   "organizations",  "groups",   "activity",
                                       "account",   "prebuilds", "settings", "deployment",     "inbox"};
// Programs ask there, by addresses of the API that we match: a page would pass for what they look for.
constexpr std::string_view kPrograms[] = {"api",           "bin",     "oauth2",  "scim",   "swagger", ".well-known", "install.sh",
                                          "latency-check", "metrics", "healthz", "readyz", "emojis",  "icon",        "assets"};

std::string first_part(std::string_view path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const auto part = path.substr(0, path.find('/'));
  return net::percent_decode(part).value_or(std::string(part));
}

bool is_page(std::string_view first) { return first.starts_with('@') || std::ranges::find(kPages, first) != std::end(kPages); }

// A browser that was led to an address which has no page shows the dashboard's own words about that.
bool shows_no_page(std::string_view first, const net::Request& request) {
  if (first.starts_with("derp") || std::ranges::find(kPrograms, first) != std::end(kPrograms)) return false;
  return first.find('.') == first.npos && request.headers.get("Accept").find("text/html") != std::string_view::npos;
}

struct Pages {
  Pages(Assets all, std::string said) : files(all), policy(std::move(said)) {}
  Bundle files;
  std::string policy;
};

Task<Result<http::Handled>> serve(http::Call& call, Pages& pages, const Bundle::File& file, int status) {
  const auto& asked = call.request().headers;
  const auto choose = [&] { return pages.files.form(file, asked); };
  Result<Bundle::Form> form;
  if (Bundle::is_ready(file, asked))
    form = choose();
  else
    form = co_await aio::blocking(choose);
  CO_CHECK(form);
  net::Headers headers{{"Content-Type", type_of(file.path)}};
  headers.set("Content-Security-Policy", pages.policy);
  headers.set("Cache-Control", file.path.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  if (Bundle::varies(file)) headers.set("Vary", "Accept-Encoding");
  if (form->coding != http::Coding::plain) headers.set("Content-Encoding", http::name_of(form->coding));
  if (status == 200) headers.set("ETag", form->etag);  // what says that there is no such page is no part of one, and not kept
  co_return co_await send_file(call, std::move(headers), form->bytes, status);
}

Task<Result<http::Handled>> page(http::Call& call, Pages& pages) {
  std::string_view path = call.request().path;
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  if (const auto* file = pages.files.find(path)) co_return co_await serve(call, pages, *file, 200);
  const auto first = first_part(path);
  const bool known = is_page(first);
  if (!known && !shows_no_page(first, call.request())) co_return fail(Code::not_found, "Route not found.");
  const auto* index = pages.files.find("index.html");
  if (!index) co_return fail(Code::not_found, "This build has no dashboard. Build it with: npm --prefix web run build");
  co_return co_await serve(call, pages, *index, known ? 200 : 404);
}

}  // namespace

std::string dashboard_policy(const std::vector<std::string>& policies) {
  std::vector<std::pair<std::string, std::string>> all(std::begin(kPolicy), std::end(kPolicy));
  for (const auto& policy : policies) {
    const auto blank = policy.find(' ');
    const auto directive = policy.substr(0, blank), sources = policy.substr(policy.find_first_not_of(' ', blank));
    auto found = std::ranges::find(all, directive, &std::pair<std::string, std::string>::first);
    if (found == all.end()) found = all.emplace(all.end(), directive, "'self'");
    // 'none' holds alone only.
    found->second = found->second == "'none'" ? sources : found->second + " " + sources;
  }
  std::string out;
  for (const auto& [directive, sources] : all) out += (out.empty() ? "" : "; ") + directive + " " + sources;
  return out;
}

void add_file_routes(http::Routes& routes, Files files) {
  using http::Audit, http::Auth, http::Rate;
  add_program_routes(routes, std::move(files.bin_dir), files.access_url);
  auto pages = std::make_shared<Pages>(files.dashboard, dashboard_policy(files.policies));
  routes.get<Auth::none, Audit::none, Rate::none>("/*", [pages = std::move(pages)](http::Call& call) { return page(call, *pages); });
}

}  // namespace slipway::deployment
