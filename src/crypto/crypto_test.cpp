#include "crypto/hash.hpp"
#include "crypto/password.hpp"
#include "crypto/seal.hpp"
#include "crypto/token.hpp"

#include <gtest/gtest.h>

namespace slipway::crypto {
namespace {

TEST(Hash, KnownAnswers) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(hmac_sha256("key", "The quick brown fox jumps over the lazy dog")),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
}

TEST(Base64, RoundTripsAndRefusesTheRest) {
  for (const std::string& text : {"", "a", "ab", "abc", "\xff\xfe"}) {
    std::string back;
    ASSERT_TRUE(unbase64(base64(text), back));
    EXPECT_EQ(back, text);
  }
  std::string out;
  for (const char* bad : {"a", "ab==c", "a b=", " YQ=", "YR=="}) EXPECT_FALSE(unbase64(bad, out)) << bad;
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
}

TEST(Password, OnlyTheRightOneFits) {
  const auto hash = hash_password("correct horse");

  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  EXPECT_TRUE(verify_password(hash, "correct horse"));
  EXPECT_FALSE(verify_password(hash, "correct horsf"));
  EXPECT_FALSE(verify_password("", "the hash that nobody has"));
  EXPECT_FALSE(verify_password("not a hash", "x"));
}

// Changing the work locks nobody out, and nothing but a call changes it.
TEST(Password, TheWorkIsTheInteractiveOneUnlessAskedOtherwise) {
  const auto usual = hash_password("correct horse");
  set_password_work(PasswordWork::least);
  const auto cheap = hash_password("correct horse");
  set_password_work(PasswordWork::interactive);

  EXPECT_TRUE(usual.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << usual;
  EXPECT_TRUE(cheap.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << cheap;
  EXPECT_TRUE(verify_password(cheap, "correct horse"));
  EXPECT_FALSE(verify_password(cheap, "correct horsf"));
}

TEST(Password, WeakOnesAreNamed) {
  EXPECT_FALSE(password_fault("short").empty());
  EXPECT_FALSE(password_fault("PassWord123").empty());
  EXPECT_FALSE(password_fault(std::string(65, 'x')).empty());
  EXPECT_TRUE(password_fault("SomeSecurePassword!").empty());
}

TEST(ApiKey, HasTheFormOfTheContract) {
  const auto key = make_api_key();
  const auto text = key.text().reveal();

  const auto parts = split_api_key(text);

  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->id, key.id);
  EXPECT_EQ(sha256(parts->secret), key.hash());
  for (const std::string& bad : {std::string(), std::string("x"), text + "x", text.substr(1) + "!", std::string(33, 'a')})
    EXPECT_FALSE(split_api_key(bad)) << bad;
}

TEST(Seals, OpenInTheirOrderAlone) {
  const std::string key(32, 'k');
  Seal ours(key), theirs(key), other(std::string(32, 'o'));
  const auto first = ours.close("first"), second = ours.close(""), third = ours.close("third");

  EXPECT_EQ(first.size(), 5U + 16);
  EXPECT_FALSE(other.open(first));
  EXPECT_EQ(theirs.open(first), "first");
  EXPECT_EQ(theirs.open(second), "");
  std::string changed = third;
  changed[2] ^= 1;
  EXPECT_FALSE(theirs.open(changed));
  EXPECT_FALSE(theirs.open(third));  // after a wrong one nothing is believed
  EXPECT_FALSE(Seal(key).open(second));
  EXPECT_FALSE(Seal(key).open("short"));
}

}  // namespace
}  // namespace slipway::crypto
