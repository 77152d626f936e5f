#include "features/proxies/health.hpp"

#include <fmt/format.h>

namespace slipway::proxies {

Health health_of(const Heard& heard, std::string_view version) {
  if (heard.url.empty())
    return {.status = "unregistered", .errors = {"The proxy has never been started. Run \"slipwayd proxy\" with its token."}, .warnings = {}};
  if (heard.alive == 0) {
    const auto last = heard.last ? fmt::format("since {}", to_rfc3339(std::chrono::floor<Seconds>(*heard.last))) : std::string("for long");
    return {.status = "unreachable",
            .errors = {fmt::format("The proxy has said nothing {}. Is its process running, and does it reach this server?", last)},
            .warnings = {}};
  }
  Health out{.status = heard.errors.empty() ? "ok" : "unhealthy", .errors = heard.errors, .warnings = {}};
  if (heard.version != version)
    out.warnings.push_back(fmt::format("The proxy runs version {}, and this server {}. Update whichever is older.", heard.version, version));
  return out;
}

}  // namespace slipway::proxies
