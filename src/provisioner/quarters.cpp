#include "provisioner/quarters.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "base/private_file.hpp"
#include "base/system_error.hpp"
#include "provisioner/accounts.hpp"
#include "provisioner/folder.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrial = "trial";  // the quarter in which is tried what the machine allows

std::unexpected<Error> refuse(std::string say) { return fail(Code::precondition, std::move(say)); }

std::string real_path(const std::string& path) {
  std::error_code failed;
  const auto real = fs::weakly_canonical(path, failed);
  return failed ? path : real.string();
}

// Organizations are named by their ids; anything else could be a path.
std::string folder_name(const std::string& organization) {
  std::string out;
  for (const char c : organization) out += std::isalnum(static_cast<unsigned char>(c)) || c == '-' ? c : '_';
  return out.empty() ? "default" : out;
}

std::vector<std::string> homes_of_our_account() {
  std::vector<std::string> out;
  if (const char* home = ::getenv("HOME"); home && *home == '/' && std::string_view(home) != "/") out.emplace_back(home);
  if (const auto* user = ::getpwuid(::geteuid()); user && std::string_view(user->pw_dir) != "/") out.emplace_back(user->pw_dir);
  out.push_back(fmt::format("/run/user/{}", ::geteuid()));  // a session bus would start programs outside for whoever asks
  return out;
}

// The number that the kernel gave the process when it began: tells it from a later one with the same pid.
std::string began(int pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream rest(text.substr(name_end + 1));
  std::string state, field;
  rest >> state;
  if (state == "Z" || state == "X") return "";  // it has ended
  for (int i = 0; i < 19 && rest >> field; ++i) {
  }
  return field;
}

}  // namespace

std::optional<Isolation> parse_isolation(std::string_view text) {
  if (text == "auto") return Isolation::automatic;
  if (text == "account") return Isolation::account;
  if (text == "namespaces") return Isolation::namespaces;
  if (text == "off") return Isolation::off;
  return std::nullopt;
}

// The first process of an organization's pid namespace, which does nothing. It outlives us while something lives in there (workspaces
// of the template "This machine"), and the next server finds it again.
struct Quarters::Sleeper {
  int pid = -1;
  std::string since, note;
  int user = -1, pids = -1;

  Sleeper(int number, std::string when, std::string kept_in) : pid(number), since(std::move(when)), note(std::move(kept_in)) {
    user = ::open(fmt::format("/proc/{}/ns/user", pid).c_str(), O_RDONLY | O_CLOEXEC);
    pids = ::open(fmt::format("/proc/{}/ns/pid", pid).c_str(), O_RDONLY | O_CLOEXEC);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", pid));
    std::string any;
    if (lives() && children && !(children >> any)) {
      ::unlink(note.c_str());  // nobody may join it while it dies
      ::kill(pid, SIGKILL);
    }
    for (const int fd : {user, pids})
      if (fd >= 0) ::close(fd);
  }
  bool lives() const { return user >= 0 && pids >= 0 && !since.empty() && began(pid) == since; }
};

Quarters::Quarters(QuartersOptions options) : options_(std::move(options)) {}
Quarters::~Quarters() = default;

Task<Result<std::unique_ptr<Quarters>>> Quarters::open(QuartersOptions options) {
  const auto wanted = options.wanted;
  options.folder = real_path(options.folder);
  options.caches = options.caches.empty() ? options.folder : real_path(options.caches);
  if (options.caches != options.folder) options.hidden.push_back(options.caches);
  CO_CHECK(group_numbers(options.groups));
  std::unique_ptr<Quarters> made(new Quarters(std::move(options)));
  if (wanted == Isolation::off) {
    made->why_off_ = "--build-isolation says so";
    co_return made;
  }
  const bool root = ::geteuid() == 0;
  const bool account = wanted == Isolation::account || (wanted == Isolation::automatic && root);
  if (account && !root) co_return refuse("--build-isolation account needs a server that is root.");
  if (!account && root) co_return refuse("--build-isolation namespaces is for a server that is not root: leave it out.");
  Result<void> done = co_await made->attempt(account ? Isolation::account : Isolation::namespaces, true);
  if (!done && account && co_await made->attempt(Isolation::account, false)) done = {};
  if (done) co_return made;
  made->kind_ = Isolation::off;
  made->why_off_ = done.error().why.empty() ? done.error().say : done.error().why;
  if (wanted != Isolation::automatic) co_return refuse(fmt::format("Builds cannot be isolated as --build-isolation asks: {}.", made->why_off_));
  co_return made;
}

