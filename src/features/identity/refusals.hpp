// Why machines were refused, in words, for those who wait for them: the last refusal of each instance id. Kept in the memory of the
// server that judged, for a refusal must not cost the database anything: other replicas know nothing of it, and it is gone with a
// restart. Any thread.
#pragma once

#include "base/clock.hpp"
#include "identity/proof.hpp"

#include <map>
#include <mutex>
#include <string>

namespace slipway::identity {

struct Refusal {
  Provider provider = Provider::aws;
  std::string reason;
  Time at;
};

class Refusals {
 public:
  // Anybody can be refused under any id: the oldest makes place for the newest. An id that no machine can have is not kept.
  void note(const std::string& instance_id, Refusal refusal);
  // A proof of that machine was good.
  void forget(const std::string& instance_id);
  // Within the last day.
  std::optional<Refusal> of(const std::string& instance_id, Time now) const;

  static constexpr std::size_t kMost = 1000;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Refusal> all_;
};

}  // namespace slipway::identity
