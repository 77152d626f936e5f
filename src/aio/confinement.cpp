#include "aio/confinement.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

// <sys/mount.h> and <linux/mount.h> declare the same names twice in glibc 2.36; these two are all that is needed of the former.
extern "C" int mount(const char*, const char*, const char*, unsigned long, const void*) noexcept;

namespace slipway::aio {
namespace {

bool below(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// Only the outermost: what lies below a hidden folder is gone already.
std::vector<std::string> outermost(std::vector<std::string> paths) {
  std::ranges::sort(paths);
  std::vector<std::string> out;
  for (auto& path : paths)
    if (out.empty() || (path != out.back() && !below(path, out.back()))) out.push_back(std::move(path));
  return out;
}

bool write_file(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int why = errno;
  ::close(fd);
  errno = why;
  return done;
}

bool make_read_only(int fd, const char* path) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  return ::syscall(SYS_mount_setattr, fd, path, AT_RECURSIVE | (*path ? 0 : AT_EMPTY_PATH), &attributes, sizeof attributes) == 0;
}

}  // namespace

ConfinementPlan::ConfinementPlan(const Confinement& confinement) : confinement_(confinement) {
  uid_map_ = fmt::format("{0} {0} 1", ::geteuid());
  gid_map_ = fmt::format("{0} {0} 1", ::getegid());
  if (!confinement.view) return;
  const auto& view = *confinement.view;
  const auto count = std::min(view.shown.size(), kMostShown);
  for (std::size_t i = 0; i < count; ++i) steps_.push_back({Act::grab, view.shown[i].path, static_cast<int>(i), view.shown[i].writable});
  if (view.read_only) steps_.push_back({.act = Act::seal, .path = "/"});
  const auto hidden = outermost(view.hidden);
  for (const auto& path : hidden) {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0) steps_.push_back({.act = S_ISDIR(info.st_mode) ? Act::hide_folder : Act::hide_file, .path = path});
  }
  // A folder that is seen at another's place covers what was below that, as a hidden one does.
  auto covered = hidden;
  for (std::size_t i = 0; i < count; ++i) {
    add_place(view.shown[i], covered, static_cast<int>(i));
    if (!view.shown[i].at.empty()) covered.push_back(view.shown[i].at);
  }
  if (view.own_processes) steps_.push_back({.act = Act::processes, .path = "/proc"});
}

void ConfinementPlan::add_place(const View::Shown& shown, const std::vector<std::string>& covered, int slot) {
  const auto& at = shown.at.empty() ? shown.path : shown.at;
  // Of several that cover it the outermost: everything below that is to be made anew.
  std::string folder;
  for (const auto& one : covered)
    if (below(at, one) && (folder.empty() || one.size() < folder.size())) folder = one;
  if (!folder.empty()) {
    for (auto slash = at.find('/', folder.size() + 1); slash != std::string::npos; slash = at.find('/', slash + 1))
      steps_.push_back({.act = Act::make_folder, .path = at.substr(0, slash)});
    struct stat info{};
    const bool is_folder = ::stat(shown.path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
    steps_.push_back({.act = is_folder ? Act::make_folder : Act::make_file, .path = at});
  }
  steps_.push_back({Act::put, at, slot, shown.writable});
}

bool ConfinementPlan::enter() const {
  if (confinement_.new_namespaces) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) return false;
    // A process that may not be traced does not own its files in /proc either, and must write these three. What could read its memory
    // meanwhile are programs of this account outside of every confinement.
    ::prctl(PR_SET_DUMPABLE, 1);
    const bool mapped =
        write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", uid_map_) && write_file("/proc/self/gid_map", gid_map_);
    const int why = errno;
    ::prctl(PR_SET_DUMPABLE, 0);
    errno = why;
    return mapped;
  }
  if (confinement_.user_namespace >= 0 && ::setns(confinement_.user_namespace, CLONE_NEWUSER) != 0) return false;
  return confinement_.pid_namespace < 0 || ::setns(confinement_.pid_namespace, CLONE_NEWPID) == 0;
}

bool ConfinementPlan::apply(const Step& step, std::array<int, kMostShown>& grabbed) {
  const char* path = step.path.c_str();
  auto& fd = grabbed[static_cast<std::size_t>(step.slot)];
  switch (step.act) {
    case Act::grab:
      fd = static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
      return fd >= 0 && (step.writable || make_read_only(fd, ""));
    case Act::seal: return make_read_only(AT_FDCWD, path);
    case Act::hide_folder: return ::mount("tmpfs", path, "tmpfs", 2UL | 4UL, "mode=0755,size=1m") == 0;  // MS_NOSUID, MS_NODEV
    case Act::hide_file: return ::mount("/dev/null", path, nullptr, 4096UL, nullptr) == 0;               // MS_BIND
    case Act::make_folder: return ::mkdir(path, 0755) == 0 || errno == EEXIST;
    case Act::make_file: {
      const int made = ::open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);  // it may be there already, and be read-only
      if (made >= 0) ::close(made);
      return made >= 0;
    }
    case Act::put: return ::syscall(SYS_move_mount, fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;
    case Act::processes: return ::mount("proc", path, "proc", 2UL | 4UL | 8UL, nullptr) == 0;  // and MS_NOEXEC
  }
  return false;
}

bool ConfinementPlan::arrange() const {
  if (!confinement_.view) return true;
  // What is mounted outside later is seen inside, never the other way round (MS_REC, MS_SLAVE).
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, 16384UL | 524288UL, nullptr) != 0) return false;
  const auto mask = ::umask(022);
  std::array<int, kMostShown> grabbed{};
  const bool done = std::ranges::all_of(steps_, [&](const Step& step) { return apply(step, grabbed); });
  ::umask(mask);
  return done;
}

}  // namespace slipway::aio
