// The words of the SSH file transfer protocol, version 3, and its answers as bytes. Pure but for the names of accounts.
#pragma once

#include "agent/user.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace slipway::agent::sftp {

enum Type : std::uint8_t {
  kInit = 1,
  kVersion,
  kOpen,
  kClose,
  kRead,
  kWrite,
  kLstat,
  kFstat,
  kSetstat,
  kFsetstat,
  kOpendir,
  kReaddir,
  kRemove,
  kMkdir,
  kRmdir,
  kRealpath,
  kStat,
  kRename,
  kReadlink,
  kSymlink,
  kStatus = 101,
  kHandle,
  kData,
  kName,
  kAttrs,
  kExtended = 200,
  kExtendedReply = 201,
};
enum Status : std::uint32_t { kOk = 0, kEof, kNoSuchFile, kDenied, kFailure, kBadMessage, kUnsupported = 8 };
enum OpenFlag : std::uint32_t { kForRead = 1, kForWrite = 2, kAppend = 4, kCreate = 8, kTruncate = 16, kExclusive = 32 };
enum AttributeFlag : std::uint32_t { kSize = 1, kOwner = 2, kMode = 4, kTimes = 8, kMore = 0x80000000U };

constexpr std::size_t kMaxPacket = 256 * 1024;
constexpr std::size_t kMaxRead = kMaxPacket - 1024;
constexpr std::size_t kMaxHandles = 512;
constexpr int kNamesAtOnce = 100;

void put32(std::string& out, std::uint32_t value);
void put64(std::string& out, std::uint64_t value);
void put_text(std::string& out, std::string_view text);

// Appends one packet; its length is filled in when the scope ends.
class Answer {
 public:
  Answer(std::string& out, std::uint8_t type, std::uint32_t id) : out_(out), at_(out.size()) {
    put32(out_, 0);
    out_ += static_cast<char>(type);
    put32(out_, id);
  }
  ~Answer() {
    std::string length;
    put32(length, static_cast<std::uint32_t>(out_.size() - at_ - 4));
    out_.replace(at_, 4, length);
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

 private:
  std::string& out_;
  std::size_t at_;
};

void status(std::string& out, std::uint32_t id, Status code, std::string_view text);
// By errno, when it did not go well.
void outcome(std::string& out, std::uint32_t id, bool ok);
void put_attributes(std::string& out, const struct stat& info);
// A line as of `ls -l`, which clients show to people.
std::string long_name(std::string_view name, const struct stat& info, AccountNames& names);
// The answer to statvfs@openssh.com, or why there is none.
void file_system(std::uint32_t id, bool known, const struct statvfs& info, std::string& out);
void one_name(std::string& out, std::uint32_t id, std::string_view name);

}  // namespace slipway::agent::sftp
