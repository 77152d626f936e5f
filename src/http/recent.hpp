// A bounded memory of what came last. No locks of its own.
#pragma once

#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace slipway::http {

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
    forget(key);
    if (order_.size() >= most_) forget_oldest();
    order_.emplace_back(key, std::move(value));
    index_[key] = std::prev(order_.end());
    return order_.back().second;
  }
  void forget(const std::string& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    order_.erase(found->second);
    index_.erase(found);
  }
  template <class Old>
  void forget_while(Old old) {
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

}  // namespace slipway::http
