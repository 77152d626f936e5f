#include "agent/log_queue.hpp"

#include "base/utf8.hpp"

namespace slipway::agent {

namespace {

// What one line costs beside its text, so that a flood of empty lines is bounded too.
constexpr std::size_t kLineCost = 64;

}  // namespace

bool LogQueue::push(const Uuid& source, LogLine line) {
  const auto cost = line.output.size() + kLineCost;
  if (refused_ || bytes_ + cost > most_bytes_) {
    ++dropped_;
    return false;
  }
  line.output = utf8::clean(line.output);
  bytes_ += line.output.size() + kLineCost;
  waiting_.push_back({source, std::move(line)});
  return true;
}

LogBatch LogQueue::batch() const {
  LogBatch out;
  if (waiting_.empty()) return out;
  out.source = waiting_.front().source;
  std::size_t bytes = 0;
  for (const auto& entry : waiting_) {
    if (entry.source != out.source) continue;
    if (!out.lines.empty() && bytes + entry.line.output.size() > batch_bytes_) break;
    if (out.lines.size() == batch_lines_) break;
    bytes += entry.line.output.size();
    out.lines.push_back(entry.line);
  }
  return out;
}

void LogQueue::sent(const LogBatch& batch) {
  std::size_t left = batch.lines.size();
  std::erase_if(waiting_, [&](const Entry& entry) {
    if (left == 0 || entry.source != batch.source) return false;
    --left;
    bytes_ -= entry.line.output.size() + kLineCost;
    return true;
  });
}

void LogQueue::refuse() {
  refused_ = true;
  dropped_ += waiting_.size();
  waiting_.clear();
  bytes_ = 0;
}

}  // namespace slipway::agent
