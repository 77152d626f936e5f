#include "base/socket_path.hpp"

#include <fcntl.h>
#include <sys/un.h>

namespace slipway {

SocketPath::SocketPath(const std::string& path) : text_(path) {
  const auto slash = path.rfind('/');
  if (path.size() < sizeof(sockaddr_un::sun_path) || slash == path.npos) return;
  folder_ = Descriptor(::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder_) text_ = "/proc/self/fd/" + std::to_string(folder_.get()) + path.substr(slash);
}

}  // namespace slipway
