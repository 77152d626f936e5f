// What an open stream stands on: the caller's session and one right. Whoever keeps a connection open asks both again, with
// the credentials of the request, so that a suspended account, a deleted key, a left organization or a narrowed role ends
// every stream within five seconds, on whichever replica it was opened. home: the call's loop.
#pragma once

#include "aio/task_fwd.hpp"
#include "http/authenticator.hpp"
#include "http/call.hpp"

#include <chrono>
#include <functional>

namespace slipway::http {

// How old an answer may become: with the time to ask, even on a busy machine, it stays under five seconds.
inline constexpr Seconds kRecheck{3};

class Standing {
 public:
  // Whether the caller, as it is now, still has the right. An error that says "no such thing for you" is a no.
  using Right = std::function<Task<Result<bool>>(store::Store& now)>;

  Standing(Call& call, Authenticator& authenticator, Right right)
      : call_(call), authenticator_(authenticator), right_(std::move(right)), asked_(std::chrono::steady_clock::now()) {}

  // Asks now. A database that cannot be asked takes no right away.
  Task<bool> ask();
  // For streams that wake up by themselves: how long they may wait, and then whether the right still holds, which is asked
  // only when the last answer has become too old.
  Milliseconds fresh() const;
  Task<bool> holds();
  // Returns once the answer is no: to be awaited beside a stream.
  Task<void> until_lost();

 private:
  Call& call_;
  Authenticator& authenticator_;
  Right right_;
  std::chrono::steady_clock::time_point asked_;
};

}  // namespace slipway::http
