#include "pg/embedded.hpp"

#include "aio/blocking.hpp"
#include "aio/nursery.hpp"
#include "aio/subprocess.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "pg/session.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>

namespace slipway::pg {

namespace fs = std::filesystem;

namespace {

constexpr Seconds kStartLimit{120}, kStopLimit{30};
constexpr int kOldest = 13;
// The server knows its folder by an open descriptor alone: so it may lie below folders that the server's user cannot enter
// (ours is root's, often), and the path of its socket is never too long. 9 is its own folder, 8 the one above.
constexpr const char* kHere = "/proc/self/fd/9";
constexpr const char* kEnter = "exec 9<. 8<.. && cd / && exec \"$0\" \"$@\" 2>>/proc/self/fd/8/server.log";
constexpr std::size_t kLongestSocketFolder = 107 - sizeof("/.s.PGSQL.5432");

std::unexpected<Error> refuse(std::string say) { return fail(Code::precondition, std::move(say)); }

std::string reason() { return std::generic_category().message(errno); }

int major_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  int major = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), major);
  return error == std::errc() && end == name.data() + name.size() ? major : 0;
}

bool has_server(const fs::path& binaries) {
  return ::access((binaries / "initdb").c_str(), X_OK) == 0 && ::access((binaries / "postgres").c_str(), X_OK) == 0;
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string last_line(const fs::path& file) {
  std::ifstream in(file);
  std::string last, line;
  while (std::getline(in, line)) last = line;
  return last;
}

// Everything the start needs to know and that does not change.
struct Layout {
  fs::path base, data, fresh, log, password;
  fs::path binaries;
  std::optional<aio::ProcessIdentity> identity;

  explicit Layout(const fs::path& data_dir)
      : base(data_dir / "postgres"),
        data(base / "data"),
        fresh(base / "data.new"),
        log(base / "server.log"),
        password(data_dir / "postgres.password") {}
};

// root is refused by the server: another user then owns its folder and runs it.
Result<std::optional<aio::ProcessIdentity>> server_user() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = ::getpwnam(name)) return aio::ProcessIdentity{user->pw_uid, user->pw_gid, {user->pw_gid}};
  }
  return refuse("The embedded PostgreSQL does not run as root and there is no user 'postgres'. Create it, or run Slipway as another user.");
}

Result<void> make_folder(const fs::path& path, const Layout& layout) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return refuse(fmt::format("The folder {} cannot be made: {}.", path.parent_path().string(), error.message()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return refuse(fmt::format("The folder {} cannot be made: {}.", path.string(), reason()));
  if (layout.identity && ::chown(path.c_str(), layout.identity->uid, layout.identity->gid) != 0)
    return refuse(fmt::format("The folder {} cannot be given to the database's user: {}.", path.string(), reason()));
  return {};
}

Result<void> write_private(const fs::path& path, std::string_view text, const Layout& layout, bool to_server) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const bool written = file.get() >= 0 && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool given = !to_server || !layout.identity || ::fchown(file.get(), layout.identity->uid, layout.identity->gid) == 0;
  if (!written || !given || ::fsync(file.get()) != 0) return refuse(fmt::format("The file {} cannot be written: {}.", path.string(), reason()));
  return {};
}

Result<fs::path> choose_binaries(const Layout& layout, const fs::path& wanted) {
  const std::string made_by = first_line(layout.data / "PG_VERSION");
  fs::path found = wanted;
  if (found.empty() && !made_by.empty()) found = fs::path("/usr/lib/postgresql") / made_by / "bin";
  if (wanted.empty() && (made_by.empty() || !has_server(found))) found = find_binaries();
  if (found.empty() || !has_server(found))
    return refuse(
        "No PostgreSQL server was found for the embedded database. Install the package 'postgresql' (13 or newer), or give --postgres-url.");
  const int major = major_of(found.parent_path());
  if (!made_by.empty() && major != 0 && std::to_string(major) != made_by)
    return refuse(fmt::format(
        "The embedded database was made by PostgreSQL {0}, which is not installed. Install 'postgresql-{0}', or move the data with pg_dump.",
        made_by));
  return found;
}

