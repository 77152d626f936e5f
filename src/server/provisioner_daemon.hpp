// `slipwayd provisioner`: a provisioner daemon as a process of its own, next to the infrastructure that it builds on. It needs a
// server's address and a key of one organization, and no database.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace slipway::server {

struct DaemonConfig {
  std::string url = "http://127.0.0.1:7080";  // of the server
  Secret key;
  std::string name;                         // empty: the host's
  std::map<std::string, std::string> tags;  // none: those of the key
  std::int64_t daemons = 1;                 // jobs at once
  std::string terraform;                    // path of tofu or terraform; empty: found on PATH
  std::string provider_mirror;              // filesystem mirror of providers; empty: looked for beside the tool
  std::string build_isolation = "auto";
  std::vector<std::string> build_groups;  // further groups of the account that builds run under
  std::vector<std::string> secret_files;  // what builds must not see
  std::string cache_dir;                  // empty: $XDG_CACHE_HOME/slipway/provisioner, or /var/cache/slipway/provisioner as root
  std::string ca_file;                    // PEM certificates that are trusted besides the system's
  Seconds drain{60};                      // how long running jobs may go on after SIGTERM
  Seconds shutdown_grace{60};             // and then how long interrupted ones may take to end
  log::Format log_format = log::Format::automatic;
  bool verbose = false;
};

// `argv[0]` is skipped. Errors: a sentence that names the flag, variable or file at fault.
struct DaemonParsed {
  DaemonConfig config;
  std::string print;                                         // not empty: print it and exit 0
  std::vector<std::pair<std::string, std::string>> notices;  // sentences and what they are about, for the log
};
Result<DaemonParsed> parse_daemon_config(int argc, const char* const* argv);

// Runs until SIGINT or SIGTERM; a second signal interrupts running jobs at once. The exit code.
Task<int> run_daemon(DaemonConfig config);

}  // namespace slipway::server
