// The few file operations the agent needs, each with a bound or a mode that is not left to chance.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>

namespace slipway::agent {

// The whole of a file of at most `most` bytes (also of /proc, where size is unknown); nothing when absent or larger.
std::optional<std::string> read_small_file(const std::string& path, std::size_t most = 1 << 20);

// Creates or truncates with exactly `mode`, close-on-exec, and never through a symbolic link at the last step.
Result<int> create_file(const std::string& path, unsigned mode);

// Nobody but root and us may put something else in the place of `path` or of a folder above it: each belongs to one of the
// two, and others may not write to it, unless a sticky bit keeps their hands off what is ours (as on /tmp).
Result<void> safe_way_to(const std::string& path);

// Makes `path` and its parents, the last one with exactly `mode`. Errors when the way to it is not safe, or when it is there
// and somebody else's or a symbolic link.
Result<void> make_own_directory(const std::string& path, unsigned mode);

// Writes all of it, waiting as long as it takes; for regular files.
bool write_all(int fd, std::string_view text);

}  // namespace slipway::agent
