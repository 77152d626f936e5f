#include "cli/config.hpp"

#include <cstdlib>
#include <fstream>

#include "base/private_file.hpp"
#include "net/url.hpp"

namespace slipway::cli {

namespace fs = std::filesystem;

std::optional<std::string> environment(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value && *value) return value;
  return std::nullopt;
}

fs::path Config::usual_folder() {
  if (const auto base = environment({"XDG_CONFIG_HOME"})) return fs::path(*base) / "slipway";
  return fs::path(environment({"HOME"}).value_or("/")) / ".config" / "slipway";
}

std::optional<std::string> Config::read(std::string_view name) const {
  std::ifstream in(folder_ / name);
  std::string line;
  if (!in || !std::getline(in, line) || line.empty()) return std::nullopt;
  return line;
}

Result<void> Config::write(std::string_view name, std::string_view value) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  fs::permissions(folder_, fs::perms::owner_all, error);
  const auto path = folder_ / name;
  const auto fresh = folder_ / (std::string(name) + ".new");
  const auto written = write_private(fresh.string(), std::string(value) + "\n");
  if (written) fs::rename(fresh, path, error);
  if (written && !error) return {};
  return fail(Code::invalid, fmt::format("Cannot write {}.", path.string()), written ? error.message() : written.error().why);
}

void Config::forget(std::string_view name) const {
  std::error_code ignored;
  fs::remove(folder_ / name, ignored);
}

Result<std::string> server_url(std::string_view typed) {
  std::string text(typed);
  if (text.find("://") == std::string::npos) {
    const auto host = std::string_view(text).substr(0, text.find_first_of(":/"));
    text = (host == "localhost" || host.starts_with("127.") || text.starts_with("[::1]") ? "http://" : "https://") + text;
  }
  while (text.ends_with('/')) text.pop_back();
  const auto url = net::parse_url(text);
  if (!url || (url->scheme != "http" && url->scheme != "https") || url->has_userinfo || !url->query.empty())
    return fail(Code::invalid, fmt::format("\"{}\" is no address of a server.", typed), "Give one such as https://slipway.example.com.");
  return text;
}

}  // namespace slipway::cli