// Processes whose working directory is `folder`: a server that has outlived whoever started it, and its children.
std::vector<pid_t> living_in(const fs::path& folder) {
  std::vector<pid_t> found;
  struct stat wanted{}, seen{};
  if (::stat(folder.c_str(), &wanted) != 0) return found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const int pid = major_of(entry.path());
    if (pid == 0 || ::stat((entry.path() / "cwd").c_str(), &seen) != 0) continue;
    if (seen.st_dev == wanted.st_dev && seen.st_ino == wanted.st_ino) found.push_back(pid);
  }
  return found;
}

bool server_at_rest(const fs::path& data) {
  const auto alive = living_in(data);
  return alive.empty();
}

void signal_server(const fs::path& data, int number) {
  for (const pid_t pid : living_in(data)) {
    if (first_line(fs::path("/proc") / std::to_string(pid) / "comm").starts_with("postgres")) ::kill(pid, number);
  }
}

// Ends a server left behind. Its children notice by themselves when the postmaster has gone.
Task<Result<void>> end_left_behind(fs::path data) {
  auto at_rest = [data] { return server_at_rest(data); };
  const std::array<std::pair<int, int>, 3> steps{{{SIGINT, 10000}, {SIGQUIT, 5000}, {SIGKILL, 5000}}};
  for (const auto& [number, limit] : steps) {
    const bool done = co_await aio::blocking(at_rest);
    if (done) break;
    log::info("stopping a PostgreSQL that was left behind", {{"folder", data.string()}});
    auto tell = [data, number] {
      signal_server(data, number);
      return 0;
    };
    co_await aio::blocking(tell);
    for (int waited = 0; waited < limit; waited += 20) {
      const bool gone = co_await aio::blocking(at_rest);
      if (gone) break;
      co_await aio::sleep(Milliseconds(20));
    }
  }
  const bool done = co_await aio::blocking(at_rest);
  if (!done) co_return refuse(fmt::format("Another program works in {} and does not end. Stop it first.", data.string()));
  // Nobody is left, so its lock is stale; the server itself could be misled by a process that got the same number.
  std::error_code error;
  fs::remove(data / "postmaster.pid", error);
  co_return Result<void>();
}

aio::ProcessOptions process(const Layout& layout, const fs::path& folder, std::vector<std::string> argv) {
  aio::ProcessOptions options;
  options.argv = std::move(argv);
  options.directory = folder.string();
  options.identity = layout.identity;
  options.enter_as_ourselves = true;
  options.environment.set("PATH", "/usr/bin:/bin");
  options.environment.set("TZ", "UTC");
  options.environment.set("LC_ALL", "C.UTF-8");
  return options;
}

// A new cluster is made beside its place and moved there when whole.
Task<Result<void>> make_cluster(const Layout& layout, const std::string& password, bool durable) {
  std::error_code error;
  fs::remove_all(layout.fresh, error);
  CO_CHECK(make_folder(layout.fresh, layout));
  fs::remove(layout.log, error);
  const fs::path hand_over = layout.base / "initdb.password";
  CO_CHECK(write_private(hand_over, password, layout, true));
  std::vector<std::string> argv{"/bin/sh",
                                "-c",
                                kEnter,
                                (layout.binaries / "initdb").string(),
                                "-D",
                                kHere,
                                "-U",
                                "slipway",
                                "--pwfile=/proc/self/fd/8/initdb.password",
                                "--auth-local=scram-sha-256",
                                "--auth-host=reject",
                                "--encoding=UTF8",
                                "--locale=C.UTF-8",
                                "--lc-collate=C"};
  if (!durable) argv.emplace_back("--no-sync");
  auto ran = co_await aio::run(process(layout, layout.fresh, std::move(argv)), {}, Seconds(120));
  fs::remove(hand_over, error);
  if (!ran) co_return std::unexpected(std::move(ran).error());
  if (!ran->exit.ok()) {
    auto failed = refuse(fmt::format("The embedded database cannot be initialised. The reason is in {}.", layout.log.string()));
    failed.error().why = ran->exit.describe() + ": " + last_line(layout.log);
    co_return failed;
  }
  fs::rename(layout.fresh, layout.data, error);
  if (error) co_return refuse(fmt::format("The folder {} cannot be renamed: {}.", layout.fresh.string(), error.message()));
  co_return Result<void>();
}

