// How many wrong passwords one account takes in a minute, whether or not there is such an account (decision 0023). Of the
// process, shared by its loops; what it remembers is bounded.
#pragma once

#include "base/clock.hpp"
#include "http/recent.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace slipway::sessions {

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
  http::Recent<Window> windows_;        // of accounts for strangers, and of accounts for each address of their own
  http::Recent<std::monostate> known_;  // account and address
};

}  // namespace slipway::sessions
