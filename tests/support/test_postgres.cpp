#include "support/test_postgres.hpp"

#include "aio/blocking.hpp"
#include "aio/loops.hpp"
#include "base/check.hpp"
#include "base/ids.hpp"
#include "pg/embedded.hpp"
#include "pg/session.hpp"

#include <openssl/crypto.h>

#include <fcntl.h>
#include <unistd.h>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <unordered_set>

namespace slipway::test {

namespace {

namespace fs = std::filesystem;

std::string with_database(std::string url, std::string_view database) {
  const auto authority = url.find("://") + 3;
  const auto query = std::min(url.find('?', authority), url.size());
  const auto slash = std::min(url.find('/', authority), query);
  return url.replace(slash, query - slash, fmt::format("/{}", database));
}

// Where a database is made and dropped for each test. In memory, if there is room: a file system on a disk looks for numbers of files that
// were not just given back, which takes it longer than all else that PostgreSQL does.
fs::path cluster_folder() {
  constexpr std::uintmax_t kRoom = std::uintmax_t{4} << 30;
  const fs::path memory = "/dev/shm";
  std::error_code error;
  const auto space = fs::space(memory, error);
  return !error && space.available >= kRoom && ::access(memory.c_str(), W_OK | X_OK) == 0 ? memory : fs::temp_directory_path();
}

class Server {
 public:
  static Server& get() {
    // Each made before what uses it, so that it ends after that: OpenSSL keeps state for every thread of the pool.
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
    aio::blocking_pool();
    static Server server;
    return server;
  }
  const std::string& url() const { return url_; }
  aio::Loops& loops() { return loops_; }

 private:
  Server() {
    if (const char* given = std::getenv("SLIPWAY_TEST_POSTGRES")) {
      url_ = given;
      return;
    }
    std::string folder = (cluster_folder() / "slipway-test-XXXXXX").string();
    check(::mkdtemp(folder.data()) != nullptr, "no temporary folder");
    folder_ = folder;
    auto start = [](Server* self) -> Task<int> {
      pg::EmbeddedOptions options{.data_dir = self->folder_, .durable = false};
      auto started = co_await pg::Embedded::start(std::move(options));
      if (!started) die(started.error().say + " " + started.error().why);
      self->embedded_ = std::move(*started);
      co_return 0;
    };
    loops_.run(start(this));
    url_ = embedded_->url().reveal();
  }
  ~Server() {
    if (!embedded_) return;
    auto stop = [](Server* self) -> Task<int> {
      co_await self->embedded_->stop();
      self->embedded_.reset();
      co_return 0;
    };
    loops_.run(stop(this));
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  aio::Loops loops_{1};
  fs::path folder_;
  std::unique_ptr<pg::Embedded> embedded_;
  std::string url_;
};

// The names of the statements that this program sends, one a line, into the file that SLIPWAY_SQL_EXECUTED names: what the whole
// test run left out is found by tools/sqlgen/executed.py.
void record_executed() {
  static const char* path = std::getenv("SLIPWAY_SQL_EXECUTED");
  if (!path) return;
  pg::observe_statements([](const pg::Statement& statement) {
    static std::mutex mutex;
    static std::unordered_set<std::string> known;
    const std::lock_guard lock(mutex);
    if (!known.insert(statement.name).second) return;
    const int file = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const std::string line = std::string(statement.name) + "\n";
    check(file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()), "the executed statements cannot be recorded");
    ::close(file);
  });
}

}  // namespace

// To sign in to PostgreSQL costs more than most statements of a test: so one connection serves them all.
// Its own, so that a test may ask from whatever loop it runs on.
aio::Loops& admin_loops() {
  static aio::Loops loops(1);
  return loops;
}

class AdminSession {
 public:
  explicit AdminSession(std::string database) : database_(std::move(database)), loops_(admin_loops()) {}
  ~AdminSession() { loops_.run(close(this)); }
  AdminSession(const AdminSession&) = delete;
  AdminSession& operator=(const AdminSession&) = delete;

  std::string run(const std::string& text) {
    const std::lock_guard lock(mutex_);
    std::string first;
    loops_.run(ask(this, &text, &first));
    return first;
  }

