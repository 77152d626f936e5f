// A terminal in a workspace without an SSH client, over one connection to the server after another (decision 0032).
#include "cli/agent_stream.hpp"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <csignal>

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "cli/outage.hpp"
#include "cli/own_pipe.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_memory.hpp"
#include "cli/wait.hpp"
#include "net/url.hpp"
#include "net/websocket.hpp"

namespace slipway::cli {
namespace {

constexpr std::size_t kPiece = 32 * 1024;
constexpr std::size_t kAhead = 256 * 1024;  // typed or pasted bytes that were not sent yet
constexpr Milliseconds kDialLimit{20'000}, kGreetingLimit{15'000};
constexpr char kInterrupt = 0x03;
constexpr std::string_view kEmptyScreen =
    "\x1b"
    "c";

// One terminal, whatever carries it now.
struct Shell {
  Shell(Session& with, const api::Workspace& workspace, const Uuid& agent, const StreamOptions& how, const aio::Executor& home)
      : session(with),
        path(fmt::format("/api/v2/workspaceagents/{}/pty?reconnect={}", agent.str(), Uuid::random().str())),
        outage(with, workspace, how, " Ctrl-C ends it.", home),
        news(home),
        room(home),
        left(home) {}

  void say(const api::ReconnectingPTYRequest& message) {
    memory.add(api::to_json(message));
    news.notify();
  }

