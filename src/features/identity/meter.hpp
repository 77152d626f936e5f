// Exchanges of proofs for tokens, as Prometheus shows them. Any thread.
#pragma once

#include "base/metric.hpp"
#include "identity/proof.hpp"

namespace slipway::identity {

enum class Outcome { issued, malformed, refused, unknown, stale, ambiguous, failed };
std::string_view name_of(Outcome outcome);  // "issued", …

class Meter {
 public:
  Meter();
  void count(Provider provider, Outcome outcome, std::chrono::nanoseconds took, int statements, int decisions);
  void write(metric::Text& text) const;

 private:
  static constexpr std::size_t kOutcomes = 7;
  struct OfProvider {
    OfProvider();
    std::array<metric::Counter, kOutcomes> outcomes;
    metric::Histogram took;
    metric::Counter statements, decisions;
  };
  std::array<OfProvider, std::size(kProviders)> all_;
};

}  // namespace slipway::identity
