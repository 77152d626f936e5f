// The server side of the SSH file transfer protocol, version 3 (draft-ietf-secsh-filexfer-02) with OpenSSH's posix-rename,
// hardlink, fsync, limits and statvfs: bytes in, bytes out, the file system beside. Its calls block on files, so they run on the
// blocking pool, one at a time. A value of one channel.
#pragma once

#include "agent/files.hpp"
#include "base/descriptor.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace slipway::agent {

class Sftp {
 public:
  // Relative paths are below `directory`.
  explicit Sftp(std::string directory);
  ~Sftp();

  // Takes bytes as they come. False when they are no SFTP: the channel should be closed.
  bool feed(std::string_view bytes);
  // Serves the next whole packet and appends its answer; false when there is none yet.
  bool step(std::string& out);

 private:
  class Packet;
  struct Folder;
  struct Attributes;

  void serve(std::uint8_t type, Packet& packet, std::string& out);
  void serve_path(std::uint8_t type, std::uint32_t id, Packet& packet, std::string& out);
  void serve_handle(std::uint8_t type, std::uint32_t id, Packet& packet, std::string& out);
  void extended(std::uint32_t id, Packet& packet, std::string& out);
  void open(std::uint32_t id, Packet& packet, std::string& out);
  void open_folder(std::uint32_t id, const std::string& path, std::string& out);
  void read(std::uint32_t id, int fd, Packet& packet, std::string& out);
  void write(std::uint32_t id, int fd, Packet& packet, std::string& out);
  void list(std::uint32_t id, Folder& folder, std::string& out);
  void real_path(std::uint32_t id, const std::string& path, std::string& out);
  std::string below(std::string_view path) const;
  std::string new_handle();

  std::string directory_;
  std::string inbox_;
  std::size_t start_ = 0;
  bool broken_ = false;
  std::uint32_t next_handle_ = 1;
  std::unordered_map<std::string, Descriptor> files_;
  std::unordered_map<std::string, std::unique_ptr<Folder>> folders_;
};

}  // namespace slipway::agent
