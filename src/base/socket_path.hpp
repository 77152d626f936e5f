// The address of a Unix socket has room for 107 bytes, and folders of people and workspaces are often longer.
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

}  // namespace slipway
