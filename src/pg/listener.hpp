// LISTEN on one connection for the whole process. A notification is a wake-up and never data: whoever is woken reads the
// database. subscribe() may be called on any thread; callbacks run on the subscriber's own loop.
// home: own thread. Lives until stop() has returned; subscriptions may outlive it.
#pragma once

#include "aio/task_fwd.hpp"
#include "pg/pool.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace slipway::pg {

struct Wake {
  std::string payload;  // empty when missed
  bool missed = false;  // notifications may have been lost before this one (start, reconnect): look at everything
};

class Listener {
 public:
  using Callback = std::function<void(const Wake&)>;

  // Ends the subscription when destroyed; on the subscriber's loop, no callback runs after that.
  class Subscription {
   public:
    Subscription() = default;
    ~Subscription() { end(); }
    Subscription(Subscription&&) noexcept = default;
    Subscription& operator=(Subscription&& other) noexcept;
    void end();

   private:
    friend class Listener;
    struct Entry;
    std::shared_ptr<Entry> entry_;
  };

  Listener(asio::any_io_executor home, ConnectOptions options);
  ~Listener();

  // `callback` runs on `where`: once with `missed` as soon as the channel is listened to, after every reconnect likewise,
  // and for every notification with this payload; with any, when that is empty.
  Subscription subscribe(asio::any_io_executor where, std::string channel, std::string payload, Callback callback);
  Subscription subscribe(asio::any_io_executor where, std::string channel, Callback callback) {
    return subscribe(std::move(where), std::move(channel), {}, std::move(callback));
  }
  Task<void> stop();

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace slipway::pg
