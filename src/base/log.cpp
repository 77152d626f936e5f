#include "base/log.hpp"

#include "base/clock.hpp"
#include "base/log_outlets.hpp"

#include <fmt/format.h>
#include <spdlog/details/file_helper.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace slipway::log {

namespace {

enum class Form { as_set_up, human, json, stackdriver };

spdlog::file_event_handlers closed_to_others() {
  spdlog::file_event_handlers owners;
  owners.after_open = [](const spdlog::filename_t&, std::FILE* file) {
    struct stat info{};
    // A device or a pipe is whoever's it is.
    if (::fstat(::fileno(file), &info) == 0 && !S_ISREG(info.st_mode)) return;
    if (::fchmod(::fileno(file), 0600) != 0) throw spdlog::spdlog_ex("The log file cannot be closed to others.");
  };
  return owners;
}

// A file that is written to until it is told to open what is at its path now.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FileSink(std::string path) : path_(std::move(path)), file_(open()) {}
  // Throws when it cannot be opened, and goes on with the old one.
  void reopen() {
    auto fresh = open();
    const std::lock_guard lock(mutex_);
    file_.swap(fresh);
  }
  const std::string& path() const { return path_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    file_->write(line);
  }
  void flush_() override { file_->flush(); }

 private:
  std::unique_ptr<spdlog::details::file_helper> open() const {
    auto file = std::make_unique<spdlog::details::file_helper>(closed_to_others());
    file->open(path_, false);
    return file;
  }
  std::string path_;
  std::unique_ptr<spdlog::details::file_helper> file_;
};

// A logger of the library for each, which outlives a full disk.
using Logger = std::shared_ptr<spdlog::logger>;
struct Outlet {
  Form form;
  Logger logger;
  std::shared_ptr<FileSink> file = {};  // null: no file, or one that is rotated by us
};

Logger logger_to(std::shared_ptr<spdlog::sinks::sink> sink) {
  auto made = std::make_shared<spdlog::logger>("slipway", std::move(sink));
  made->set_pattern("%v");
  made->flush_on(spdlog::level::trace);
  return made;
}

Logger standard_error() { return logger_to(std::make_shared<spdlog::sinks::stderr_sink_mt>()); }

using Wanted = std::function<bool(std::string_view)>;

struct State {
  std::vector<Outlet> outlets = {{Form::as_set_up, standard_error()}};
  std::atomic<Level> least = Level::info;
  std::atomic<bool> json = ::isatty(STDERR_FILENO) == 0;
  std::atomic<bool> has_wanted = false;
  std::mutex mutex;  // wanted
  std::shared_ptr<const Wanted> wanted;
};

State& state() {
  static State instance;
  return instance;
}

constexpr std::string_view name(Level level) {
  constexpr std::string_view names[] = {"debug", "info", "warn", "error"};
  return names[static_cast<int>(level)];
}

constexpr std::string_view severity(Level level) {
  constexpr std::string_view names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
  return names[static_cast<int>(level)];
}

std::string quoted(std::string_view text) { return boost::json::serialize(boost::json::string_view(text)); }

// Control bytes of hostile text must not move a terminal's cursor.
std::string plain(std::string_view text) {
  std::string out;
  for (char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

using Fields = std::initializer_list<Field>;

std::string json_line(std::string head, std::string_view message_name, std::string_view message, Fields fields) {
  head += fmt::format(",\"{}\":{}", message_name, quoted(message));
  for (const auto& [key, value] : fields) head += "," + quoted(key) + ":" + quoted(value);
  return head + "}";
}

std::string human_line(Level level, const std::string& now, std::string_view message, Fields fields) {
  std::string line = now.substr(11, 8) + " " + std::string(name(level)) + std::string(6 - name(level).size(), ' ') + plain(message);
  for (const auto& [key, value] : fields) line += "  " + std::string(key) + "=" + plain(value);
  return line;
}

std::string line_of(Form form, Level level, std::string_view message, Fields fields) {
  const std::string now = to_rfc3339(system_clock().now());
  if (form == Form::as_set_up) form = state().json ? Form::json : Form::human;
  if (form == Form::human) return human_line(level, now, message, fields);
  // What Google's agents know by name.
  if (form == Form::stackdriver)
    return json_line(fmt::format("{{\"time\":{},\"severity\":{}", quoted(now), quoted(severity(level))), "message", message, fields);
  return json_line(fmt::format("{{\"ts\":{},\"level\":{}", quoted(now), quoted(name(level))), "msg", message, fields);
}

std::unexpected<Error> cannot_write(const std::string& path, const std::string& why) {
  return fail(Code::invalid, fmt::format("The log cannot be written to {}: {}.", path, why));
}

// No logger: nowhere.
Result<Outlet> outlet_at(const std::string& path, Form form) {
  if (path == "/dev/null") return Outlet{form, {}};
  if (path == "/dev/stderr") return Outlet{form, standard_error()};
  if (path == "/dev/stdout") return Outlet{form, logger_to(std::make_shared<spdlog::sinks::stdout_sink_mt>())};
  try {
    auto file = std::make_shared<FileSink>(path);
    return Outlet{form, logger_to(file), file};
  } catch (const spdlog::spdlog_ex& refused) {
    return cannot_write(path, refused.what());
  }
}

bool is_wanted(std::string_view message) {
  std::shared_ptr<const Wanted> wanted;
  {
    const std::lock_guard lock(state().mutex);
    wanted = state().wanted;
  }
  return wanted && (*wanted)(message);
}

}  // namespace

void setup(Format format, Level least) {
  state().least = least;
  if (format != Format::automatic) state().json = format == Format::json;
}

bool also_to_file(const std::string& path, std::size_t most, std::size_t backups) {
  try {
    state().outlets.push_back(
        {Form::as_set_up, logger_to(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, most, backups, false, closed_to_others()))});
    return true;
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
}

Result<void> write_to(const Outlets& outlets) {
  std::vector<Outlet> made;
  bool keeps_standard_error = outlets.human.empty();
  const std::pair<Form, const std::string&> all[] = {
      {Form::human, outlets.human}, {Form::json, outlets.json}, {Form::stackdriver, outlets.stackdriver}};
  for (const auto& [form, path] : all) {
    if (path.empty()) continue;
    TRY(outlet, outlet_at(path, form));
    if (path == "/dev/stderr") keeps_standard_error = false;
    if (outlet.logger) made.push_back(std::move(outlet));
  }
  if (keeps_standard_error) made.insert(made.begin(), {Form::as_set_up, standard_error()});
  state().outlets = std::move(made);
  return {};
}

Result<void> reopen() {
  Result<void> outcome;
  for (const auto& [form, logger, file] : state().outlets) {
    if (!file) continue;
    try {
      file->reopen();
    } catch (const spdlog::spdlog_ex& refused) {
      auto failed = cannot_write(file->path(), refused.what());
      if (!outcome) failed.error().say = outcome.error().say + " " + failed.error().say;
      outcome = std::move(failed);
    }
  }
  return outcome;
}

void let_through(Wanted wanted) {
  const std::lock_guard lock(state().mutex);
  state().has_wanted = wanted != nullptr;
  state().wanted = wanted ? std::make_shared<const Wanted>(std::move(wanted)) : nullptr;
}

bool enabled(Level level) { return level >= state().least || state().has_wanted; }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (level < state().least && !(state().has_wanted && is_wanted(message))) return;
  for (const auto& [form, logger, file] : state().outlets) {
    const auto line = line_of(form, level, message, fields);
    logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }
}

}  // namespace slipway::log
