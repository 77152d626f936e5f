#include "provisioner/job.hpp"

#include <algorithm>
#include <array>

namespace slipway::provisioner {
namespace {

constexpr std::array<std::string_view, 5> kLevels = {"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> kTransitions = {"start", "stop", "delete"};

}  // namespace

std::string_view to_string(JobKind kind) {
  switch (kind) {
    case JobKind::import: return "template_version_import";
    case JobKind::dry_run: return "template_version_dry_run";
    case JobKind::build: return "workspace_build";
  }
  return "";
}

std::string_view to_string(Transition transition) { return kTransitions[static_cast<std::size_t>(transition)]; }

std::optional<Transition> parse_transition(std::string_view text) {
  const auto found = std::ranges::find(kTransitions, text);
  if (found == kTransitions.end()) return std::nullopt;
  return static_cast<Transition>(found - kTransitions.begin());
}

std::string_view to_string(LogSource source) { return source == LogSource::provisioner ? "provisioner" : "provisioner_daemon"; }

std::string_view to_string(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> parse_log_level(std::string_view text) {
  const auto found = std::ranges::find(kLevels, text);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kLevels.begin());
}

std::int64_t Outcome::daily_cost() const {
  std::int64_t sum = 0;
  for (const auto& resource : resources) sum += std::max(resource.daily_cost, 0);  // nothing pays for something else
  return sum;
}

}  // namespace slipway::provisioner
