// What a feature is to the server that it is part of: routes, what it does by itself, what it counts. Each stands in one list,
// server/features.cpp, and reaches the server by that alone.
#pragma once

#include "aio/task_fwd.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace slipway::metric {
class Text;
}

namespace slipway::http {

class Routes;
struct Home;

// Runs until cancelled, on one loop of the process; the server begins it again when it fails.
struct FeatureLoop {
  std::string_view name;
  std::function<Task<void>(Home&)> run;
};

struct Feature {
  std::string_view name;
  std::function<void(Routes&)> routes = {};
  std::vector<FeatureLoop> loops = {};
  std::function<void(metric::Text&)> numbers = {};  // for GET /metrics
};

}  // namespace slipway::http
