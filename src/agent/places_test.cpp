#include "agent/places.hpp"

#include "agent/files.hpp"
#include "agent/test_support.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace slipway::agent {
namespace {

using namespace testing_support;
namespace fs = std::filesystem;

constexpr ::uid_t kSomebodyElse = 12345;

// A folder below `folder` that somebody else owns; without root's rights one that root owns will do.
std::string foreign(const Folder& folder, const std::string& name) {
  fs::create_directories(folder / name);
  return ::chown((folder / name).c_str(), kSomebodyElse, kSomebodyElse) == 0 ? folder / name : "/etc";
}

Options options_in(const std::string& data, const std::string& logs) {
  Options out;
  out.script_data_dir = data;
  out.log_dir = logs;
  return out;
}

TEST(OwnDirectory, IsMadeWithItsModeAndTakenWhenItIsOurs) {
  const Folder folder;
  struct stat info{};

  EXPECT_TRUE(make_own_directory(folder / "a/b", 0700));
  EXPECT_EQ(::chmod((folder / "a/b").c_str(), 0777), 0);
  EXPECT_TRUE(make_own_directory(folder / "a/b", 0755));

  EXPECT_EQ(::stat((folder / "a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755U);
}

TEST(OwnDirectory, IsRefusedWhereOthersHaveAHandInIt) {
  const Folder folder;
  const auto open = folder / "open";
  fs::create_directories(open);
  EXPECT_EQ(::chmod(open.c_str(), 0777), 0);
  fs::create_directory_symlink(folder.path(), folder / "link");

  const auto theirs = make_own_directory(foreign(folder, "theirs"), 0755);
  const auto below_open = make_own_directory(open + "/mine", 0755);
  const auto linked = make_own_directory(folder / "link", 0755);
  EXPECT_EQ(::chmod(open.c_str(), 01777), 0);
  const auto below_sticky = make_own_directory(open + "/mine", 0755);

  ASSERT_FALSE(theirs);
  EXPECT_NE(theirs.error().why.find("belongs to somebody else"), std::string::npos) << theirs.error().why;
  ASSERT_FALSE(below_open);
  EXPECT_NE(below_open.error().why.find("others may write to"), std::string::npos) << below_open.error().why;
  EXPECT_FALSE(linked);
  EXPECT_TRUE(below_sticky);
}

TEST(Places, ThatAreSafeAreKept) {
  const Folder folder;
  auto options = options_in(folder / "data", folder / "logs");

  EXPECT_EQ(settle_places(options, folder / "home"), std::vector<std::string>());

  EXPECT_EQ(options.script_data_dir, folder / "data");
  EXPECT_EQ(options.log_dir, folder / "logs");
  EXPECT_TRUE(fs::is_directory(folder / "data/coder-script-data/bin"));
  EXPECT_FALSE(fs::exists(folder / "home"));
}

// Somebody made the folder of /tmp first, with programs that everybody who comes later would run.
TEST(Places, OfSomebodyElseAreLeftForPrivateOnes) {
  const Folder folder;
  const auto trap = foreign(folder, "tmp/coder-script-data");
  const auto data = fs::path(trap) == folder / "tmp/coder-script-data" ? folder / "tmp" : "/etc";
  auto options = options_in(data, data);
  EXPECT_EQ(::chmod((folder / "tmp").c_str(), 01777), 0);

  const auto notes = settle_places(options, folder / "home");

  EXPECT_EQ(options.script_data_dir, folder / "home/.cache/slipway-agent");
  EXPECT_FALSE(notes.empty());
  EXPECT_TRUE(fs::is_directory(folder / "home/.cache/slipway-agent/coder-script-data/bin"));
}

// A name in everybody's folder may be a link of somebody else's by the time the log is opened.
TEST(Places, OfLogsAreNotAFolderThatEverybodyWritesTo) {
  const Folder folder;
  fs::create_directories(folder / "tmp");
  EXPECT_EQ(::chmod((folder / "tmp").c_str(), 01777), 0);
  auto options = options_in(folder / "data", folder / "tmp");

  const auto notes = settle_places(options, folder / "home");

  EXPECT_EQ(options.log_dir, folder / "home/.cache/slipway-agent");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("others may write to"), std::string::npos) << notes[0];
}

TEST(Places, WithoutAHomeAreNewOnes) {
  const Folder folder;
  fs::create_directories(folder / "tmp");
  EXPECT_EQ(::chmod((folder / "tmp").c_str(), 01777), 0);
  auto options = options_in(folder / "data", folder / "tmp");

  settle_places(options, "", folder / "tmp");

  EXPECT_TRUE(options.log_dir.starts_with(folder / "tmp/slipway-agent-")) << options.log_dir;
}

}  // namespace
}  // namespace slipway::agent
