// What the program is depends on what it is called: one file is our command line, the command line that plugins and scripts for the
// existing API know, and the agent (docs/guide/moving-over.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

enum class Personality { slipway, coder, agent };

using Variables = std::function<std::optional<std::string>(const char* name)>;

// By the base name of `argv0`, without ".exe". The agent is also what the existing command line's `agent`, `gitssh` and `gitaskpass`
// are, and what Git calls for a user name or password. SLIPWAY_PERSONALITY (coder, slipway) overrides the name.
Personality personality(std::string_view argv0, const std::vector<std::string>& arguments, const Variables& variable);

// How a command line calls itself, and where it keeps what.
struct Face {
  std::string_view program;     // in its texts
  std::string_view folder;      // below $XDG_CONFIG_HOME or ~/.config
  std::string_view token_file;  // in that folder
  bool coder = false;           // flags, texts and exit codes of the existing one
};
inline constexpr Face kSlipway{.program = "slipway", .folder = "slipway", .token_file = "token"};
inline constexpr Face kCoder{.program = "coder", .folder = "coderv2", .token_file = "session", .coder = true};

}  // namespace slipway::cli
