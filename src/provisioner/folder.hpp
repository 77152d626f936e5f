// Folders of builds.
#pragma once

#include "base/result.hpp"

#include <sys/types.h>
#include <string>

namespace slipway::provisioner {

// The folder exists afterwards, with exactly this mode whatever the umask; its parent must exist.
Result<void> make_folder(const std::string& path, mode_t mode = 0700);

}  // namespace slipway::provisioner
