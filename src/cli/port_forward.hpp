// What `port-forward` takes for ports, as what ssh takes. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace slipway::cli {

struct Forward {
  std::string address = "127.0.0.1";  // of this machine
  std::uint16_t here = 0, there = 0;
  bool operator==(const Forward&) const = default;
};

// "8080", "8080:80", "8000-8010", "8000-8010:9000-9010", each with an address of this machine before it
// ("0.0.0.0:8080:80", "[::1]:8080"); several are separated by commas. Errors: invalid, with what is wrong.
Result<std::vector<Forward>> read_forwards(const std::string& text);

// For ssh -L.
std::string as_ssh_flag(const Forward& forward);

}  // namespace slipway::cli
