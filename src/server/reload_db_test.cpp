// What is exchanged while a server runs, and who notices.
#include "base/log.hpp"
#include "base/log_outlets.hpp"
#include "net/tls_test.hpp"
#include "server/running_test.hpp"
#include "server/secret_file.hpp"
#include "server/test_support.hpp"

#include <thread>

namespace slipway::server {
namespace {

// As a rotation does it: the new file takes the place of the old at once.
void replace(const std::string& path, const std::string& text, unsigned mode = 0600) {
  std::ofstream(path + ".new") << text;
  ::chmod((path + ".new").c_str(), mode);
  std::filesystem::rename(path + ".new", path);
}

struct TlsFiles {
  TlsFiles() { put(test::make_identity()); }
  void put(net::TlsIdentity fresh) {
    replace(certificate.path(), fresh.certificate_chain_pem, 0644);
    replace(key.path(), fresh.private_key_pem);
    identity = std::move(fresh);
  }
  void use(Config& config) const {
    config.tls_cert_files = {certificate.path()};
    config.tls_key_files = {key.path()};
    config.watch_interval = std::chrono::hours(1);
  }
  File certificate{"cert.pem", "", 0644}, key{"key.pem", "", 0600};
  net::TlsIdentity identity;
};

std::string shown(const Running& running) { return test::shake(running.port(), "localhost").certificate; }

// People who come again and again, each time by a new connection, for as long as it lives.
class Crowd {
 public:
  Crowd(std::string url, std::string roots) : url_(std::move(url)), roots_(std::move(roots)) {
    for (int i = 0; i < 3; ++i) threads_.emplace_back([this] { come(); });
  }
  ~Crowd() { leave(); }
  void leave() {
    gone_ = true;
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  int came() const { return came_; }
  int failed() const { return failed_; }

 private:
  void come() {
    const auto work = [this] { return come_again_and_again(); };
    test::run(work);
  }
  Task<int> come_again_and_again() {
    net::ClientOptions options{.idle_per_origin = 0};
    options.tls.extra_roots_pem = roots_;
    net::Client client(co_await aio::executor(), std::move(options));
    while (!gone_) {
      const auto got = co_await client.request("GET", url_, {}, {}, Seconds(10));
      if (!got || got->status != 200) {
        ++failed_;
        ADD_FAILURE() << (got ? got->body : got.error().say + " " + got.error().why);
      }
      ++came_;
    }
    co_await client.stop();
    co_return 0;
  }

  std::string url_, roots_;
  std::atomic<bool> gone_ = false;
  std::atomic<int> came_ = 0, failed_ = 0;
  std::vector<std::thread> threads_;
};

TEST(Reload, ACertificateIsExchangedUnderLoadAndNobodyFails) {
  TlsFiles files;
  std::vector<net::TlsIdentity> all;
  std::string roots = files.identity.certificate_chain_pem;
  for (int i = 0; i < 4; ++i) {
    all.push_back(test::make_identity());
    roots += all.back().certificate_chain_pem;
  }
  Running running([&](Config& config) { files.use(config); });
  ASSERT_EQ(running.begin_and_wait(), "");
  ASSERT_EQ(shown(running), files.identity.certificate_chain_pem);
  Crowd crowd(fmt::format("https://127.0.0.1:{}/healthz", running.port()), roots);

  for (auto& fresh : all) {
    const int before = crowd.came();
    files.put(fresh);
    running.reload();
    EXPECT_EQ(shown(running), fresh.certificate_chain_pem);
    while (crowd.came() < before + 10) test::breathe();
  }
  crowd.leave();

  EXPECT_GE(crowd.came(), 40);
  EXPECT_EQ(crowd.failed(), 0);
}

TEST(Reload, WhatCannotBeUsedLeavesTheOldOne) {
  TlsFiles files;
  Running running([&](Config& config) { files.use(config); });
  ASSERT_EQ(running.begin_and_wait(), "");
  const auto good = files.identity;

  replace(files.key.path(), test::make_identity().private_key_pem);
  testing::internal::CaptureStderr();
  running.reload();
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(shown(running), good.certificate_chain_pem);
  EXPECT_NE(said.find("stay as they were"), std::string::npos) << said;
  EXPECT_NE(said.find(files.key.path()), std::string::npos) << said;

  replace(files.key.path(), good.private_key_pem, 0644);
  running.reload();
  EXPECT_EQ(shown(running), good.certificate_chain_pem);
  std::filesystem::remove(files.certificate.path());
  running.reload();
  EXPECT_EQ(shown(running), good.certificate_chain_pem);
  files.put(test::make_identity());
  running.reload();
  EXPECT_EQ(shown(running), files.identity.certificate_chain_pem);
}

TEST(Reload, AnotherFileBehindAPathIsSeenWithoutBeingAsked) {
  TlsFiles files;
  Running running([&](Config& config) {
    files.use(config);
    config.watch_interval = Milliseconds(20);
  });
  ASSERT_EQ(running.begin_and_wait(), "");

  files.put(test::make_identity());

  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (shown(running) != files.identity.certificate_chain_pem && std::chrono::steady_clock::now() < until) test::breathe();
  EXPECT_EQ(shown(running), files.identity.certificate_chain_pem);
}

TEST(Reload, TheLevelOfTheLogChangesAtOnceAndTheRestIsNamed) {
  const bool before = log::enabled(log::Level::debug);
  auto next = std::make_shared<Config>();
  Running running([&](Config& config) {
    *next = config;
    config.reread = [next]() -> Result<Config> { return *next; };
  });
  ASSERT_EQ(running.begin_and_wait(), "");
  next->verbose = true;
  next->docs_url = "https://docs.example.com";
  next->login.oidc.client_secret = Secret("s3cret");

  testing::internal::CaptureStderr();
  running.reload();
  const auto said = testing::internal::GetCapturedStderr();

  EXPECT_TRUE(log::enabled(log::Level::debug));
  EXPECT_NE(said.find("--docs-url"), std::string::npos) << said;
  EXPECT_EQ(said.find("s3cret"), std::string::npos) << said;
  EXPECT_NE(said.find("client secrets were exchanged"), std::string::npos) << said;
  log::setup(log::Format::automatic, before ? log::Level::debug : log::Level::info);
}

TEST(Reload, AFileOfASecretIsJudgedEachTimeAndSoonAfterOthersMayReadIt) {
  const File secret("secret", "fresh", 0644), lines("log", "", 0600);
  ASSERT_TRUE(log::write_to({.json = lines.path()}));
  {
    Running running([&](Config& config) {
      config.login.oidc.client_secret = Secret("old");
      config.secret_files["oidc-client-secret"] = secret.path();
      config.watch_interval = Milliseconds(20);
    });
    ASSERT_EQ(running.begin_and_wait(), "");
    const auto told = [&](const std::string& what) {
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      const auto found = [&] { return text_of_file(lines.path()).value_or("").find(what) != std::string::npos; };
      while (!found() && std::chrono::steady_clock::now() < until) test::breathe();
      return found();
    };

    running.reload();
    EXPECT_TRUE(told("--oidc-client-secret-file"));
    EXPECT_TRUE(told("chmod 600"));
    EXPECT_EQ(text_of_file(lines.path()).value_or("").find("were exchanged"), std::string::npos);
    ::chmod(secret.path().c_str(), 0600);
    EXPECT_TRUE(told("client secrets were exchanged")) << "without being asked";
  }
  EXPECT_TRUE(log::write_to({}));
}

TEST(Reload, OpensFilesOfTheLogAnewAfterTheyWereMovedAway) {
  const File file("log", "", 0600);
  ASSERT_TRUE(log::write_to({.json = file.path()}));
  {
    Running running([](Config&) {});
    ASSERT_EQ(running.begin_and_wait(), "");
    log::info("an early line");
    std::filesystem::rename(file.path(), file.path() + ".1");

    running.reload();
    log::info("a late line");
  }

  EXPECT_NE(text_of_file(file.path() + ".1").value_or("").find("an early line"), std::string::npos);
  EXPECT_EQ(text_of_file(file.path()).value_or("").find("an early line"), std::string::npos);
  EXPECT_NE(text_of_file(file.path()).value_or("").find("a late line"), std::string::npos);
  EXPECT_TRUE(log::write_to({}));
  std::filesystem::remove(file.path() + ".1");
}

TEST(Reload, TheDatabasesUrlIsReadFromItsFileForEachConnection) {
  std::unique_ptr<File> file;
  Running running([&](Config& config) {
    file = std::make_unique<File>("url", config.postgres_url.reveal() + "\n", 0600);
    config.secret_files["postgres-url"] = file->path();
    config.postgres_url = Secret("postgres://nobody@127.0.0.1:1/none");
    config.postgres_wait = Seconds(0);
  });

  EXPECT_EQ(running.begin_and_wait(), "");
}

}  // namespace
}  // namespace slipway::server
