// Files that only their owner reads. Whatever a program of ours writes and the whole world need not see goes through here.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace slipway {

// From here on what this process and its children make is closed to others, whatever mode they ask for. For programs whose every
// file is their own; not for the agent, whose children are people's shells.
void keep_files_private();

// Replaces the whole of a file, which is 0600 afterwards whatever it was before; never through a symbolic link at the last step.
// Errors: internal, with the step that failed as `why`.
Result<void> write_private(const std::string& path, std::string_view bytes);

// The same for a file that others read meanwhile: they have the whole of the old one or of the new one. What is written first lies beside it,
// under its name and ".new".
Result<void> replace_private(const std::string& path, std::string_view bytes);

}  // namespace slipway
