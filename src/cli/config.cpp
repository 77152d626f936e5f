#include "cli/config.hpp"

#include <cstdlib>
#include <fstream>

#include "base/private_file.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

namespace slipway::cli {

namespace fs = std::filesystem;

std::optional<std::string> environment(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value && *value) return value;
  return std::nullopt;
}

fs::path Config::usual_folder(const Face& face) {
  if (const auto base = environment({"XDG_CONFIG_HOME"})) return fs::path(*base) / face.folder;
  return fs::path(environment({"HOME"}).value_or("/")) / ".config" / face.folder;
}

fs::path Config::file(std::string_view name) const { return folder_ / (name == "token" ? face_.token_file : name); }

std::optional<std::string> Config::read(std::string_view name) const {
  std::ifstream in(file(name));
  std::string line;
  if (!in || !std::getline(in, line)) return std::nullopt;
  const auto value = text::trim(line);
  return value.empty() ? std::nullopt : std::optional(std::string(value));
}

Result<void> Config::write(std::string_view name, std::string_view value) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  fs::permissions(folder_, face_.coder ? fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec : fs::perms::owner_all, error);
  const auto path = file(name).string();
  // The existing program's files have no line's end, and others read them whole.
  const auto written = replace_private(path, face_.coder ? std::string(value) : std::string(value) + "\n");
  if (!written) return fail(Code::invalid, fmt::format("Cannot write {}.", path), written.error().why);
  return {};
}

void Config::forget(std::string_view name) const {
  std::error_code ignored;
  fs::remove(file(name), ignored);
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
