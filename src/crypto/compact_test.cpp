#include "crypto/compact.hpp"
#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

extern "C" {  // its headers do not say so themselves
#include <jose/jwe.h>
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif
#endif

namespace slipway::crypto {
namespace {

// libjose forgets to free the 48 bytes by which it inflates.
struct ForgetfulLibrary {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  __lsan::ScopedDisabler disabled;
#endif
#endif
};

// Made by another implementation: HS512 with the bytes 0..63 as its secret, and A256GCMKW with the bytes 0..31.
constexpr std::string_view kSigned =
    "eyJhbGciOiJIUzUxMiIsImtpZCI6IjcifQ.eyJleHAiOjE3NzYyNjQwMDAsInJlcXVlc3QiOnsiYWNjZXNzX21ldGhvZCI6InN1YmRvbWFpbiIsImJhc2Vfc"
    "GF0aCI6Ii8iLCJhcHBfcHJlZml4IjoiIiwidXNlcm5hbWVfb3JfaWQiOiJkZWFuIiwid29ya3NwYWNlX25hbWVfb3JfaWQiOiJkZXYiLCJhZ2VudF9uYW1lX"
    "29yX2lkIjoibWFpbiIsImFwcF9zbHVnX29yX3BvcnQiOiI4MDgwIn0sInVzZXJfaWQiOiIxMTExMTExMS0xMTExLTQxMTEtODExMS0xMTExMTExMTExMTEiL"
    "CJ3b3Jrc3BhY2VfaWQiOiIyMjIyMjIyMi0yMjIyLTQyMjItODIyMi0yMjIyMjIyMjIyMjIiLCJhZ2VudF9pZCI6IjMzMzMzMzMzLTMzMzMtNDMzMy04MzMzL"
    "TMzMzMzMzMzMzMzMyIsImFwcF91cmwiOiJodHRwOi8vMTI3LjAuMC4xOjgwODAvP2E9MVx1MDAyNmI9XHUwMDNjeFx1MDAzZSIsImNvcnNfYmVoYXZpb3IiO"
    "iJzaW1wbGUifQ.DhKpNGriq812N8xu8kNnzYYkg9_KhJvVjAGIc8g-Ppyo5NzpjYYsObGD4o-v1HyIuHo1lPu4R1S9s-2_YkRCHg";
constexpr std::string_view kEncrypted =
    "eyJhbGciOiJBMjU2R0NNS1ciLCJlbmMiOiJBMjU2R0NNIiwiaXYiOiJBQUVDQXdRRkJnY0lDUW9MIiwia2lkIjoiNyIsInRhZyI6Ilo0dFNnWElOV1I2Umll"
    "d0xacTVpbVEiLCJ6aXAiOiJERUYifQ.I2ewfK2MqHDhLPnkwZgKHvej8UOIAiUHRBqb-p3ogjE.FBUWFxgZGhscHR4f.3_jatTwCAnHRW87AOVhJbcc5qzVR"
    "OATG2LNjUkTU3p7S9Xlljku-_lMmRpiOLCWxbC-mFW6-gfHiBBcDJCgDtfmXpdHKspYz3bY1CkOWCbQdLbdcltGR9sJ2ELX_gGI.eSybkMg5_VsYgqHcdg1p"
    "YA";
constexpr std::string_view kBomb =  // 40,000 letters in 310 characters
    "eyJhbGciOiJBMjU2R0NNS1ciLCJlbmMiOiJBMjU2R0NNIiwiaXYiOiJBQUVDQXdRRkJnY0lDUW9MIiwia2lkIjoiNyIsInRhZyI6Ilo0dFNnWElOV1I2Umll"
    "d0xacTVpbVEiLCJ6aXAiOiJERUYifQ.I2ewfK2MqHDhLPnkwZgKHvej8UOIAiUHRBqb-p3ogjE.FBUWFxgZGhscHR4f.f_U6vnwyAvWQgNwwXBWG9W1xsS4X"
    "iSh3PG6OFP3vo4k1c4x7nLYYM_1n5paDdcZFAvAIleh-3cg.IKFaEOZ_pRLuYhrBIquVbw";

std::string counting(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(i);
  return out;
}
const std::string kSecret = counting(64), kWrapping = counting(32);

std::string with_header(std::string_view header) {
  const auto covered = base64url(header) + "." + base64url("{}");
  return covered + "." + base64url(hmac_sha512(kSecret, covered));
}

TEST(Signed, TokenOfAnotherImplementationIsRead) {
  const auto payload = verify_hs512(kSigned, kSecret);

  ASSERT_TRUE(payload);
  EXPECT_TRUE(payload->starts_with(R"({"exp":1776264000,"request":{"access_method":"subdomain",)")) << *payload;
  EXPECT_EQ(named_secret(kSigned), "7");
}

TEST(Signed, TokenIsTheSameBytesAsOfAnotherImplementation) {
  const auto payload = verify_hs512(kSigned, kSecret);

  ASSERT_TRUE(payload);
  EXPECT_EQ(sign_hs512(*payload, "7", kSecret), kSigned);
}

TEST(Signed, TokenOfAnotherSecretIsNone) {
  EXPECT_FALSE(verify_hs512(kSigned, counting(63)));
  EXPECT_FALSE(verify_hs512(kSigned, ""));
}

TEST(Signed, TokenWithAnyByteChangedIsNone) {
  for (std::size_t at = 0; at < kSigned.size(); ++at) {
    std::string changed(kSigned);
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_hs512(changed, kSecret)) << at;
  }
}

TEST(Signed, OtherAlgorithmsAndOddHeadersAreNone) {
  EXPECT_TRUE(verify_hs512(with_header(R"({"alg":"HS512","kid":"7"})"), kSecret));
  for (const auto* header : {R"({"alg":"none","kid":"7"})", R"({"alg":"HS256","kid":"7"})", R"({"alg":"RS256","kid":"7"})",
                             R"({"alg":"hs512","kid":"7"})", R"({"alg":"HS512"})", R"({"alg":"HS512","kid":7})", R"({"kid":"7"})",
                             R"({"alg":"HS512","alg":"HS512","kid":"7"})", R"({"alg":"HS512","kid":"7","crit":["exp"]})", "[]", "", "{"})
    EXPECT_FALSE(verify_hs512(with_header(header), kSecret)) << header;
}

TEST(Signed, OddFormsAreNone) {
  const std::string token(kSigned);
  for (const auto& odd : {token + ".", token + "." + token.substr(token.rfind('.') + 1), "." + token, token + "=", token + " ", token + "\n",
                          token.substr(0, token.rfind('.')), token.substr(0, token.rfind('.') + 1), std::string(100 << 10, 'a'), std::string("..")})
    EXPECT_FALSE(verify_hs512(odd, kSecret)) << odd.substr(0, 40);
  EXPECT_FALSE(named_secret(std::string(100 << 10, 'a')));
  EXPECT_FALSE(named_secret("no token"));
}

TEST(Sealed, TokenOfAnotherImplementationIsRead) {
  EXPECT_EQ(decrypt_gcm(kEncrypted, kWrapping),
            R"({"iss":"coderd","aud":["wsproxy"],"exp":1776264060,"nbf":1776263940,"api_key":"abcdefghij-0123456789012345678901"})");
  EXPECT_EQ(named_secret(kEncrypted), "7");
}

// libjose opens what we seal.
TEST(Sealed, TokenIsReadByAnotherImplementation) {
  const auto token = encrypt_gcm("what is inside", "7", kWrapping);
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= token.size();) {
    const auto end = std::min(token.find('.', at), token.size());
    parts.push_back(token.substr(at, end - at));
    at = end + 1;
  }
  ASSERT_EQ(parts.size(), 5U);
  const std::unique_ptr<json_t, decltype(&json_decref)> jwe(
      json_pack("{s:s,s:s,s:s,s:s,s:s}", "protected", parts[0].c_str(), "encrypted_key", parts[1].c_str(), "iv", parts[2].c_str(), "ciphertext",
                parts[3].c_str(), "tag", parts[4].c_str()),
      &json_decref);
  const std::unique_ptr<json_t, decltype(&json_decref)> key(json_pack("{s:s,s:s}", "kty", "oct", "k", base64url(kWrapping).c_str()), &json_decref);

  std::size_t length = 0;
  void* plain = nullptr;
  {
    const ForgetfulLibrary allowed;
    plain = jose_jwe_dec(nullptr, jwe.get(), nullptr, key.get(), &length);
  }

  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(std::string(static_cast<const char*>(plain), length), "what is inside");
  std::free(plain);
}

TEST(Sealed, TokenOfAnotherSecretOrWithAnyByteChangedIsNone) {
  const auto token = encrypt_gcm("what is inside", "7", kWrapping);

  EXPECT_EQ(decrypt_gcm(token, kWrapping), "what is inside");
  EXPECT_FALSE(decrypt_gcm(token, counting(33).substr(1)));
  EXPECT_FALSE(decrypt_gcm(token, ""));
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string changed(token);
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(decrypt_gcm(changed, kWrapping)) << at;
  }
  for (std::size_t size = 0; size < token.size(); ++size) EXPECT_FALSE(decrypt_gcm(std::string_view(token).substr(0, size), kWrapping)) << size;
}

TEST(Sealed, TextThatGrowsBeyondItsLimitIsNone) {
  EXPECT_FALSE(decrypt_gcm(kBomb, kWrapping));
  EXPECT_EQ(decrypt_gcm(encrypt_gcm(std::string(kMostCompact, 'a'), "7", kWrapping), kWrapping), std::string(kMostCompact, 'a'));
}

TEST(Sealed, SignedTokensAreNone) { EXPECT_FALSE(decrypt_gcm(kSigned, kWrapping)); }

TEST(Base64url, IsReadAsItIsWrittenAndInNoOtherWay) {
  std::string bytes;
  for (const auto* text : {"", "a", "ab", "abc", "\xff\xfe\xfd"}) {
    ASSERT_TRUE(unbase64url(base64url(text), bytes)) << text;
    EXPECT_EQ(bytes, text);
  }
  for (const auto* odd : {"YQ==", "YR", "Y", "Y Q", "+/", "YQ\n", "\xff"}) EXPECT_FALSE(unbase64url(odd, bytes)) << odd;
}

}  // namespace
}  // namespace slipway::crypto
