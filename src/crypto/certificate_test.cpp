// Certificates, chains and signed messages.
#include "crypto/authority_test.hpp"
#include "crypto/cms.hpp"

#include <gtest/gtest.h>

namespace slipway::crypto {
namespace {

using test::issue;
using test::Issued;
using test::rsa_key;
using test::signed_message;

Time now() { return system_clock().now(); }

struct Chain : ::testing::Test {
  Issued root = issue({.common_name = "Root", .key = rsa_key(1), .authority = true});
  Issued middle = issue({.common_name = "Middle", .key = rsa_key(2), .authority = true}, &root);
  Issued leaf = issue({.common_name = "leaf.example.com", .key = rsa_key(3), .issuer_url = "http://www.microsoft.com/m.crt"}, &middle);
  TrustStore store{std::vector{root.read()}};

  Code fault(const Issued& one, std::vector<Certificate> between, Time at = now()) const {
    const auto chain = store.chain(one.read(), between, at);
    return chain ? Code::unchanged : chain.error().code;
  }
};

TEST_F(Chain, LeadsFromALeafToARoot) {
  const auto chain = store.chain(leaf.read(), std::vector{middle.read()}, now());

  ASSERT_TRUE(chain) << chain.error().say;
  ASSERT_EQ(chain->size(), 3U);
  EXPECT_EQ(chain->back().subject(), "CN=Root");
  EXPECT_EQ(leaf.read().common_names(), std::vector<std::string>{"leaf.example.com"});
  EXPECT_EQ(leaf.read().issuer_urls(), std::vector<std::string>{"http://www.microsoft.com/m.crt"});
}

TEST_F(Chain, SaysWhenAnIssuerIsMissingAndWhenAnythingElseIsWrong) {
  const auto old = issue({.common_name = "old", .key = rsa_key(3), .from = -7200, .until = -3600}, &middle);
  const auto alone = issue({.common_name = "alone", .key = rsa_key(3)});
  const auto no_authority = issue({.common_name = "below a leaf", .key = rsa_key(4)}, &leaf);
  const auto weak = issue({.common_name = "weak", .key = rsa_key(3), .digest = EVP_sha1()}, &middle);
  const auto small = issue({.common_name = "small", .key = rsa_key(1, 1024)}, &middle);

  EXPECT_EQ(fault(leaf, {middle.read()}), Code::unchanged);
  EXPECT_EQ(fault(leaf, {}), Code::not_found);
  EXPECT_EQ(fault(old, {middle.read()}), Code::unauthenticated);
  EXPECT_EQ(fault(alone, {}), Code::unauthenticated);
  EXPECT_EQ(fault(no_authority, {leaf.read(), middle.read()}), Code::unauthenticated);
  EXPECT_EQ(fault(weak, {middle.read()}), Code::unauthenticated);
  EXPECT_EQ(fault(small, {middle.read()}), Code::unauthenticated);
  EXPECT_EQ(fault(leaf, {middle.read()}, now() + std::chrono::hours(48)), Code::unauthenticated);
  EXPECT_FALSE(TrustStore().chain(leaf.read(), {}, now()));
}

TEST_F(Chain, PemIsReadWholeOrNotAtAll) {
  const auto two = Certificate::from_pem("# ours\n" + root.pem() + "and\n" + middle.pem());

  ASSERT_TRUE(two);
  EXPECT_EQ(two->size(), 2U);
  EXPECT_EQ(two->at(1).fingerprint(), middle.read().fingerprint());
  EXPECT_FALSE(Certificate::from_pem(""));
  EXPECT_FALSE(Certificate::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(Certificate::from_pem(root.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(Certificate::from_der(root.der() + "x"));
}

TEST(Keys, VerifyWhatTheySignedAndNothingElse) {
  const auto small = issue({.common_name = "a", .key = rsa_key(1, 1024)}).read().key();
  const auto signature = test::signature_of(rsa_key(1, 1024), "text");

  EXPECT_TRUE(small->verified_rsa("text", signature));
  EXPECT_FALSE(small->verified_rsa("Text", signature));
  EXPECT_FALSE(small->verified_rsa("text", test::signature_of(rsa_key(1, 1024), "text", EVP_sha1())));
  EXPECT_FALSE(small->verified_rsa("text", ""));
  EXPECT_FALSE(small->verified_p256("text", signature));
  EXPECT_FALSE(PublicKey::p256(std::string(32, '\1'), std::string(32, '\2')));  // not on the curve
  EXPECT_FALSE(PublicKey::rsa(std::string(128, '\xff'), "\x01"));               // too small for a JWK
}

struct Message : ::testing::Test {
  Issued signer = issue({.common_name = "metadata.azure.com", .key = rsa_key(3)});
  Issued other = issue({.common_name = "other", .key = rsa_key(4)});

  std::string fault(const std::string& der) const {
    const auto message = SignedMessage::parse(der);
    if (!message) return message.error().say;
    const auto content = message->verified(signer.read());
    return content ? "" : content.error().say;
  }
};

TEST_F(Message, GivesTheContentThatItsSignerSigned) {
  for (const bool attributes : {true, false}) {
    const auto message = SignedMessage::parse(signed_message({.content = "{\"a\":1}\n", .signers = {&signer}, .attributes = attributes}));

    ASSERT_TRUE(message) << message.error().say;
    ASSERT_TRUE(message->signer());
    EXPECT_EQ(message->verified(*message->signer()).value_or("-"), "{\"a\":1}\n");
    EXPECT_EQ(message->signed_at().has_value(), attributes);
    EXPECT_FALSE(message->verified(other.read()));
    EXPECT_TRUE(message->verified(signer.read()));  // the wrong one before has changed nothing
  }
}

TEST_F(Message, AnyChangedByteIsNoticed) {
  const auto good = signed_message({.content = "content", .signers = {&signer}});
  const auto at = good.find("content");

  auto changed = good;
  changed[at] = 'C';
  EXPECT_NE(fault(changed), "");
  EXPECT_EQ(fault(good), "");
  EXPECT_EQ(fault(good + "x"), "it is not strict DER");
  EXPECT_NE(fault(good.substr(0, good.size() - 1)), "");
}

TEST_F(Message, WeakDigestsTwoSignersAndNoSignerAreRefused) {
  EXPECT_NE(fault(signed_message({.content = "c", .signers = {&signer}, .digest = EVP_sha1()})), "");
  EXPECT_NE(fault(signed_message({.content = "c", .signers = {&signer}, .digest = EVP_md5()})), "");
  EXPECT_NE(fault(signed_message({.content = "c", .signers = {&signer, &other}})), "");
  EXPECT_NE(fault(signed_message({.content = "c", .signers = {}})), "");
  EXPECT_EQ(fault(signed_message({.content = "c", .signers = {&signer}, .digest = EVP_sha512()})), "");
}

TEST_F(Message, DetachedContentIsWhatTheCallerHasAndInnerContentMustBeThat) {
  const auto detached = SignedMessage::parse(signed_message({.content = "c", .signers = {&signer}, .detached = true, .certificates = false}));
  const auto inner = SignedMessage::parse(signed_message({.content = "c", .signers = {&signer}}));

  EXPECT_FALSE(detached->signer());
  EXPECT_EQ(detached->verified(signer.read(), "c").value_or("-"), "c");
  EXPECT_FALSE(detached->verified(signer.read(), "d"));
  EXPECT_FALSE(detached->verified(signer.read()));
  EXPECT_EQ(inner->verified(signer.read(), "c").value_or("-"), "c");
  EXPECT_FALSE(inner->verified(signer.read(), "d"));
}

TEST(StrictDer, HasOneValueWithShortestLengthsAndWholeStrings) {
  const auto is = [](std::initializer_list<unsigned char> bytes) { return is_strict_der(std::string(bytes.begin(), bytes.end())); };

  EXPECT_TRUE(is({0x30, 0x03, 0x02, 0x01, 0x05}));
  EXPECT_FALSE(is({0x30, 0x03, 0x02, 0x01, 0x05, 0x00}));        // something behind it
  EXPECT_FALSE(is({0x30, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00}));  // no definite length
  EXPECT_FALSE(is({0x30, 0x81, 0x03, 0x02, 0x01, 0x05}));        // longer than need be
  EXPECT_FALSE(is({0x24, 0x03, 0x04, 0x01, 0x05}));              // a string in pieces
  EXPECT_FALSE(is({0x30, 0x05, 0x02, 0x01, 0x05}));              // cut off
  EXPECT_FALSE(is({}));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep = std::string("\x30") + static_cast<char>(deep.size()) + deep;
  EXPECT_FALSE(is_strict_der(deep));
}

TEST(SystemRoots, AreThere) { EXPECT_GT(system_roots().size(), 10U); }

}  // namespace
}  // namespace slipway::crypto
