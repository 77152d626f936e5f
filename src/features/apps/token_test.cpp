#include "features/apps/token.hpp"
#include "crypto/compact.hpp"
#include "crypto/hash.hpp"
#include "features/apps/sealed_key.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

// Made by another implementation of the contract, with the bytes 0..63 (and 0..31) as secret 7.
constexpr std::string_view kOfAnother =
    "eyJhbGciOiJIUzUxMiIsImtpZCI6IjcifQ.eyJleHAiOjE3NzYyNjQwMDAsInJlcXVlc3QiOnsiYWNjZXNzX21ldGhvZCI6InN1YmRvbWFpbiIsImJhc2Vfc"
    "GF0aCI6Ii8iLCJhcHBfcHJlZml4IjoiIiwidXNlcm5hbWVfb3JfaWQiOiJkZWFuIiwid29ya3NwYWNlX25hbWVfb3JfaWQiOiJkZXYiLCJhZ2VudF9uYW1lX"
    "29yX2lkIjoibWFpbiIsImFwcF9zbHVnX29yX3BvcnQiOiI4MDgwIn0sInVzZXJfaWQiOiIxMTExMTExMS0xMTExLTQxMTEtODExMS0xMTExMTExMTExMTEiL"
    "CJ3b3Jrc3BhY2VfaWQiOiIyMjIyMjIyMi0yMjIyLTQyMjItODIyMi0yMjIyMjIyMjIyMjIiLCJhZ2VudF9pZCI6IjMzMzMzMzMzLTMzMzMtNDMzMy04MzMzL"
    "TMzMzMzMzMzMzMzMyIsImFwcF91cmwiOiJodHRwOi8vMTI3LjAuMC4xOjgwODAvP2E9MVx1MDAyNmI9XHUwMDNjeFx1MDAzZSIsImNvcnNfYmVoYXZpb3IiO"
    "iJzaW1wbGUifQ.DhKpNGriq812N8xu8kNnzYYkg9_KhJvVjAGIc8g-Ppyo5NzpjYYsObGD4o-v1HyIuHo1lPu4R1S9s-2_YkRCHg";
constexpr std::string_view kKeyOfAnother =
    "eyJhbGciOiJBMjU2R0NNS1ciLCJlbmMiOiJBMjU2R0NNIiwiaXYiOiJBQUVDQXdRRkJnY0lDUW9MIiwia2lkIjoiNyIsInRhZyI6Ilo0dFNnWElOV1I2Umll"
    "d0xacTVpbVEiLCJ6aXAiOiJERUYifQ.I2ewfK2MqHDhLPnkwZgKHvej8UOIAiUHRBqb-p3ogjE.FBUWFxgZGhscHR4f.3_jatTwCAnHRW87AOVhJbcc5qzVR"
    "OATG2LNjUkTU3p7S9Xlljku-_lMmRpiOLCWxbC-mFW6-gfHiBBcDJCgDtfmXpdHKspYz3bY1CkOWCbQdLbdcltGR9sJ2ELX_gGI.eSybkMg5_VsYgqHcdg1p"
    "YA";
constexpr std::string_view kKeyWithoutBeginning =
    "eyJhbGciOiJBMjU2R0NNS1ciLCJlbmMiOiJBMjU2R0NNIiwiaXYiOiJBQUVDQXdRRkJnY0lDUW9MIiwia2lkIjoiNyIsInRhZyI6Ilo0dFNnWElOV1I2Umll"
    "d0xacTVpbVEiLCJ6aXAiOiJERUYifQ.I2ewfK2MqHDhLPnkwZgKHvej8UOIAiUHRBqb-p3ogjE.FBUWFxgZGhscHR4f.OWLBk1JksGV64ngms5TBZz07nWNG"
    "O6IhFkGgPDdAC92_pt0xMZ5Igc9T0aGwR_V0MsMIv8G2UTCevJGO8jUH8ma0Fj6tJkDjgTmfLEUJ0ba0rxi7Sp4i.3m_jnrGwpIzxCtHJPPujew";

std::string counting(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(i);
  return out;
}
const keys::Key kKey{.sequence = 7, .secret = counting(64), .starts_at = {}, .deletes_at = {}};
const keys::Key kSealing{.sequence = 7, .secret = counting(32), .starts_at = {}, .deletes_at = {}};
const Time kEnds = Time(Seconds(1776264000)), kNow = kEnds - Seconds(30);

