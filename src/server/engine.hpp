// What templates are built with and under which account, by the server's own provisioners and by those of `slipwayd provisioner` alike.
#pragma once

#include "aio/task_fwd.hpp"
#include "provisioner/engine.hpp"
#include "server/settings.hpp"

namespace slipway::server {

struct EngineConfig {
  std::string terraform;
  std::string provider_mirror;
  std::string isolation;
  std::vector<std::string> groups;
  Milliseconds force_cancel = std::chrono::minutes(3);
  std::string cache;
  std::string downloads = {};        // empty: in `cache`
  std::vector<std::string> secrets;  // files and folders that builds never see; empty ones are passed over
};

// The settings that both programs have.
std::vector<Setting> build_settings(std::string& mirror, std::string& isolation, std::vector<std::string>& groups);

// Looks for the tool, the provider and how builds can be kept apart, and logs once what was found. There is an engine even when
// something is missing: its jobs fail and say so. TF_CLI_CONFIG_FILE is heeded for its methods, credentials and hosts when it names
// a file that can be read, and ignored with a warning when not.
struct MadeEngine {
  std::unique_ptr<provisioner::Engine> engine;
  Result<void> found;  // errors: no tool, too old a tool, builds cannot be kept apart as asked
};
Task<MadeEngine> make_engine(EngineConfig config);

}  // namespace slipway::server
