#include "agent/places.hpp"

#include "agent/files.hpp"
#include "agent/scripts.hpp"

#include <filesystem>

#include <stdlib.h>
#include <sys/stat.h>

namespace slipway::agent {

namespace {

// A folder for logs may be anybody's choice, such as /var/log/agent: it is looked at, not changed.
Result<void> fit_for_logs(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return make_own_directory(path, 0700);
  if (info.st_mode & S_IWOTH) return fail_internal(fmt::format("others may write to {}", path));
  return safe_way_to(path);
}

Result<void> fit_for_scripts(const std::string& path) {
  const ScriptPlaces places{.log_dir = {}, .data_dir = path};
  TRY_OK(make_own_directory(places.data_folder(), 0755));
  return make_own_directory(places.bin_folder(), 0755);
}

Result<std::string> private_folder(const std::string& home, const std::string& temporary) {
  const std::string kept = home + "/.cache/slipway-agent";
  if (!home.empty() && make_own_directory(kept, 0700)) return kept;
  std::string fresh = temporary + "/slipway-agent-XXXXXX";
  if (::mkdtemp(fresh.data()) == nullptr) return fail_internal("no folder can be made in " + temporary);
  return fresh;
}

}  // namespace

std::vector<std::string> settle_places(Options& options, const std::string& home, const std::string& temporary) {
  std::vector<std::string> notes;
  std::string instead;
  const auto settle = [&](std::string& folder, Result<void> (*fit)(const std::string&), std::string_view what) {
    const auto fits = fit(folder);
    if (fits) return;
    if (instead.empty()) instead = private_folder(home, temporary).value_or("");
    if (instead.empty()) return;
    notes.push_back(fmt::format("{} are not in {} but in {}: {}.", what, folder, instead, fits.error().why));
    folder = instead;
    if (const auto fits_now = fit(folder); !fits_now) notes.push_back(fits_now.error().why);
  };
  settle(options.log_dir, fit_for_logs, "Logs");
  settle(options.script_data_dir, fit_for_scripts, "Data of scripts");
  return notes;
}

}  // namespace slipway::agent
