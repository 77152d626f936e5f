#include "agent/ssh_sftp_answers.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>

#include <fmt/format.h>

namespace slipway::agent::sftp {

void put32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}
void put64(std::string& out, std::uint64_t value) {
  put32(out, static_cast<std::uint32_t>(value >> 32));
  put32(out, static_cast<std::uint32_t>(value));
}
void put_text(std::string& out, std::string_view text) {
  put32(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

void status(std::string& out, std::uint32_t id, Status code, std::string_view text) {
  const Answer answer(out, kStatus, id);
  put32(out, code);
  put_text(out, text);
  put_text(out, "en");
}

void outcome(std::string& out, std::uint32_t id, bool ok) {
  if (ok) return status(out, id, kOk, "Success");
  const int number = errno;
  const Status code = number == ENOENT || number == ENOTDIR ? kNoSuchFile : number == EACCES || number == EPERM ? kDenied : kFailure;
  status(out, id, code, std::strerror(number));
}

void put_attributes(std::string& out, const struct stat& info) {
  put32(out, kSize | kOwner | kMode | kTimes);
  put64(out, static_cast<std::uint64_t>(info.st_size));
  put32(out, info.st_uid);
  put32(out, info.st_gid);
  put32(out, info.st_mode);
  put32(out, static_cast<std::uint32_t>(info.st_atime));
  put32(out, static_cast<std::uint32_t>(info.st_mtime));
}

namespace {

// As `ls -l` has it: the time of day for what is of the last half year, the year for all else.
std::string date_of(std::time_t at, std::time_t now) {
  constexpr std::time_t kHalfYear = 366 * 24 * 3600 / 2;
  std::tm when{};
  ::localtime_r(&at, &when);
  char date[32];
  std::strftime(date, sizeof date, at > now || now - at > kHalfYear ? "%b %e  %Y" : "%b %e %H:%M", &when);
  return date;
}

}  // namespace

std::string long_name(std::string_view name, const struct stat& info, AccountNames& names) {
  constexpr std::string_view kBits = "rwxrwxrwx";
  std::string mode(1, S_ISDIR(info.st_mode) ? 'd' : S_ISLNK(info.st_mode) ? 'l' : S_ISSOCK(info.st_mode) ? 's' : '-');
  for (unsigned bit = 0; bit < 9; ++bit) mode += (info.st_mode >> (8 - bit)) & 1U ? kBits[bit] : '-';
  return fmt::format("{} {:4} {:8} {:8} {:10} {} {}", mode, info.st_nlink, names.user(info.st_uid), names.group(info.st_gid), info.st_size,
                     date_of(info.st_mtime, std::time(nullptr)), name);
}

void file_system(std::uint32_t id, bool known, const struct statvfs& info, std::string& out) {
  constexpr std::uint64_t kReadOnly = 1, kNoSetuid = 2;  // as the protocol numbers them
  if (!known) return outcome(out, id, false);
  const Answer answer(out, kExtendedReply, id);
  const std::uint64_t flags = (info.f_flag & ST_RDONLY ? kReadOnly : 0) | (info.f_flag & ST_NOSUID ? kNoSetuid : 0);
  for (const std::uint64_t one : {std::uint64_t{info.f_bsize}, std::uint64_t{info.f_frsize}, std::uint64_t{info.f_blocks},
                                  std::uint64_t{info.f_bfree}, std::uint64_t{info.f_bavail}, std::uint64_t{info.f_files}, std::uint64_t{info.f_ffree},
                                  std::uint64_t{info.f_favail}, std::uint64_t{info.f_fsid}, flags, std::uint64_t{info.f_namemax}})
    put64(out, one);
}

void one_name(std::string& out, std::uint32_t id, std::string_view name) {
  const Answer answer(out, kName, id);
  put32(out, 1);
  put_text(out, name);
  put_text(out, name);
  put32(out, 0);
}

}  // namespace slipway::agent::sftp
