// What the agent has to tell the server and has not yet told: kept while the connection is away, sent in order. Two lines of
// their own, so that a flood of logs does not hold back a state. home: own thread.
#pragma once

#include "agent/control_plane.hpp"
#include "aio/event.hpp"

#include <deque>

namespace slipway::agent {

class Outbox {
 public:
  explicit Outbox(const asio::any_io_executor& home) : logs_changed_(home), reports_changed_(home) {}

  void add_log(const Uuid& source, LogLine line);
  void advance(Lifecycle state, Time at);
  void resume(Lifecycle from) { lifecycle_.resume(from); }
  // For an agent that starts up anew under another row of the server's: what waits of logs, states and timings was the old one's.
  // Between two connections only.
  void begin_again();
  void add_timing(const ScriptTiming& timing);
  void add_connection(ConnectionReport report);  // at most 2048 wait; more are dropped with a warning
  Lifecycle state() const { return lifecycle_.state(); }
  bool empty() const { return logs_.empty() && lifecycle_.all_sent() && timings_.empty() && connections_.empty(); }

  // Send for as long as they run, again and again where that may help. They return only when the token is refused.
  Task<Result<void>> send_logs(ControlPlane& server);
  Task<Result<void>> send_reports(ControlPlane& server);

 private:
  Task<Result<bool>> send_one_report(ControlPlane& server);

  LogQueue logs_;
  LifecycleLog lifecycle_;
  std::deque<ScriptTiming> timings_;
  std::deque<ConnectionReport> connections_;
  bool warned_of_drops_ = false;
  aio::Event logs_changed_;
  aio::Event reports_changed_;
};

}  // namespace slipway::agent
