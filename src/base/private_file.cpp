#include "base/private_file.hpp"

#include "base/system_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace slipway {

namespace {

std::unexpected<Error> failed(const char* step, const std::string& path, int why) { return fail_system(std::string(step) + " " + path, why); }

}  // namespace

void keep_files_private() { ::umask(077); }

Result<void> write_private(const std::string& path, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return failed("create", path, errno);
  const char* step = ::fchmod(file, 0600) == 0 ? nullptr : "set the mode of";
  while (!step && !bytes.empty()) {
    const auto count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) step = "write";
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  const int why = errno;
  ::close(file);
  if (step) return failed(step, path, why);
  return {};
}

Result<void> replace_private(const std::string& path, std::string_view bytes) {
  const auto fresh = path + ".new";
  TRY_OK(write_private(fresh, bytes));
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("replace", path, errno);
  return {};
}

}  // namespace slipway
