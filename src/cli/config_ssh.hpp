// The block that `slipway config-ssh` keeps in ~/.ssh/config.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cli/face.hpp"

namespace slipway::cli {

// Where this program lies.
std::string own_path();

// One word for OpenSSH's shell, quoted where anything in it is unusual.
std::string shell_word(std::string_view word);

// The command that OpenSSH runs for the bytes of a connection. Words with anything unusual are quoted for its shell.
std::string proxy_command(std::string_view program, std::string_view config_dir, std::string_view words, const Face& face = kSlipway);

// What every connection through us needs. The agent's host key is not checked: the server vouches for the way there.
std::vector<std::pair<std::string, std::string>> ssh_settings(const std::string& proxy);

// What workspaces are called in ssh's configuration: "slipway.dev" with the prefix, "dev.coder" with the suffix "coder".
struct HostName {
  std::string prefix = "slipway.", suffix;
};

// That it may stand in a host's name: it becomes a word of ssh's configuration and of the shell that it starts.
bool is_host_text(std::string_view text);

// The marked block for those hosts and no others.
std::string ssh_block(const std::string& proxy, const HostName& host, const std::vector<std::string>& extra);

// The lines between which a block stands.
struct Markers {
  std::string_view start, end;
};

// `config` with the block put in place of the former one, or at the end; an empty block takes it out. Everything else
// keeps its bytes. Errors: invalid when a marker is there without its other half, or twice.
Result<std::string> with_block(std::string_view config, std::string_view block, const Markers& markers);

// ~/.ssh/config, or the file that was named; what is in it, nothing when it is not there; and all of it anew, at once. Errors: invalid.
std::filesystem::path ssh_config_path(const std::string& given);
std::string ssh_config_text(const std::filesystem::path& path);
Result<void> replace_ssh_config(const std::filesystem::path& path, const std::string& text);

}  // namespace slipway::cli
