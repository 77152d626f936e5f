// Claims as Prometheus shows them: those whose end this server stored. Any thread; a claim is rare enough for a lock.
#pragma once

#include "base/metric.hpp"
#include "features/prebuilds/claims.hpp"

#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace slipway::prebuilds {

class ClaimMeter {
 public:
  // Told once, after the commit that ended the claim.
  void ended(const Claimed& claim, Time now);
  void write(metric::Text& text) const;

 private:
  using Pool = std::tuple<std::string, std::string, std::string>;  // template, preset, organization

  mutable std::mutex mutex_;  // all of the rest, never held over an await
  std::map<Pool, std::uint64_t> replaced_;
  std::map<Pool, metric::Tally> durations_;
};

}  // namespace slipway::prebuilds
