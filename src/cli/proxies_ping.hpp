// How far it is from here to the primary and to each of its workspace proxies: what a browser times to choose among them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "api/gen/proxies.hpp"

namespace slipway::cli {

struct RegionTime {
  std::string name, url;
  std::optional<std::chrono::microseconds> took;  // the shortest of a few rounds over one connection; nothing: it did not answer
  std::string why;
};

// The nearest first, and last those that did not answer.
std::vector<RegionTime> time_regions(const std::vector<api::Region>& regions);

}  // namespace slipway::cli
