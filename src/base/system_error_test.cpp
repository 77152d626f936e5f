#include "base/system_error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace slipway {
namespace {

TEST(SystemError, AFullDiskIsSaidAndEverythingElseIsForTheLog) {
  for (const int full : {ENOSPC, EDQUOT}) {
    const auto error = fail_system("write /data/x", full).error();
    EXPECT_EQ(error.code, Code::unavailable);
    EXPECT_NE(error.say.find("disk is full"), std::string::npos);
    EXPECT_TRUE(error.why.starts_with("write /data/x: ")) << error.why;
  }
  EXPECT_EQ(fail_system("write /data/x", EIO).error().code, Code::internal);
}

}  // namespace
}  // namespace slipway
