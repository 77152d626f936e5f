// How a workspace proxy is, from what it last said of itself. Pure.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::proxies {

// Each process of a proxy says so often that it is there; one that was not heard of for three times as long is not.
inline constexpr Seconds kRegisterEvery{30}, kSilent{90};

// What is known of one proxy.
struct Heard {
  std::string url;                  // empty: it has never registered
  std::string version;              // of the process that registered last
  std::int64_t alive = 0;           // processes that were heard of lately
  std::vector<std::string> errors;  // what they cannot do, in their own words
  std::optional<Time> last;         // when any was heard of
};

struct Health {
  std::string_view status;  // of the contract's ProxyHealthStatus
  std::vector<std::string> errors, warnings;
  bool healthy() const { return status == "ok"; }
};

// `version` is this server's.
Health health_of(const Heard& heard, std::string_view version);

}  // namespace slipway::proxies
