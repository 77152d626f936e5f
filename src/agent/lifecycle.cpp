#include "agent/lifecycle.hpp"

namespace slipway::agent {

std::string_view to_string(Lifecycle state) {
  switch (state) {
    case Lifecycle::created: return "created";
    case Lifecycle::starting: return "starting";
    case Lifecycle::start_timeout: return "start_timeout";
    case Lifecycle::start_error: return "start_error";
    case Lifecycle::ready: return "ready";
    case Lifecycle::shutting_down: return "shutting_down";
    case Lifecycle::shutdown_timeout: return "shutdown_timeout";
    case Lifecycle::shutdown_error: return "shutdown_error";
    case Lifecycle::off: return "off";
  }
  return "created";
}

std::optional<Lifecycle> lifecycle_named(std::string_view name) {
  for (int state = 0; state <= static_cast<int>(Lifecycle::off); ++state)
    if (to_string(static_cast<Lifecycle>(state)) == name) return static_cast<Lifecycle>(state);
  return std::nullopt;
}

bool LifecycleLog::advance(Lifecycle to, Time at) {
  if (to <= state_) return false;
  state_ = to;
  waiting_.push_back({to, at});
  return true;
}

std::optional<LifecycleChange> LifecycleLog::unsent() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front();
}

void LifecycleLog::sent() {
  if (!waiting_.empty()) waiting_.pop_front();
}

Lifecycle after_start(PhaseOutcome outcome) {
  if (outcome.timed_out) return Lifecycle::start_timeout;
  return outcome.failed ? Lifecycle::start_error : Lifecycle::ready;
}

Lifecycle after_stop(PhaseOutcome outcome) {
  if (outcome.timed_out) return Lifecycle::shutdown_timeout;
  return outcome.failed ? Lifecycle::shutdown_error : Lifecycle::off;
}

}  // namespace slipway::agent
