#include "support/raw_socket.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace slipway::test {
namespace {

struct DownloadDb : ::testing::Test {
  DownloadDb() : server([](server::Config& config) { config.bin_dir = folder(); }) {
    std::ofstream(folder() + "/slipway", std::ios::binary) << bytes;
  }
  static std::string folder() {
    const std::string path = testing::TempDir() + "/slipway-bin";
    std::filesystem::create_directories(path);
    return path;
  }
  Answer get(std::vector<std::pair<std::string, std::string>> headers, const std::string& method = "GET") {
    return server.call(method, "/bin/slipway-agent", {}, {}, std::move(headers));
  }
  // Whether there is room for a download again.
  bool comes_back() {
    const auto until = std::chrono::steady_clock::now() + Seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      if (get({}, "HEAD").status == 200) return true;
      breathe();
    }
    return false;
  }
  const std::string bytes = std::string(700'000, 'a') + "end";
  TestServer server;
};

TEST_F(DownloadDb, AnExecutableComesWholeInPartsOrNotAtAll) {
  const auto whole = get({});
  const auto etag = whole.header("ETag");

  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, bytes);
  EXPECT_EQ(whole.header("Content-Length"), "700003");
  EXPECT_EQ(whole.header("X-Content-Type-Options"), "nosniff");
  for (const auto& held : {etag, std::string("*"), "\"other\", W/" + etag}) EXPECT_EQ(get({{"If-None-Match", held}}).status, 304) << held;
  const auto end = get({{"Range", "bytes=-3"}});
  EXPECT_EQ(end.status, 206);
  EXPECT_EQ(end.body, "end");
  EXPECT_EQ(end.header("Content-Range"), "bytes 700000-700002/700003");
  EXPECT_EQ(get({{"Range", "bytes=700003-"}}).status, 416);
  EXPECT_EQ(get({{"Range", "bytes=0-1"}, {"If-Range", "\"other\""}}).status, 200);
  const auto head = get({}, "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "700003");
  EXPECT_EQ(head.body, "");
}

std::size_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6)) << 10;
  ADD_FAILURE() << "no VmRSS";
  return 0;
}

TEST_F(DownloadDb, ManyWhoReadNothingShareOneCopy) {
  constexpr std::size_t kSize = 32 << 20, kMost = 64;  // more than the buffers of a connection hold; as many as one address may
  std::ofstream(folder() + "/slipway", std::ios::binary) << "begin";
  std::filesystem::resize_file(folder() + "/slipway", kSize);
  const auto before = resident_bytes();
  std::vector<std::unique_ptr<RawSocket>> idle;

  for (std::size_t i = 0; i < kMost; ++i) {
    idle.push_back(std::make_unique<RawSocket>(server.url()));
    idle.back()->send("GET /bin/slipway HTTP/1.1\r\nHost: " + server.url().substr(7) + "\r\n\r\n");
    ASSERT_TRUE(idle.back()->read(256).starts_with("HTTP/1.1 200 ")) << i;
  }

  EXPECT_LT(resident_bytes(), before + 2 * kSize);
  const auto one_more = get({});
  EXPECT_EQ(one_more.status, 429) << one_more.body.substr(0, 200);
  EXPECT_EQ(one_more.header("Retry-After"), "5");
  idle.pop_back();
  EXPECT_TRUE(comes_back());
  std::filesystem::remove(folder() + "/slipway");
}

TEST_F(DownloadDb, AFileThatWasReplacedIsReadAnew) {
  const auto before = get({});
  std::ofstream(folder() + "/slipway", std::ios::binary) << "another";

  const auto after = get({{"If-None-Match", before.header("ETag")}});

  EXPECT_EQ(after.status, 200);
  EXPECT_EQ(after.body, "another");
}

TEST_F(DownloadDb, ProgramsOfOtherPlatformsLieBesideItUnderTheirNames) {
  const auto arm = folder() + "/slipway-linux-armv7";
  std::ofstream(arm, std::ios::binary) << "for arm";

  const auto there = server.call("GET", "/bin/coder-linux-armv7"), missing = server.call("GET", "/bin/coder-darwin-arm64");
  const auto list = server.call("GET", "/bin/");
  const auto script = server.call("GET", "/install.sh");

  EXPECT_EQ(there.body, "for arm");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(list.status, 200);
  EXPECT_NE(list.body.find("<a href=\"/bin/coder-linux-armv7\">"), std::string::npos) << list.body;
  EXPECT_EQ(list.body.find("darwin"), std::string::npos) << list.body;
  EXPECT_EQ(script.status, 200);
  EXPECT_TRUE(script.body.starts_with("#!/bin/sh\n")) << script.body;
  std::filesystem::remove(arm);
}

TEST_F(DownloadDb, PagesAreSentAsTheyWere) {
  const auto page = server.call("GET", "/workspaces");

  EXPECT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.header("Cache-Control"), "no-cache");
  EXPECT_NE(page.header("Content-Security-Policy"), "");
}

}  // namespace
}  // namespace slipway::test
