#include "agent/terminals.hpp"

#include "agent/pty.hpp"
#include "aio/event.hpp"
#include "base/log.hpp"

namespace slipway::agent {

namespace {

constexpr std::size_t kInputWaiting = 256 << 10;  // pasted bytes that the shell has not yet taken
constexpr Milliseconds kGlance{10};

}  // namespace

struct Terminals::Viewer {
  Viewer(const asio::any_io_executor& home, std::unique_ptr<net::Stream> to) : stream(std::move(to)), changed(home) {}

  std::unique_ptr<net::Stream> stream;
  std::string backlog;
  std::uint64_t taken = 0;  // bytes written to it so far
  bool over = false;        // nothing more will come
  aio::Event changed;

  void end() {
    over = true;
    changed.notify();
  }
};

struct Terminals::Terminal {
  Terminal(const asio::any_io_executor& home, Uuid name, std::unique_ptr<Pty> shell) : id(name), pty(std::move(shell)), input_changed(home) {}

  Uuid id;
  std::unique_ptr<Pty> pty;
  Replay replay;
  std::list<Viewer*> viewers;
  std::string input;
  aio::Event input_changed;
  std::uint64_t generation = 0;  // counts changes of viewers, so that an old expiry knows it is stale
  bool over = false;

  void show(std::string_view bytes) {
    replay.add(bytes);
    for (Viewer* viewer : viewers) {
      viewer->backlog += bytes;
      viewer->changed.notify();
    }
  }
};

Terminals::Terminals(asio::any_io_executor home, const Commands& commands, TerminalLimits limits)
    : commands_(commands), limits_(limits), nursery_(std::move(home)) {}

Terminals::~Terminals() = default;

std::size_t Terminals::viewers() const {
  std::size_t out = 0;
  for (const auto& [id, terminal] : terminals_) out += terminal->viewers.size();
  return out;
}

Result<void> Terminals::ensure(const TerminalRequest& request) {
  if (terminals_.contains(request.id)) return {};
  if (terminals_.size() >= limits_.most)
    return fail(Code::too_many, fmt::format("This workspace has {} terminals already. Close one of them.", limits_.most));
  TRY(pty, Pty::open(nursery_.home(), commands_.now(), request.command, request.size, "xterm-256color"));
  auto terminal = std::make_shared<Terminal>(nursery_.home(), request.id, std::move(pty));
  if (request.command.empty()) terminal->show(commands_.message_of_the_day());
  terminals_.emplace(request.id, terminal);
  auto run_it = [](Terminals* self, Held held) -> Task<void> { co_await self->run(std::move(held)); };
  if (!nursery_.start(run_it, this, terminal)) {
    terminals_.erase(request.id);
    return fail(Code::unavailable, "The agent is shutting down.");
  }
  return {};
}

// A shell's whole life: it ends when the shell has exited, whatever still holds the terminal open.
Task<void> Terminals::run(Held terminal) {
  using namespace asio::experimental::awaitable_operators;
  auto exit_then_grace = [](Terminal& of) -> Task<void> {
    co_await of.pty->process().wait();
    co_await aio::sleep(Milliseconds(200));  // its last words are still in the terminal
  };
  co_await (exit_then_grace(*terminal) || pump_output(*terminal) || pump_input(*terminal));
  terminal->over = true;
  if (const auto found = terminals_.find(terminal->id); found != terminals_.end() && found->second == terminal) terminals_.erase(found);
  for (Viewer* viewer : terminal->viewers) viewer->end();
  terminal->pty->close();
  // Closing has sent SIGHUP; a shell that ignores it is killed.
  co_await terminal->pty->process().stop(SIGHUP, Seconds(5));
}

Task<void> Terminals::pump_output(Terminal& terminal) {
  std::array<char, 16384> buffer{};
  while (true) {
    const auto got = co_await terminal.pty->read_some(buffer);
    if (!got || *got == 0) co_return;
    terminal.show(std::string_view(buffer.data(), *got));
    co_await let_viewers_catch_up(terminal);
  }
}

// The shell waits for its viewers, as at a real terminal; but one that takes nothing at all must not hold up the others.
Task<void> Terminals::let_viewers_catch_up(Terminal& terminal) {
  const auto slowest = [&]() -> Viewer* {
    for (Viewer* viewer : terminal.viewers)
      if (!viewer->over && viewer->backlog.size() > limits_.viewer_backlog) return viewer;
    return nullptr;
  };
  while (Viewer* slow = slowest()) {
    const auto taken = slow->taken;
    const auto give_up = std::chrono::steady_clock::now() + limits_.slow_viewer;
    while (slowest() == slow && slow->taken == taken && std::chrono::steady_clock::now() < give_up) co_await aio::sleep(kGlance);
    if (slowest() != slow || slow->taken != taken) continue;
    log::info("a terminal's viewer that took nothing was cut off", {{"terminal", terminal.id.str()}});
    slow->backlog.clear();
    slow->over = true;
    slow->stream->close();
    slow->changed.notify();
  }
}

Task<void> Terminals::pump_input(Terminal& terminal) {
  while (true) {
    while (terminal.input.empty()) co_await terminal.input_changed.wait();
    const std::string bytes = std::exchange(terminal.input, {});
    if (!co_await terminal.pty->write(bytes)) break;
  }
  co_await aio::sleep(std::chrono::hours(24));  // the end of output tells what happened
}

Task<void> Terminals::read_viewer(Terminal& terminal, Viewer& viewer) {
  TerminalInput input;
  const auto take = [&](const TerminalMessage& message) {
    terminal.pty->resize(message.size);
    if (message.data.empty()) return;
    terminal.input += message.data;
    terminal.input_changed.notify();
  };
  std::array<char, 4096> buffer{};
  while (!viewer.over) {
    const auto got = co_await viewer.stream->read_some(buffer);
    if (!got || *got == 0) co_return;
    if (const auto fed = input.feed(std::string_view(buffer.data(), *got), take); !fed) {
      log::info("a terminal's viewer was cut off", {{"why", fed.error().say}});
      co_return;
    }
    while (terminal.input.size() > kInputWaiting && !terminal.over) co_await aio::sleep(kGlance);
  }
}

Task<void> Terminals::write_viewer(Viewer& viewer) {
  while (true) {
    while (viewer.backlog.empty() && !viewer.over) co_await viewer.changed.wait();
    if (viewer.backlog.empty()) break;
    const std::string bytes = std::exchange(viewer.backlog, {});
    if (!co_await viewer.stream->write(bytes)) co_return;
    viewer.taken += bytes.size();
  }
  (void)co_await viewer.stream->shutdown_send();
}

Task<void> Terminals::view(TerminalRequest request, std::unique_ptr<net::Stream> stream) {
  using namespace asio::experimental::awaitable_operators;
  const auto found = terminals_.find(request.id);
  if (found == terminals_.end()) co_return;
  const Held terminal = found->second;
  Viewer viewer(nursery_.home(), std::move(stream));
  viewer.backlog = terminal->replay.text();
  const auto place = terminal->viewers.insert(terminal->viewers.end(), &viewer);
  ++terminal->generation;
  terminal->pty->resize(request.size);

  // Takes the viewer off the list however this ends: cancellation unwinds through here too.
  struct Leave {
    Terminals& self;
    Held terminal;
    std::list<Viewer*>::iterator place;
    ~Leave() {
      terminal->viewers.erase(place);
      const auto generation = ++terminal->generation;
      if (!terminal->viewers.empty() || terminal->over) return;
      auto expire_it = [](Terminals* of, Held held, std::uint64_t when) -> Task<void> { co_await of->expire(std::move(held), when); };
      self.nursery_.start(expire_it, &self, terminal, generation);
    }
  } leave{*this, terminal, place};
  co_await (read_viewer(*terminal, viewer) || write_viewer(viewer));
  viewer.stream->close();
}

Task<void> Terminals::expire(Held terminal, std::uint64_t generation) {
  co_await aio::sleep(limits_.keep);
  if (terminal->generation != generation || terminal->over) co_return;
  log::info("a terminal that nobody came back to was closed", {{"terminal", terminal->id.str()}});
  terminal->pty->process().signal(SIGHUP);
  co_await aio::sleep(Seconds(5));
  terminal->pty->process().signal(SIGKILL);
}

Task<void> Terminals::stop() {
  for (const auto& [id, terminal] : terminals_) {
    terminal->pty->process().signal(SIGHUP);
    terminal->over = true;
    for (Viewer* viewer : terminal->viewers) viewer->end();
  }
  co_await nursery_.stop();
  terminals_.clear();
}

}  // namespace slipway::agent
