#include "http/rate.hpp"

#include "crypto/hash.hpp"

namespace slipway::http {

namespace {

constexpr Seconds kWindow{60};

}  // namespace

RateLimit::Verdict RateLimit::count(const std::string& caller, Time now) {
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

RateLimit::Verdict RateLimit::look(const std::string& caller, Time now) {
  if (limit_ == 0) return {};
  const std::lock_guard guard(mutex_);
  const auto found = windows_.find(caller);
  if (found == windows_.end() || now - found->second.start >= kWindow) return {.allowed = true, .limit = limit_, .remaining = limit_};
  const auto& window = found->second;
  return {.allowed = window.used < limit_,
          .limit = limit_,
          .remaining = std::max(0, limit_ - window.used),
          .reset = std::chrono::ceil<Seconds>(window.start + kWindow - now)};
}

RateLimit::Verdict WrongTokens::begin(const std::string& token, const std::string& network, Time now) {
  const auto verdict = wrong_.look(network, now);
  if (verdict.allowed) return verdict;
  const auto hash = crypto::sha256(token);
  const std::lock_guard guard(mutex_);
  if (good_.find(hash)) return {.allowed = true, .limit = verdict.limit};
  return verdict;
}

void WrongTokens::right(const std::string& token) {
  if (wrong_.limit() == 0) return;
  const auto hash = crypto::sha256(token);
  const std::lock_guard guard(mutex_);
  if (!good_.find(hash)) good_.put(hash, {});
}

void WrongTokens::wrong(const std::string& token, const std::string& network, Time now) {
  wrong_.count(network, now);
  if (wrong_.limit() == 0) return;
  const auto hash = crypto::sha256(token);
  const std::lock_guard guard(mutex_);
  good_.forget(hash);
}

}  // namespace slipway::http
