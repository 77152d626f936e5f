// SSH on stdin and stdout, over one connection to the server after another (decision 0032).
#include <boost/asio/buffer.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <csignal>

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "cli/agent_stream.hpp"
#include "cli/outage.hpp"
#include "cli/own_pipe.hpp"
#include "cli/wait.hpp"
#include "net/websocket.hpp"
#include "tunnel/relay.hpp"
#include "tunnel/resumable_stream.hpp"
#include "tunnel/resume_greeting.hpp"

namespace slipway::cli {
namespace {

constexpr std::size_t kPiece = 32 * 1024;
constexpr Milliseconds kDialLimit{20'000}, kAnswerLimit{15'000};
constexpr Milliseconds kLastWords{1'000};  // for what is still to be said at the end
constexpr Milliseconds kRestOfInput{500};  // from a signal to leave until the end of stdin

// One connection to the server, and how the agent greets on it.
struct Way {
  explicit Way(std::unique_ptr<net::WebSocket> socket) : carrier(std::move(socket)) {}
  tunnel::WebSocketStream carrier;
  tunnel::Greeting greeting;
};
using WayPtr = std::shared_ptr<Way>;

Task<Result<WayPtr>> dial(Session& session, std::string path, Uuid stream) {
  CO_TRY(socket, co_await session.websocket(std::move(path), stream));
  auto way = std::make_shared<Way>(std::move(socket));
  CO_TRY(greeting, co_await tunnel::hear_greeting(way->carrier));
  way->greeting = std::move(greeting);
  co_return way;
}

// Keeps one stream carried.
struct Keeper {
  Keeper(Session& with, std::string where, const api::Workspace& of, StreamOptions how, const aio::Executor& home)
      : session(with), path(std::move(where)), end(std::make_shared<tunnel::HeldEnd>(home)), outage(with, of, how, "", home) {}

  Session& session;
  std::string path;
  std::shared_ptr<tunnel::HeldEnd> end;
  Outage outage;
  WayPtr way;
  tunnel::ResumeKey key = tunnel::make_resume_key();
  bool known = false, leaving = false;
};

// The next way, or nothing once the stream has failed.
Task<WayPtr> next_way(Keeper& keeper) {
  keeper.outage.begin();
  Error failure{.code = Code::unavailable, .say = "The connection was cut off."};
  while (true) {
    if (const auto why = co_await keeper.outage.gives_up(failure)) {
      keeper.end->fail(*why);
      co_return nullptr;
    }
    const auto began = std::chrono::steady_clock::now();
    co_await keeper.outage.pause();
    auto dialled = dial(keeper.session, keeper.path, keeper.key.id);
    auto way = co_await aio::with_deadline(kDialLimit, "The server does not answer.", std::move(dialled));
    keeper.outage.tried(began);
    if (way && (*way)->greeting.number) co_return *way;
    failure = way ? Error{.code = Code::gone, .say = "The session is gone: the workspace has another agent now. Connect again."} : way.error();
  }
}

Task<void> keep_carried(Keeper* keeper) {
  while (keeper->way) {
    auto& carrier = keeper->way->carrier;
    auto asked = tunnel::come_in(carrier, keeper->key, *keeper->way->greeting.number, keeper->known, keeper->end->received());
    auto has = co_await aio::with_deadline(kAnswerLimit, "The workspace's agent does not answer.", std::move(asked));
    if (has && !keeper->end->reaches(*has)) has = fail(Code::gone, "The two ends of the session do not meet any more. Connect again.");
    if (!has && (is_final(has.error()) || has.error().code == Code::too_many)) co_return keeper->end->fail(has.error());
    if (has) {
      keeper->known = true;
      keeper->outage.end();
      (void)co_await keeper->end->carry(carrier, *has);
      // The way stays open for a goodbye in good order.
      if (keeper->end->over() || keeper->leaving) co_return;
    }
    carrier.close();
    keeper->way = co_await next_way(*keeper);
  }
}

Task<void> pass_in(net::Stream* to, asio::posix::stream_descriptor* input, aio::Event* ended, StreamCount* count) {
  std::vector<char> piece(kPiece);
  while (true) {
    const auto [error, size] = co_await input->async_read_some(asio::buffer(piece), aio::tuple);
    if (error || size == 0) break;
    if (!co_await to->write({piece.data(), size})) co_return;
    count->up += size;
  }
  (void)co_await to->shutdown_send();
  ended->notify();
}

// The other side decides when all is over. That nobody reads our stdout any more is no error.
Task<Result<void>> pass_out(net::Stream& from, asio::posix::stream_descriptor& output, std::string_view first, StreamCount& passed) {
  std::vector<char> piece(kPiece);
  for (auto bytes = first;;) {
    const auto [error, size] = co_await asio::async_write(output, asio::buffer(bytes), aio::tuple);
    if (error) co_return Result<void>();
    passed.down += size;
    const auto count = co_await from.read_some(piece);
    if (!count && count.error().code == Code::bad_gateway)
      co_return fail(Code::bad_gateway, "The connection to the workspace was cut off.", count.error().why);
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0) co_return Result<void>();
    bytes = {piece.data(), *count};
  }
}

// ssh takes leave of us by a signal, and may have written its last words just before it.
Task<void> leave(asio::signal_set& signals, aio::Event& end_of_input) {
  const auto [error, signal] = co_await signals.async_wait(aio::tuple);
  if (!error) co_await end_of_input.wait_for(kRestOfInput);
}

// What runs beside a stream, until it fails: for good, when it is done or there is none.
Task<Result<void>> beside(const StreamOptions* options, std::shared_ptr<StreamCount> count) {
  if (options->beside)
    if (auto done = co_await options->beside(std::move(count)); !done) co_return std::unexpected(std::move(done).error());
  while (true) co_await aio::sleep(std::chrono::hours(1));
}

Task<Result<void>> plain(WayPtr way, const StreamOptions* options) {
  using namespace asio::experimental::awaitable_operators;
  const auto count = std::make_shared<StreamCount>();
  const auto home = co_await aio::executor();
  OwnPipe input(home, STDIN_FILENO), output(home, STDOUT_FILENO);
  aio::Event end_of_input(home);
  aio::Nursery nursery(home);
  nursery.start(pass_in, &way->carrier, &input.stream(), &end_of_input, count.get());
  auto ended = co_await (pass_out(way->carrier, output.stream(), way->greeting.already_read, *count) || beside(options, count));
  co_await nursery.stop();
  co_await way->carrier.finish();
  co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : std::get<1>(std::move(ended));
}

Task<Result<void>> held(Keeper* keeper, const StreamOptions* options) {
  using namespace asio::experimental::awaitable_operators;
  const auto home = co_await aio::executor();
  const auto stream = keeper->end->stream();
  const auto count = std::make_shared<StreamCount>();
  OwnPipe input(home, STDIN_FILENO), output(home, STDOUT_FILENO);
  asio::signal_set signals(home, SIGHUP, SIGINT, SIGTERM);
  aio::Event end_of_input(home);
  aio::Nursery copying(home), carrying(home);
  carrying.start(keep_carried, keeper);
  copying.start(pass_in, stream.get(), &input.stream(), &end_of_input, count.get());
  auto ended = co_await (pass_out(*stream, output.stream(), {}, *count) || leave(signals, end_of_input) || beside(options, count));
  co_await copying.stop();
  // The agent is told that nobody comes back to this stream.
  keeper->leaving = true;
  stream->close();
  if (keeper->end->carried()) co_await (keeper->end->said() || aio::sleep(kLastWords));
  co_await carrying.stop();
  co_await keeper->outage.stop();
  if (keeper->way) co_await (keeper->way->carrier.finish() || aio::sleep(kLastWords));
  if (ended.index() == 1) co_return Result<void>();
  co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : std::get<2>(std::move(ended));
}

Task<Result<void>> stream(Session& session, const api::Workspace& workspace, Uuid agent, StreamOptions options) {
  Keeper keeper(session, fmt::format("/api/v2/workspaceagents/{}/ssh", agent.str()), workspace, options, co_await aio::executor());
  CO_TRY(way, co_await dial(session, keeper.path, keeper.key.id));
  if (!way->greeting.number) co_return co_await plain(std::move(way), &options);
  keeper.way = std::move(way);
  co_return co_await held(&keeper, &options);
}

}  // namespace

Result<void> stream_ssh(Session& session, const api::Workspace& workspace, const Uuid& agent, const StreamOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  return session.wait(stream(session, workspace, agent, options));
}

}  // namespace slipway::cli
