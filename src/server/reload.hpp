// What is exchanged while a server runs: certificates, secrets in files, how much is logged. Looks at the files by itself every few
// seconds, and at the whole configuration when it is asked to. home: loop 0.
#pragma once

#include "aio/event.hpp"
#include "server/server.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace slipway::server {

// Flags of the settings in which two configurations differ and that hold only from the next start on, "--a, --b".
std::string needs_restart(Config before, Config after);

class Reload {
 public:
  // `parts` outlive it, but not its construction.
  explicit Reload(Server::Parts& parts);

  // Reads the configuration and every file again; returns when that is done, or when the server stops.
  Task<void> now();
  // Whatever there is to do, one thing after another; runs until cancelled.
  Task<void> keep();

 private:
  // By what one tells that another file is behind a path, or that others may now read this one.
  using Stamp = std::array<std::int64_t, 4>;
  using Stamps = std::map<std::string, Stamp>;
  static Stamps stamps_of(const Config& config);

  static Task<void> open_log();
  Task<void> read_configuration();
  Task<void> read_files();
  Task<void> exchange_certificates();
  Task<void> exchange_secrets();
  void take(Config fresh);

  Server::Parts& parts_;
  Config held_;  // what holds now
  Secret mail_password_;
  Stamps stamps_;
  std::uint64_t asked_ = 0, done_ = 0;
  aio::Event wake_, done_event_;
};

}  // namespace slipway::server
