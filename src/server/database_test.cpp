#include "server/database.hpp"

#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "server/test_support.hpp"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

TEST(AwaitPostgres, WaitsForWhatMayPassOnly) {
  for (const auto* passing :
       {"connection to server at \"db\" (10.0.0.2), port 5432 failed: Connection refused", "FATAL:  the database system is starting up",
        "could not translate host name \"db\" to address: Temporary failure in name resolution",
        "connection to server on socket \"/run/x\" failed: No such file or directory", "PostgreSQL did not answer in time"})
    EXPECT_TRUE(may_come_up(passing)) << passing;
  for (const auto* lasting : {"FATAL:  password authentication failed for user \"slipway\"", "FATAL:  database \"slipwai\" does not exist",
                              "FATAL:  no pg_hba.conf entry for host", "invalid connection option \"hots\""})
    EXPECT_FALSE(may_come_up(lasting)) << lasting;
}

TEST(AwaitPostgres, GivesUpAfterItsLimitAndSaysWhatToDo) {
  aio::Loops loops(1);
  const auto main = []() -> Task<int> {
    const auto late = co_await await_postgres({.url = "postgresql://x@/x?host=/nonexistent"}, Seconds(0));
    const auto wrong = co_await await_postgres({.url = "hots=db"}, Seconds(60));

    EXPECT_EQ(late.error().code, Code::unavailable);
    EXPECT_NE(late.error().say.find("did not come up within 0 seconds"), std::string::npos);
    EXPECT_NE(late.error().detail.find("--postgres-wait"), std::string::npos);
    EXPECT_EQ(wrong.error().code, Code::precondition);
    co_return 0;
  };
  loops.run(main());
}

TEST(UrlInFile, ABadFileLeavesTheOldUrlAndIsNamedOnce) {
  const File file("url", "postgres://first\n", 0600);
  const auto now = url_in_file(file.path(), Secret("postgres://start"));
  const auto said = [&now](const std::string& expected) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(now().value_or("none"), expected);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(said("postgres://first"), "");

  std::ofstream(file.path()) << "postgres://second";
  EXPECT_EQ(said("postgres://second"), "");
  std::ofstream(file.path()) << "postgres://planted";
  ::chmod(file.path().c_str(), 0666);
  const auto complaint = said("postgres://second");
  EXPECT_NE(complaint.find("--postgres-url-file"), std::string::npos) << complaint;
  EXPECT_NE(complaint.find("chmod 600"), std::string::npos) << complaint;
  EXPECT_EQ(complaint.find("planted"), std::string::npos);
  EXPECT_EQ(said("postgres://second"), "") << "the log knows";
  ::chmod(file.path().c_str(), 0600);
  EXPECT_NE(said("postgres://planted").find("can be read again"), std::string::npos);
  std::ofstream(file.path()) << "\n";
  EXPECT_NE(said("postgres://planted").find("is empty"), std::string::npos);
  std::filesystem::remove(file.path());
  EXPECT_NE(said("postgres://planted").find("Does it exist?"), std::string::npos);
  EXPECT_EQ(url_in_file(file.path(), Secret("postgres://start"))().value_or("none"), "postgres://start");
}

TEST(Connections, AreSharedAmongTheLoopsAndAThirdOfThemWaitsUnlessTold) {
  const auto shares = [](std::int64_t most, std::optional<std::int64_t> unused, std::size_t loops) {
    pg::PoolOptions options;
    share_connections(options, most, unused, loops);
    return fmt::format("{}+{}, {} wait", options.shared, options.exclusive, options.idle_most);
  };

  EXPECT_EQ(shares(0, {}, 2), "2+8, 1 wait");  // a third of ten is three, and two of these are shared
  EXPECT_EQ(shares(60, {}, 2), "2+28, 8 wait");
  EXPECT_EQ(shares(6, {}, 2), "1+2, 0 wait");
  EXPECT_EQ(shares(60, 20, 2), "2+28, 8 wait");
  EXPECT_EQ(shares(0, 0, 4), "2+8, 0 wait");
  EXPECT_EQ(shares(0, 1000, 1), "2+8, 998 wait");
}

}  // namespace
}  // namespace slipway::server
