#include "aio/loops.hpp"
#include "aio/subprocess.hpp"
#include "pg/embedded.hpp"
#include "pg/session.hpp"
#include "support/test_postgres.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

namespace slipway::pg {
namespace {

namespace fs = std::filesystem;

constexpr const char* kChildFolder = "SLIPWAY_TEST_EMBEDDED_FOLDER";
constexpr Statement kOne{"test_one", "select 1::int4", {}};

// A data folder below one that only its owner may enter, with a path longer than a socket's may be.
struct Folder {
  fs::path root, data;
  explicit Folder(std::size_t length = 150) {
    std::string made = (fs::temp_directory_path() / "slipway-embedded-XXXXXX").string();
    EXPECT_NE(::mkdtemp(made.data()), nullptr);
    root = made;
    data = root / std::string(length, 'd');
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(root, error);
  }
};

Task<Result<std::unique_ptr<Embedded>>> start(const Folder& folder) {
  EmbeddedOptions options{.data_dir = folder.data, .durable = false};
  return Embedded::start(std::move(options));
}

Task<std::string> ask(const Embedded& server, std::string text) {
  ConnectOptions options{.url = server.url().reveal()};
  auto session = co_await Session::open(std::move(options));
  if (!session) co_return session.error().message;
  auto rows = co_await session->run(std::move(text));
  if (!rows) co_return rows.error().message;
  co_return rows->empty() ? "" : std::string(rows->raw(0, 0));
}

template <class F>
void on_loop(F body) {
  auto main = [](F& work) -> Task<int> {
    co_await work();
    co_return 0;
  };
  test::run([&] { return main(body); });
}

std::string say(const Result<std::unique_ptr<Embedded>>& started) { return started ? "" : started.error().say + " " + started.error().why; }

TEST(Embedded, KeepsItsDataFromOneStartToTheNext) {
  Folder folder;

  on_loop([&]() -> Task<void> {
    auto first = co_await start(folder);
    EXPECT_TRUE(first) << say(first);
    if (!first) co_return;
    EXPECT_EQ(co_await ask(**first, "create table kept as select 7 as x; select x from kept"), "7");
    EXPECT_EQ(co_await ask(**first, "show listen_addresses"), "");
    co_await (*first)->stop();
    first->reset();
    auto second = co_await start(folder);
    EXPECT_TRUE(second) << say(second);
    if (!second) co_return;
    EXPECT_EQ(co_await ask(**second, "select x from kept"), "7");
    co_await (*second)->stop();
  });
}

TEST(Embedded, ItsFilesAreNobodyElses) {
  Folder folder(20);

  on_loop([&]() -> Task<void> {
    auto server = co_await start(folder);
    EXPECT_TRUE(server) << say(server);
    if (!server) co_return;
    EXPECT_EQ(fs::status(folder.data / "postgres").permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(folder.data / "postgres.password").permissions(), fs::perms::owner_read | fs::perms::owner_write);
    ConnectOptions wrong{.url = server.value()->url().reveal()};
    wrong.url.replace(wrong.url.find("slipway:") + 8, 4, "0bad");
    auto refused = co_await Session::open(std::move(wrong));
    EXPECT_FALSE(refused);
    co_await (*server)->stop();
  });
}

TEST(Embedded, TwoCannotShareAFolder) {
  Folder folder(20);

  on_loop([&]() -> Task<void> {
    auto first = co_await start(folder);
    EXPECT_TRUE(first) << say(first);
    if (!first) co_return;
    auto second = co_await start(folder);
    EXPECT_TRUE(!second && second.error().say.contains("Another Slipway")) << say(second);
    EXPECT_EQ(co_await ask(**first, "select 1"), "1");
    co_await (*first)->stop();
  });
}

TEST(Embedded, WaitsForTheOneThatIsStopping) {
  Folder folder(20);

  on_loop([&]() -> Task<void> {
    auto first = co_await start(folder);
    EXPECT_TRUE(first) << say(first);
    if (!first) co_return;
    EmbeddedOptions options{.data_dir = folder.data, .durable = false, .patience = Seconds(30)};
    auto leave = [&]() -> Task<void> {
      co_await (*first)->stop();
      first->reset();
    };
    using namespace asio::experimental::awaitable_operators;
    auto second = co_await (Embedded::start(std::move(options)) && leave());
    EXPECT_TRUE(second) << say(second);
    if (second) co_await (*second)->stop();
  });
}

TEST(Embedded, AStalePidFileDoesNotStopIt) {
  Folder folder(20);

  on_loop([&]() -> Task<void> {
    {
      auto first = co_await start(folder);
      EXPECT_TRUE(first) << say(first);
      if (!first) co_return;
      co_await (*first)->stop();
    }
    // A process of ours has that number now, but it is no server and works elsewhere.
    std::ofstream(folder.data / "postgres/data/postmaster.pid") << ::getpid() << "\n/proc/self/fd/9\n1700000000\n5432\n.\n\n";
    auto second = co_await start(folder);
    EXPECT_TRUE(second) << say(second);
    if (second) co_await (*second)->stop();
  });
}

TEST(Embedded, KilledItIsStartedAgainAndAPoolRecovers) {
  Folder folder(20);

  on_loop([&]() -> Task<void> {
    auto server = co_await start(folder);
    EXPECT_TRUE(server) << say(server);
    if (!server) co_return;
    PoolOptions options;
    options.connect.url = (*server)->url().reveal();
    Pool pool(co_await aio::executor(), options);
    auto before = co_await pool.execute(kOne);
    EXPECT_TRUE(before);
    const int killed = (*server)->pid();
    ::kill(killed, SIGKILL);
    int refused = 0;
    Outcome<Rows> after;
    for (int i = 0; i < 10000; ++i) {
      after = co_await pool.execute(kOne);
      if (after && refused > 0) break;
      if (!after) {
        ++refused;
        EXPECT_NE(after.error().kind, Kind::sql) << after.error().message;
      }
      co_await aio::sleep(Milliseconds(2));
    }
    EXPECT_GT(refused, 0);
    EXPECT_TRUE(after) << after.error().message;
    EXPECT_NE((*server)->pid(), killed);
    co_await pool.stop();
    co_await (*server)->stop();
  });
}

// Not a test of its own: the next one runs it in a process that dies with its server running.
TEST(Embedded, DISABLED_StartAndDie) {
  on_loop([]() -> Task<void> {
    EmbeddedOptions options{.data_dir = std::getenv(kChildFolder), .durable = false};
    auto server = co_await Embedded::start(std::move(options));
    EXPECT_TRUE(server) << say(server);
    if (server) ::kill(::getpid(), SIGKILL);
  });
}

TEST(Embedded, AServerWhoseOwnerWasKilledIsNoObstacle) {
  Folder folder(20);

  on_loop([&]() -> Task<void> {
    aio::ProcessOptions child;
    child.argv = {fs::read_symlink("/proc/self/exe").string(), "--gtest_also_run_disabled_tests", "--gtest_filter=Embedded.DISABLED_StartAndDie"};
    child.environment.set(kChildFolder, folder.data.string());
    child.environment.set("SLIPWAY_TEST_POSTGRES", "postgresql:///unused");
    child.environment.set("PATH", "/usr/bin:/bin");
    auto ran = co_await aio::run(std::move(child), {}, Seconds(120));
    EXPECT_TRUE(ran && ran->exit.signal == SIGKILL) << (ran ? ran->exit.describe() + ran->output + ran->errors : ran.error().why);
    auto server = co_await start(folder);
    EXPECT_TRUE(server) << say(server);
    if (!server) co_return;
    EXPECT_EQ(co_await ask(**server, "select current_database()"), "slipway");
    co_await (*server)->stop();
  });
}

TEST(Embedded, TheNewestServerIsFound) {
  Folder folder(20);
  for (const char* version : {"9.6", "12", "13", "15", "x"}) {
    const fs::path binaries = folder.root / version / "bin";
    fs::create_directories(binaries);
    for (const char* program : {"initdb", "postgres"}) {
      std::ofstream(binaries / program) << "#!/bin/sh\n";
      fs::permissions(binaries / program, fs::perms::owner_all);
    }
  }

  EXPECT_EQ(find_binaries(folder.root), folder.root / "15" / "bin");
  EXPECT_TRUE(find_binaries(folder.root / "none").empty());
}

}  // namespace
}  // namespace slipway::pg
