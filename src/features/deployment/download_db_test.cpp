#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace slipway::test {
namespace {

struct DownloadDb : ::testing::Test {
  DownloadDb() : server([](server::Config& config) { config.bin_dir = folder(); }) {
    std::ofstream(folder() + "/slipway-agent", std::ios::binary) << bytes;
  }
  static std::string folder() {
    const std::string path = testing::TempDir() + "/slipway-bin";
    std::filesystem::create_directories(path);
    return path;
  }
  Answer get(std::vector<std::pair<std::string, std::string>> headers, const std::string& method = "GET") {
    return server.call(method, "/bin/slipway-agent", {}, {}, std::move(headers));
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

TEST_F(DownloadDb, AFileThatWasReplacedIsReadAnew) {
  const auto before = get({});
  std::ofstream(folder() + "/slipway-agent", std::ios::binary) << "another";

  const auto after = get({{"If-None-Match", before.header("ETag")}});

  EXPECT_EQ(after.status, 200);
  EXPECT_EQ(after.body, "another");
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