 private:
  static Task<int> ask(AdminSession* self, const std::string* text, std::string* first) {
    if (!self->session_ || !self->session_->alive()) {
      pg::ConnectOptions options{.url = postgres_url(self->database_)};
      auto opened = co_await pg::Session::open(std::move(options));
      if (!opened) die(opened.error().message);
      self->session_.emplace(std::move(*opened));
    }
    auto rows = co_await self->session_->run(*text);
    if (!rows) die(text->substr(0, 200) + ": " + rows.error().message);
    if (!rows->empty() && rows->columns() > 0 && !rows->is_null(0, 0)) *first = rows->raw(0, 0);
    // Nothing that one call set or prepared is there for the next.
    if (const auto clean = co_await self->session_->run("discard all"); !clean) self->session_.reset();
    co_return 0;
  }
  static Task<int> close(AdminSession* self) {
    self->session_.reset();
    co_return 0;
  }

  std::string database_;
  aio::Loops& loops_;
  std::mutex mutex_;
  std::optional<pg::Session> session_;  // lives on loops_
};

namespace {

std::string make_template(const std::string& name, const std::vector<pg::Migration>& migrations) {
  auto work = [](std::string made, std::vector<pg::Migration> all) -> Task<int> {
    pg::ConnectOptions options{.url = postgres_url()};
    auto session = co_await pg::Session::open(std::move(options));
    if (!session) die(session.error().message);
    (void)co_await session->run("select pg_advisory_lock(7346001)");
    auto found = co_await session->run(fmt::format("select 1 from pg_database where datname = '{}'", made));
    if (found && !found->empty()) co_return 0;
    (void)co_await session->run(fmt::format("drop database if exists {0}_new; ", made));
    auto created = co_await session->run(fmt::format("create database {}_new", made));
    if (!created) die(created.error().message);
    pg::ConnectOptions inside{.url = postgres_url(made + "_new")};
    pg::Release release{"0", "0"};
    auto migrated = co_await pg::migrate(std::move(inside), std::move(all), std::move(release));
    if (!migrated) die(migrated.error().say + " " + migrated.error().why);
    auto renamed = co_await session->run(fmt::format("alter database {0}_new rename to {0}", made));
    if (!renamed) die(renamed.error().message);
    co_return 0;
  };
  Server::get().loops().run(work(name, migrations));
  return name;
}

// Made once for a set of migrations, by whichever program comes first.
std::string template_for(const std::vector<pg::Migration>& migrations) {
  static std::mutex mutex;
  static std::unordered_set<std::string> known;
  std::size_t hash = 0;
  for (const auto& one : migrations) hash = hash * 31 + std::hash<std::string>{}(one.name + one.text);
  std::string name = fmt::format("template_{:016x}", hash);
  const std::lock_guard lock(mutex);
  if (!known.contains(name)) known.insert(make_template(name, migrations));
  return name;
}

AdminSession& cluster() {
  Server::get();  // made first, so that it ends last
  static AdminSession session("postgres");
  return session;
}

}  // namespace

std::string postgres_url(std::string_view database) { return with_database(Server::get().url(), database); }

int run(std::function<Task<int>()> work) { return Server::get().loops().run(work()); }

void breathe() {
  const auto pause = []() -> Task<int> {
    co_await aio::sleep(Milliseconds(5));
    co_return 0;
  };
  run(pause);
}

TestDatabase::TestDatabase(const std::vector<pg::Migration>& migrations) {
  record_executed();
  name_ = "test_" + Uuid::random().str().substr(0, 18);
  std::ranges::replace(name_, '-', '_');
  const std::string from = migrations.empty() ? "template1" : template_for(migrations);
  cluster().run(fmt::format("create database {} template {}", name_, from));
  session_ = std::make_unique<AdminSession>(name_);
}

TestDatabase::~TestDatabase() {
  session_.reset();
  cluster().run(fmt::format("drop database if exists {} with (force)", name_));
}

pg::ConnectOptions TestDatabase::options() const { return {.url = url()}; }

std::string TestDatabase::sql(const std::string& text) const { return session_->run(text); }

}  // namespace slipway::test
