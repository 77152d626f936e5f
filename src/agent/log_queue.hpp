// Script output on its way to the server: kept in order while the connection is away, bounded in bytes, handed out in
// batches of one source. Pure. home: own thread.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <deque>
#include <string>
#include <vector>

namespace slipway::agent {

enum class LogLevel { info, error };

struct LogLine {
  Time at;
  std::string output;
  LogLevel level = LogLevel::info;
};

struct LogBatch {
  Uuid source;
  std::vector<LogLine> lines;
};

class LogQueue {
 public:
  // The server takes 1 MiB of output from one agent and then no more: to keep more unsent helps nobody.
  explicit LogQueue(std::size_t most_bytes = 1 << 20, std::size_t batch_bytes = 64 << 10, std::size_t batch_lines = 500)
      : most_bytes_(most_bytes), batch_bytes_(batch_bytes), batch_lines_(batch_lines) {}

  // Text is made valid UTF-8 without NUL. False when it was dropped: the queue is full or the server wants no more.
  bool push(const Uuid& source, LogLine line);
  // The oldest lines of the source whose line is oldest; empty when there is nothing. They stay until sent().
  LogBatch batch() const;
  // The lines of the latest batch have arrived.
  void sent(const LogBatch& batch);
  // The server said the limit is reached: drops all, and everything that comes later.
  void refuse();

  bool empty() const { return waiting_.empty(); }
  bool refused() const { return refused_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t dropped() const { return dropped_; }

 private:
  struct Entry {
    Uuid source;
    LogLine line;
  };
  std::size_t most_bytes_;
  std::size_t batch_bytes_;
  std::size_t batch_lines_;
  std::deque<Entry> waiting_;
  std::size_t bytes_ = 0;
  std::size_t dropped_ = 0;
  bool refused_ = false;
};

}  // namespace slipway::agent
