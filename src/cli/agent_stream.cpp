#include "cli/agent_stream.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <csignal>

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "cli/terminal.hpp"
#include "cli/wait.hpp"
#include "net/url.hpp"
#include "net/websocket.hpp"

namespace slipway::cli {
namespace {

constexpr std::size_t kPiece = 32 * 1024;
constexpr Milliseconds kGreetingLimit{15000};

// stdin or stdout for Asio. The flags of the open file are shared with whoever gave it to us: put back at the end.
class Pipe {
 public:
  Pipe(const aio::Executor& home, int fd) : fd_(fd), flags_(fcntl(fd, F_GETFL)), stream_(home, dup(fd)) {}
  ~Pipe() {
    boost::system::error_code ignored;
    stream_.close(ignored);
    fcntl(fd_, F_SETFL, flags_);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  asio::posix::stream_descriptor& stream() { return stream_; }

 private:
  int fd_, flags_;
  asio::posix::stream_descriptor stream_;
};

// What stdin gives goes out as frames, each shaped by `frame`, until its end. Closing is for whoever reads the socket.
template <class Frame>
Task<void> send_input(net::WebSocket* socket, asio::posix::stream_descriptor* input, Frame frame, aio::Event* ended) {
  std::vector<char> piece(kPiece);
  while (true) {
    const auto [error, size] = co_await input->async_read_some(asio::buffer(piece), aio::tuple);
    if (error || size == 0) break;
    const std::string out = frame(std::string_view(piece.data(), size));
    if (const auto sent = co_await socket->write_binary(out); !sent) co_return;
  }
  ended->notify();
}

// Frames go to stdout until the socket ends; in a stream an empty one says that all has been sent.
Task<Result<void>> receive_output(net::WebSocket& socket, asio::posix::stream_descriptor& output, bool stream) {
  while (true) {
    auto message = co_await socket.read();
    if (!message) {
      if (message.error().code != Code::gone) co_return std::unexpected(std::move(message).error());
      if (socket.close_code() == net::close_code::internal)
        co_return fail(Code::bad_gateway, "The agent ended the connection.", socket.close_reason());
      if (stream) co_return fail(Code::bad_gateway, "The connection to the workspace was cut off.");
      co_return Result<void>{};
    }
    if (stream && message->data.empty()) co_return Result<void>{};
    const auto [error, size] = co_await asio::async_write(output, asio::buffer(message->data), aio::tuple);
    if (error) co_return Result<void>{};
  }
}

// The end of our input is passed on; the other side decides when all is over.
Task<void> pass_on_end(net::WebSocket* socket, aio::Event* ended) {
  co_await ended->wait();
  (void)co_await socket->write_binary({});
}

std::string as_it_is(std::string_view bytes) { return std::string(bytes); }

Task<Result<void>> carry(Session& session, std::string path) {
  auto opened = co_await session.websocket(std::move(path));
  if (!opened) co_return std::unexpected(std::move(opened).error());
  auto socket = std::move(*opened);
  const auto home = co_await aio::executor();
  Pipe input(home, STDIN_FILENO), output(home, STDOUT_FILENO);
  aio::Event end_of_input(home);
  aio::Nursery nursery(home);
  nursery.start([](net::WebSocket* to, asio::posix::stream_descriptor* from, aio::Event* end) { return send_input(to, from, as_it_is, end); },
                socket.get(), &input.stream(), &end_of_input);
  nursery.start(pass_on_end, socket.get(), &end_of_input);
  auto ended = co_await receive_output(*socket, output.stream(), true);
  co_await nursery.stop();
  co_await socket->close();
  co_return ended;
}

Task<Result<Milliseconds>> greeting(Session& session, std::string path) {
  const auto before = std::chrono::steady_clock::now();
  auto opened = co_await session.websocket(std::move(path));
  if (!opened) co_return std::unexpected(std::move(opened).error());
  auto message = co_await (*opened)->read();
  if (!message) co_return std::unexpected(std::move(message).error());
  const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - before);
  co_await (*opened)->close();
  if (!message->data.starts_with("SSH-")) co_return fail(Code::bad_gateway, "The agent's SSH server does not greet as one.");
  co_return took;
}

std::string ssh_path(const Uuid& agent) { return fmt::format("/api/v2/workspaceagents/{}/ssh", agent.str()); }

std::string typed_frame(std::string_view bytes) { return api::to_json(api::ReconnectingPTYRequest{.data = std::string(bytes)}); }

Task<void> send_sizes(net::WebSocket* socket) {
  asio::signal_set changed(co_await aio::executor(), SIGWINCH);
  while (true) {
    const auto [error, signal] = co_await changed.async_wait(aio::tuple);
    if (error) co_return;
    const auto size = terminal_size();
    const std::string frame = api::to_json(api::ReconnectingPTYRequest{.height = size.rows, .width = size.columns});
    if (const auto sent = co_await socket->write_binary(frame); !sent) co_return;
  }
}

Task<Result<void>> terminal(Session& session, std::string path) {
  using namespace asio::experimental::awaitable_operators;
  auto opened = co_await session.websocket(std::move(path));
  if (!opened) co_return std::unexpected(std::move(opened).error());
  auto socket = std::move(*opened);
  const auto home = co_await aio::executor();
  RawMode raw;
  Pipe input(home, STDIN_FILENO), output(home, STDOUT_FILENO);
  aio::Event end_of_input(home);
  aio::Nursery nursery(home);
  nursery.start([](net::WebSocket* to, asio::posix::stream_descriptor* from, aio::Event* end) { return send_input(to, from, typed_frame, end); },
                socket.get(), &input.stream(), &end_of_input);
  nursery.start(send_sizes, socket.get());
  auto ended = co_await (receive_output(*socket, output.stream(), false) || end_of_input.wait());
  co_await nursery.stop();
  co_await socket->close();
  co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : Result<void>();
}

}  // namespace

Result<void> stream_ssh(Session& session, const Uuid& agent) {
  std::signal(SIGPIPE, SIG_IGN);
  return session.wait(carry(session, ssh_path(agent)));
}

Result<Milliseconds> greeting_time(Session& session, const Uuid& agent) {
  return session.wait(aio::with_deadline(kGreetingLimit, "The agent does not answer.", greeting(session, ssh_path(agent))));
}

Result<int> run_terminal(Session& session, const Uuid& agent, const std::string& command) {
  const auto size = terminal_size();
  auto path =
      fmt::format("/api/v2/workspaceagents/{}/pty?reconnect={}&height={}&width={}", agent.str(), Uuid::random().str(), size.rows, size.columns);
  if (!command.empty()) path += "&command=" + net::percent_encode(command);
  TRY_OK(session.wait(terminal(session, path)));
  return 0;
}

}  // namespace slipway::cli
