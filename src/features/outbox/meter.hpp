// What the outbox counts, for Prometheus. Any thread.
#pragma once

#include "base/metric.hpp"
#include "features/notifications/kinds.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace slipway::outbox {

enum class Way { smtp, webhook };
std::string_view name_of(Way way);

class Meter {
 public:
  Meter();

  struct OfKind {
    metric::Counter sent, temporary, permanent, retries;
    metric::Gauge in_flight;
  };
  // Null: a kind of another release, which is not counted.
  OfKind* of(Way way, const Uuid& kind);
  metric::Histogram& queued(Way way) { return queued_[static_cast<std::size_t>(way)]; }
  metric::Histogram& sending(Way way) { return sending_[static_cast<std::size_t>(way)]; }
  metric::Gauge waiting;   // results that the store has not yet
  metric::Counter synced;  // and those that it has
  metric::Counter missing;

  void write(metric::Text& text) const;

 private:
  void write_kinds(metric::Text& text) const;

  std::array<std::unique_ptr<std::vector<OfKind>>, 2> kinds_;
  std::array<metric::Histogram, 2> queued_, sending_;
};

}  // namespace slipway::outbox
