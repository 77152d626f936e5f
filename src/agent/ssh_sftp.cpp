#include "agent/ssh_sftp.hpp"

#include "agent/ssh_sftp_answers.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace slipway::agent {

using namespace sftp;

struct Sftp::Folder {
  DIR* stream;
  std::string path;
  explicit Folder(DIR* opened, std::string where) : stream(opened), path(std::move(where)) {}
  ~Folder() { ::closedir(stream); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

struct Sftp::Attributes {
  std::uint32_t flags = 0;
  std::uint64_t size = 0;
  std::uint32_t uid = 0, gid = 0, mode = 0, accessed = 0, modified = 0;

  // To an open file, or else to `path`.
  bool apply(int fd, const char* path) const {
    bool ok = true;
    if (flags & kSize) ok = (fd >= 0 ? ::ftruncate(fd, static_cast<off_t>(size)) : ::truncate(path, static_cast<off_t>(size))) == 0;
    if (ok && flags & kMode) ok = (fd >= 0 ? ::fchmod(fd, mode & 07777) : ::chmod(path, mode & 07777)) == 0;
    if (ok && flags & kTimes) {
      const timespec times[2] = {{accessed, 0}, {modified, 0}};
      ok = (fd >= 0 ? ::futimens(fd, times) : ::utimensat(AT_FDCWD, path, times, 0)) == 0;
    }
    if (ok && flags & kOwner) ok = (fd >= 0 ? ::fchown(fd, uid, gid) : ::chown(path, uid, gid)) == 0;
    return ok;
  }
};

// Reads fields off a packet; after the first that is not there all is zero and `bad` is set.
class Sftp::Packet {
 public:
  explicit Packet(std::string_view bytes) : rest_(bytes) {}
  bool bad() const { return bad_; }

  std::uint32_t number() {
    if (!has(4)) return 0;
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(rest_[static_cast<std::size_t>(i)]);
    rest_.remove_prefix(4);
    return value;
  }
  std::uint64_t number64() {
    const std::uint64_t high = number();
    return high << 32 | number();
  }
  std::string_view text() {
    const std::uint32_t size = number();
    if (!has(size)) return {};
    const auto out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  // A path: no NUL, or C would see another one.
  std::string path() {
    const auto out = text();
    if (out.find('\0') != std::string_view::npos) bad_ = true;
    return std::string(out);
  }
  Attributes attributes() {
    Attributes out;
    out.flags = number();
    if (out.flags & kSize) out.size = number64();
    if (out.flags & kOwner) {
      out.uid = number();
      out.gid = number();
    }
    if (out.flags & kMode) out.mode = number();
    if (out.flags & kTimes) {
      out.accessed = number();
      out.modified = number();
    }
    if (out.flags & kMore)
      for (std::uint32_t pairs = number(); pairs > 0 && !bad_; --pairs) {
        text();
        text();
      }
    return out;
  }

 private:
  bool has(std::size_t size) {
    if (!bad_ && rest_.size() >= size) return true;
    bad_ = true;
    return false;
  }
  std::string_view rest_;
  bool bad_ = false;
};

Sftp::Sftp(std::string directory) : directory_(std::move(directory)) {}
Sftp::~Sftp() = default;

bool Sftp::feed(std::string_view bytes) {
  if (start_ > 0) inbox_.erase(0, std::exchange(start_, 0));
  inbox_ += bytes;
  return !broken_;
}

bool Sftp::step(std::string& out) {
  const std::string_view there = std::string_view(inbox_).substr(start_);
  if (broken_ || there.size() < 5) return false;
  Packet length(there.substr(0, 4));
  const std::size_t size = length.number();
  if (size == 0 || size > kMaxPacket) {
    broken_ = true;
    return false;
  }
  if (there.size() < 4 + size) return false;
  Packet packet(there.substr(5, size - 1));
  serve(static_cast<std::uint8_t>(there[4]), packet, out);
  start_ += 4 + size;
  return !broken_;
}

std::string Sftp::below(std::string_view path) const {
  if (path.starts_with('/')) return std::string(path);
  return path.empty() ? directory_ : directory_ + "/" + std::string(path);
}

std::string Sftp::new_handle() {
  std::string handle;
  put32(handle, next_handle_++);
  return handle;
}

void Sftp::serve(std::uint8_t type, Packet& packet, std::string& out) {
  if (type == kInit) {
    const Answer answer(out, kVersion, 3);
    for (const auto& [name, version] :
         {std::pair("posix-rename@openssh.com", "1"), std::pair("hardlink@openssh.com", "1"), std::pair("fsync@openssh.com", "1"),
          std::pair("limits@openssh.com", "1"), std::pair("statvfs@openssh.com", "2"), std::pair("fstatvfs@openssh.com", "2")}) {
      put_text(out, name);
      put_text(out, version);
    }
    return;
  }
  const std::uint32_t id = packet.number();
  const std::size_t before = out.size();
  switch (type) {
    case kClose:
    case kRead:
    case kWrite:
    case kFstat:
    case kFsetstat:
    case kReaddir: serve_handle(type, id, packet, out); break;
    case kExtended: extended(id, packet, out); break;
    case kOpen: open(id, packet, out); break;
    default: serve_path(type, id, packet, out);
  }
  if (packet.bad() && out.size() == before) status(out, id, kBadMessage, "The packet is too short.");
}

void Sftp::serve_path(std::uint8_t type, std::uint32_t id, Packet& packet, std::string& out) {
  if (type < kLstat || type > kSymlink) return status(out, id, kUnsupported, "This operation is not supported.");
  const std::string named = packet.path();
  const std::string path = below(named);
  if (packet.bad()) return;
  struct stat info{};
  switch (type) {
    case kLstat:
    case kStat: {
      if ((type == kStat ? ::stat(path.c_str(), &info) : ::lstat(path.c_str(), &info)) != 0) return outcome(out, id, false);
      const Answer answer(out, kAttrs, id);
      return put_attributes(out, info);
    }
    case kSetstat: {
      const auto wanted = packet.attributes();
      if (!packet.bad()) outcome(out, id, wanted.apply(-1, path.c_str()));
      return;
    }
    case kOpendir: return open_folder(id, path, out);
    case kRemove: return outcome(out, id, ::unlink(path.c_str()) == 0);
    case kMkdir: {
      const auto wanted = packet.attributes();
      if (!packet.bad()) outcome(out, id, ::mkdir(path.c_str(), wanted.flags & kMode ? wanted.mode & 07777 : 0777) == 0);
      return;
    }
    case kRmdir: return outcome(out, id, ::rmdir(path.c_str()) == 0);
    case kRealpath: return real_path(id, path, out);
    case kRename: {
      // Version 3 does not overwrite: the link is made only where nothing is.
      const std::string to = below(packet.path());
      if (packet.bad()) return;
      if (::lstat(to.c_str(), &info) == 0) return status(out, id, kFailure, "A file of that name exists.");
      return outcome(out, id, ::rename(path.c_str(), to.c_str()) == 0);
    }
    case kReadlink: {
      std::string target(PATH_MAX, '\0');
      const auto size = ::readlink(path.c_str(), target.data(), target.size());
      if (size < 0) return outcome(out, id, false);
      return one_name(out, id, std::string_view(target).substr(0, static_cast<std::size_t>(size)));
    }
    case kSymlink: {
      // As OpenSSH has always done it: first where to, then where.
      const std::string link = below(packet.path());
      if (!packet.bad()) outcome(out, id, ::symlink(named.c_str(), link.c_str()) == 0);
      return;
    }
    default: return status(out, id, kUnsupported, "This operation is not supported.");
  }
}

void Sftp::serve_handle(std::uint8_t type, std::uint32_t id, Packet& packet, std::string& out) {
  const std::string handle(packet.text());
  if (packet.bad()) return;
  if (const auto folder = folders_.find(handle); folder != folders_.end()) {
    if (type == kReaddir) return list(id, *folder->second, out);
    if (type != kClose) return status(out, id, kFailure, "This is a folder.");
    folders_.erase(folder);
    return outcome(out, id, true);
  }
  const auto file = files_.find(handle);
  if (file == files_.end()) return status(out, id, kFailure, "This handle is not open.");
  const int fd = file->second.get();
  switch (type) {
    case kClose: {
      const bool ok = ::close(file->second.release()) == 0;
      files_.erase(file);
      return outcome(out, id, ok);
    }
    case kRead: return read(id, fd, packet, out);
    case kWrite: return write(id, fd, packet, out);
    case kFstat: {
      struct stat info{};
      if (::fstat(fd, &info) != 0) return outcome(out, id, false);
      const Answer answer(out, kAttrs, id);
      return put_attributes(out, info);
    }
    case kFsetstat: {
      const auto wanted = packet.attributes();
      if (!packet.bad()) outcome(out, id, wanted.apply(fd, nullptr));
      return;
    }
    default: return status(out, id, kFailure, "This is a file.");
  }
}

void Sftp::extended(std::uint32_t id, Packet& packet, std::string& out) {
  const std::string_view name = packet.text();
  if (name == "limits@openssh.com") {
    const Answer answer(out, kExtendedReply, id);
    for (const std::uint64_t limit : {kMaxPacket, kMaxRead, kMaxRead, kMaxHandles}) put64(out, limit);
    return;
  }
  if (name == "fsync@openssh.com") {
    const auto file = files_.find(std::string(packet.text()));
    if (file == files_.end()) return status(out, id, kFailure, "This handle is not open.");
    return outcome(out, id, ::fsync(file->second.get()) == 0);
  }
  if (name == "statvfs@openssh.com") {
    const std::string path = below(packet.path());
    struct statvfs info{};
    if (!packet.bad()) file_system(id, ::statvfs(path.c_str(), &info) == 0, info, out);
    return;
  }
  if (name == "fstatvfs@openssh.com") {
    const auto file = files_.find(std::string(packet.text()));
    if (file == files_.end()) return status(out, id, kFailure, "This handle is not open.");
    struct statvfs info{};
    return file_system(id, ::fstatvfs(file->second.get(), &info) == 0, info, out);
  }
  if (name != "posix-rename@openssh.com" && name != "hardlink@openssh.com") return status(out, id, kUnsupported, "This operation is not supported.");
  const std::string from = below(packet.path()), to = below(packet.path());
  if (packet.bad()) return;
  outcome(out, id, (name.starts_with('p') ? ::rename(from.c_str(), to.c_str()) : ::link(from.c_str(), to.c_str())) == 0);
}

void Sftp::open(std::uint32_t id, Packet& packet, std::string& out) {
  const std::string path = below(packet.path());
  const std::uint32_t asked = packet.number();
  const auto wanted = packet.attributes();
  if (packet.bad()) return;
  if (files_.size() + folders_.size() >= kMaxHandles) return status(out, id, kFailure, "Too many files are open.");
  int flags = asked & kForRead && asked & kForWrite ? O_RDWR : asked & kForWrite ? O_WRONLY : O_RDONLY;
  if (asked & kAppend) flags |= O_APPEND;
  if (asked & kCreate) flags |= O_CREAT;
  if (asked & kTruncate) flags |= O_TRUNC;
  if (asked & kExclusive) flags |= O_EXCL;
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, wanted.flags & kMode ? wanted.mode & 07777 : 0666));
  if (!file) return outcome(out, id, false);
  const std::string handle = new_handle();
  files_.emplace(handle, std::move(file));
  const Answer answer(out, kHandle, id);
  put_text(out, handle);
}

void Sftp::open_folder(std::uint32_t id, const std::string& path, std::string& out) {
  if (files_.size() + folders_.size() >= kMaxHandles) return status(out, id, kFailure, "Too many files are open.");
  DIR* stream = ::opendir(path.c_str());
  if (!stream) return outcome(out, id, false);
  const std::string handle = new_handle();
  folders_.emplace(handle, std::make_unique<Folder>(stream, path));
  const Answer answer(out, kHandle, id);
  put_text(out, handle);
}

void Sftp::read(std::uint32_t id, int fd, Packet& packet, std::string& out) {
  const std::uint64_t offset = packet.number64();
  const std::size_t wanted = std::min<std::size_t>(packet.number(), kMaxRead);
  if (packet.bad()) return;
  const std::size_t at = out.size();
  constexpr std::size_t kHead = 4 + 1 + 4 + 4;  // length, type, id, length of the data
  out.resize(at + kHead + wanted);
  const auto count = ::pread(fd, out.data() + at + kHead, wanted, static_cast<off_t>(offset));
  if (count <= 0) {
    out.resize(at);
    return count == 0 ? status(out, id, kEof, "End of file") : outcome(out, id, false);
  }
  std::string head;
  put32(head, static_cast<std::uint32_t>(kHead - 4 + static_cast<std::size_t>(count)));
  head += static_cast<char>(kData);
  put32(head, id);
  put32(head, static_cast<std::uint32_t>(count));
  out.replace(at, kHead, head);
  out.resize(at + kHead + static_cast<std::size_t>(count));
}

void Sftp::write(std::uint32_t id, int fd, Packet& packet, std::string& out) {
  std::uint64_t offset = packet.number64();
  std::string_view data = packet.text();
  if (packet.bad()) return;
  while (!data.empty()) {
    const auto count = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return outcome(out, id, false);
    data.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  outcome(out, id, true);
}

void Sftp::list(std::uint32_t id, Folder& folder, std::string& out) {
  std::string names;
  AccountNames account_names;
  std::uint32_t count = 0;
  while (count < kNamesAtOnce) {
    const dirent* entry = ::readdir(folder.stream);
    if (!entry) break;
    struct stat info{};
    if (::fstatat(::dirfd(folder.stream), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    put_text(names, entry->d_name);
    put_text(names, long_name(entry->d_name, info, account_names));
    put_attributes(names, info);
    ++count;
  }
  if (count == 0) return status(out, id, kEof, "End of the folder");
  const Answer answer(out, kName, id);
  put32(out, count);
  out += names;
}

void Sftp::real_path(std::uint32_t id, const std::string& path, std::string& out) {
  // The last step need not exist: a client asks for the name it is about to create.
  const std::unique_ptr<char, decltype(&std::free)> whole(::realpath(path.c_str(), nullptr), &std::free);
  if (whole) return one_name(out, id, whole.get());
  const auto slash = path.rfind('/');
  const std::string parent = path.substr(0, std::max<std::size_t>(slash, 1)), last = path.substr(slash + 1);
  const std::unique_ptr<char, decltype(&std::free)> there(::realpath(parent.c_str(), nullptr), &std::free);
  if (!there || last.empty() || last == "." || last == "..") return status(out, id, kNoSuchFile, "No such file or folder");
  one_name(out, id, std::string(there.get()) + (std::string_view(there.get()) == "/" ? "" : "/") + last);
}

}  // namespace slipway::agent
