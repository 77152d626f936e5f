// The agent's lifecycle: it only moves forward, and every state is reported in order, also after the
// connection was away. Pure. home: own thread.
#pragma once

#include "base/clock.hpp"

#include <deque>
#include <optional>
#include <string_view>

namespace slipway::agent {

// In the order in which an agent may pass through them.
enum class Lifecycle { created, starting, start_timeout, start_error, ready, shutting_down, shutdown_timeout, shutdown_error, off };

std::string_view to_string(Lifecycle state);
std::optional<Lifecycle> lifecycle_named(std::string_view name);

struct LifecycleChange {
  Lifecycle state;
  Time at;
};

class LifecycleLog {
 public:
  Lifecycle state() const { return state_; }
  // False, and nothing changes, when that would be a step back or no step.
  bool advance(Lifecycle to, Time at);
  // Takes up where an earlier run of this agent was, of which the server knows. Before anything else.
  void resume(Lifecycle from) { state_ = from; }
  // As a new agent: what was not yet told is of the one before.
  void begin_again() {
    state_ = Lifecycle::created;
    waiting_.clear();
  }
  // The oldest change that the server has not yet got.
  std::optional<LifecycleChange> unsent() const;
  void sent();
  bool all_sent() const { return waiting_.empty(); }

 private:
  Lifecycle state_ = Lifecycle::created;
  std::deque<LifecycleChange> waiting_;
};

// What a start or stop that ended with these outcomes leads to.
struct PhaseOutcome {
  bool timed_out = false;
  bool failed = false;
};
Lifecycle after_start(PhaseOutcome outcome);
Lifecycle after_stop(PhaseOutcome outcome);

}  // namespace slipway::agent
