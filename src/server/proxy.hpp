// `slipwayd proxy`: a workspace proxy, a process elsewhere that carries apps and terminals for the people near it. It has no database: who
// may reach what is decided by the primary, whose keys it has, and agents come to it (docs/guide/workspace-proxies.md).
#pragma once

#include "aio/task_fwd.hpp"
#include "server/config.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace slipway::aio {
class Loops;
}

namespace slipway::server {

struct ProxyConfig {
  Config base;              // addresses, TLS, networks that are trusted, log: by the names that a server has for them
  std::string primary_url;  // where people open the dashboard
  Secret token;             // what the proxy proves itself with
  std::string ca_file;      // PEM certificates that are trusted besides the system's
};

struct ProxyParsed {
  ProxyConfig config;
  std::string print;                                         // not empty: print it and exit 0
  std::vector<std::pair<std::string, std::string>> notices;  // sentences and what they are about, for the log
};
// `argv[0]` is skipped. Errors: a sentence that names the flag, variable or file at fault.
Result<ProxyParsed> parse_proxy_config(int argc, const char* const* argv);

// home: loop 0. Lives until stop() has returned.
class Proxy {
 public:
  // Listens, and registers with the primary, for which it waits. Errors: sentences for the person who started it.
  static Task<Result<std::unique_ptr<Proxy>>> start(aio::Loops& loops, ProxyConfig config, const Clock& clock = system_clock());
  ~Proxy();

  std::uint16_t port() const;
  std::uint16_t metrics_port() const;  // 0: no listener for Prometheus
  const std::string& url() const;      // as people reach it
  // Says goodbye to the primary, lets requests end within the grace of the configuration, closes tunnels. False: a part did not end in
  // time; then nothing of the proxy can be destroyed, and the process must end as it is.
  Task<bool> stop();

  struct Parts;  // server/proxy_parts.hpp

 private:
  explicit Proxy(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Runs until SIGINT or SIGTERM. The exit code.
Task<int> run_proxy(aio::Loops& loops, ProxyConfig config);

}  // namespace slipway::server
