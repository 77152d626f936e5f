#include "base/log.hpp"
#include "base/ids.hpp"
#include "base/log_outlets.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>

namespace slipway::log {
namespace {

namespace fs = std::filesystem;

// A folder of the test's own, and the log as it was afterwards.
struct Outlet : ::testing::Test {
  Outlet() { fs::create_directory(folder); }
  ~Outlet() override {
    EXPECT_TRUE(write_to({}));
    let_through({});
    setup(Format::automatic, Level::info);
    fs::remove_all(folder);
  }
  std::string path(const char* name) const { return folder / name; }
  std::string read(const char* name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string said(const std::function<void()>& work) {
    testing::internal::CaptureStderr();
    work();
    return testing::internal::GetCapturedStderr();
  }
  fs::path folder = fs::temp_directory_path() / ("slipway-log-" + Uuid::random().str());
};

TEST_F(Outlet, EachFileHasItsForm) {
  ASSERT_TRUE(write_to({.human = path("human"), .json = path("json"), .stackdriver = path("stackdriver")}));
  const auto said_there = said([] { warn("a thing\nhappened", {{"what", "x\"y"}}); });

  EXPECT_EQ(said_there, "") << "the form for people has a place of its own";
  EXPECT_NE(read("human").find("warn  a thing happened  what=x\"y\n"), std::string::npos) << read("human");
  const auto json = boost::json::parse(read("json")), stackdriver = boost::json::parse(read("stackdriver"));
  EXPECT_EQ(json.at("level").as_string(), "warn");
  EXPECT_EQ(json.at("msg").as_string(), "a thing\nhappened");
  EXPECT_EQ(json.at("what").as_string(), "x\"y");
  EXPECT_EQ(stackdriver.at("severity").as_string(), "WARNING");
  EXPECT_EQ(stackdriver.at("message").as_string(), "a thing\nhappened");
  EXPECT_TRUE(stackdriver.at("time").as_string().ends_with("Z"));
  for (const auto* name : {"human", "json", "stackdriver"}) EXPECT_EQ(static_cast<unsigned>(fs::status(path(name)).permissions()), 0600U) << name;
}

TEST_F(Outlet, StandardErrorStaysUntilItIsGivenAway) {
  ASSERT_TRUE(write_to({.json = path("json")}));
  EXPECT_NE(said([] { info("one"); }).find("one"), std::string::npos);
  EXPECT_NE(read("json").find("\"one\""), std::string::npos);

  ASSERT_TRUE(write_to({.stackdriver = "/dev/stderr"}));
  const auto line = said([] { info("two"); });
  EXPECT_EQ(std::ranges::count(line, '\n'), 1) << line;
  EXPECT_EQ(boost::json::parse(line).at("severity").as_string(), "INFO");

  ASSERT_TRUE(write_to({.human = "/dev/null"}));
  EXPECT_EQ(said([] { error("three"); }), "");
}

TEST_F(Outlet, AFileThatCannotBeWrittenIsNamedAndChangesNothing) {
  const auto refused = write_to({.human = "/dev/null", .json = "/proc/no/such"});

  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().say.find("/proc/no/such"), std::string::npos) << refused.error().say;
  EXPECT_NE(said([] { info("still there"); }).find("still there"), std::string::npos);
}

TEST_F(Outlet, AFileThatWasMovedAwayIsFollowedByANewOneOnceItIsSaid) {
  ASSERT_TRUE(write_to({.human = path("human"), .json = path("json")}));
  info("before");
  fs::rename(path("json"), path("json.1"));
  fs::rename(path("human"), path("human.1"));
  info("between");
  fs::create_directory(path("human"));  // which no line can be written to

  const auto reopened = reopen();
  info("after");

  ASSERT_FALSE(reopened);
  EXPECT_NE(reopened.error().say.find(path("human")), std::string::npos) << reopened.error().say;
  EXPECT_EQ(reopened.error().say.find(path("json")), std::string::npos) << reopened.error().say;
  EXPECT_NE(read("human.1").find("after"), std::string::npos) << "the old one is better than none";
  EXPECT_NE(read("json.1").find("before"), std::string::npos);
  EXPECT_NE(read("json.1").find("between"), std::string::npos);
  EXPECT_EQ(read("json.1").find("after"), std::string::npos);
  EXPECT_NE(read("json").find("after"), std::string::npos);
  EXPECT_EQ(read("json").find("between"), std::string::npos);
  EXPECT_EQ(static_cast<unsigned>(fs::status(path("json")).permissions()), 0600U);
}

TEST_F(Outlet, WantedLinesComeThroughAndNoOthers) {
  setup(Format::human, Level::info);
  EXPECT_FALSE(enabled(Level::debug));
  let_through([](std::string_view message) { return message.find("pool") != message.npos; });

  EXPECT_TRUE(enabled(Level::debug));
  const auto lines = said([] {
    debug("the pool is full");
    debug("something else");
    info("as ever");
  });
  EXPECT_NE(lines.find("the pool is full"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("something else"), std::string::npos) << lines;
  EXPECT_NE(lines.find("as ever"), std::string::npos) << lines;
  let_through({});
  EXPECT_FALSE(enabled(Level::debug));
}

}  // namespace
}  // namespace slipway::log
