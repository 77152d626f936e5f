#include "crypto/ed25519.hpp"

#include "crypto/hash.hpp"

#include <gtest/gtest.h>

namespace slipway::crypto {
namespace {

TEST(Ed25519, FirstVectorOfRfc8032) {
  std::string seed;
  ASSERT_TRUE(unbase64("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", seed));

  EXPECT_EQ(hex(ed25519_public_key(seed)), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

}  // namespace
}  // namespace slipway::crypto
