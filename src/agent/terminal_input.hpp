// What a browser's terminal sends: JSON objects one after another, cut anywhere. Each may hold `data`, `height`, `width`.
// Untrusted: bounded in size and depth. Pure.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace slipway::agent {

struct TerminalSize {
  unsigned short rows = 0;
  unsigned short columns = 0;
  bool is_set() const { return rows > 0 && columns > 0; }
  bool operator==(const TerminalSize&) const = default;
};

struct TerminalMessage {
  std::string data;
  TerminalSize size;  // a zero means: leave the size alone
};

class TerminalInput {
 public:
  explicit TerminalInput(std::size_t most = 1 << 20);
  ~TerminalInput();

  // Calls `sink` for each message completed by these bytes. Errors: Code::invalid for what is no such message,
  // Code::too_large; the stream is then of no more use.
  Result<void> feed(std::string_view bytes, const std::function<void(TerminalMessage)>& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slipway::agent