// Runs a program as a build would and asks it whether it reaches what builds need.
Task<Result<void>> Quarters::attempt(Isolation kind, bool views) {
  kind_ = kind;
  views_ = views;
  const auto home = co_await aio::executor();
  auto quarter = of(home, kTrial);
  Result<void> outcome;
  if (!quarter) {
    outcome = std::unexpected(quarter.error());
  } else {
    aio::ProcessOptions process;
    process.argv = {"/bin/sh", "-c", "for path; do [ -r \"$path\" ] || { echo \"$path\"; exit 1; }; done; echo > here", "sh"};
    std::ranges::copy(options_.readable, std::back_inserter(process.argv));
    process.directory = quarter->home();
    settle(process, *quarter, {}, {});
    auto done = co_await aio::run(std::move(process));
    if (!done)
      outcome = std::unexpected(done.error());
    else if (!done->exit.ok())
      outcome = refuse(
          fmt::format("builds' account cannot read {}; let everybody read it (chmod -R a+rX)", done->output.substr(0, done->output.find('\n'))));
  }
  known_.erase(kTrial);
  sleepers_.erase(kTrial);
  std::error_code ignored;
  for (const auto& folder : {options_.folder, options_.caches}) fs::remove_all(folder + "/" + kTrial, ignored);
  co_return outcome;
}

std::string Quarters::describe() const {
  switch (kind_) {
    case Isolation::account: return "builds run under accounts of their own, one for each organization, without access to the data folder";
    case Isolation::namespaces:
      return "builds run in namespaces of their own, one for each organization, without the data folder, the home folder and other processes";
    default: return fmt::format("builds run under the server's own account and can read what it can: {}", why_off_);
  }
}

Result<Quarter> Quarters::of(const asio::any_io_executor& home, const std::string& organization) {
  const auto name = folder_name(organization);
  const auto known = known_.find(name);
  if (known != known_.end() && (kind_ != Isolation::namespaces || sleepers_.at(name)->lives())) return known->second;
  Quarter quarter{.folder = options_.folder + "/" + name, .cache = options_.caches + "/" + name};
  TRY_OK(make_folders(quarter, name));
  if (kind_ == Isolation::namespaces) TRY_OK(find_namespaces(home, quarter, name));
  known_[name] = quarter;
  return quarter;
}

