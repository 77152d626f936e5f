// Streams: waiting for news from LISTEN while a WebSocket or an SSE answer stays open, and the head such answers begin with.
#pragma once

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "http/call.hpp"

namespace slipway::http {

// Wakes when a notification of `channel` with this payload came (or any may have been missed). home: the call's loop.
class News {
 public:
  News(Call& call, std::string channel, std::string payload);
  // Also wakes after `limit`: whoever follows looks again now and then, whatever was notified.
  Task<void> wait(Milliseconds limit);
  void wake() { event_->notify(); }

 private:
  std::shared_ptr<aio::Event> event_;
  pg::Listener::Subscription subscription_;
};

// A WebSocket on which the server only sends. A client that closes ends the follower at its next write or wake-up.
class Pusher {
 public:
  // Answers the upgrade. Errors: the handshake was refused; the answer is already written.
  static Task<Result<std::unique_ptr<Pusher>>> open(Call& call);
  ~Pusher();
  // False once the client has gone: the follower returns.
  Task<bool> push(std::string_view json);
  bool gone() const;
  void on_gone(std::function<void()> wake);
  // Closes with `code` and waits for the reader; must be awaited before destruction.
  Task<void> close(std::uint16_t code = 1000, std::string_view reason = {});

 private:
  struct State;
  explicit Pusher(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// Server-sent events: `event: data|error|ping`. Errors of the socket end the stream.
class Events {
 public:
  explicit Events(Call& call) : call_(call) {}
  Task<Result<void>> begin();
  Task<Result<void>> data(std::string_view json);
  Task<Result<void>> ping();
  Task<Result<void>> finish();

 private:
  Call& call_;
};

}  // namespace slipway::http
