// Runs its action however the block is left: by return, by an exception, by the cancellation that unwinds a coroutine.
#pragma once

#include <utility>

namespace slipway {

template <class F>
class [[nodiscard]] OnExit {
 public:
  explicit OnExit(F action) : action_(std::move(action)) {}
  ~OnExit() { action_(); }
  OnExit(const OnExit&) = delete;
  OnExit& operator=(const OnExit&) = delete;

 private:
  F action_;
};

}  // namespace slipway