  Session& session;
  std::string path;
  const Uuid viewer = Uuid::random();
  TerminalMemory memory;
  Outage outage;
  std::shared_ptr<net::WebSocket> socket;
  aio::Event news;  // there may be something to send
  aio::Event room;  // something was sent
  aio::Event left;  // the person's side has ended
  bool gave_up = false;
};

// `command` is for the first connection alone: a shell that is gone must not run it again.
Task<Result<void>> dial(Shell& shell, std::string command) {
  const auto size = terminal_size();
  const auto seen = shell.memory.begin();
  auto path = fmt::format("{}&height={}&width={}&viewer={}&received={}", shell.path, size.rows, size.columns, shell.viewer.str(), seen);
  if (!command.empty()) path += "&command=" + net::percent_encode(command);
  auto dialled = shell.session.websocket(std::move(path), shell.viewer);
  CO_TRY(socket, co_await aio::with_deadline(kDialLimit, "The server does not answer.", std::move(dialled)));
  shell.socket = std::move(socket);
  co_return Result<void>();
}

// What was typed, until the person's side ends. While the connection is known to be lost, Ctrl-C is for us.
Task<void> read_keys(Shell* shell, asio::posix::stream_descriptor* input) {
  std::vector<char> piece(kPiece);
  while (true) {
    while (shell->memory.waiting() > kAhead) co_await shell->room.wait();
    const auto [error, size] = co_await input->async_read_some(asio::buffer(piece), aio::tuple);
    if (error || size == 0) break;
    const std::string_view keys(piece.data(), size);
    shell->gave_up = shell->outage.told() && keys.contains(kInterrupt);
    if (shell->gave_up) co_return shell->left.notify();
    shell->say({.data = std::string(keys)});
  }
  while (!shell->memory.is_idle()) co_await shell->room.wait();
  shell->left.notify();
}

Task<void> watch_size(Shell* shell) {
  asio::signal_set changed(co_await aio::executor(), SIGWINCH);
  while (true) {
    const auto [error, signal] = co_await changed.async_wait(aio::tuple);
    if (error) co_return;
    const auto size = terminal_size();
    shell->say({.height = size.rows, .width = size.columns});
  }
}

// Alone, so that messages go in the order in which they are remembered. One that breaks is sent again over the next connection.
Task<void> send_messages(Shell* shell) {
  while (true) {
    while (const auto message = shell->memory.next()) {
      const auto socket = shell->socket;
      if (socket) (void)co_await socket->write_binary(*message);
      shell->room.notify();
    }
    co_await shell->news.wait();
  }
}

// The next piece of output. An agent that greets does so at once.
Task<Result<net::Message>> next_piece(Shell& shell) {
  const auto socket = shell.socket;
  if (shell.memory.is_met() || !shell.memory.greets()) co_return co_await socket->read();
  auto reading = socket->read();
  co_return co_await aio::with_deadline(kGreetingLimit, "The workspace's agent does not answer.", std::move(reading));
}

// Shows what comes over this connection. Without an error the shell itself has ended, or nobody looks at our stdout any more.
Task<Result<void>> show(Shell& shell, asio::posix::stream_descriptor& output) {
  const auto socket = shell.socket;
  while (true) {
    const auto message = co_await next_piece(shell);
    if (!message) {
      const auto code = message.error().code == Code::gone ? socket->close_code() : net::close_code::abnormal;
      if (code == net::close_code::normal || code == net::close_code::none) co_return Result<void>();
      if (code == net::close_code::internal) co_return fail(Code::bad_gateway, "The agent ended the connection.", socket->close_reason());
      co_return fail(Code::unavailable, "The connection was cut off.");
    }
    const bool met = shell.memory.is_met();
    auto heard = shell.memory.hear(message->data);
    if (heard.other) co_return fail(Code::gone, "The terminal is gone: the workspace has another agent now. Connect again.");
    if (!met && shell.memory.is_met()) {
      shell.outage.end();
      shell.news.notify();
    }
    if (heard.anew) heard.bytes.insert(0, kEmptyScreen);
    const auto [error, size] = co_await asio::async_write(output, asio::buffer(heard.bytes), aio::tuple);
    if (error) co_return Result<void>();
  }
}

Task<Result<void>> come_back(Shell& shell, Error failure) {
  shell.outage.begin();
  while (true) {
    if (auto why = co_await shell.outage.gives_up(failure)) co_return std::unexpected(std::move(*why));
    const auto began = std::chrono::steady_clock::now();
    co_await shell.outage.pause();
    const auto dialled = co_await dial(shell, {});
    shell.outage.tried(began);
    if (dialled) co_return Result<void>();
    failure = dialled.error();
  }
}

// A shell that nobody has seen yet is not waited for: whether it began is not known.
Task<Result<void>> keep_shown(Shell& shell, asio::posix::stream_descriptor& output) {
  while (true) {
    auto shown = co_await show(shell, output);
    const bool began = shell.memory.is_met() || shell.outage.is_on();
    if (shown || !began || is_final(shown.error())) co_return shown;
    shell.socket->cut();
    CO_CHECK(co_await come_back(shell, std::move(shown).error()));
  }
}

Task<Result<void>> terminal(Session& session, const api::Workspace& workspace, Uuid agent, std::string command, StreamOptions options) {
  using namespace asio::experimental::awaitable_operators;
  const auto home = co_await aio::executor();
  Shell shell(session, workspace, agent, options, home);
  CO_CHECK(co_await dial(shell, std::move(command)));
  RawMode raw;
  OwnPipe input(home, STDIN_FILENO), output(home, STDOUT_FILENO);
  aio::Nursery nursery(home);
  nursery.start(read_keys, &shell, &input.stream());
  nursery.start(watch_size, &shell);
  nursery.start(send_messages, &shell);
  auto ended = co_await (keep_shown(shell, output.stream()) || shell.left.wait());
  co_await nursery.stop();
  co_await shell.outage.stop();
  if (shell.gave_up) co_return fail(Code::cancelled, "You left while the connection was lost.");
  co_await shell.socket->close();
  co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : Result<void>();
}

}  // namespace

Result<int> run_terminal(Session& session, const api::Workspace& workspace, const Uuid& agent, const std::string& command,
                         const StreamOptions& options) {
  TRY_OK(session.wait(terminal(session, workspace, agent, command, options)));
  return 0;
}

}  // namespace slipway::cli
