// A job's log on its way to the source: lines cleaned and cut, taken in batches, bounded as a whole. home: own thread.
#pragma once

#include "provisioner/engine.hpp"
#include "provisioner/runner.hpp"

#include <deque>

namespace slipway::provisioner {

class LogBuffer {
 public:
  explicit LogBuffer(const RunnerOptions& options) : options_(options) {}

  // Beyond log_most_bytes one line says so, and only errors of the daemon itself are still taken.
  void add(LogLine line);
  bool empty() const { return lines_.empty(); }
  bool full_batch() const { return lines_.size() >= options_.log_batch_lines || bytes_ >= options_.log_batch_bytes; }
  std::vector<LogLine> take();  // at most one batch

 private:
  void push(LogLine line);

  const RunnerOptions& options_;
  std::deque<LogLine> lines_;
  std::size_t bytes_ = 0;  // waiting
  std::size_t total_ = 0;  // of the whole job
  bool cut_ = false;
};

// Whether it is valid UTF-8 without zero bytes.
bool is_text(std::string_view text);
// Valid UTF-8 without zero bytes, at most `most` bytes; what does not fit is cut between characters, with a mark.
std::string clean_line(std::string_view text, std::size_t most);

}  // namespace slipway::provisioner
