#include "cli/side_files.hpp"

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <random>

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/private_file.hpp"

namespace slipway::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* kRelay = "Slipway";  // all goes through the server, which existing clients know as a relay of that name

std::string now_text(const char* format) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::localtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

std::string five_letters() {
  std::random_device device;
  std::string out;
  for (int i = 0; i < 5; ++i) out += static_cast<char>('a' + device() % 26);
  return out;
}

}  // namespace

std::string network_json(const NetworkNumbers& numbers) {
  const boost::json::object told{{"p2p", false},
                                 {"latency", numbers.latency_ms},
                                 {"preferred_derp", kRelay},
                                 {"derp_latency", boost::json::object{{kRelay, numbers.server_latency_ms}}},
                                 {"upload_bytes_sec", numbers.up},
                                 {"download_bytes_sec", numbers.down},
                                 {"using_coder_connect", false}};
  return boost::json::serialize(told);
}

NetworkFile::NetworkFile(const fs::path& folder) : path_(folder / fmt::format("{}.json", ::getppid())) {
  std::error_code error;
  if (fs::create_directories(folder, error)) fs::permissions(folder, fs::perms::owner_all, error);
}

Result<void> NetworkFile::write(const NetworkNumbers& numbers) const { return replace_private(path_.string(), network_json(numbers)); }

Result<SshLog> SshLog::open(const fs::path& folder, bool debug) {
  if (!fs::is_directory(folder))
    return fail(Code::invalid, fmt::format("There is no folder {} for the log.", folder.string()), "Make it, or leave --log-dir out.");
  const auto path = folder / fmt::format("coder-ssh-{}-{}-{}.log", now_text("%Y%m%d-%H%M%S"), five_letters(), ::getppid());
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail(Code::invalid, fmt::format("Cannot write {}.", path.string()), std::strerror(errno));
  SshLog log;
  log.file_ = std::make_shared<const Descriptor>(std::move(file));
  log.debug_ = debug;
  return log;
}

// What cannot be logged ends no session.
void SshLog::line(std::string_view level, std::string_view text) const {
  if (!file_) return;
  const auto said = fmt::format("{} [{}]  {}\n", now_text("%Y-%m-%d %H:%M:%S"), level, text);
  (void)::write(file_->get(), said.data(), said.size());
}

void SshLog::info(std::string_view text) const { line("info", text); }

void SshLog::debug(std::string_view text) const {
  if (debug_) line("debu", text);
}

}  // namespace slipway::cli
