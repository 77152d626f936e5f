// Inside net only: how many connections each caller has, an IPv6 network being one. Any loop.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace slipway::net {

class Crowd {
 public:
  explicit Crowd(std::size_t most) : most_(most) {}  // 0: any number

  // False: too many.
  bool enter(std::string_view address);
  void leave(std::string_view address);

 private:
  std::size_t most_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace slipway::net
