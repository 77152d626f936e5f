// Counts what flows through the agent, for its statistics. home: own thread.
#pragma once

#include "api/gen/agent_v1.hpp"
#include "net/stream.hpp"

#include <chrono>
#include <memory>

namespace slipway::agent {

// Counted since the last take().
struct Traffic {
  std::int64_t rx_packets = 0, rx_bytes = 0, tx_packets = 0, tx_bytes = 0;    // rx: from the client to the workspace
  std::int64_t ports = 0, terminals = 0, ssh = 0, vscode = 0, jetbrains = 0;  // open now

  std::int64_t open() const { return ports + terminals + ssh + vscode + jetbrains; }
  bool anything() const { return rx_packets + tx_packets + open() > 0; }
};

// Which of the counts of Traffic a stream belongs to, for as long as it lives; none when something else counts it.
using TrafficKind = std::int64_t Traffic::*;

// A stream whose reads are tx (out of the workspace) and whose writes are rx.
std::unique_ptr<net::Stream> counted_local(std::unique_ptr<net::Stream> inner, std::shared_ptr<Traffic> traffic, TrafficKind kind);
// The other way round: the tunnel's end.
std::unique_ptr<net::Stream> counted_tunnel(std::unique_ptr<net::Stream> inner, std::shared_ptr<Traffic> traffic, TrafficKind kind);

// Statistics since the last call; the counters of what has flowed start anew, what is open stays. Those that did not reach
// the server are given back, and come with the next.
api::AgentStats take_stats(Traffic& traffic, std::chrono::microseconds latency);
void give_back(Traffic& traffic, const api::AgentStats& stats);

}  // namespace slipway::agent
