#include "features/identity/refusals.hpp"

#include "base/utf8.hpp"
#include "features/identity/choose.hpp"

#include <algorithm>

namespace slipway::identity {

namespace {

constexpr std::size_t kReasonBytes = 300;
constexpr Seconds kKept = std::chrono::hours(24);

}  // namespace

void Refusals::note(const std::string& instance_id, Refusal refusal) {
  if (matches_nothing(instance_id)) return;
  refusal.reason = std::string(utf8::cut(utf8::clean(refusal.reason), kReasonBytes));
  const std::lock_guard lock(mutex_);
  all_[instance_id] = std::move(refusal);
  if (all_.size() <= kMost) return;
  all_.erase(std::ranges::min_element(all_, {}, [](const auto& one) { return one.second.at; }));
}

void Refusals::forget(const std::string& instance_id) {
  const std::lock_guard lock(mutex_);
  all_.erase(instance_id);
}

std::optional<Refusal> Refusals::of(const std::string& instance_id, Time now) const {
  const std::lock_guard lock(mutex_);
  const auto found = all_.find(instance_id);
  if (found == all_.end() || found->second.at < now - kKept) return std::nullopt;
  return found->second;
}

}  // namespace slipway::identity
