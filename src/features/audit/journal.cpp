#include "features/audit/journal.hpp"

#include "api/json.hpp"
#include "base/log.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace slipway::audit {

namespace {

constexpr std::string_view kSuffix = ".journal";

// The fields of a line, in one place for both directions.
struct Entry {
  store::TrailLine line;
  std::int64_t status = 0;
};

void write(api::json::Writer& to, const Entry& from) {
  const auto& trace = from.line.trace;
  to.open();
  const auto put = [&to](std::string_view key, const auto& value) {
    to.key(key);
    api::json::write(to, value);
  };
  put("\"id\":", from.line.id.uuid);
  put("\"time\":", from.line.time);
  put("\"user\":", trace.user.uuid);
  put("\"organization\":", trace.organization.uuid);
  put("\"request\":", from.line.request.uuid);
  put("\"ip\":", from.line.ip);
  put("\"user_agent\":", from.line.user_agent);
  put("\"status\":", from.status);
  put("\"type\":", trace.resource_type);
  put("\"resource\":", trace.resource_id);
  put("\"target\":", trace.target);
  put("\"icon\":", trace.icon);
  put("\"action\":", trace.action);
  put("\"diff\":", trace.diff);
  put("\"additional\":", trace.additional);
  to.close();
}

void read(api::json::Reader& in, const api::json::Value& from, Entry& to) {
  auto& trace = to.line.trace;
  if (!in.is_object(from)) return;
  in.field(from, "id", to.line.id.uuid);
  in.field(from, "time", to.line.time);
  in.field(from, "user", trace.user.uuid);
  in.field(from, "organization", trace.organization.uuid);
  in.field(from, "request", to.line.request.uuid);
  in.field(from, "ip", to.line.ip);
  in.field(from, "user_agent", to.line.user_agent);
  in.field(from, "status", to.status);
  in.field(from, "type", trace.resource_type);
  in.field(from, "resource", trace.resource_id);
  in.field(from, "target", trace.target);
  in.field(from, "icon", trace.icon);
  in.field(from, "action", trace.action);
  in.field(from, "diff", trace.diff);
  in.field(from, "additional", trace.additional);
  to.line.status = static_cast<int>(to.status);
}

std::unexpected<Error> failed(std::string_view what, const std::string& path) {
  return fail(Code::unavailable, fmt::format("Cannot {} {}: {}.", what, path, std::strerror(errno)));
}

std::string read_all(int file) {
  std::string text;
  char part[65536];
  for (off_t at = 0;;) {
    const auto got = ::pread(file, part, sizeof(part), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part, static_cast<std::size_t>(got));
    at += got;
  }
}

// What a killed process left of its last line is not one: its caller never got an answer.
std::vector<store::TrailLine> lines_of(const std::string& path, std::string_view text) {
  std::vector<store::TrailLine> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    if (end == text.npos) break;
    auto entry = api::from_json<Entry>(text.substr(at, end - at));
    if (entry && !entry->line.id.is_nil())
      lines.push_back(std::move(entry->line));
    else
      log::warn("a line of the audit journal cannot be read", {{"file", path}});
    at = end + 1;
  }
  return lines;
}

}  // namespace

Journal::Journal(std::string folder, std::size_t limit) : folder_(std::move(folder)), limit_(limit) {}

Journal::~Journal() {
  if (file_ < 0) return;
  if (size_ == 0) ::unlink(path_.c_str());
  ::close(file_);
}

// Made under another name and locked before it gets its own: whoever looks for forsaken files never finds it unlocked.
Result<void> Journal::begin() {
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  ::chmod(folder_.c_str(), 0700);
  const std::string name = folder_ + "/" + Uuid::random().str(), early = name + ".new";
  const int file = ::open(early.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return failed("open", early);
  path_ = name + std::string(kSuffix);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0 || ::rename(early.c_str(), path_.c_str()) != 0) {
    auto error = failed("lock", early);
    ::close(file);
    ::unlink(early.c_str());
    return error;
  }
  file_ = file;
  size_ = 0;
  return {};
}

Result<void> Journal::append(const store::TrailLine& line) {
  const Entry entry{.line = line, .status = line.status};
  std::string text;
  api::json::Writer writer(text);
  write(writer, entry);
  text += '\n';
  const std::lock_guard hold(lock_);
  if (size_ + waiting_ + text.size() > limit_) return fail(Code::unavailable, fmt::format("The audit journal {} is full.", folder_));
  if (file_ < 0) TRY_OK(begin());
  const auto written = ::write(file_, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) {
    size_ += text.size();
    return {};
  }
  auto error = failed("write to", path_);
  if (::ftruncate(file_, static_cast<off_t>(size_)) != 0) log::warn("a cut-off line stays in the audit journal", {{"file", path_}});
  return error;
}

std::vector<Journal::Ended> Journal::take() {
  const std::lock_guard hold(lock_);
  if (file_ >= 0 && size_ > 0) {
    waiting_ += size_;
    ::close(std::exchange(file_, -1));  // and with it the lock
    size_ = 0;
  }
  std::vector<Ended> all;
  std::error_code fault;
  for (const auto& found : std::filesystem::directory_iterator(folder_, fault)) {
    const std::string path = found.path().string();
    if (!path.ends_with(kSuffix)) continue;
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) continue;
    struct stat named{}, opened{};
    // A file whose server lives is locked; one that another server has just stored is gone from the folder.
    if (::flock(file, LOCK_EX | LOCK_NB) != 0 || ::fstat(file, &opened) != 0 || ::stat(path.c_str(), &named) != 0 || named.st_ino != opened.st_ino) {
      ::close(file);
      continue;
    }
    all.push_back({.path = path, .file = file, .lines = lines_of(path, read_all(file))});
  }
  return all;
}

void Journal::forget(Ended& ended) {
  struct stat info{};
  const auto size = ::fstat(ended.file, &info) == 0 ? static_cast<std::size_t>(info.st_size) : 0;
  if (::unlink(ended.path.c_str()) != 0) log::warn("a stored audit journal cannot be deleted", {{"file", ended.path}});
  ::close(std::exchange(ended.file, -1));
  const std::lock_guard hold(lock_);
  waiting_ -= std::min(waiting_, size);
}

void Journal::leave(Ended& ended) { ::close(std::exchange(ended.file, -1)); }

}  // namespace slipway::audit