Claims claims() {
  return {
      .expires_at = kEnds,
      .request = {.method = Method::subdomain, .base_path = "/", .prefix = "", .user = "dean", .workspace = "dev", .agent = "main", .target = "8080"},
      .owner = *UserId::parse("11111111-1111-4111-8111-111111111111"),
      .workspace = *WorkspaceId::parse("22222222-2222-4222-8222-222222222222"),
      .agent = *AgentId::parse("33333333-3333-4333-8333-333333333333"),
      .app_url = "http://127.0.0.1:8080/?a=1&b=<x>",
      .cors = "simple",
      .visitor = {}};
}

Claims of_visitor(UserId id) {
  auto out = claims();
  out.visitor = Visitor{.id = id};
  return out;
}

std::string with_payload(std::string_view payload) { return crypto::sign_hs512(payload, "7", kKey.secret); }
std::optional<Claims> read(std::string_view token, Time now = kNow) { return claims_of(token, kKey, now); }

// The payload of a good token with one text in it replaced by another.
std::string changed(std::string_view from, std::string_view to) {
  auto payload = crypto::verify_hs512(kOfAnother, kKey.secret).value_or("");
  const auto at = payload.find(from);
  EXPECT_NE(at, payload.npos) << from;
  if (at != payload.npos) payload.replace(at, from.size(), to);
  return with_payload(payload);
}

TEST(AppToken, OfAnotherServerOfTheContractIsRead) { EXPECT_EQ(read(kOfAnother), claims()); }

TEST(AppToken, HasTheBytesThatAnotherServerWouldWrite) { EXPECT_EQ(token_of(claims(), kKey), kOfAnother); }

