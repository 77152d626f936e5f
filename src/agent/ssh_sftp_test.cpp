#include "agent/ssh_sftp.hpp"

#include "agent/user.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <regex>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace slipway::agent {
namespace {

namespace fs = std::filesystem;

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}
std::string text(std::string_view value) { return number(static_cast<std::uint32_t>(value.size())).append(value); }
std::string packet(std::uint8_t type, const std::string& body) {
  return number(static_cast<std::uint32_t>(body.size() + 1)) + static_cast<char>(type) + body;
}

struct SftpTest : testing::Test {
  SftpTest() { fs::create_directories(folder); }
  ~SftpTest() override { fs::remove_all(folder); }

  // The answer to one request: its type, and what follows its id.
  std::pair<int, std::string> ask(std::uint8_t type, const std::string& body) {
    EXPECT_TRUE(sftp.feed(packet(type, number(77) + body)));
    std::string out;
    sftp.step(out);
    EXPECT_GE(out.size(), 9U);
    EXPECT_EQ(out.substr(0, 4), number(static_cast<std::uint32_t>(out.size() - 4)));
    EXPECT_EQ(out.substr(5, 4), number(77));
    return {static_cast<unsigned char>(out[4]), out.substr(9)};
  }
  std::uint32_t status(std::uint8_t type, const std::string& body) {
    const auto [kind, rest] = ask(type, body);
    EXPECT_EQ(kind, 101);
    return static_cast<unsigned char>(rest[3]);
  }
  std::string open(const std::string& name, std::uint32_t flags) { return ask(3, text(name) + number(flags) + number(0)).second; }

  fs::path folder = fs::temp_directory_path() / fmt::format("slipway-sftp-{:x}", std::random_device()());
  Sftp sftp{folder.string()};
};

constexpr std::uint32_t kNoSuchFile = 2, kFailure = 4, kBadMessage = 5, kUnsupported = 8, kEof = 1;

TEST_F(SftpTest, AgreesOnVersionThree) {
  EXPECT_TRUE(sftp.feed(packet(1, number(6))));
  std::string out;
  EXPECT_TRUE(sftp.step(out));

  EXPECT_EQ(out[4], 2);
  EXPECT_EQ(out.substr(5, 4), number(3));
  EXPECT_NE(out.find("posix-rename@openssh.com"), std::string::npos);
}

TEST_F(SftpTest, WritesAndReadsAtAnyOffset) {
  const std::string handle = open("f", 1 | 2 | 8);

  EXPECT_EQ(status(6, handle + number(0) + number(5) + text("world")), 0U);
  EXPECT_EQ(status(6, handle + number(0) + number(0) + text("hello")), 0U);
  const auto [kind, data] = ask(5, handle + number(0) + number(3) + number(100));
  const auto end = status(5, handle + number(0) + number(10) + number(100));

  EXPECT_EQ(kind, 103);
  EXPECT_EQ(data, text("loworld"));
  EXPECT_EQ(end, kEof);
  EXPECT_EQ(status(4, handle), 0U);
  EXPECT_EQ(status(4, handle), kFailure);
}

TEST_F(SftpTest, PacketsMayComeInPieces) {
  const std::string whole = packet(14, number(77) + text("made") + number(0));
  std::string out;

  for (const char byte : whole) {
    EXPECT_FALSE(sftp.step(out));
    EXPECT_TRUE(sftp.feed(std::string(1, byte)));
  }
  EXPECT_TRUE(sftp.step(out));

  EXPECT_TRUE(fs::is_directory(folder / "made"));
}

TEST_F(SftpTest, ShortOrUnknownPacketsAreAnsweredWithAnError) {
  EXPECT_EQ(status(3, number(500)), kBadMessage);
  EXPECT_EQ(status(17, text("f").substr(0, 3)), kBadMessage);
  EXPECT_EQ(status(5, text("12345") + number(0)), kFailure);
  EXPECT_EQ(status(13, text(std::string_view("a\0b", 3))), kBadMessage);
  EXPECT_EQ(status(99, ""), kUnsupported);
  EXPECT_EQ(status(200, text("unheard-of@example.com")), kUnsupported);
  EXPECT_EQ(status(17, text("absent")), kNoSuchFile);
}

TEST_F(SftpTest, AnAbsurdLengthEndsTheChannel) {
  std::string out;

  sftp.feed(number(0xffffffff) + "xxxx");

  EXPECT_FALSE(sftp.step(out));
  EXPECT_FALSE(sftp.feed({}));
}

TEST_F(SftpTest, RenameKeepsWhatIsThereAndPosixRenameReplacesIt) {
  std::ofstream(folder / "a") << "a";
  std::ofstream(folder / "b") << "b";

  EXPECT_EQ(status(18, text("a") + text("b")), kFailure);
  EXPECT_EQ(status(200, text("posix-rename@openssh.com") + text("a") + text("b")), 0U);

  EXPECT_FALSE(fs::exists(folder / "a"));
}

TEST_F(SftpTest, RealPathNamesWhatDoesNotExistYet) {
  const auto here = fs::canonical(folder).string();

  EXPECT_NE(ask(16, text(".")).second.find(text(here)), std::string::npos);
  EXPECT_NE(ask(16, text("new")).second.find(text(here + "/new")), std::string::npos);
  EXPECT_EQ(status(16, text("no/such/place")), kNoSuchFile);
}

TEST_F(SftpTest, ToldIsHowMuchRoomIsLeft) {
  std::ofstream(folder / "f") << "x";
  struct statvfs info{};
  ASSERT_EQ(::statvfs(folder.c_str(), &info), 0);
  const auto block_size = [](const std::string& rest) { return number(0) + rest.substr(4, 4); };

  const auto [kind, by_path] = ask(200, text("statvfs@openssh.com") + text("."));
  const auto [same_kind, by_handle] = ask(200, text("fstatvfs@openssh.com") + open("f", 1));

  EXPECT_EQ(kind, 201);
  EXPECT_EQ(same_kind, 201);
  EXPECT_EQ(by_path.size(), 11 * 8U);
  EXPECT_EQ(block_size(by_path), number(0) + number(static_cast<std::uint32_t>(info.f_bsize)));
  EXPECT_EQ(by_path.substr(0, 24), by_handle.substr(0, 24));
  EXPECT_EQ(status(200, text("statvfs@openssh.com") + text("absent")), kNoSuchFile);
}

// As `ls -l` prints: names instead of numbers, the time of day for what is new and the year for what is old.
TEST_F(SftpTest, ListsAsPeopleReadIt) {
  std::ofstream(folder / "new") << "x";
  std::ofstream(folder / "old") << "x";
  const timespec long_ago[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "old").c_str(), long_ago, 0), 0);
  const auto owner = AccountNames().user(::getuid());

  const auto handle = ask(11, text(".")).second;
  const auto list = ask(12, handle).second;

  EXPECT_TRUE(std::regex_search(list, std::regex("-rw[-rwx]* +1 " + owner + " +\\S+ +1 \\w{3} +\\d+ +2001 old"))) << list;
  EXPECT_TRUE(std::regex_search(list, std::regex(" \\w{3} +\\d+ \\d\\d:\\d\\d new"))) << list;
}

TEST_F(SftpTest, OnlySoManyHandlesAreOpen) {
  std::ofstream(folder / "f") << "x";
  for (int i = 0; i < 512; ++i) open("f", 1);

  EXPECT_EQ(status(3, text("f") + number(1) + number(0)), kFailure);
}

}  // namespace
}  // namespace slipway::agent
