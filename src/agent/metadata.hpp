// Runs the commands of the manifest's metadata and reports what they print. home: own thread.
#pragma once

#include "agent/commands.hpp"
#include "agent/control_plane.hpp"
#include "aio/nursery.hpp"

#include <map>

namespace slipway::agent {

struct MetadataItem {
  std::string key;
  std::string script;
  Milliseconds interval{};  // zero: once
  Milliseconds timeout{};   // never zero
};

// Own timeout, else the interval, else three ticks of a second. Pure.
MetadataItem to_item(const api::AgentMetadataDescription& description);

// Runs one command: its output, both streams in order, cut at 10 KiB, and what went wrong.
Task<api::AgentMetadataValue> collect(const Commands& commands, const MetadataItem& item, const Clock& clock);

class Metadata {
 public:
  Metadata(asio::any_io_executor home, const Commands& commands, const Clock& clock = system_clock())
      : commands_(commands), clock_(clock), nursery_(std::move(home)) {}

  // Runs each item at once and then by its interval, and hands the newest values to `report` once a second. Returns only
  // when a report fails for good.
  Task<Result<void>> run(std::vector<api::AgentMetadataDescription> descriptions, ControlPlane& server);
  // Awaited after run() ended or was cancelled.
  Task<void> stop() { co_await nursery_.stop(); }

 private:
  Task<void> keep_running(MetadataItem item);

  const Commands& commands_;
  const Clock& clock_;
  std::map<std::string, api::AgentMetadataValue> newest_;
  aio::Nursery nursery_;
};

}  // namespace slipway::agent
