#include "agent/event_stream.hpp"

namespace slipway::agent {

void EventStream::take_line(std::string_view line, std::vector<StreamEvent>& into) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) {
    if (begun_) into.push_back(std::move(event_));
    event_ = {};
    begun_ = false;
    return;
  }
  const auto colon = line.find(':');
  const auto field = line.substr(0, colon);
  auto value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_.name = value;
  if (field == "data") event_.data += (event_.data.empty() ? "" : "\n") + std::string(value);
  begun_ = begun_ || field == "event" || field == "data";
}

Result<std::vector<StreamEvent>> EventStream::feed(std::string_view bytes) {
  std::vector<StreamEvent> out;
  rest_ += bytes;
  std::size_t from = 0;
  for (auto end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n', from)) {
    take_line(std::string_view(rest_).substr(from, end - from), out);
    from = end + 1;
  }
  rest_.erase(0, from);
  if (rest_.size() + event_.data.size() > kMostBytes) return fail(Code::too_large, "The server sent an event that does not end.");
  return out;
}

}  // namespace slipway::agent
