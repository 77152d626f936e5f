// Watches the memory and the volumes that the template asks to be watched, and reports what is in use; the server judges it.
// home: own thread.
#pragma once

#include "agent/control_plane.hpp"

#include <deque>
#include <optional>
#include <string>

namespace slipway::agent {

// The memory that this machine or container may use, and has in use without what can be given back. `root` is before /sys and /proc.
// Nothing when the kernel does not tell.
std::optional<api::AgentUsage> memory_usage(const std::string& root = {});
// Of the file system that `path` is on. Nothing when there is none. Blocks while that file system does.
std::optional<api::AgentUsage> volume_usage(const std::string& path);

// Is there anything to watch?
bool watches(const api::AgentResourceMonitors& monitors);

class ResourceMonitor {
 public:
  ResourceMonitor(std::string root, const Clock& clock) : root_(std::move(root)), clock_(clock) {}

  // Asks what to watch, takes a point every interval and sends the newest together. Returns only when the token is refused.
  Task<Result<void>> run(ControlPlane& server);

 private:
  Task<Result<api::AgentResourceMonitors>> ask(ControlPlane& server);
  Task<void> take_point(const api::AgentResourceMonitors& monitors);

  std::string root_;
  const Clock& clock_;
  std::deque<api::AgentUsagePoint> points_;
};

}  // namespace slipway::agent
