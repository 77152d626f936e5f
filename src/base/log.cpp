#include "base/log.hpp"

#include "base/clock.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <atomic>

namespace slipway::log {

namespace {

struct State {
  std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("slipway", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  std::atomic<Level> least = Level::info;
  std::atomic<bool> json = ::isatty(STDERR_FILENO) == 0;
};

State& state() {
  static State instance;
  return instance;
}

constexpr std::string_view name(Level level) {
  constexpr std::string_view names[] = {"debug", "info", "warn", "error"};
  return names[static_cast<int>(level)];
}

std::string quoted(std::string_view text) { return boost::json::serialize(boost::json::string_view(text)); }

// Control bytes of hostile text must not move a terminal's cursor.
std::string plain(std::string_view text) {
  std::string out;
  for (char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

}  // namespace

void setup(Format format, Level least) {
  state().least = least;
  if (format != Format::automatic) state().json = format == Format::json;
}

bool also_to_file(const std::string& path, std::size_t most, std::size_t backups) {
  try {
    spdlog::file_event_handlers owners;
    owners.after_open = [](const spdlog::filename_t&, std::FILE* file) {
      if (::fchmod(::fileno(file), 0600) != 0) throw spdlog::spdlog_ex("The log file cannot be closed to others.");
    };
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, most, backups, false, owners);
    sink->set_pattern("%v");
    state().logger->sinks().push_back(std::move(sink));
    return true;
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
}

bool enabled(Level level) { return level >= state().least; }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  const std::string now = to_rfc3339(system_clock().now());
  std::string line;
  if (state().json) {
    line = "{\"ts\":" + quoted(now) + ",\"level\":" + quoted(name(level)) + ",\"msg\":" + quoted(message);
    for (const auto& [key, value] : fields) line += "," + quoted(key) + ":" + quoted(value);
    line += "}";
  } else {
    line = now.substr(11, 8) + " " + std::string(name(level)) + std::string(6 - name(level).size(), ' ') + plain(message);
    for (const auto& [key, value] : fields) line += "  " + std::string(key) + "=" + plain(value);
  }
  state().logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace slipway::log
