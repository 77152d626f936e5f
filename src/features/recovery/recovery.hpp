// Forgotten passwords: a code by mail, good once and soon, for a new password. Asking for one is answered the same and as fast
// whether or not there is such an account: everything that depends on that happens after the answer, in a task of its own.
// One Recovery a process; its parts belong to one loop each.
#pragma once

#include "aio/nursery.hpp"
#include "http/routes.hpp"
#include "net/mail.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace slipway::sessions {
class Sessions;
}

namespace slipway::recovery {

class Recovery {
 public:
  Recovery(std::size_t loops, net::MailOptions mail);
  ~Recovery();

  // What may still go on when the answer is sent, and where from it was asked.
  struct Ask {
    std::string email;
    store::OriginPtr origin;
  };
  // False when too many are under way. home: own thread.
  bool begin(http::Home& home, Ask ask);
  // Mails from now on are handed over with it. Any loop.
  void exchange_password(Secret password);
  // On each loop, before it ends: a mail that is being sent is given up.
  Task<void> stop(std::size_t loop);

 private:
  Task<void> work(http::Home& home, Ask ask);
  Task<Result<void>> renew_and_send(http::Home& home, const Ask& ask);

  std::shared_ptr<const net::MailOptions> mail() const;

  mutable std::mutex mutex_;  // mail_
  std::shared_ptr<const net::MailOptions> mail_;
  std::vector<std::unique_ptr<aio::Nursery>> loops_;
  std::atomic<bool> stopping_ = false;
};

// `sessions` and `recovery` outlive the routes.
void add_routes(http::Routes& routes, Recovery& recovery, sessions::Sessions& sessions);

}  // namespace slipway::recovery
