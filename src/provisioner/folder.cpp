#include "provisioner/folder.hpp"

#include "base/system_error.hpp"

#include <sys/stat.h>
#include <cerrno>

namespace slipway::provisioner {

Result<void> make_folder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return fail_system("mkdir " + path, errno);
  if (::chmod(path.c_str(), mode) != 0) return fail_system("chmod " + path, errno);
  return {};
}

}  // namespace slipway::provisioner
