#include "agent/terminals.hpp"

#include "agent/pty.hpp"
#include "aio/event.hpp"
#include "base/log.hpp"
#include "crypto/token.hpp"

#include <algorithm>

namespace slipway::agent {

namespace {

constexpr std::size_t kInputWaiting = 256 << 10;  // pasted bytes that the shell has not yet taken
constexpr Milliseconds kGlance{10};
constexpr std::size_t kNamesKept = 64;

// Browsers count in floating point: exact up to 2^53. Two shells never give the same byte the same number.
std::uint64_t first_number() {
  std::uint64_t out = 0;
  for (const char one : crypto::random_bytes(6)) out = (out << 8U) | static_cast<unsigned char>(one);
  return out + 1;
}

std::string eight_bytes(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

}  // namespace

struct Terminals::Viewer {
  Viewer(const asio::any_io_executor& home, std::unique_ptr<net::Stream> to) : stream(std::move(to)), changed(home) {}

  std::unique_ptr<net::Stream> stream;
  std::optional<Uuid> name;
  std::string backlog;
  std::uint64_t taken = 0;  // bytes written to it so far
  bool over = false;        // nothing more will come
  aio::Event changed;

  void end() {
    over = true;
    changed.notify();
  }
  void cut() {
    backlog.clear();
    stream->close();
    end();
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
  const std::uint64_t first = first_number();          // of the bytes that it shows
  std::list<std::pair<Uuid, std::uint64_t>> messages;  // taken of viewers with a name, the latest comer last

  // How many messages of that viewer were taken; it is now the latest comer.
  std::uint64_t come(const Uuid& name) {
    const auto found = std::ranges::find(messages, name, &std::pair<Uuid, std::uint64_t>::first);
    if (found != messages.end()) {
      messages.splice(messages.end(), messages, found);
      return found->second;
    }
    messages.emplace_back(name, 0);
    if (messages.size() > kNamesKept) messages.pop_front();
    return TerminalRequest::kNeverCame;
  }
  void took_from(const std::optional<Uuid>& name) {
    const auto found = name ? std::ranges::find(messages, *name, &std::pair<Uuid, std::uint64_t>::first) : messages.end();
    if (found != messages.end()) ++found->second;
  }
  // What a viewer is shown first.
  std::string welcome(const std::optional<TerminalRequest::Viewer>& viewer) {
    if (!viewer) return replay.text();
    const auto unseen = viewer->next >= first ? replay.behind(viewer->next - first) : std::nullopt;
    const auto text = unseen.value_or(replay.text());
    return std::string(TerminalRequest::kHello) + eight_bytes(first + replay.added() - text.size()) + eight_bytes(come(viewer->name)) + text;
  }

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
  if (request.command.empty()) terminal->show(commands_.message_of_the_day() + request.greeting);
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
    slow->cut();
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
    terminal.took_from(viewer.name);
    terminal.pty->resize(message.size);
    if (message.data.empty()) return;
    terminal.input += message.data;
    terminal.input_changed.notify();
  };
  std::array<char, 4096> buffer{};
  while (!viewer.over) {
    const auto got = co_await viewer.stream->read_some(buffer);
    if (!got || *got == 0 || viewer.over) co_return;
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
  if (request.viewer) {
    viewer.name = request.viewer->name;
    // It comes over another connection: what the one before still has to say is said again over this one.
    for (Viewer* other : terminal->viewers)
      if (other->name == viewer.name) other->cut();
  }
  viewer.backlog = terminal->welcome(request.viewer);
  const auto place = terminal->viewers.insert(terminal->viewers.end(), &viewer);
  ++terminal->generation;
  terminal->pty->resize(request.size);

  // Takes the viewer off the list however this ends: cancellation unwinds through here too.
  struct Leave {
    Terminals& self;
    Held terminal;
    std::list<Viewer*>::iterator place;
    Milliseconds keep;
    ~Leave() {
      terminal->viewers.erase(place);
      const auto generation = ++terminal->generation;
      if (!terminal->viewers.empty() || terminal->over) return;
      auto expire_it = [](Terminals* of, Held held, std::uint64_t when, Milliseconds keep) -> Task<void> {
        co_await of->expire(std::move(held), when, keep);
      };
      self.nursery_.start(expire_it, &self, terminal, generation, keep);
    }
  } leave{*this, terminal, place, viewer.name ? limits_.keep_for_named : limits_.keep};
  co_await (read_viewer(*terminal, viewer) || write_viewer(viewer));
  viewer.stream->close();
}

Task<void> Terminals::expire(Held terminal, std::uint64_t generation, Milliseconds keep) {
  co_await aio::sleep(keep);
  if (terminal->generation != generation || terminal->over) co_return;
  log::info("a terminal that nobody came back to was closed", {{"terminal", terminal->id.str()}});
  terminal->pty->process().signal(SIGHUP);
  co_await aio::sleep(Seconds(5));
  terminal->pty->process().signal(SIGKILL);
}

void Terminals::hang_up() {
  for (const auto& [id, terminal] : terminals_) {
    terminal->pty->process().signal(SIGHUP);
    auto kill_it = [](Terminals* self, Held held) -> Task<void> {
      co_await aio::sleep(Seconds(5));
      if (const auto still = self->terminals_.find(held->id); still != self->terminals_.end() && still->second == held)
        held->pty->process().signal(SIGKILL);
    };
    nursery_.start(kill_it, this, terminal);
  }
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
