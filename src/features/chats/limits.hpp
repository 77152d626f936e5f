// How many chats each person may have that are not archived. A soft limit: a person's are counted beside the requests, at most every half
// minute, and what is made here meanwhile is added; creating one neither counts nor waits.
#pragma once

#include "aio/event.hpp"
#include "http/home.hpp"

#include <chrono>
#include <mutex>
#include <unordered_map>

namespace slipway::chats {

// One a process; called from any loop.
class Limits {
 public:
  explicit Limits(std::int64_t most) : most_(most) {}  // 0: no limit

  // This person has as many as they may, as far as is known.
  bool reached(UserId person);
  // They have one more.
  void made(UserId person);
  // Counts whom it was asked to; runs until cancelled.
  Task<void> keep(http::Home& home);

 private:
  using Steady = std::chrono::steady_clock;
  struct Count {
    std::int64_t chats = 0;
    Steady::time_point as_of{};  // never counted: long ago
    bool asked = false;
  };
  struct Wanted;
  // Both with the lock held.
  void count_if_old(UserId person, Count& count);
  void forget_old();
  std::vector<UserId> take();
  Task<void> count(http::Home& home, std::vector<UserId> people);

  const std::int64_t most_;
  std::mutex mutex_;  // of what follows; never held over an await
  std::unordered_map<Uuid, Count> counts_;
  std::vector<UserId> wanted_;
  std::weak_ptr<Wanted> keeper_;
};

}  // namespace slipway::chats
