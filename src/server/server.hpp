// The whole control plane: configuration to objects to routes to running. One a process; tests start several.
// home: loop 0. Lives until stop() has returned.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "server/config.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace slipway::aio {
class Loops;
}
namespace slipway::http {
class Routes;
struct Finished;
}  // namespace slipway::http

namespace slipway::server {

class Server {
 public:
  using Watch = std::function<void(const http::Finished&)>;

  // Listens, starts the database if it is ours, and migrates it; until that is done only probes get an answer. Errors: sentences for
  // the person who started it.
  // `watch` sees every finished request on its loop, after the answer went out: what it cost, for whom.
  static Task<Result<std::unique_ptr<Server>>> start(aio::Loops& loops, Config config, const Clock& clock = system_clock(), Watch watch = {});
  ~Server();

  std::uint16_t port() const;
  std::uint16_t tls_port() const;      // 0: TLS has no listener of its own
  std::uint16_t metrics_port() const;  // 0: no listener for Prometheus
  const std::string& url() const;      // what to open in a browser
  const http::Routes& routes() const;
  // Routes that changed something without leaving a line of the audit trail in their transaction ("PUT /api/v2/…").
  std::set<std::string> untraced() const;
  // Takes no more builds and waits for the running ones, then for requests, each for the grace of the configuration; closes tunnels,
  // stops the database. False: a part did not end in time; then nothing of the server can be destroyed, and the process must end as
  // it is.
  Task<bool> stop();
  // Takes up what can be exchanged at run time - certificates, secrets in files, how much is logged - and names in the log what else has
  // changed and waits for a restart. Whatever is wrong stays as it was, with its reason in the log.
  Task<void> reload();
  // A stop() in progress interrupts the running builds now.
  void hurry();

  struct Parts;  // server/parts.hpp

 private:
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace slipway::server
