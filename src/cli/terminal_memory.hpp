// What a terminal in a workspace remembers over its connections, so that the next one goes on where this one broke: how far its output
// was shown, and what was typed that the agent may not have taken. The agent says at the start of each connection where it begins
// and what it has taken; one that does not (of an earlier version) shows everything anew. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::cli {

class TerminalMemory {
 public:
  struct Heard {
    std::string bytes;   // to be shown
    bool anew = false;   // on an empty screen
    bool other = false;  // of another shell: the one before is gone
  };

  // A new connection. The number of the next byte to be shown, 0 when none was: what to ask the agent for.
  std::uint64_t begin();
  // A message that is to be sent.
  void add(std::string message);
  // The next one to send on this connection; none until the agent has said what it took.
  std::optional<std::string> next();
  // Bytes of messages that were never given to any connection.
  std::size_t waiting() const { return waiting_; }
  // There is nothing left to be given to this one.
  bool is_idle() const { return given_ == messages_.size(); }
  Heard hear(std::string_view bytes);
  // The agent has said something on this connection.
  bool is_met() const { return !head_; }
  // It will, at once: the agent is one that greets.
  bool greets() const { return next_ != 0; }

 private:
  Heard meet(std::string bytes, std::uint64_t from, std::optional<std::uint64_t> taken);
  void forget(std::size_t count);

  std::optional<std::string> head_ = std::string();  // of this connection, until it is complete
  std::uint64_t next_ = 0;
  std::deque<std::string> messages_;  // that may not have been taken
  std::uint64_t first_ = 0;           // how many were, before those
  std::size_t given_ = 0;             // of messages_, to this connection
  std::size_t offered_ = 0;           // likewise, to this one or another
  std::size_t kept_ = 0, waiting_ = 0;
  bool met_ = false;  // on any connection
};

}  // namespace slipway::cli
