#include "crypto/jws.hpp"
#include "crypto/hash.hpp"
#include "crypto/signer_test.hpp"

#include <gtest/gtest.h>

namespace slipway::crypto {
namespace {

using testing::Signer;

constexpr std::string_view kSaid = R"({"sub":"42"})";

// What is wrong with it, in words of the log.
std::string fault(std::string_view token, std::string_view keys) {
  const auto checked = verify_jws(token, keys);
  if (checked) return "taken";
  return checked.error().code == Code::not_found ? "no such key" : checked.error().why;
}

TEST(Jws, OfAKeyOfTheSetGivesItsPayload) {
  for (const char* algorithm : {"ES256", "ES512", "RS256", "PS384"}) {
    const Signer provider("one", algorithm);

    const auto got = verify_jws(provider.sign(kSaid), provider.jwks(R"(,"use":"sig")"));

    ASSERT_TRUE(got) << algorithm << ": " << got.error().why;
    EXPECT_EQ(*got, kSaid);
  }
}

TEST(Jws, OfAnotherKeyIsRefusedWhateverItCallsItself) {
  const Signer provider("one"), liar("one"), stranger("two");

  EXPECT_EQ(fault(liar.sign(kSaid), provider.jwks()), "no key of the set made this signature");
  EXPECT_EQ(fault(liar.sign(kSaid, ""), provider.jwks()), "no key of the set made this signature");
  EXPECT_EQ(fault(stranger.sign(kSaid), provider.jwks()), "no such key") << "it may be a new one";
}

TEST(Jws, IsReadWithTheKeyThatItNames) {
  const Signer one("one"), two("two");
  const auto first = one.jwks(), second = two.jwks();
  const std::string both = first.substr(0, first.size() - 2) + "," + second.substr(second.find('[') + 1);

  EXPECT_EQ(fault(two.sign(kSaid), both), "taken");
  EXPECT_EQ(fault(two.sign(kSaid, ""), both), "taken") << "a token without a name is tried with each";
  EXPECT_EQ(fault(two.sign(kSaid, R"(,"kid":"one")"), both), "no key of the set made this signature");
}

TEST(Jws, OfNoSignatureOrASharedSecretIsRefused) {
  const Signer provider;
  const auto token = provider.sign(kSaid);
  const auto payload = token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1);
  const auto with_head = [&](std::string_view head) { return base64url(head) + "." + payload; };
  const auto by_secret = with_head(R"({"alg":"HS256","kid":"one"})");

  EXPECT_EQ(fault(with_head(R"({"alg":"none"})") + ".", provider.jwks()), "signed with \"none\"");
  EXPECT_EQ(fault(with_head(R"({"kid":"one"})") + ".", provider.jwks()), "signed with \"\"");
  EXPECT_EQ(fault(by_secret + "." + base64url(hmac_sha256(provider.jwks(), by_secret)), provider.jwks()), "signed with \"HS256\"");
}

TEST(Jws, IsRefusedOnceAnyPartOfItIsAnother) {
  const Signer provider;
  const auto token = provider.sign(kSaid), other = provider.sign(R"({"sub":"43"})");
  const auto first = token.find('.'), last = token.rfind('.');

  EXPECT_EQ(fault(token.substr(0, first) + other.substr(first), provider.jwks()), "taken") << "the same head";
  EXPECT_EQ(fault(token.substr(0, last) + other.substr(other.rfind('.')), provider.jwks()), "no key of the set made this signature");
  EXPECT_EQ(fault(token.substr(0, last) + ".", provider.jwks()), "no key of the set made this signature");
  EXPECT_EQ(fault(token + ".x", provider.jwks()), "not a compact JWS");
  EXPECT_EQ(fault(token.substr(0, last), provider.jwks()), "not a compact JWS");
}

TEST(Jws, KeysForSomethingElseAreNotUsed) {
  const Signer provider;
  const auto token = provider.sign(kSaid);

  EXPECT_EQ(fault(token, provider.jwks(R"(,"use":"enc")")), "no such key");
  EXPECT_EQ(fault(token, Signer("one", "ES384").jwks()), "no such key") << "of another algorithm";
  EXPECT_EQ(fault(token, Signer("one", "RS256").jwks()), "no such key") << "of another kind";
  EXPECT_EQ(fault(token, R"({"keys":{}})"), "the key set is no JWK set");
  EXPECT_EQ(fault(token, ""), "the key set is no JWK set");
}

TEST(Jws, WhatNobodyHereUnderstandsIsRefused) {
  const Signer provider;

  EXPECT_EQ(fault(provider.sign(kSaid, R"(,"kid":"one","crit":["exp"],"exp":1)"), provider.jwks()),
            "has critical header parameters that nobody here understands");
  EXPECT_EQ(fault(provider.sign(std::string(64 << 10, 'x')), provider.jwks()), "longer than 64 KiB");
}

}  // namespace
}  // namespace slipway::crypto
