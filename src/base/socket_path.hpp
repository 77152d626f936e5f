// Unix sockets: their addresses, which have room for 107 bytes where folders of people and workspaces are often longer, and who is at the
// other end.
#pragma once

#include "base/descriptor.hpp"

#include <string>

namespace slipway {

// `path` as bind() and connect() take it: itself, or through the open folder it is in, good for as long as this lives. What cannot be opened
// stays as it was, and is refused there.
class SocketPath {
 public:
  explicit SocketPath(const std::string& path);
  const std::string& text() const { return text_; }

 private:
  Descriptor folder_;
  std::string text_;
};

// Is the program at the other end of this Unix socket our own account's, or root's?
bool peer_is_ours(int socket);

}  // namespace slipway
