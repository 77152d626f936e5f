#include "agent/files.hpp"

#include "base/descriptor.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slipway::agent {

std::optional<std::string> read_small_file(const std::string& path, std::size_t most) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string out;
  char buffer[16384];
  for (;;) {
    const auto got = ::read(file.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
    if (out.size() > most) return std::nullopt;
  }
}

Result<int> create_file(const std::string& path, unsigned mode) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return fail_internal("create " + path + ": " + std::strerror(errno));
  if (::fchmod(file.get(), mode) != 0) return fail_internal("set mode of " + path + ": " + std::strerror(errno));
  return file.release();
}

namespace {

// Root is whoever owns the root folder, too: in a user namespace that may be a number for "somebody outside".
bool ours_or_roots(const struct stat& info) {
  struct stat top{};
  return info.st_uid == 0 || info.st_uid == ::geteuid() || (::stat("/", &top) == 0 && info.st_uid == top.st_uid);
}

// Others could put another folder in the place of what is inside.
bool open_to_others(const struct stat& info) {
  const bool group = info.st_mode & S_IWGRP && info.st_gid != ::getegid();
  return (group || info.st_mode & S_IWOTH) && !(info.st_mode & S_ISVTX);
}

}  // namespace

Result<void> safe_way_to(const std::string& path) {
  std::error_code ec;
  const auto real = std::filesystem::canonical(path, ec);
  if (ec) return fail_internal(fmt::format("open {}: {}", path, ec.message()));
  for (auto at = real;; at = at.parent_path()) {
    struct stat info{};
    if (::stat(at.c_str(), &info) != 0) return fail_internal(fmt::format("open {}: {}", at.string(), std::strerror(errno)));
    if (!ours_or_roots(info)) return fail_internal(fmt::format("{} belongs to somebody else (user {})", at.string(), info.st_uid));
    if (open_to_others(info)) return fail_internal(fmt::format("others may write to {}", at.string()));
    if (at == at.root_path()) return {};
  }
}

Result<void> make_own_directory(const std::string& path, unsigned mode) {
  std::error_code ec;
  const auto parent = std::filesystem::path(path).parent_path();
  std::filesystem::create_directories(parent, ec);
  if (ec) return fail_internal("make directory " + parent.string() + ": " + ec.message());
  TRY_OK(safe_way_to(parent));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail_internal("make directory " + path + ": " + std::strerror(errno));
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return fail_internal("open " + path + ": " + std::strerror(errno));
  struct stat info{};
  if (::fstat(folder.get(), &info) != 0) return fail_internal("look at " + path + ": " + std::strerror(errno));
  if (info.st_uid != ::geteuid()) return fail_internal(fmt::format("{} belongs to somebody else (user {})", path, info.st_uid));
  if (::fchmod(folder.get(), mode) != 0) return fail_internal("set mode of " + path + ": " + std::strerror(errno));
  return {};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace slipway::agent
