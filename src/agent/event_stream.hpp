// Server-sent events, read as they come: fed with any pieces of the body, it gives whole events. Pure. home: own thread.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::agent {

struct StreamEvent {
  std::string name;  // empty where the stream names none
  std::string data;  // lines joined by a line end
};

class EventStream {
 public:
  static constexpr std::size_t kMostBytes = 64 << 10;  // of one event that has not ended

  // The events that end within what was fed so far, each given once. Code::too_large: an event without an end.
  Result<std::vector<StreamEvent>> feed(std::string_view bytes);

 private:
  void take_line(std::string_view line, std::vector<StreamEvent>& into);

  std::string rest_;  // of a line that has not ended
  StreamEvent event_;
  bool begun_ = false;
};

}  // namespace slipway::agent
