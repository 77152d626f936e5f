#include "server/secret_file.hpp"

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace slipway::server {

namespace {

namespace fs = std::filesystem;

Reader this_process() {
  Reader reader{.user = ::geteuid(), .groups = {::getegid()}};
  std::vector<gid_t> more(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  if (const int count = ::getgroups(static_cast<int>(more.size()), more.data()); count > 0)
    reader.groups.insert(reader.groups.end(), more.begin(), more.begin() + count);
  return reader;
}

std::string credentials_folder() {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder ? folder : "";
}

bool lies_under(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != ".." && *relative.begin() != ".";
}

// Kubernetes puts files of secrets behind a link that it turns over: folder/key -> ..data/key, ..data -> ..2026_11_30.
bool is_mounted(const std::string& path) {
  std::error_code fault;
  const auto real = fs::canonical(path, fault);
  if (fault) return false;
  if (const auto folder = credentials_folder(); !folder.empty())
    if (const auto base = fs::canonical(folder, fault); !fault && lies_under(real, base)) return true;
  const auto data = fs::absolute(path, fault).parent_path() / "..data";
  if (fault || !fs::is_symlink(fs::symlink_status(data, fault))) return false;
  const auto base = fs::canonical(data, fault);
  return !fault && lies_under(real, base);
}

}  // namespace

bool may_hold_secret(const struct stat& file, const Reader& reader, bool mounted) {
  if ((file.st_mode & 022) != 0) return false;
  if ((file.st_mode & 077) == 0 || mounted) return true;
  const bool ours = std::ranges::find(reader.groups, file.st_gid) != reader.groups.end();
  return (file.st_mode & 07) == 0 && file.st_uid == 0 && reader.user != 0 && ours;
}

std::string secret_path(const std::string& name) {
  const auto folder = credentials_folder();
  if (folder.empty() || name.starts_with('/')) return name;
  const auto inside = folder + "/" + name;
  return ::access(inside.c_str(), F_OK) == 0 ? inside : name;
}

Result<void> check_secret_file(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail(Code::invalid, fmt::format("Cannot read {}. Does it exist?", path));
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) return fail(Code::invalid, fmt::format("{} is no file.", path));
  if (may_hold_secret(info, this_process(), is_mounted(path))) return {};
  const auto* what = (info.st_mode & 022) != 0 ? "written" : "read";
  return fail(Code::invalid, fmt::format("{} holds a secret and can be {} by others. Run: chmod 600 {}", path, what, path));
}

Result<std::string> text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  if (in && in.peek() != std::ifstream::traits_type::eof()) out << in.rdbuf();
  if (!in || !out) in.clear(std::ios::badbit);
  if (in.bad()) return fail(Code::invalid, fmt::format("Cannot read {}. Is it a file that the user of this process may read?", path));
  return out.str();
}

Result<std::string> read_secret(const std::string& name) {
  const auto path = secret_path(name);
  TRY_OK(check_secret_file(path));
  TRY(text, text_of_file(path));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return fail(Code::invalid, fmt::format("{} is empty: it should hold a secret.", path));
  return text;
}

}  // namespace slipway::server
