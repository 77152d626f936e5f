#include "features/apps/cors.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <algorithm>

namespace slipway::apps {

namespace {

constexpr std::string_view kOrigin = "Access-Control-Allow-Origin", kCredentials = "Access-Control-Allow-Credentials",
                           kMethods = "Access-Control-Allow-Methods", kFields = "Access-Control-Allow-Headers";
constexpr std::string_view kAllowed[] = {"HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"};
// What answers of ours vary by; an app's own word for the same would be one too many.
constexpr std::string_view kOfOrigins[] = {"Origin", "Access-Control-Request-Methods", "Access-Control-Request-Headers"};

constexpr std::string_view kAskedMethod = "Access-Control-Request-Method", kAskedFields = "Access-Control-Request-Headers";

bool is_of_origins(std::string_view value) {
  return std::ranges::any_of(kOfOrigins, [&](auto name) { return net::iequals(name, value); });
}

void filter_vary(net::Headers& answer) {
  std::string kept;
  for (const auto field : answer.all("Vary"))
    for (const auto part : text::split(field, ','))
      if (const auto value = text::trim(part); !value.empty() && !is_of_origins(value)) kept.append(kept.empty() ? "" : ", ").append(value);
  answer.remove("Vary");
  if (!kept.empty()) answer.set("Vary", kept);
}

void grant(net::Headers& answer, std::string_view origin) {
  answer.set(kOrigin, origin);
  answer.set(kCredentials, "true");
}

}  // namespace

std::optional<AppName> asking_app(const net::Request& request, const Wildcard& wildcard) {
  if (request.headers.count("Origin") != 1) return std::nullopt;
  const auto origin = net::parse_url(request.headers.get("Origin"));
  if (!origin || (origin->scheme != "http" && origin->scheme != "https") || origin->has_userinfo || origin->target() != "/") return std::nullopt;
  const auto name = wildcard.name_in(origin->host);
  return name ? parse_name(*name) : std::nullopt;
}

bool is_preflight(const net::Request& request) {
  return request.method == "OPTIONS" && request.headers.has("Origin") && !request.headers.get(kAskedMethod).empty();
}

net::Response preflight_answer(const net::Request& request, bool allowed) {
  net::Response answer{.status = 200, .headers = {}, .body = {}};
  for (const auto name : {std::string_view("Origin"), kAskedMethod, kAskedFields}) answer.headers.add("Vary", name);
  const auto method = request.headers.get(kAskedMethod);
  if (!allowed || std::ranges::find(kAllowed, method) == std::end(kAllowed)) return answer;
  grant(answer.headers, request.headers.get("Origin"));
  answer.headers.set(kMethods, method);
  if (const auto fields = request.headers.get(kAskedFields); !fields.empty()) answer.headers.set(kFields, fields);
  return answer;
}

void settle_origins(net::Headers& answer, std::string_view granted) {
  for (const auto name : {kOrigin, kCredentials, kMethods, kFields}) answer.remove(name);
  filter_vary(answer);
  if (granted.empty()) return;
  grant(answer, granted);
  answer.add("Vary", "Origin");
}

}  // namespace slipway::apps
