// As root these prove accounts, as anybody else namespaces.
#include "provisioner/quarters.hpp"

#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "base/private_file.hpp"
#include "provisioner/accounts.hpp"
#include "provisioner/terraform_work.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

// A data folder that only its owner can enter, as slipwayd makes it, with a secret in it.
struct QuartersTest : ::testing::Test {
  QuartersTest() {
    char pattern[] = "/tmp/slipway-quarters-XXXXXX";
    root = ::mkdtemp(pattern);
    ::chmod(root.c_str(), 0755);
    data = root + "/data";
    ::mkdir(data.c_str(), 0700);
    (void)write_private(data + "/postgres.password", "hush");
  }
  ~QuartersTest() override { fs::remove_all(root); }

  QuartersOptions options() const { return {.folder = data + "/provisioner", .hidden = {data}, .caches = caches}; }

  // Body of a test, on a loop, with quarters.
  void with(const std::function<Task<void>(Quarters&)>& body) {
    aio::Loops loops(1);
    const auto main = [this, &body]() -> Task<int> {
      auto made = co_await Quarters::open(options());
      EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().say);
      if (made) co_await body(**made);
      co_return 0;
    };
    loops.run(main());
  }

  std::string root, data, caches;
};

Task<std::string> inside(const Quarters* quarters, const Quarter* quarter, std::string script) {
  aio::ProcessOptions process;
  process.argv = {"/bin/sh", "-c", std::move(script)};
  process.environment.set("PATH", "/usr/bin:/bin");
  process.directory = quarter->home();
  quarters->settle(process, *quarter, {}, {});
  auto done = co_await aio::run(std::move(process));
  co_return done ? done->output + (done->exit.ok() ? "" : "refused") : done.error().why;
}

TEST_F(QuartersTest, BuildsReachNeitherTheServersSecretsNorAnotherOrganizations) {
  const std::function<Task<void>(Quarters&)> body = [this](Quarters& quarters) -> Task<void> {
    EXPECT_NE(quarters.kind(), Isolation::off) << quarters.describe();
    const auto home = co_await aio::executor();
    const auto mine = quarters.of(home, "mine"), other = quarters.of(home, "other");
    EXPECT_EQ(co_await inside(&quarters, &*other, "echo hush > file && cat file"), "hush\n");

    EXPECT_EQ(co_await inside(&quarters, &*mine, "cat " + data + "/postgres.password"), "refused");
    EXPECT_EQ(co_await inside(&quarters, &*mine, "cat " + other->home() + "/file"), "refused");
    EXPECT_EQ(co_await inside(&quarters, &*mine, fmt::format("cat /proc/{}/environ", ::getpid())), "refused");
    EXPECT_EQ(co_await inside(&quarters, &*mine, fmt::format("kill -0 {}", ::getpid())), "refused");
    EXPECT_EQ(co_await inside(&quarters, &*mine, "cat ../notes/x; echo x > ../jobs/planted"), "refused");
    EXPECT_EQ(co_await inside(&quarters, &*mine, "grep -h ^NoNewPrivs /proc/self/status"), "NoNewPrivs:\t1\n");
  };
  with(body);
}

// What builds leave there can be fetched again: the folder may be emptied, and nothing else of theirs is in it.
TEST_F(QuartersTest, CachesCanBeElsewhereAndStayTheirOrganizations) {
  caches = root + "/cache/builds";
  const std::function<Task<void>(Quarters&)> body = [this](Quarters& quarters) -> Task<void> {
    const auto home = co_await aio::executor();
    const auto mine = quarters.of(home, "mine"), other = quarters.of(home, "other");
    EXPECT_EQ(mine->plugins(), fs::canonical(caches).string() + "/mine/plugins");
    EXPECT_TRUE(mine->home().starts_with(data) && mine->folder.starts_with(data)) << "where what a build has made is";

    EXPECT_EQ(co_await inside(&quarters, &*other, fmt::format("echo theirs > {0}/file && cat {0}/file", other->plugins())), "theirs\n");
    EXPECT_EQ(co_await inside(&quarters, &*mine, fmt::format("cat {}/file", other->plugins())), "refused");
    EXPECT_EQ(co_await inside(&quarters, &*mine, fmt::format("echo mine > {0}/file && cat {0}/file", mine->inits())), "mine\n");
    EXPECT_EQ(co_await inside(&quarters, &*mine, "cat " + data + "/postgres.password"), "refused");
  };
  with(body);

  for (const auto& entry : fs::recursive_directory_iterator(caches))
    if (entry.is_regular_file()) EXPECT_EQ(entry.path().filename(), "file") << entry.path();
  fs::remove_all(caches);
  const std::function<Task<void>(Quarters&)> again = [](Quarters& quarters) -> Task<void> {
    const auto mine = quarters.of(co_await aio::executor(), "mine");
    EXPECT_TRUE(fs::exists(mine->plugins()));
  };
  with(again);
}