TEST(AppToken, OfAKnownVisitorHasTheClaimsOfOthersFirst) {
  const auto theirs = crypto::verify_hs512(kOfAnother, kKey.secret),
             ours = crypto::verify_hs512(token_of(of_visitor(UserId::random()), kKey), kKey.secret);

  ASSERT_TRUE(theirs && ours);
  EXPECT_TRUE(ours->starts_with(theirs->substr(0, theirs->size() - 1) + R"(,"visitor":{"id":")")) << *ours;
}

TEST(AppToken, BringsBackWhatItWasMadeOf) {
  auto known = of_visitor(UserId::random()), told = known;
  known.issued_at = kNow;
  told.visitor = Visitor{
      .id = UserId::random(), .username = "ana", .name = "Ana \"A\" <é>", .email = "ana@example.com", .groups = {"devs", "ops"}, .told = true};
  told.cors = "passthru";
  auto alone = told;
  alone.visitor->groups.clear();
  auto prefixed = claims();
  prefixed.request.prefix = "a---b---";

  for (const auto& each : {known, told, alone, prefixed}) EXPECT_EQ(read(token_of(each, kKey)), each);
}

TEST(AppToken, IsGoodUntilItsMinuteAndTenSecondsAreOver) {
  EXPECT_TRUE(read(kOfAnother, kEnds - Seconds(1)));
  EXPECT_TRUE(read(kOfAnother, kEnds + Seconds(10) - Microseconds(1))) << "clocks differ";
  EXPECT_FALSE(read(kOfAnother, kEnds + Seconds(10)));
  EXPECT_TRUE(read(kOfAnother, kEnds - Seconds(90))) << "a clock that is half a minute behind the signer's";
}

TEST(AppToken, WithoutAnEndIsNone) {
  EXPECT_FALSE(read(changed("\"exp\":1776264000,", "")));
  EXPECT_FALSE(read(changed("1776264000", "\"1776264000\"")));
  EXPECT_FALSE(read(changed("1776264000", "null")));
  EXPECT_FALSE(read(changed("1776264000", "1e300")));
  EXPECT_TRUE(read(changed("1776264000", "1776264000.5"))) << "as other libraries may write it";
}

TEST(AppToken, OfARequestThatNobodyCanMakeIsNone) {
  EXPECT_FALSE(read(changed("\"dean\"", "\"me\"")));
  EXPECT_FALSE(read(changed("\"dean\"", "\"\"")));
  EXPECT_FALSE(read(changed("\"subdomain\"", "\"\"")));
  EXPECT_FALSE(read(changed("\"subdomain\"", "\"terminal\"")));
  EXPECT_FALSE(read(changed("\"app_prefix\":\"\"", "\"app_prefix\":\"a\"")));
  EXPECT_FALSE(read(changed("\"base_path\":\"/\"", "\"base_path\":\"\"")));
  EXPECT_FALSE(read(changed("\"8080\"", "8080")));
  EXPECT_FALSE(read(changed("11111111-1111", "1")));
  for (const auto* payload : {"", "[]", "{", "null", "{}", R"({"exp":1776264000})"}) EXPECT_FALSE(read(with_payload(payload))) << payload;
}

TEST(AppToken, OfAnotherKeyIsNone) {
  auto other = kKey;
  other.secret = counting(65).substr(1);

  EXPECT_FALSE(claims_of(kOfAnother, other, kNow));
  EXPECT_FALSE(read(crypto::encrypt_gcm("{}", "7", kSealing.secret)));
}

TEST(AppToken, NamesAKeyThatThereCanBe) {
  const auto named = [](std::string_view kid) {
    return key_named(crypto::base64url(R"({"alg":"HS512","kid":")" + std::string(kid) + R"("})") + ".e30.x");
  };

  EXPECT_EQ(named("1"), 1);
  EXPECT_EQ(named("2147483647"), 2147483647);
  for (const auto* kid : {"", "0", "-1", "+1", "01", "2147483648", "4294967295", "abc", "1 ", "1.0"}) EXPECT_FALSE(named(kid)) << kid;
  EXPECT_FALSE(key_named(std::string(100 << 10, 'a')));
  EXPECT_FALSE(key_named(""));
}

TEST(AppToken, IsForTheRequestThatItWasMadeForAsThatIsWritten) {
  const auto of = claims();
  const auto fits = [&of](auto change) {
    auto wanted = of.request;
    change(wanted);
    return is_for(of, wanted);
  };

  EXPECT_TRUE(fits([](AppRequest&) {}));
  EXPECT_TRUE(fits([](AppRequest& r) { r.base_path = ""; })) << "but for a slash at the end of its path";
  EXPECT_FALSE(fits([](AppRequest& r) { r.method = Method::path; }));
  EXPECT_FALSE(fits([](AppRequest& r) { r.base_path = "/a/"; }));
  EXPECT_FALSE(fits([](AppRequest& r) { r.prefix = "a---"; }));
  EXPECT_FALSE(fits([](AppRequest& r) { r.user = "11111111-1111-4111-8111-111111111111"; }));
  EXPECT_FALSE(fits([](AppRequest& r) { r.user = "Dean"; }));
  EXPECT_FALSE(fits([](AppRequest& r) { r.workspace = "dev2"; }));
  EXPECT_FALSE(fits([](AppRequest& r) { r.agent = ""; }));
  EXPECT_FALSE(fits([](AppRequest& r) { r.target = "8080s"; }));
}

TEST(AppTokenCookie, IsBoundToThePathAndEndsWithTheToken) {
  EXPECT_EQ(token_cookie(claims(), "a.b.c", false),
            "coder_signed_app_token=a.b.c; Path=/; Expires=Wed, 15 Apr 2026 14:40:00 GMT; HttpOnly; SameSite=Lax");
  auto of = claims();
  of.request.base_path = "/@dean/dev.main/apps/code/";
  EXPECT_TRUE(token_cookie(of, "a.b.c", true).starts_with("coder_signed_app_token=a.b.c; Path=/@dean/dev.main/apps/code/; Expires="));
  EXPECT_TRUE(token_cookie(of, "a.b.c", true).ends_with("; Secure"));
}

TEST(AppTokenCookie, IsNoneWhereThePathWouldSayMore) {
  for (const auto* path : {"/@dean/dev;Domain=.example.com/apps/code/", "/a b/", "/a\r\nX: y/", "/a,b/", "", "a/"}) {
    auto of = claims();
    of.request.base_path = path;
    EXPECT_EQ(token_cookie(of, "a.b.c", true), "") << path;
  }
}

TEST(AppTokenCandidates, AreTheQuerysThenTheCookiesAndFourAtTheMost) {
  net::Request request;
  request.set_target("/x?coder_signed_app_token_23db1dde=q&coder_signed_app_token_23db1dde=second&a=b");
  request.headers.add("Cookie", "a=1; coder_signed_app_token=c1; coder_signed_app_token=c2");
  request.headers.add("Cookie", "coder_signed_app_token=c3; coder_signed_app_token=c4");

  const auto got = candidates_of(request);

  EXPECT_TRUE(got.by_query);
  EXPECT_EQ(got.tokens, (std::vector<std::string_view>{"q", "c1", "c2", "c3"}));
}

TEST(AppTokenCandidates, OfAnEmptyParameterAreTheCookies) {
  net::Request request;
  request.set_target("/x?coder_signed_app_token_23db1dde=&coder_signed_app_token=q");
  for (int i = 0; i < 10; ++i) request.headers.add("Cookie", "coder_signed_app_token=c" + std::to_string(i));

  const auto got = candidates_of(request);

  EXPECT_FALSE(got.by_query);
  EXPECT_EQ(got.tokens, (std::vector<std::string_view>{"c0", "c1", "c2", "c3"}));
}

TEST(RevokedTokens, AreThoseThatWereGivenOutUntilThen) {
  Revoked revoked;
  const auto ana = UserId::random(), bo = UserId::random();
  auto before = of_visitor(ana), after = of_visitor(ana);
  before.issued_at = kNow;
  after.issued_at = kNow + Microseconds(1);

  revoked.of_user(ana, kNow);

  EXPECT_TRUE(revoked.is(before));
  EXPECT_FALSE(revoked.is(after));
  EXPECT_FALSE(revoked.is(of_visitor(bo)));
  EXPECT_FALSE(revoked.is(claims())) << "nobody who is known";
}

TEST(RevokedTokens, OfAWorkspaceAreEverybodysThere) {
  Revoked revoked;
  auto elsewhere = claims();
  elsewhere.workspace = WorkspaceId::random();

  revoked.of_workspace(claims().workspace, kNow);

  EXPECT_TRUE(revoked.is(claims())) << "a token that does not say when it was made was made a minute before its end";
  EXPECT_TRUE(revoked.is(of_visitor(UserId::random())));
  EXPECT_FALSE(revoked.is(elsewhere));
}

TEST(RevokedTokens, OfEverybodyAreAllButLaterOnes) {
  Revoked revoked;
  auto later = claims();
  later.expires_at = kNow + kTokenLife + Microseconds(1);

  revoked.of_everybody(kNow);

  EXPECT_TRUE(revoked.is(claims()));
  EXPECT_FALSE(revoked.is(later));
}

TEST(RevokedTokens, StayRevokedWhateverIsToldLater) {
  Revoked revoked;
  const auto ana = UserId::random();
  revoked.of_user(ana, kNow);
  revoked.of_user(ana, kNow - Seconds(5));
  for (int i = 0; i < 10'000; ++i) revoked.of_user(UserId::random(), kNow + Microseconds(i));

  auto token = of_visitor(ana);
  token.issued_at = kNow;

  EXPECT_TRUE(revoked.is(token));
}

TEST(SealedKey, OfAnotherServerOfTheContractIsOpened) {
  EXPECT_EQ(opened(kKeyOfAnother, kSealing, kEnds), (SealedKey{.api_key = "abcdefghij-0123456789012345678901", .host = "", .nonce = ""}));
}

TEST(SealedKey, IsOpenedWithinItsMinuteAlone) {
  const SealedKey key{.api_key = "abcdefghij-0123456789012345678901", .host = "8080--main--dev--dean.apps.example.com", .nonce = "n"};
  const auto text = seal(key, kSealing, kNow);

  EXPECT_EQ(opened(text, kSealing, kNow), key);
  EXPECT_EQ(opened(text, kSealing, kNow + Seconds(59)), key);
  EXPECT_FALSE(opened(text, kSealing, kNow + Seconds(60)));
  EXPECT_EQ(opened(text, kSealing, kNow - Seconds(59)), key) << "clocks differ";
  EXPECT_FALSE(opened(text, kSealing, kNow - Seconds(61)));
}

TEST(SealedKey, WithoutAllItsClaimsIsNone) {
  const auto of = [](std::string_view json) { return opened(crypto::encrypt_gcm(json, "7", kSealing.secret), kSealing, kEnds).has_value(); };

  EXPECT_TRUE(of(R"({"iss":"coderd","aud":"wsproxy","exp":1776264060,"nbf":1776263940,"api_key":"k"})"));
  EXPECT_FALSE(opened(kKeyWithoutBeginning, kSealing, kEnds));
  EXPECT_FALSE(of(R"({"iss":"coderd","aud":["wsproxy"],"nbf":1776263940,"api_key":"k"})"));
  EXPECT_FALSE(of(R"({"iss":"coderd","aud":["other"],"exp":1776264060,"nbf":1776263940,"api_key":"k"})"));
  EXPECT_FALSE(of(R"({"iss":"coderd","aud":[],"exp":1776264060,"nbf":1776263940,"api_key":"k"})"));
  EXPECT_FALSE(of(R"({"iss":"coderd","exp":1776264060,"nbf":1776263940,"api_key":"k"})"));
  EXPECT_FALSE(of(R"({"iss":"other","aud":["wsproxy"],"exp":1776264060,"nbf":1776263940,"api_key":"k"})"));
  EXPECT_FALSE(of(R"({"iss":"coderd","aud":["wsproxy"],"exp":1776264060,"nbf":1776263940})"));
  EXPECT_FALSE(of("[]"));
}

TEST(SealedKey, IsNoTokenAndATokenIsNoSealedKey) {
  EXPECT_FALSE(opened(kOfAnother, kSealing, kNow));
  EXPECT_FALSE(read(kKeyOfAnother));
}

}  // namespace
}  // namespace slipway::apps
