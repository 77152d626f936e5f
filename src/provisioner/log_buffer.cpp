#include "provisioner/log_buffer.hpp"

namespace slipway::provisioner {
namespace {

// Length of the valid UTF-8 character at the start of `text`; 0 when there is none.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool too_short = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool no_character = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return too_short || no_character ? 0 : length;
}

}  // namespace

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const auto length = character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string clean_line(std::string_view text, std::size_t most) {
  std::string out;
  out.reserve(std::min(text.size(), most));
  while (!text.empty()) {
    const auto length = character(text);
    const std::string_view piece = length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    if (out.size() + piece.size() > most) return out + " (line cut)";
    out += piece;
    text.remove_prefix(std::max<std::size_t>(length, 1));
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
