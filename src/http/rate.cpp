#include "http/rate.hpp"

namespace slipway::http {

RateLimit::Verdict RateLimit::count(const std::string& caller, Time now) {
  constexpr Seconds kWindow{60};
  if (limit_ == 0) return {};
  const std::lock_guard guard(mutex_);
  if (now - swept_ > kWindow) {  // forget callers of long ago, so that addresses cannot fill the memory
    std::erase_if(windows_, [&](const auto& entry) { return now - entry.second.start >= kWindow; });
    swept_ = now;
  }
  auto& window = windows_[caller];
  if (now - window.start >= kWindow) window = {.start = now};
  ++window.used;
  return {.allowed = window.used <= limit_,
          .limit = limit_,
          .remaining = std::max(0, limit_ - window.used),
          .reset = std::chrono::ceil<Seconds>(window.start + kWindow - now)};
}

}  // namespace slipway::http