TEST_F(QuartersTest, AnOrganizationFindsItsOwnAgain) {
  const std::function<Task<void>(Quarters&)> leave = [](Quarters& quarters) -> Task<void> {
    const auto mine = quarters.of(co_await aio::executor(), "mine");
    EXPECT_EQ(co_await inside(&quarters, &*mine, "echo kept > file"), "");
  };
  const std::function<Task<void>(Quarters&)> find = [](Quarters& quarters) -> Task<void> {
    const auto mine = quarters.of(co_await aio::executor(), "mine");
    EXPECT_EQ(co_await inside(&quarters, &*mine, "cat file && echo more >> file"), "kept\n");
  };

  with(leave);
  with(find);
}

// What stays behind a build is seen by the organization's next one, also after the server has begun anew, and ends with a signal.
TEST_F(QuartersTest, WhatABuildLeftRunningIsFoundByTheNext) {
  const std::function<Task<void>(Quarters&)> leave = [](Quarters& quarters) -> Task<void> {
    const auto mine = quarters.of(co_await aio::executor(), "mine");
    EXPECT_EQ(
        co_await inside(&quarters, &*mine,
                        "MARK=mine setsid sh -c 'touch left; exec sleep 1000' >/dev/null 2>&1 & until [ -e left ]; do sleep 0.01; done; echo left"),
        "left\n");
  };
  const std::function<Task<void>(Quarters&)> find = [](Quarters& quarters) -> Task<void> {
    const auto mine = quarters.of(co_await aio::executor(), "mine");
    EXPECT_EQ(co_await inside(&quarters, &*mine,
                              "for p in $(grep -l MARK=mine /proc/[0-9]*/environ 2>/dev/null); do p=${p#/proc/}; "
                              "kill ${p%/environ} && echo ended; done"),
              "ended\n");
  };

  with(leave);
  with(find);
}

TEST_F(QuartersTest, AccountsHaveNamesInsideAndNumbersOutside) {
  if (::geteuid() != 0) return;  // only root has accounts to give
  const std::function<Task<void>(Quarters&)> body = [](Quarters& quarters) -> Task<void> {
    const auto home = co_await aio::executor();
    const auto mine = quarters.of(home, "mine"), other = quarters.of(home, "other");

    EXPECT_EQ(co_await inside(&quarters, &*mine, "id -un; id -G"), fmt::format("slipway-{0}\n{0}\n", mine->identity->uid));
    EXPECT_NE(mine->identity->uid, other->identity->uid);
    EXPECT_TRUE(account_range()->has(mine->identity->uid));
  };
  with(body);
}

TEST_F(QuartersTest, WhatIsWantedAndCannotBeHadIsRefused) {
  aio::Loops loops(1);
  const auto main = [this]() -> Task<int> {
    auto asked = options();
    asked.wanted = ::geteuid() == 0 ? Isolation::namespaces : Isolation::account;
    const auto wrong = co_await Quarters::open(asked);
    asked = options();
    asked.groups = {"no-such-group"};
    const auto group = co_await Quarters::open(asked);
    asked = options();
    asked.readable = {root + "/absent"};
    const auto unreadable = co_await Quarters::open(asked);

    EXPECT_EQ(wrong.error().code, Code::precondition);
    EXPECT_EQ(group.error().say, "There is no group no-such-group: see --build-groups.");
    EXPECT_EQ((*unreadable)->kind(), Isolation::off);  // auto: it goes on, and says so
    EXPECT_NE((*unreadable)->describe().find("server's own account"), std::string::npos);
    co_return 0;
  };
  loops.run(main());
}

TEST_F(QuartersTest, AStateIsNeverReadThroughWhatABuildPutInItsPlace) {
  fs::create_directories(root + "/job/template");
  const auto place = root + "/job/template/terraform.tfstate";
  fs::create_symlink(data + "/postgres.password", place);
  EXPECT_EQ(state_left_in(root + "/job"), "");
  fs::remove(place);
  fs::create_hard_link(data + "/postgres.password", place);
  EXPECT_EQ(state_left_in(root + "/job"), "");
  fs::remove(place);
  ASSERT_EQ(::mkfifo(place.c_str(), 0600), 0);
  EXPECT_EQ(state_left_in(root + "/job"), "");
  fs::remove(place);
  std::ofstream(place) << "{}";
  EXPECT_EQ(state_left_in(root + "/job"), "{}");
}

}  // namespace
}  // namespace slipway::provisioner
