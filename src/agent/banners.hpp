// What the deployment's administrators announce to whoever opens a shell. Asked for when one is opened, and good for two minutes: an
// agent in which nobody works asks nothing. home: own thread.
#pragma once

#include "agent/control_plane.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace slipway::agent {

// The enabled announcements of an answer about the deployment's appearance, as a terminal shows them: each on lines of its own with an
// empty one below. Nothing that would move the cursor or change the terminal is left in them. Pure.
std::string banner_text(std::string_view appearance_json);

class Banners {
 public:
  explicit Banners(ControlPlane& server) : server_(server) {}

  // Waits two seconds at most; without an answer it is what was known before.
  Task<std::string> text();

 private:
  ControlPlane& server_;
  std::string known_;
  std::chrono::steady_clock::time_point good_until_{};
};

}  // namespace slipway::agent
