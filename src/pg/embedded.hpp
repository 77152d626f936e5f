// A PostgreSQL of our own, for installations that bring none: under <data-dir>/postgres, on a Unix socket only, with a
// generated password, run by an unprivileged user when we are root. Started again when it dies; stopped cleanly, also when we
// are killed. home: the loop it was started on, whose thread must live as long; stop() must have returned before its end.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace slipway::pg {

struct EmbeddedOptions {
  std::filesystem::path data_dir;       // the server's own folder is data_dir/postgres
  std::filesystem::path binaries = {};  // folder with initdb and postgres; found when empty
  bool durable = true;                  // false: fsync off, for tests
  Seconds patience{0};                  // how long to wait for another process that has the folder and may be stopping
};

class Embedded {
 public:
  // Finds the binaries, makes the cluster when there is none, ends a server that was left behind, starts one, and waits until
  // it answers. Errors: precondition with what to install or mend, also when another process of ours has the folder.
  static Task<Result<std::unique_ptr<Embedded>>> start(EmbeddedOptions options);
  ~Embedded();

  // postgres://... for ConnectOptions; holds the password.
  const Secret& url() const;
  int pid() const;
  // Fast shutdown (SIGINT); waits until the server has gone, then kills it. Errors: none.
  Task<void> stop();

 private:
  struct Impl;
  explicit Embedded(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The newest folder under `root`/*/bin with version 13 or later, empty when there is none.
std::filesystem::path find_binaries(const std::filesystem::path& root = "/usr/lib/postgresql");

}  // namespace slipway::pg
