// How many wrong passwords one account takes in a minute, whether or not there is such an account (decision 0022). Of the
// process, shared by its loops; what it remembers is bounded.
#pragma once

#include "base/clock.hpp"

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace slipway::sessions {

// Values by key, at most so many; a new one drives out the one that was put in longest ago.
template <class V>
class Recent {
 public:
  explicit Recent(std::size_t most) : most_(most) {}

  V* find(const std::string& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->second;
  }
  // In place of what it had.
  V& put(const std::string& key, V value) {
    if (const auto found = index_.find(key); found != index_.end()) {
      order_.erase(found->second);
      index_.erase(found);
    }
    if (order_.size() >= most_) forget_oldest();
    order_.emplace_back(key, std::move(value));
    index_[key] = std::prev(order_.end());
    return order_.back().second;
  }
  template <class Old>
  void forget(Old old) {
    while (!order_.empty() && old(order_.front().second)) forget_oldest();
  }
  std::size_t size() const { return order_.size(); }

 private:
  void forget_oldest() {
    index_.erase(order_.front().first);
    order_.pop_front();
  }
  std::size_t most_;
  std::list<std::pair<std::string, V>> order_;
  std::unordered_map<std::string, typename std::list<std::pair<std::string, V>>::iterator> index_;
};

class Guesses {
 public:
  // 0: no limit. `most`: accounts, and addresses of theirs, that are remembered.
  explicit Guesses(int per_minute, std::size_t most = 65536);

  struct Verdict {
    bool allowed = true;
    Seconds wait{0};  // until another try is worth it
  };
  // Before a password is looked at: counts the try, so that many at once are no more than one after the other.
  Verdict begin(std::string_view email, std::string_view address, Time now);
  // It was right: the try is taken back, and the address is one of the account's own from now on.
  void right(std::string_view email, std::string_view address);

  std::size_t size();

 private:
  struct Window {
    Time start;
    int used = 0;
    std::unordered_map<std::string, int> by_address = {};  // no more than the limit
  };
  Window& window(const std::string& key, Time now);

  int limit_, of_one_;
  std::mutex mutex_;
  Recent<Window> windows_;        // of accounts for strangers, and of accounts for each address of their own
  Recent<std::monostate> known_;  // account and address
};

}  // namespace slipway::sessions