Result<void> Quarters::make_folders(Quarter& quarter, const std::string& name) const {
  if (kind_ == Isolation::account && !views_) quarter.passage = 0711;
  std::error_code failed;
  struct stat info{};
  for (const auto& folder : {options_.folder, options_.caches}) {
    fs::create_directories(fs::path(folder).parent_path(), failed);
    TRY_OK(make_folder(folder, quarter.passage));
    TRY_OK(make_folder(folder + "/" + name, quarter.passage));
  }
  // Whose folder it is can put other programs in the place of those that builds run.
  if (options_.caches != options_.folder && (::lstat(options_.caches.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()))
    return fail_internal(options_.caches + " is no folder of this process's account");
  TRY_OK(make_folder(quarter.folder + "/jobs", quarter.passage));
  TRY_OK(make_folder(quarter.folder + "/notes", 0700));
  if (kind_ == Isolation::account) TRY_OK(find_account(quarter));
  for (const auto& path : {quarter.home(), quarter.plugins(), quarter.inits(), quarter.folder + "/tmp"}) {
    if (::lstat(path.c_str(), &info) != 0) TRY_OK(make_folder(path, 0700));
    if (::lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return fail_internal(path + " is no folder");
    if (quarter.identity && info.st_uid != quarter.identity->uid) TRY_OK(give(path, quarter));
  }
  return {};
}

// The owner of its folders is the record of which account an organization has.
Result<void> Quarters::find_account(Quarter& quarter) const {
  TRY(range, account_range());
  std::vector<std::string> others;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(options_.folder, failed)) others.push_back((entry.path() / "home").string());
  struct stat info{};
  const bool kept = ::lstat(quarter.home().c_str(), &info) == 0 && range.has(info.st_uid);
  const unsigned uid = kept ? info.st_uid : free_account(range, others);
  TRY(groups, group_numbers(options_.groups));
  quarter.identity = aio::ProcessIdentity{uid, uid, std::move(groups)};
  quarter.account = fmt::format("slipway-{}", uid);
  const auto files = account_files(quarter.account, *quarter.identity, quarter.home());
  for (const auto& [file, text] : {std::pair("/passwd", &files.passwd), std::pair("/group", &files.group)}) {
    TRY_OK(write_private(quarter.folder + file, *text));
    if (::chown((quarter.folder + file).c_str(), uid, uid) != 0) return fail_system(fmt::format("chown {}", file), errno);
  }
  if (views_) return {};
  // Without a view the account must get there by itself; what is secret in the data folder is closed by itself.
  for (const auto& [all, own] : {std::pair(options_.folder, quarter.folder), std::pair(options_.caches, quarter.cache)})
    for (auto folder = fs::path(all).parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
      const auto closed = closed_to(*quarter.identity, own + "/");
      if (closed != folder.string()) break;
      if (::stat(closed.c_str(), &info) != 0 || ::chmod(closed.c_str(), (info.st_mode & 07777) | 0011) != 0) break;
    }
  return {};
}

Result<void> Quarters::find_namespaces(const asio::any_io_executor& home, Quarter& quarter, const std::string& name) {
  const auto note = quarter.folder + "/sleeper";
  int pid = -1;
  std::string since;
  std::ifstream(note) >> pid >> since;
  auto sleeper = std::make_unique<Sleeper>(pid, since, note);
  if (!sleeper->lives()) {
    const auto program = aio::find_program("sleep", "/usr/bin:/bin");
    if (!program) return refuse("there is no program sleep");
    aio::ProcessOptions options;
    options.argv = {*program, "2147483647"};
    options.directory = "/";
    options.output = options.errors = aio::Pipe::null;
    options.new_session = true;
    options.no_new_privileges = true;
    options.confinement = aio::Confinement{.new_namespaces = true};
    TRY(started, aio::Process::start(home, options));
    sleeper = std::make_unique<Sleeper>(started.pid(), began(started.pid()), note);
    started.release();
    if (!sleeper->lives()) return refuse("the namespaces of builds cannot be opened");
    TRY_OK(write_private(note, fmt::format("{} {}", sleeper->pid, sleeper->since)));
  }
  quarter.user_namespace = sleeper->user;
  quarter.pid_namespace = sleeper->pids;
  sleepers_[name] = std::move(sleeper);
  return {};
}

aio::View Quarters::view_of(const Quarter& quarter, const std::vector<std::string>& writable, std::vector<std::string> readable) const {
  aio::View view{.read_only = kind_ == Isolation::namespaces, .own_processes = kind_ == Isolation::namespaces};
  std::ranges::copy(options_.readable, std::back_inserter(readable));
  for (auto& path : readable) path = real_path(path);
  std::ranges::sort(readable);
  readable.erase(std::unique(readable.begin(), readable.end()), readable.end());
  if (view.read_only) {
    view.shown.push_back({.path = quarter.folder + "/tmp", .writable = true, .at = "/tmp"});
    view.shown.push_back({.path = quarter.folder + "/tmp", .writable = true, .at = "/var/tmp"});
    for (const auto& path : homes_of_our_account()) view.hidden.push_back(real_path(path));
    view.hidden.emplace_back("/dev/shm");
  }
  for (const auto& path : options_.hidden) view.hidden.push_back(real_path(path));
  for (const auto& path : {quarter.home(), quarter.plugins(), quarter.inits()}) view.shown.push_back({.path = path, .writable = true});
  for (const auto& path : writable) view.shown.push_back({.path = path, .writable = true});
  for (const auto& path : readable) view.shown.push_back({.path = path});
  if (quarter.identity) {
    for (const auto& shown : view.shown)
      if (auto closed = closed_to(*quarter.identity, shown.path); !closed.empty()) view.hidden.push_back(std::move(closed));
    view.shown.push_back({.path = quarter.folder + "/passwd", .at = "/etc/passwd"});
    view.shown.push_back({.path = quarter.folder + "/group", .at = "/etc/group"});
  }
  return view;
}

void Quarters::settle(aio::ProcessOptions& process, const Quarter& quarter, const std::vector<std::string>& writable,
                      const std::vector<std::string>& readable) const {
  if (kind_ == Isolation::off) return;
  process.no_new_privileges = true;
  process.identity = quarter.identity;
  if (!views_) return;
  process.confinement = aio::Confinement{
      .user_namespace = quarter.user_namespace, .pid_namespace = quarter.pid_namespace, .view = view_of(quarter, writable, readable)};
}

Result<void> Quarters::give(const std::string& path, const Quarter& quarter) {
  if (!quarter.identity) return {};
  const auto hand = [&](const std::string& entry) { return ::lchown(entry.c_str(), quarter.identity->uid, quarter.identity->gid) == 0; };
  std::error_code failed;
  // The folder itself comes last: until then nobody else gets in.
  for (auto at = fs::recursive_directory_iterator(path, failed); !failed && at != fs::recursive_directory_iterator(); at.increment(failed))
    if (!hand(at->path().string())) return fail_system(fmt::format("chown {}", at->path().string()), errno);
  if (failed) return fail_internal(fmt::format("{}: {}", path, failed.message()));
  if (!hand(path)) return fail_system(fmt::format("chown {}", path), errno);
  return {};
}

}  // namespace slipway::provisioner
