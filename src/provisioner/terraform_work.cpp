#include "provisioner/terraform_work.hpp"

#include "aio/blocking.hpp"
#include "base/descriptor.hpp"
#include "base/private_file.hpp"
#include "base/system_error.hpp"
#include "crypto/hash.hpp"
#include "provisioner/folder.hpp"
#include "provisioner/quarters.hpp"
#include "provisioner/state_version.hpp"

#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

constexpr auto kInitLife = std::chrono::hours(7 * 24);
constexpr std::size_t kMostInits = 200;
constexpr std::size_t kMostState = 256 << 20;

// Empty when there is more than `most`.
std::string read_open(int fd, std::size_t most) {
  std::string out;
  std::vector<char> buffer(64 << 10);
  while (out.size() <= most) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(count));
  }
  if (out.size() > most) out.clear();
  return out;
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

// The process noted in a job's folder, while it still works there; 0: none.
int worker_in(const fs::path& folder) {
  const auto text = read_whole((folder / "process").string(), 64);
  int pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  if (pid <= 1) return 0;
  struct stat there{}, here{};
  const bool works = ::stat(fmt::format("/proc/{}/cwd", pid).c_str(), &there) == 0 && ::stat((folder / "template").c_str(), &here) == 0 &&
                     there.st_dev == here.st_dev && there.st_ino == here.st_ino;
  return works ? pid : 0;
}

// Takes what the process has said since its reader died: it would wait for room.
void drain(int pid) {
  for (const int stream : {1, 2}) {
    const int fd = ::open(fmt::format("/proc/{}/fd/{}", pid, stream).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat info{};
    std::array<char, 64 << 10> buffer;
    if (fd >= 0 && ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode))
      while (::read(fd, buffer.data(), buffer.size()) > 0) {
      }
    if (fd >= 0) ::close(fd);
  }
}

