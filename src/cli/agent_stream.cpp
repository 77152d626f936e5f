#include "cli/agent_stream.hpp"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <csignal>

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "cli/own_pipe.hpp"
#include "cli/terminal.hpp"
#include "cli/wait.hpp"
#include "net/url.hpp"
#include "net/websocket.hpp"

namespace slipway::cli {
namespace {

constexpr std::size_t kPiece = 32 * 1024;

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

// Frames go to stdout until the socket ends.
Task<Result<void>> receive_output(net::WebSocket& socket, asio::posix::stream_descriptor& output) {
  while (true) {
    auto message = co_await socket.read();
    if (!message) {
      if (message.error().code != Code::gone) co_return std::unexpected(std::move(message).error());
      if (socket.close_code() == net::close_code::internal)
        co_return fail(Code::bad_gateway, "The agent ended the connection.", socket.close_reason());
      co_return Result<void>{};
    }
    const auto [error, size] = co_await asio::async_write(output, asio::buffer(message->data), aio::tuple);
    if (error) co_return Result<void>{};
  }
}

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
  OwnPipe input(home, STDIN_FILENO), output(home, STDOUT_FILENO);
  aio::Event end_of_input(home);
  aio::Nursery nursery(home);
  nursery.start([](net::WebSocket* to, asio::posix::stream_descriptor* from, aio::Event* end) { return send_input(to, from, typed_frame, end); },
                socket.get(), &input.stream(), &end_of_input);
  nursery.start(send_sizes, socket.get());
  auto ended = co_await (receive_output(*socket, output.stream()) || end_of_input.wait());
  co_await nursery.stop();
  co_await socket->close();
  co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : Result<void>();
}

}  // namespace

Result<int> run_terminal(Session& session, const Uuid& agent, const std::string& command) {
  const auto size = terminal_size();
  auto path =
      fmt::format("/api/v2/workspaceagents/{}/pty?reconnect={}&height={}&width={}", agent.str(), Uuid::random().str(), size.rows, size.columns);
  if (!command.empty()) path += "&command=" + net::percent_encode(command);
  TRY_OK(session.wait(terminal(session, path)));
  return 0;
}

}  // namespace slipway::cli
