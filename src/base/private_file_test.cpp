#include "base/private_file.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace slipway {
namespace {

namespace fs = std::filesystem;

// A folder of the test's own, under a umask that closes nothing.
struct PrivateFile : ::testing::Test {
  PrivateFile() { fs::create_directory(folder); }
  ~PrivateFile() override {
    ::umask(before);
    fs::remove_all(folder);
  }
  fs::path folder = fs::temp_directory_path() / ("slipway-private-" + Uuid::random().str());
  mode_t before = ::umask(0);

  static unsigned mode(const fs::path& path) { return static_cast<unsigned>(fs::status(path).permissions()); }
};

TEST_F(PrivateFile, IsItsOwnersAloneWhateverItWasBefore) {
  const auto fresh = folder / "fresh", old = folder / "old";
  std::ofstream(old) << "something longer";
  ASSERT_EQ(::chmod(old.c_str(), 0666), 0);

  ASSERT_TRUE(write_private(fresh, "one"));
  ASSERT_TRUE(write_private(old, "two"));

  EXPECT_EQ(mode(fresh), 0600U);
  EXPECT_EQ(mode(old), 0600U);
  EXPECT_EQ(fs::file_size(old), 3U);
}

TEST_F(PrivateFile, IsNotWrittenThroughALink) {
  const auto target = folder / "target", link = folder / "link";
  std::ofstream(target) << "untouched";
  fs::create_symlink(target, link);

  const auto written = write_private(link, "text");

  ASSERT_FALSE(written);
  EXPECT_NE(written.error().why.find("create " + link.string()), std::string::npos) << written.error().why;
  EXPECT_EQ(fs::file_size(target), 9U);
}

TEST_F(PrivateFile, EveryFileOfAProgramThatAsksForItIsClosed) {
  keep_files_private();

  std::ofstream(folder / "file") << "text";
  fs::create_directory(folder / "below");

  EXPECT_EQ(mode(folder / "file"), 0600U);
  EXPECT_EQ(mode(folder / "below"), 0700U);
}

TEST_F(PrivateFile, ALogIsOneToo) {
  const auto file = folder / "agent.log";

  ASSERT_TRUE(log::also_to_file(file, 1 << 20, 1));

  EXPECT_EQ(mode(file), 0600U);
}

}  // namespace
}  // namespace slipway
