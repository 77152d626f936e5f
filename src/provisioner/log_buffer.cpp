#include "provisioner/log_buffer.hpp"

#include "base/utf8.hpp"

namespace slipway::provisioner {

bool is_text(std::string_view text) { return utf8::is_valid(text) && !text.contains('\0'); }

std::string clean_line(std::string_view text, std::size_t most) {
  std::string out;
  out.reserve(std::min(text.size(), most));
  while (!text.empty()) {
    const auto piece = utf8::take_clean(text);
    if (out.size() + piece.size() > most) return out + " (line cut)";
    out += piece;
  }
  return out;
}

void LogBuffer::push(LogLine line) {
  bytes_ += line.output.size() + 64;
  total_ += line.output.size() + 64;
  lines_.push_back(std::move(line));
}

void LogBuffer::add(LogLine line) {
  line.output = clean_line(line.output, options_.log_longest_line);
  const bool important = line.source == LogSource::provisioner_daemon;
  if (total_ + line.output.size() <= options_.log_most_bytes || (important && total_ < 2 * options_.log_most_bytes)) return push(std::move(line));
  if (std::exchange(cut_, true)) return;
  line.source = LogSource::provisioner_daemon;
  line.level = LogLevel::warn;
  line.output = fmt::format("The log is longer than {} MiB: the rest is left out.", options_.log_most_bytes >> 20);
  push(std::move(line));
}

std::vector<LogLine> LogBuffer::take() {
  std::vector<LogLine> out;
  std::size_t size = 0;
  while (!lines_.empty() && out.size() < options_.log_batch_lines && (out.empty() || size < options_.log_batch_bytes)) {
    size += lines_.front().output.size() + 64;
    out.push_back(std::move(lines_.front()));
    lines_.pop_front();
  }
  bytes_ -= std::min(bytes_, size);
  return out;
}

}  // namespace slipway::provisioner
