// Whether this server may take traffic, and since when each reason for it has held. Any loop.
#pragma once

#include "base/clock.hpp"
#include "net/message.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace slipway::server {

class Readiness {
 public:
  // What is true at this moment.
  struct Facts {
    bool migrations = false;  // they are done
    bool database = false;    // it has answered lately
    bool replica = false;     // the others know that this server runs
    bool serving = false;     // requests reach their handlers, and it does not drain
  };
  explicit Readiness(const Clock& clock, std::function<Facts()> look);

  // Of GET /readyz: 200 or 503 with every check. The facts are looked at once a second, however many ask.
  net::Response answer();

 private:
  struct Check {
    std::string name;
    bool Facts::* fact;
    bool ok;
    Time since;
  };
  void look_again(Time now);

  const Clock& clock_;
  std::function<Facts()> look_;
  std::mutex mutex_;  // what follows
  std::vector<Check> checks_;
  std::optional<Time> looked_;
};

}  // namespace slipway::server
