#include "server/database.hpp"

#include "aio/loops.hpp"
#include "aio/task.hpp"

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

}  // namespace
}  // namespace slipway::server
