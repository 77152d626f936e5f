// What the API did, by route pattern and never by path, so that the number of series is bounded by the code. One an App; any loop.
#pragma once

#include "base/metric.hpp"
#include "http/routes.hpp"

#include <map>
#include <memory>
#include <unordered_map>

namespace slipway::http {

class Meter {
 public:
  explicit Meter(const Routes& routes);
  ~Meter();

  struct Slot;  // of one route and method

  // A request under way, from its match to its end.
  class Running {
   public:
    Running(Meter& meter, const Route* route, std::string_view method, bool websocket);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    void finished(int status, int statements);

   private:
    Slot& slot_;
    bool websocket_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  };

  void write(metric::Text& text) const;

 private:
  static constexpr std::size_t kMethods = 8;
  using ByMethod = std::array<Slot*, kMethods>;

  std::map<std::pair<std::string_view, std::string_view>, std::unique_ptr<Slot>> slots_;  // by path and method
  std::unordered_map<const Route*, ByMethod> by_route_;                                   // null: what no route matched
};

}  // namespace slipway::http
