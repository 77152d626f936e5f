// Both ends of a tunnel joined in memory, over a wire with the troubles that a network has.
#pragma once

#include "aio/event.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "net/headers.hpp"
#include "net/message.hpp"
#include "net/pipe.hpp"
#include "tunnel/acceptor.hpp"
#include "tunnel/session.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace slipway::tunnel::testing {

using StreamPtr = std::unique_ptr<net::Stream>;

// One direction of a wire in memory, with the troubles a network has.
struct Lane {
  explicit Lane(const aio::Executor& home) : readable(home), writable(home) {}
  std::deque<std::string> messages;
  std::size_t room = 256 * 1024, held = 0, most_held = 0;
  bool cut = false, stalled = false, said_goodbye = false;
  Milliseconds latency{0};
  std::deque<std::chrono::steady_clock::time_point> due;  // with a latency: when each message arrives
  std::optional<std::mt19937> slicer;                     // delivers the bytes in random pieces
  aio::Event readable, writable;

  void end() {
    cut = true;
    readable.notify();
    writable.notify();
  }
};

class MemoryTransport final : public Transport {
 public:
  MemoryTransport(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out) : in_(std::move(in)), out_(std::move(out)) {}

  Task<Result<std::string>> read() override {
    const auto in = in_;
    while (in->messages.empty() || in->stalled) {
      if (in->said_goodbye) co_return slipway::fail(Code::gone, "Closed.");
      if (in->cut) co_return slipway::fail(Code::bad_gateway, "Cut.", "the test cut the wire");
      co_await in->readable.wait();
    }
    if (in->latency.count() > 0) {
      const auto left = in->due.front() - std::chrono::steady_clock::now();
      in->due.pop_front();
      if (left.count() > 0) co_await aio::sleep(std::chrono::duration_cast<Milliseconds>(left));
    }
    std::string message = std::move(in->messages.front());
    in->messages.pop_front();
    if (in->slicer && message.size() > 1) {
      const std::size_t at = 1 + (*in->slicer)() % std::min<std::size_t>(message.size() - 1, 5000);
      in->messages.push_front(message.substr(at));
      message.resize(at);
    }
    in->held -= message.size();
    in->writable.notify();
    co_return message;
  }
  Task<Result<void>> write(std::string message) override {
    const auto out = out_;
    while (out->held > out->room && !out->cut) co_await out->writable.wait();
    if (out->cut) co_return slipway::fail(Code::bad_gateway, "Cut.", "the test cut the wire");
    out->held += message.size();
    out->most_held = std::max(out->most_held, out->held);
    out->messages.push_back(std::move(message));
    if (out->latency.count() > 0) out->due.push_back(std::chrono::steady_clock::now() + out->latency);
    out->readable.notify();
    co_return Result<void>();
  }
  Task<void> close() override {
    out_->said_goodbye = !out_->cut;
    out_->end();
    co_return;
  }

 private:
  std::shared_ptr<Lane> in_, out_;
};

// Serves one dialled connection as the port asks: 7 echoes, 9 swallows, 19 talks for ever, 13 says a word and ends.
inline Task<void> serve_port(std::uint16_t port, std::shared_ptr<net::Stream> stream) {
  std::vector<char> buffer(65536);
  if (port == 13) {
    (void)co_await stream->write("daytime", {});
    (void)co_await stream->shutdown_send();
    while (true) {
      const auto count = co_await stream->read_some(buffer);
      if (!count || *count == 0) co_return;
    }
  }
  while (true) {
    if (port == 19) {
      if (!co_await stream->write({buffer.data(), buffer.size()}, {})) co_return;
      continue;
    }
    const auto count = co_await stream->read_some(buffer);
    if (!count) co_return;
    if (*count == 0) break;
    if (port == 7 && !co_await stream->write({buffer.data(), *count}, {})) co_return;
  }
  if (port == 9) (void)co_await stream->write("done", {});
  (void)co_await stream->shutdown_send();
}

