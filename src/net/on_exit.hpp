// Inside net only: runs its action however a coroutine leaves, also when cancellation unwinds it.
#pragma once

#include <utility>

namespace slipway::net {

template <class F>
class OnExit {
 public:
  explicit OnExit(F action) : action_(std::move(action)) {}
  ~OnExit() { action_(); }
  OnExit(const OnExit&) = delete;
  OnExit& operator=(const OnExit&) = delete;

 private:
  F action_;
};

}  // namespace slipway::net