std::vector<std::string> server_command(const Layout& layout, bool durable) {
  std::vector<std::string> argv{"/bin/sh", "-c", kEnter, (layout.binaries / "postgres").string(), "-D", kHere};
  const std::string_view settings[] = {"listen_addresses=",
                                       "unix_socket_directories=.",
                                       "unix_socket_permissions=0700",
                                       "port=5432",
                                       "max_connections=200",
                                       "shared_buffers=64MB",
                                       "max_wal_size=512MB",
                                       "min_wal_size=80MB",
                                       "wal_level=minimal",
                                       "max_wal_senders=0",
                                       "max_parallel_workers_per_gather=0",
                                       "autovacuum_max_workers=2",
                                       "jit=off",
                                       "timezone=UTC",
                                       "log_timezone=UTC",
                                       "logging_collector=off",
                                       "log_destination=stderr",
                                       "log_min_messages=fatal",
                                       "log_min_error_statement=panic",
                                       "password_encryption=scram-sha-256"};
  for (const auto setting : settings) argv.insert(argv.end(), {"-c", std::string(setting)});
  if (!durable) argv.insert(argv.end(), {"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"});
  return argv;
}

}  // namespace

fs::path find_binaries(const fs::path& root) {
  fs::path newest;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    const fs::path binaries = entry.path() / "bin";
    const int major = major_of(entry.path());
    if (major < kOldest || !has_server(binaries)) continue;
    if (newest.empty() || major > major_of(newest.parent_path())) newest = binaries;
  }
  return newest;
}

struct Embedded::Impl {
  Impl(asio::any_io_executor home, Layout where) : layout(std::move(where)), nursery(std::move(home)) {}
  Layout layout;
  aio::Nursery nursery;
  Descriptor lock, folder;
  std::optional<aio::Process> server;
  Secret url;
  bool durable = true;

  Task<Result<void>> lock_folder(Seconds patience);
  Result<std::string> password() const;
  void make_url(const std::string& password, std::string_view database);
  Task<Result<void>> launch();
  static Task<void> watch(Impl* self);
  Task<Result<void>> await_answer();
  Task<Result<void>> ensure_database(const std::string& password);
};

// Held until the process ends, however it ends.
Task<Result<void>> Embedded::Impl::lock_folder(Seconds patience) {
  const fs::path file = layout.base / "lock";
  lock = Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) co_return refuse(fmt::format("The file {} cannot be opened: {}.", file.string(), reason()));
  const auto until = std::chrono::steady_clock::now() + patience;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= until)
      co_return refuse(fmt::format("Another Slipway uses {}. Stop it, or choose another --data-dir.", layout.base.parent_path().string()));
    co_await aio::sleep(Milliseconds(50));
  }
  co_return Result<void>();
}

Result<std::string> Embedded::Impl::password() const {
  if (std::string kept = first_line(layout.password); !kept.empty()) return kept;
  if (fs::exists(layout.data / "PG_VERSION"))
    return refuse(fmt::format("The password file {} of the embedded database is missing. Restore it from a backup.", layout.password.string()));
  std::string made;
  for (const auto& half : {Uuid::random(), Uuid::random()}) {
    for (const auto byte : half.bytes) made += fmt::format("{:02x}", byte);
  }
  TRY_OK(write_private(layout.password, made, layout, false));
  return made;
}

void Embedded::Impl::make_url(const std::string& secret, std::string_view database) {
  std::string where = layout.data.string();
  if (where.size() > kLongestSocketFolder) where = fmt::format("/proc/self/fd/{}", folder.get());
  std::string escaped;
  for (const char c : where) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.')
      escaped.push_back(c);
    else
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  url = Secret(fmt::format("postgresql://slipway:{}@/{}?host={}&port=5432", secret, database, escaped));
}

