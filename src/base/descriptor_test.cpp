#include "base/descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace slipway {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
Descriptor opened() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(Descriptor, ClosesWhatItOwnsAndNothingElse) {
  int number = -1;
  {
    const auto one = opened();
    number = one.get();
    EXPECT_TRUE(one && is_open(number));
  }
  EXPECT_FALSE(is_open(number));
  EXPECT_FALSE(Descriptor());
}

TEST(Descriptor, MovesAndClosesWhatItReplaces) {
  auto one = opened();
  auto two = opened();
  const int first = one.get(), second = two.get();

  one = std::move(two);

  EXPECT_FALSE(is_open(first));
  EXPECT_TRUE(is_open(second));
  EXPECT_EQ(one.get(), second);
  EXPECT_EQ(two.get(), -1);
}

TEST(Descriptor, ReleasedItStaysOpenAndErrnoSurvivesTheRest) {
  auto one = opened();
  const int number = one.release();
  EXPECT_TRUE(is_open(number));
  errno = ENOENT;
  Descriptor(number).reset();

  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(is_open(number));
}

}  // namespace
}  // namespace slipway
