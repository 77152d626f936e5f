#include "provisioner/terraform_work.hpp"

#include "aio/blocking.hpp"
#include "base/private_file.hpp"
#include "crypto/hash.hpp"
#include "provisioner/json_read.hpp"

#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

constexpr auto kInitLife = std::chrono::hours(7 * 24);
constexpr std::size_t kMostInits = 200;

Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail_internal(fmt::format("mkdir {}: {}", path, std::strerror(errno)));
}

void remove_tree(const std::string& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

bool init_depends_on(const fs::path& file) {
  const auto name = file.filename().string();
  for (const std::string_view end : {".tf", ".tofu", ".tf.json", ".tofu.json", ".tfvars", ".tfvars.json"})
    if (name.ends_with(end)) return true;
  return name == ".terraform.lock.hcl";
}

bool has_dead_link(const fs::path& folder) {
  std::error_code failed;
  for (auto at = fs::recursive_directory_iterator(folder, failed); !failed && at != fs::recursive_directory_iterator(); at.increment(failed))
    if (at->is_symlink(failed) && !fs::exists(at->path(), failed)) return true;
  return static_cast<bool>(failed);
}

struct Version {
  std::int64_t serial = -1;
  std::string lineage;
  bool empty = true;
};

Version version_of(std::string_view state) {
  Version out;
  const auto parsed = parse_json(state, "the state", 256 << 20);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  if (!object) return out;
  out.serial = number(*object, "serial", -1);
  out.lineage = text(*object, "lineage");
  const auto* resources = array_field(*object, "resources");
  out.empty = !(resources && !resources->empty()) && !field(*object, "encrypted_data");
  return out;
}

// Whether the process noted in a job's folder still works there.
bool still_works(const fs::path& folder) {
  const auto text = read_whole((folder / "process").string(), 64);
  int pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  if (pid <= 1) return false;
  std::error_code failed;
  const auto where = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), failed);
  return !failed && where == folder / "template";
}

void drop_oldest(const fs::path& folder) {
  std::error_code failed;
  std::vector<std::pair<fs::file_time_type, fs::path>> all;
  for (const auto& entry : fs::directory_iterator(folder, failed)) all.emplace_back(entry.last_write_time(failed), entry.path());
  if (all.size() <= kMostInits) return;
  std::ranges::sort(all);
  for (std::size_t i = 0; i + kMostInits < all.size(); ++i) remove_tree(all[i].second.string());
}

}  // namespace

namespace {

// Folders that a killed server left: an import's is of no use, a build's only while someone may still build on it.
void drop_forgotten(const std::string& jobs) {
  std::error_code failed;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(jobs, failed)) {
    const auto age = fs::file_time_type::clock::now() - entry.last_write_time(failed);
    const bool build = fs::exists(entry.path() / "workspace", failed);
    if (age > std::chrono::hours(build ? 30 * 24 : 24) && !still_works(entry.path())) old.push_back(entry.path());
  }
  for (const auto& folder : old) remove_tree(folder.string());
}

}  // namespace

