// Request rates per caller: a fixed window of a minute, per user when one is known, else per network. Shared by all loops.
#pragma once

#include "base/clock.hpp"
#include "http/recent.hpp"
#include "net/network.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace slipway::http {

using net::network_of;

class RateLimit {
 public:
  explicit RateLimit(int per_minute) : limit_(per_minute) {}  // 0: no limit

  struct Verdict {
    bool allowed = true;
    int limit = 0, remaining = 0;
    Seconds reset{0};  // until the window ends
  };
  Verdict count(const std::string& caller, Time now);
  // What a caller who has used it up is told; allowed as long as something is left. Counts nothing.
  Verdict look(const std::string& caller, Time now);
  int limit() const { return limit_; }

 private:
  struct Window {
    Time start;
    int used = 0;
  };
  int limit_;
  std::mutex mutex_;
  std::unordered_map<std::string, Window> windows_;
  Time swept_{};
};

// Tokens that are nobody's, by network: each costs a look into the database, so there are only so many a minute. Once a network has
// used them up, nothing new is tried from there; tokens that were somebody's before still are.
class WrongTokens {
 public:
  // 0: no limit. `most`: good tokens that are remembered.
  explicit WrongTokens(int per_minute, std::size_t most = 65536) : wrong_(per_minute), good_(most) {}

  // Before a token is looked at.
  RateLimit::Verdict begin(const std::string& token, const std::string& network, Time now);
  void right(const std::string& token);
  void wrong(const std::string& token, const std::string& network, Time now);

 private:
  RateLimit wrong_;
  std::mutex mutex_;
  Recent<std::monostate> good_;  // by hash
};

}  // namespace slipway::http
