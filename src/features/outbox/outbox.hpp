// The outbox: messages that events left (features/notifications) leave the house, by mail or by a call of the deployment's webhook. Every server
// takes what is due in batches under a lease; what one does not finish another takes once the lease has ended. One Outbox a process.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/metric.hpp"
#include "features/notifications/notifications.hpp"
#include "features/outbox/objects.hpp"
#include "net/mail.hpp"

#include <atomic>
#include <memory>

namespace slipway::outbox {

struct Options {
  std::string method = "smtp";
  Seconds dispatch_timeout{60};
  std::int64_t max_send_attempts = 5;
  Seconds retry_interval{300}, fetch_interval{15}, lease_period{120}, store_sync_interval{2};
  std::int64_t lease_count = 20, store_sync_buffer = 50;
  std::string webhook_endpoint;
  Secret webhook_secret;
  bool omit_email = false;
  bool inbox_enabled = true;
  Milliseconds grace{5'000};  // of what is being sent when the server stops
};
// Errors: a sentence that names the option at fault.
Result<void> check(const Options& options);
// Tells the log what works and is not wise.
void warn_of(const Options& options, const net::MailOptions& mail);
// What the settings make of events.
notifications::Delivery delivery_of(const Options& options, const net::MailOptions& mail);

// What one turn did.
struct Turn {
  std::size_t leased = 0;
  bool full = false;                                           // there may be more at once
  std::optional<std::chrono::steady_clock::time_point> retry;  // when something that it put off is due
};

class Outbox {
 public:
  // Until `stopping` is true. home: `executor`'s loop, where all of it runs.
  Outbox(asio::any_io_executor executor, Options options, net::MailOptions mail, std::shared_ptr<const std::atomic<bool>> stopping);
  ~Outbox();

  // Mails from now on are handed over with it. Any loop.
  void exchange_password(Secret password);
  // One batch: leased, delivered, written down. A statement when nothing is due.
  Task<Result<Turn>> turn(http::Home& home, std::shared_ptr<store::Cost> cost = std::make_shared<store::Cost>());
  // Turn after turn: when there are news, when something is due, and at least once in a fetch interval. Runs until cancelled.
  Task<void> keep(http::Home& home);
  // Takes nothing more; returns once what is being sent has ended, which it is made to when the grace is over.
  Task<void> drain();
  Task<void> stop();  // after the last turn
  // Any loop.
  void write(metric::Text& text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slipway::outbox
