// What a plugin reads of a connection while it lasts: a small file of numbers, and a log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace slipway::cli {

struct NetworkNumbers {
  double latency_ms = 0, server_latency_ms = 0;  // to the agent, and of that to the server
  std::uint64_t up = 0, down = 0;                // bytes a second since the last time
};
// What the file holds: JSON, as the VS Code and JetBrains plugins check it.
std::string network_json(const NetworkNumbers& numbers);

// `<folder>/<number of our parent process>.json`, replaced whole each time. The folder is made, for its owner alone.
class NetworkFile {
 public:
  explicit NetworkFile(const std::filesystem::path& folder);
  Result<void> write(const NetworkNumbers& numbers) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// `<folder>/coder-ssh-<time>-<letters>-<parent>.log`, new and for its owner alone. Errors: invalid when the folder is not there.
class SshLog {
 public:
  static Result<SshLog> open(const std::filesystem::path& folder, bool debug);
  SshLog() = default;  // writes nothing

  void info(std::string_view text) const;
  void debug(std::string_view text) const;

 private:
  void line(std::string_view level, std::string_view text) const;

  std::shared_ptr<const Descriptor> file_;
  bool debug_ = false;
};

}  // namespace slipway::cli
