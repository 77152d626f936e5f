// The terminals of this workspace that survive their viewers: one shell per reconnect id, any number of
// viewers, the latest output replayed to each newcomer, five minutes of life after the last one left. They belong to the
// agent's process, not to its connection, so that a restarted server finds them again. home: own thread.
#pragma once

#include "agent/commands.hpp"
#include "agent/replay.hpp"
#include "agent/terminal_input.hpp"
#include "aio/nursery.hpp"
#include "net/stream.hpp"

#include <list>
#include <map>

namespace slipway::agent {

struct TerminalLimits {
  Milliseconds keep = std::chrono::minutes(5);          // after the last viewer has left
  Milliseconds keep_for_named = std::chrono::hours(1);  // when that one comes back by itself
  Milliseconds slow_viewer = Seconds(5);                // one that takes nothing for so long is cut off
  std::size_t viewer_backlog = 256 << 10;               // unread bytes at which the shell is made to wait
  std::size_t most = 200;                               // terminals at a time
};

struct TerminalRequest {
  Uuid id;
  TerminalSize size;
  std::string command;        // empty: a login shell
  std::string greeting = {};  // what a new login shell shows first, after the message of the day
  // Of a viewer that comes back by itself: its name, and the number of the next byte that it has not seen (0: it has seen none). It is
  // first told kHello and two numbers of eight bytes, the higher ones first: that of the byte which follows, and how many of its
  // messages were taken, or kNeverCame; then what it has not seen, or all that is kept when that is no longer known.
  struct Viewer {
    Uuid name;
    std::uint64_t next = 0;
  };
  std::optional<Viewer> viewer = {};

  static constexpr std::string_view kHello = "SLPWTTY1";
  static constexpr std::uint64_t kNeverCame = ~std::uint64_t{0};
};

class Terminals {
 public:
  Terminals(asio::any_io_executor home, const Commands& commands, TerminalLimits limits = {});
  ~Terminals();

  // The running terminal of that id, or a new one. Errors: too_many, or what starting the shell fails with.
  Result<void> ensure(const TerminalRequest& request);
  // Shows the terminal to `stream` and takes the viewer's messages from it, until either ends. ensure() came before.
  Task<void> view(TerminalRequest request, std::unique_ptr<net::Stream> stream);

  std::size_t size() const { return terminals_.size(); }
  std::size_t viewers() const;
  // Hangs up every shell.
  Task<void> stop();
  // Hangs up every terminal; new ones may be opened.
  void hang_up();

 private:
  struct Viewer;
  struct Terminal;
  using Held = std::shared_ptr<Terminal>;

  Task<void> run(Held terminal);
  Task<void> pump_output(Terminal& terminal);
  Task<void> pump_input(Terminal& terminal);
  Task<void> let_viewers_catch_up(Terminal& terminal);
  Task<void> expire(Held terminal, std::uint64_t generation, Milliseconds keep);
  Task<void> read_viewer(Terminal& terminal, Viewer& viewer);
  Task<void> write_viewer(Viewer& viewer);

  const Commands& commands_;
  TerminalLimits limits_;
  std::map<Uuid, Held> terminals_;
  aio::Nursery nursery_;
};

}  // namespace slipway::agent
