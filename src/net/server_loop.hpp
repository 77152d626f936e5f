// Inside net only: what the connections of one loop share. home: own thread.
#pragma once

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "net/server.hpp"

#include <atomic>

namespace slipway::net {

// What a server does with every request and answer besides what its handler does.
struct Manners {
  std::function<void(Request&)> received = {};
  std::string transport_security = {};
};

// What has a place among the connections of a loop.
class Seated {
 public:
  virtual ~Seated() = default;
  // From the loop's sweep, and from a server that stops.
  virtual void expire(std::chrono::steady_clock::time_point now) = 0;
  virtual void drain() = 0;
  std::size_t seat = 0;
};

class ServerLoop {
 public:
  explicit ServerLoop(const aio::Executor& executor, std::size_t most = 1, Manners manners = {});

  const aio::Executor& executor() const { return executor_; }
  aio::Nursery& connections() { return connections_; }
  aio::Nursery& background() { return background_; }
  bool draining() const { return draining_; }
  const Manners& manners() const { return manners_; }
  std::size_t size() const { return count_.load(std::memory_order_relaxed); }

  void join(Seated& connection);
  void leave(Seated& connection);

  // "Date: ...\r\n" of this second.
  std::string_view date_line();

  // Cuts connections whose time is up, every `tick`, until stopped.
  Task<void> sweep(Milliseconds tick);
  void drain();
  // drain(), then waits until all have ended or `until` has come, and cuts the rest.
  Task<void> stop(std::chrono::steady_clock::time_point until);

 private:
  aio::Executor executor_;
  aio::Nursery connections_, background_;
  Manners manners_;
  std::vector<Seated*> present_;
  std::atomic<std::size_t> count_ = 0;
  aio::Event empty_;
  bool draining_ = false;
  std::string date_line_;
  std::time_t date_of_ = 0;
};

}  // namespace slipway::net
