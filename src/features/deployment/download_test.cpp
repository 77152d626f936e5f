#include "features/deployment/download.hpp"

#include "http/packing.hpp"

#include <gtest/gtest.h>

namespace slipway::deployment {
namespace {

TEST(Ranges, AreOneSliceOrNone) {
  EXPECT_EQ(slice_of("bytes=0-9", 100), (Slice{0, 10}));
  EXPECT_EQ(slice_of("bytes=90-", 100), (Slice{90, 100}));
  EXPECT_EQ(slice_of("bytes=-10", 100), (Slice{90, 100}));
  EXPECT_EQ(slice_of("bytes=-1000", 100), (Slice{0, 100}));
  EXPECT_EQ(slice_of("bytes=50-1000", 100), (Slice{50, 100}));
}

TEST(Ranges, BeyondTheEndAreEmpty) {
  EXPECT_EQ(slice_of("bytes=100-", 100), (Slice{}));
  EXPECT_EQ(slice_of("bytes=-0", 100)->begin, slice_of("bytes=-0", 100)->end);
}

TEST(Ranges, OfOtherKindsAreLeftOut) {
  for (const char* range : {"", "bytes", "bytes=", "bytes=a-b", "bytes=5-1", "bytes=1-2,4-5", "lines=1-2", "bytes=1-2x", "bytes=-"})
    EXPECT_EQ(slice_of(range, 100), std::nullopt) << range;
}

TEST(Downloads, AreSoManyAtOnceAndSoManyOfOneAddress) {
  Downloads downloads(3, 2);
  auto one = downloads.enter("10.0.0.1"), two = downloads.enter("10.0.0.1");

  EXPECT_TRUE(one && two);
  EXPECT_FALSE(downloads.enter("10.0.0.1"));
  const auto other = downloads.enter("10.0.0.2");
  EXPECT_TRUE(other);
  EXPECT_FALSE(downloads.enter("10.0.0.3"));
  two.reset();
  EXPECT_TRUE(downloads.enter("10.0.0.1"));
}

TEST(Downloads, OfOneIpv6NetworkAreOfOneAddress) {
  Downloads downloads(3, 1);
  auto one = downloads.enter("2001:db8:1:2::1");

  EXPECT_TRUE(one);
  EXPECT_FALSE(downloads.enter("2001:db8:1:2:ffff::9"));
  EXPECT_TRUE(downloads.enter("2001:db8:1:3::1"));
  one.reset();
  EXPECT_TRUE(downloads.enter("2001:db8:1:2:ffff::9"));
}

}  // namespace
}  // namespace slipway::deployment