Result<WorkFolder> WorkFolder::create(const std::string& cache, const JobInput& input) {
  std::error_code failed;
  fs::create_directories(fs::path(cache).parent_path(), failed);
  TRY_OK(make_folder(cache));
  TRY_OK(make_folder(cache + "/jobs"));
  drop_forgotten(cache + "/jobs");
  auto root = fmt::format("{}/jobs/{}", cache, input.id.str());
  remove_tree(root);
  TRY_OK(make_folder(root));
  WorkFolder out(std::move(root));
  TRY_OK(make_folder(out.template_folder()));
  if (input.kind == JobKind::build) TRY_OK(write_private(out.root() + "/workspace", input.workspace.id));
  return out;
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept : root_(std::exchange(other.root_, {})) {}

WorkFolder& WorkFolder::operator=(WorkFolder&& other) noexcept {
  std::swap(root_, other.root_);
  return *this;
}

WorkFolder::~WorkFolder() {
  if (!root_.empty()) asio::post(aio::blocking_pool(), [root = std::move(root_)] { remove_tree(root); });
}

std::string read_whole(const std::string& path, std::size_t most) {
  std::string out;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return out;
  std::vector<char> buffer(64 << 10);
  while (out.size() <= most) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(fd);
  if (out.size() > most) out.clear();
  return out;
}

bool configuration_mentions(const std::string& template_folder, std::string_view word) {
  std::error_code failed;
  for (auto at = fs::recursive_directory_iterator(template_folder, failed); !failed && at != fs::recursive_directory_iterator(); at.increment(failed))
    if (at->is_regular_file(failed) && init_depends_on(at->path()) && read_whole(at->path().string()).find(word) != std::string::npos) return true;
  return static_cast<bool>(failed);
}

std::string state_left_in(const std::string& template_folder) {
  for (const auto* name : {"/errored.tfstate", "/terraform.tfstate"})
    if (auto text = read_whole(template_folder + name); !text.empty()) return text;
  return "";
}

InitCache::InitCache(const std::string& cache, const JobInput& input, std::string_view template_folder, std::string_view tool)
    : cache_(cache + "/init") {
  std::vector<fs::path> files;
  std::error_code failed;
  for (auto at = fs::recursive_directory_iterator(template_folder, failed); !failed && at != fs::recursive_directory_iterator(); at.increment(failed))
    if (at->is_regular_file(failed) && init_depends_on(at->path())) files.push_back(at->path());
  std::ranges::sort(files);
  std::string all(tool);
  const auto add = [&all](std::string_view part) { all += fmt::format("\n{}:{}", part.size(), part); };
  for (const auto& file : files) {
    add(file.lexically_relative(template_folder).string());
    add(read_whole(file.string()));
  }
  for (const auto& variable : input.variables) {  // a module's source may name one
    add(variable.name);
    add(variable.value);
  }
  folder_ = cache_ + "/" + crypto::sha256_hex(all);
}

bool InitCache::restore(const std::string& template_folder) const {
  std::error_code failed;
  const auto made = fs::last_write_time(folder_, failed);
  if (failed) return false;
  if (fs::file_time_type::clock::now() - made > kInitLife || has_dead_link(folder_)) {
    remove_tree(folder_);
    return false;
  }
  fs::copy(folder_ + "/terraform", template_folder + "/.terraform", fs::copy_options::recursive | fs::copy_options::copy_symlinks, failed);
  if (failed) return false;
  const auto lock = read_whole(folder_ + "/lock");
  return lock.empty() || write_private(template_folder + "/.terraform.lock.hcl", lock).has_value();
}

void InitCache::keep(const std::string& template_folder) const {
  const auto fresh = fmt::format("{}.{}", folder_, Uuid::random().str());
  if (!make_folder(cache_) || !make_folder(fresh)) return;
  std::error_code failed;
  fs::create_directories(template_folder + "/.terraform", failed);
  fs::copy(template_folder + "/.terraform", fresh + "/terraform", fs::copy_options::recursive | fs::copy_options::copy_symlinks, failed);
  if (!failed) (void)write_private(fresh + "/lock", read_whole(template_folder + "/.terraform.lock.hcl"));
  if (!failed) fs::rename(fresh, folder_, failed);  // whoever comes first wins; both are the same
  if (failed) remove_tree(fresh);
  drop_oldest(cache_);
}

std::string InitCache::note(std::string_view name) const { return read_whole(fmt::format("{}/{}", folder_, name)); }

void InitCache::keep_note(std::string_view name, std::string_view text) const {
  const auto path = fmt::format("{}/{}", folder_, name);
  const auto fresh = fmt::format("{}.{}", path, Uuid::random().str());
  std::error_code failed;
  if (fs::exists(folder_, failed) && write_private(fresh, text)) fs::rename(fresh, path, failed);
}

Leftover leftover_state(const std::string& cache, const JobInput& input, std::string_view known) {
  Leftover out;
  const auto before = version_of(known);
  std::error_code failed;
  std::vector<fs::path> mine;
  for (const auto& entry : fs::directory_iterator(cache + "/jobs", failed)) {
    if (entry.path().filename() == input.id.str()) continue;
    if (read_whole((entry.path() / "workspace").string(), 64) == input.workspace.id && !input.workspace.id.empty()) mine.push_back(entry.path());
  }
  for (const auto& folder : mine) {
    if (still_works(folder)) {
      out.busy = true;
      return out;
    }
  }
  auto best = before;
  for (const auto& folder : mine) {
    auto text = state_left_in((folder / "template").string());
    const auto version = version_of(text);
    const bool same = before.lineage.empty() || version.lineage == before.lineage;
    if (same && version.serial > best.serial && !(version.empty && before.serial < 0)) {
      best = version;
      out.state = std::move(text);
    }
    remove_tree(folder.string());
  }
  return out;
}

void note_process(const WorkFolder& folder, int pid) { (void)write_private(folder.root() + "/process", std::to_string(pid)); }

}  // namespace slipway::provisioner
