// Streams that outlive what carries them (decision 0032): each belongs to one person, is kept for a bounded time while nothing carries
// it, and goes on with the next carrier that proves its secret. They belong to the agent's process, not to its connection.
// home: own thread; lives until stop() has returned.
#pragma once

#include "aio/nursery.hpp"
#include "tunnel/resumable_stream.hpp"
#include "tunnel/resume_greeting.hpp"

#include <functional>
#include <map>

namespace slipway::agent {

struct HeldLimits {
  Milliseconds keep = std::chrono::hours(1);  // without a carrier
  std::size_t most = 56;                      // streams at a time: some of the SSH server's connections are left to others
  Milliseconds greeting = Seconds(30);        // from a carrier's beginning until it has said which stream it is of
  tunnel::ResumeLimits stream = {};
};

class HeldStreams {
 public:
  // Serves a stream for its whole life, over however many carriers.
  using Serve = std::function<Task<void>(std::unique_ptr<net::Stream>)>;

  HeldStreams(const asio::any_io_executor& home, HeldLimits limits = {});
  ~HeldStreams();

  // Greets on a carrier that `person` has opened, and carries the stream that it asks for until either is over: a new one, which
  // `serve` is given, or one that is held.
  Task<void> carry(std::unique_ptr<net::Stream> carrier, std::string person, Serve serve);
  std::size_t size() const { return held_.size(); }
  // Ends every stream; new ones are refused from then on.
  Task<void> stop();
  // Ends every stream; new ones may come.
  void hang_up();

 private:
  struct Held;
  using HeldPtr = std::shared_ptr<Held>;

  Result<HeldPtr> find(const tunnel::Comer& comer, const std::string& person) const;
  Result<HeldPtr> begin(const tunnel::Comer& comer, std::string person, Serve serve);
  bool make_room();
  static Task<void> run(HeldStreams* self, HeldPtr held, Serve serve);

  HeldLimits limits_;
  std::map<Uuid, HeldPtr> held_;
  aio::Nursery nursery_;
};

}  // namespace slipway::agent
