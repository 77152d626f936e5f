#include "base/socket_path.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace slipway {

SocketPath::SocketPath(const std::string& path) : text_(path) {
  const auto slash = path.rfind('/');
  if (path.size() < sizeof(sockaddr_un::sun_path) || slash == path.npos) return;
  folder_ = Descriptor(::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder_) text_ = "/proc/self/fd/" + std::to_string(folder_.get()) + path.substr(slash);
}

bool peer_is_ours(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == 0 || who.uid == ::geteuid());
}

}  // namespace slipway
