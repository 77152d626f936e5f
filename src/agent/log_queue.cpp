#include "agent/log_queue.hpp"

namespace slipway::agent {

namespace {

// What one line costs beside its text, so that a flood of empty lines is bounded too.
constexpr std::size_t kLineCost = 64;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the character at the start of `text`, 0 when it is none (RFC 3629: no overlong forms, no surrogates).
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xBF) {
    return i < text.size() && byte(i) >= least && byte(i) <= most;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool ok = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(2);
    return ok ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool ok = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3);
    return ok ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string clean_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto length = character(text);
    out += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string_view cut_utf8(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && most - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end);
}

bool LogQueue::push(const Uuid& source, LogLine line) {
  const auto cost = line.output.size() + kLineCost;
  if (refused_ || bytes_ + cost > most_bytes_) {
    ++dropped_;
    return false;
  }
  line.output = clean_utf8(line.output);
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