// Of a file that somebody else may have put there: never through a link, never from what would make us wait.
std::string read_strange(const std::string& job_folder, const char* name) {
  const Descriptor folder(::open((job_folder + "/template").c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return "";
  const Descriptor file(::openat(folder.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info{};
  const bool plain = file && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1;
  return plain ? read_open(file.get(), kMostState) : std::string();
}
bool still_works(const fs::path& folder) { return worker_in(folder) > 0; }

class KeptFolder final : public Kept {
 public:
  explicit KeptFolder(WorkFolder folder) : folder_(std::move(folder)) {}
  ~KeptFolder() override { folder_.leave_behind(); }
  void drop() override {
    if (!folder_.root().empty()) remove_tree(folder_.root());
    folder_.leave_behind();
  }

 private:
  WorkFolder folder_;
};

void drop_oldest(const fs::path& folder) {
  std::error_code failed;
  std::vector<std::pair<fs::file_time_type, fs::path>> all;
  for (const auto& entry : fs::directory_iterator(folder, failed)) all.emplace_back(entry.last_write_time(failed), entry.path());
  if (all.size() <= kMostInits) return;
  std::ranges::sort(all);
  for (std::size_t i = 0; i + kMostInits < all.size(); ++i) remove_tree(all[i].second.string());
}

}  // namespace

std::shared_ptr<Kept> keep(WorkFolder folder) { return std::make_shared<KeptFolder>(std::move(folder)); }

namespace {

// All jobs' folders below the cache: an organization's builds have a folder of their own in it, older releases had one for all.
std::vector<fs::path> job_folders(const std::string& cache) {
  std::vector<fs::path> out;
  std::error_code failed;
  std::vector<fs::path> homes = {cache};
  for (const auto& entry : fs::directory_iterator(cache, failed))
    if (entry.is_directory(failed)) homes.push_back(entry.path());
  for (const auto& home : homes)
    for (const auto& entry : fs::directory_iterator(home / "jobs", failed))
      if (JobId::parse(entry.path().filename().string())) out.push_back(entry.path());
  return out;
}

// Empty: there is none.
fs::path folder_of(const std::string& cache, const JobId& job) {
  for (auto& folder : job_folders(cache))
    if (folder.filename() == job.str()) return folder;
  return {};
}

}  // namespace

std::shared_ptr<Kept> kept_folder(const std::string& cache, const JobId& job) {
  const auto root = folder_of(cache, job);
  return root.empty() ? nullptr : keep(WorkFolder(root.string()));
}

std::vector<JobId> interrupted_jobs(const std::string& cache) {
  std::vector<JobId> out;
  for (const auto& folder : job_folders(cache)) out.push_back(*JobId::parse(folder.filename().string()));
  return out;
}

std::optional<std::string> end_interrupted(const std::string& cache, const JobId& job, Push push) {
  const auto folder = folder_of(cache, job);
  if (const int pid = folder.empty() ? 0 : worker_in(folder); pid > 0) {
    if (push == Push::ask) ::kill(pid, SIGINT);
    if (push == Push::force) ::kill(-pid, SIGKILL);  // each job's tool leads a group of its own
    drain(pid);
    return std::nullopt;
  }
  std::error_code failed;
  // An import has nothing to keep.
  if (folder.empty() || !fs::exists(folder / "workspace", failed)) return "";
  return state_left_in(folder.string());
}

Result<WorkFolder> WorkFolder::create(const std::string& quarter, const JobInput& input, unsigned passage) {
  auto root = fmt::format("{}/jobs/{}", quarter, input.id.str());
  remove_tree(root);
  TRY_OK(make_folder(root, passage));
  WorkFolder out(std::move(root));
  TRY_OK(make_folder(out.template_folder()));
  TRY_OK(make_folder(out.out_folder()));
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
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file ? read_open(file.get(), most) : "";
}

bool configuration_mentions(const std::string& template_folder, std::string_view word) {
  std::error_code failed;
  for (auto at = fs::recursive_directory_iterator(template_folder, failed); !failed && at != fs::recursive_directory_iterator(); at.increment(failed))
    if (at->is_regular_file(failed) && init_depends_on(at->path()) && read_whole(at->path().string()).find(word) != std::string::npos) return true;
  return static_cast<bool>(failed);
}

std::string state_left_in(const std::string& job_folder) {
  for (const auto* name : {"errored.tfstate", "terraform.tfstate"})
    if (auto text = read_strange(job_folder, name); !text.empty()) return text;
  return "";
}

InitCache::InitCache(const Quarter& quarter, const JobInput& input, std::string_view template_folder, std::string_view tool)
    : cache_(quarter.inits()), notes_(quarter.folder + "/notes") {
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
  const auto key = crypto::sha256_hex(all);
  folder_ = cache_ + "/" + key;
  note_folder_ = notes_ + "/" + key;
}

bool InitCache::present() const {
  std::error_code failed;
  const auto made = fs::last_write_time(folder_, failed);
  if (!failed && fs::file_time_type::clock::now() - made <= kInitLife && !has_dead_link(folder_)) return true;
  remove_tree(folder_);
  remove_tree(note_folder_);  // what init brings next may be other modules
  return false;
}

std::vector<std::string> InitCache::restore_command() const {
  return {"/bin/sh", "-c", "cp -a \"$0/terraform\" .terraform && if [ -s \"$0/lock\" ]; then cp \"$0/lock\" .terraform.lock.hcl; fi", folder_};
}

// Whoever comes first wins; both are the same.
std::vector<std::string> InitCache::keep_command() const {
  return {"/bin/sh", "-c",
          "set -e; mkdir -p .terraform \"$1\"; cp -a .terraform \"$1/terraform\"; "
          "if [ -e .terraform.lock.hcl ]; then cp .terraform.lock.hcl \"$1/lock\"; fi; mv -T \"$1\" \"$0\" 2>/dev/null || rm -rf \"$1\"",
          folder_, fmt::format("{}.{}", folder_, Uuid::random().str())};
}

void InitCache::tidy() const {
  drop_oldest(cache_);
  drop_oldest(notes_);
}

std::string InitCache::note(std::string_view name) const { return read_whole(fmt::format("{}/{}", note_folder_, name)); }

void InitCache::keep_note(std::string_view name, std::string_view text) const {
  const auto path = fmt::format("{}/{}", note_folder_, name);
  const auto fresh = fmt::format("{}.{}", path, Uuid::random().str());
  std::error_code failed;
  if (make_folder(note_folder_) && write_private(fresh, text)) fs::rename(fresh, path, failed);
}

Leftover leftover_state(const std::string& quarter, const JobInput& input, std::string_view known) {
  Leftover out;
  const auto before = state_version(known);
  std::error_code failed;
  std::vector<fs::path> mine;
  for (const auto& entry : fs::directory_iterator(quarter + "/jobs", failed)) {
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
    auto text = state_left_in(folder.string());
    const auto version = state_version(text);
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