inline Task<void> serve_opening(Opening opening) {
  if (opening.protocol() == "refused") co_return opening.refuse(403, "Not this one.");
  if (opening.protocol() == "forgotten") co_return;
  const auto stream = opening.accept();
  const std::string hello = opening.protocol() + " " + opening.path() + " " + std::string(opening.header("x-size")) + "\n";
  (void)co_await stream->write(hello, {});
  std::array<char, 1000> buffer;
  while (true) {
    const auto count = co_await stream->read_some(buffer);
    if (!count || *count == 0) break;
    if (!co_await stream->write({buffer.data(), *count}, {})) co_return;
  }
  (void)co_await stream->shutdown_send();
}

inline Task<net::Response> serve_request(AgentRequest request) {
  net::Response response;
  response.status = request.path == "/missing" ? 404 : 200;
  response.headers.add("X-Method", request.method);
  response.body = request.path + ":" + request.body;
  co_return response;
}

inline Task<void> keep(Task<Result<void>> running, std::shared_ptr<std::optional<Result<void>>> outcome) { *outcome = co_await std::move(running); }

// A session and an acceptor joined in memory. stop() before it goes.
struct Joined {
  explicit Joined(aio::Executor home, Limits limits = {}, std::function<void(Lane&, Lane&)> trouble = {})
      : nursery(home), down(std::make_shared<Lane>(home)), up(std::make_shared<Lane>(home)) {
    if (trouble) trouble(*down, *up);
    Handlers handlers;
    handlers.connect = [this](std::uint16_t port) -> Task<Result<StreamPtr>> { return dial(this, port); };
    handlers.open = serve_opening;
    handlers.request = serve_request;
    session = std::make_unique<Session>(home, std::make_unique<MemoryTransport>(up, down), limits);
    acceptor = std::make_unique<Acceptor>(home, std::make_unique<MemoryTransport>(down, up), std::move(handlers), limits);
    nursery.start(keep, session->run(), session_outcome);
    nursery.start(keep, acceptor->run(), acceptor_outcome);
  }
  static Task<Result<StreamPtr>> dial(Joined* self, std::uint16_t port) {
    if (port == 1) co_return slipway::fail(Code::bad_gateway, "Nothing listens on port 1.");
    auto [near, far] = net::make_pipe(self->nursery.home());
    self->nursery.start(serve_port, port, std::shared_ptr<net::Stream>(std::move(far)));
    co_return std::move(near);
  }
  Task<void> stop() {
    co_await session->stop();
    co_await acceptor->stop();
    co_await nursery.stop();
  }

  aio::Nursery nursery;
  std::shared_ptr<Lane> down, up;  // to the agent, to the control plane
  std::unique_ptr<Session> session;
  std::unique_ptr<Acceptor> acceptor;
  std::shared_ptr<std::optional<Result<void>>> session_outcome = std::make_shared<std::optional<Result<void>>>();
  std::shared_ptr<std::optional<Result<void>>> acceptor_outcome = std::make_shared<std::optional<Result<void>>>();
};

inline Task<std::string> read_all(net::Stream& stream) {
  std::string all;
  std::array<char, 8192> buffer;
  while (true) {
    const auto count = co_await stream.read_some(buffer);
    if (!count) co_return all + "<" + count.error().say + ">";
    if (*count == 0) co_return all;
    all.append(buffer.data(), *count);
  }
}

inline Task<std::string> read_exactly(net::Stream& stream, std::size_t size) {
  std::string all(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto count = co_await stream.read_some({all.data() + have, size - have});
    if (!count || *count == 0) break;
    have += *count;
  }
  all.resize(have);
  co_return all;
}

inline std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

inline void run(Task<int> main) {
  aio::Loops loops(1);
  EXPECT_EQ(loops.run(std::move(main)), 0);
}

// Sends `text` to the echo port while reading it back, ends, and compares.
inline Task<void> echo_once(Session* session, std::string text, int* right) {
  auto stream = co_await session->connect(7);
  EXPECT_TRUE(stream.has_value()) << stream.error().say;
  if (!stream) co_return;
  auto send = [](net::Stream& to, const std::string& what) -> Task<void> {
    (void)co_await to.write(what, {});
    (void)co_await to.shutdown_send();
  };
  using namespace asio::experimental::awaitable_operators;
  const auto back = co_await (send(**stream, text) && read_all(**stream));
  if (back == text) ++*right;
}

}  // namespace slipway::tunnel::testing
