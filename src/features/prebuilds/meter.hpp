// The pools as Prometheus shows them. What the database knows is read every minute, whether or not anybody scrapes; a scrape runs no
// statement. One a server; write(): any thread.
#pragma once

#include "base/metric.hpp"
#include "features/prebuilds/prebuilds.hpp"

#include <map>
#include <mutex>

namespace slipway::prebuilds {

class Meter {
 public:
  explicit Meter(Options options);
  ~Meter();

  // Reads at once and then every minute; runs until cancelled.
  Task<void> keep(http::Home& home);
  // Once; what cannot be read leaves the last numbers and their time as they were.
  Task<void> refresh(http::Home& home);
  void write(metric::Text& text) const;

 private:
  struct State;
  // Template, preset, organization: the order of the labels.
  using Names = std::array<std::string, 3>;

  static Task<Result<State>> load(http::Home& home, const Options& options);
  static void write_counters(const State& state, metric::Text& text);
  static void write_gauges(const State& state, metric::Text& text);

  const Options options_;
  mutable std::mutex mutex_;            // the rest, never held over an await
  std::shared_ptr<const State> state_;  // null before the first time
};

}  // namespace slipway::prebuilds