Task<Result<void>> Embedded::Impl::launch() {
  std::error_code error;
  if (fs::file_size(layout.log, error) > (10U << 20) || error) fs::remove(layout.log, error);
  auto options = process(layout, layout.data, server_command(layout, durable));
  options.output = aio::Pipe::null;
  options.errors = aio::Pipe::null;
  options.new_session = true;
  options.parent_death_signal = SIGINT;
  CO_TRY(started, aio::Process::start(co_await aio::executor(), options));
  server.emplace(std::move(started));
  co_return Result<void>();
}

// The server heals itself when one of its processes dies; this is for the death of the whole.
Task<void> Embedded::Impl::watch(Impl* self) {
  for (auto pause = Milliseconds(100);; pause = std::min(pause * 2, Milliseconds(10000))) {
    const auto ended = co_await self->server->wait();
    log::error("the embedded PostgreSQL ended and is started again", {{"how", ended.describe()}, {"log", self->layout.log.string()}});
    co_await aio::sleep(pause);
    auto cleared = co_await end_left_behind(self->layout.data);
    if (cleared) cleared = co_await self->launch();
    if (!cleared) log::error("the embedded PostgreSQL cannot be started", {{"why", cleared.error().say}});
  }
}

Task<Result<void>> Embedded::Impl::await_answer() {
  const auto until = std::chrono::steady_clock::now() + kStartLimit;
  std::string why;
  while (server->running() && std::chrono::steady_clock::now() < until) {
    ConnectOptions options;
    options.url = url.reveal();
    auto session = co_await Session::open(options);
    if (session) co_return Result<void>();
    why = session.error().message;
    co_await aio::sleep(Milliseconds(10));
  }
  auto failed = refuse(fmt::format("The embedded database does not start. Its log is {}.", layout.log.string()));
  failed.error().why = last_line(layout.log) + " " + why;
  co_return failed;
}

Task<Result<void>> Embedded::Impl::ensure_database(const std::string& secret) {
  ConnectOptions options;
  options.url = url.reveal();
  auto session = co_await Session::open(options);
  if (!session) co_return std::unexpected(to_error(session.error()));
  auto there = co_await session->run("select 1 from pg_database where datname = 'slipway'");
  if (!there) co_return std::unexpected(to_error(there.error()));
  if (there->empty()) {
    auto made = co_await session->run("create database slipway");
    if (!made) co_return std::unexpected(to_error(made.error()));
  }
  make_url(secret, "slipway");
  co_return Result<void>();
}

Task<Result<std::unique_ptr<Embedded>>> Embedded::start(EmbeddedOptions options) {
  std::error_code error;
  const fs::path data_dir = fs::absolute(options.data_dir, error);
  auto impl = std::make_unique<Impl>(co_await aio::executor(), Layout(data_dir));
  impl->durable = options.durable;
  Layout& layout = impl->layout;
  CO_TRY(identity, server_user());
  layout.identity = identity;
  CO_CHECK(make_folder(layout.base, layout));
  CO_CHECK(co_await impl->lock_folder(options.patience));
  CO_TRY(binaries, choose_binaries(layout, options.binaries));
  layout.binaries = binaries;
  CO_TRY(secret, impl->password());
  const bool fresh = !fs::exists(layout.data / "PG_VERSION", error);
  if (fresh) {
    CO_CHECK(co_await make_cluster(layout, secret, options.durable));
  } else {
    CO_CHECK(co_await end_left_behind(layout.data));
  }
  impl->folder = Descriptor(::open(layout.data.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  impl->make_url(secret, "postgres");
  CO_CHECK(co_await impl->launch());
  CO_CHECK(co_await impl->await_answer());
  CO_CHECK(co_await impl->ensure_database(secret));
  impl->nursery.start(Impl::watch, impl.get());
  co_return std::unique_ptr<Embedded>(new Embedded(std::move(impl)));
}

Embedded::Embedded(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Embedded::~Embedded() = default;

const Secret& Embedded::url() const { return impl_->url; }
int Embedded::pid() const { return impl_->server->pid(); }

Task<void> Embedded::stop() {
  co_await impl_->nursery.stop();
  if (!impl_->server) co_return;
  co_await impl_->server->stop(SIGINT, kStopLimit);
  impl_->server.reset();
}

}  // namespace slipway::pg
