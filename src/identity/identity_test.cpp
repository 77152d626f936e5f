// What the three verifiers take and what they refuse: the bad inputs of each, one by one.
#include "base/ids.hpp"
#include "crypto/authority_test.hpp"
#include "identity/address.hpp"
#include "identity/anchors.hpp"
#include "identity/document.hpp"
#include "identity/issuers.hpp"
#include "identity/key_set.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace slipway::identity {
namespace {

using crypto::base64;
using test::issue;
using test::Issued;
using test::Key;
using test::rsa_key;

Time now() { return system_clock().now(); }
std::string detail_of(const Result<Proven>& result) { return result ? "proven " + result->instance_id : result.error().detail; }

// --- AWS

struct Aws : ::testing::Test {
  Aws() { pins.add("us-east-1", ours.read()); }
  Issued ours = issue({.common_name = "ec2", .key = rsa_key(1, 1024), .from = -7200, .until = -3600});  // expired: nobody looks
  Issued other = issue({.common_name = "ec2", .key = rsa_key(2, 1024)});
  AwsPins pins;
  std::string document = "{\n  \"instanceId\" : \"i-0abc\",\n  \"region\" : \"us-east-1\"\n}";

  std::string sign(const std::string& text, const Issued& by) const { return base64(test::signature_of(by.key, text)); }
  std::string ask(const std::string& text, const std::string& signature) const {
    Steps steps;
    return detail_of(verify_aws(pins, text, signature, steps));
  }
};

TEST_F(Aws, ASignedDocumentProvesItsInstanceWhateverTheDateAndHoweverTheSignatureIsWrapped) {
  const auto signature = sign(document, ours);

  for (const auto& text : {signature, test::wrapped(signature, 64), test::wrapped(signature, 76), test::wrapped(signature, 64, "\r\n")})
    EXPECT_EQ(ask(document, text), "proven i-0abc") << text;
}

TEST_F(Aws, AnyChangedByteAnotherDocumentsSignatureAndAnUnknownSignerAreRefused) {
  const auto signature = sign(document, ours);
  const std::string no = "crypto/rsa: verification error";
  for (std::size_t i = 0; i < document.size(); ++i) {
    auto changed = document;
    changed[i] = changed[i] == ' ' ? '\t' : ' ';
    EXPECT_NE(ask(changed, signature), "proven i-0abc") << i;
  }

  EXPECT_EQ(ask(R"({"instanceId":"i-0abc","region":"us-east-1"})", signature), no);
  EXPECT_EQ(ask(document, sign("another", ours)), no);
  EXPECT_EQ(ask(document, sign(document, other)), no);
  EXPECT_EQ(ask(document, base64(test::signature_of(ours.key, document, EVP_sha1()))), no);
  EXPECT_EQ(ask(document, ""), no);
}

TEST_F(Aws, DocumentsThatReadersCouldReadDifferentlyAreRefusedBeforeTheSignature) {
  const auto twice = R"({"instanceId":"i-1","instanceId":"i-2"})";

  EXPECT_EQ(ask(twice, sign(twice, ours)), "parse document: an object has a name twice");
  EXPECT_EQ(ask(R"({"a":{"b":1,"\u0062":2}})", ""), "parse document: an object has a name twice");
  EXPECT_EQ(ask("nonsense", ""), "parse document: it is no JSON");
  EXPECT_EQ(ask("[]", ""), "parse document: it is no JSON object");
  EXPECT_EQ(ask(R"({"instanceId":5})", ""), "parse document: instanceId or region is no text");
  EXPECT_EQ(ask("{}", "!!!"), "decode signature: it is no base64");
  EXPECT_EQ(ask(std::string(kMostBytes + 1, ' '), ""), "the document or its signature is too long");
}

TEST_F(Aws, ADocumentWithoutAnIdIsGoodAndProvesNone) { EXPECT_EQ(ask("{}", sign("{}", ours)), "proven "); }

TEST_F(Aws, WithoutPinsNothingIsProven) {
  pins = {};

  EXPECT_EQ(ask(document, sign(document, ours)), "no AWS identity certificates configured");
}

TEST_F(Aws, APkcs7MessageAboutTheSameBytesIsAsGood) {
  const auto whole = base64(test::signed_message({.content = document, .signers = {&ours}}));
  const auto detached = base64(test::signed_message({.content = document, .signers = {&ours}, .detached = true, .certificates = false}));
  const auto another = base64(test::signed_message({.content = "{}", .signers = {&ours}}));
  const auto weak = base64(test::signed_message({.content = document, .signers = {&ours}, .digest = EVP_sha1()}));

  EXPECT_EQ(ask(document, test::wrapped(whole, 64)), "proven i-0abc");
  EXPECT_EQ(ask(document, detached), "proven i-0abc");
  for (const auto& bad : {another, weak, base64(test::signed_message({.content = document, .signers = {&other}}))})
    EXPECT_EQ(ask(document, bad), "crypto/rsa: verification error");
}

TEST_F(Aws, ADocumentIsSignedByItsOwnRegion) {
  pins.add("eu-west-1", other.read());
  const std::string elsewhere = R"({"instanceId":"i-1","region":"eu-west-1"})", unknown = R"({"instanceId":"i-1","region":"xx-north-9"})";

  EXPECT_EQ(ask(elsewhere, sign(elsewhere, other)), "proven i-1");
  EXPECT_EQ(ask(elsewhere, sign(elsewhere, ours)), "crypto/rsa: verification error");
  EXPECT_EQ(ask(unknown, sign(unknown, ours)), "proven i-1");
  pins.add("eu-west-1", ours.read());  // one key for both, as most regions have
  EXPECT_EQ(ask(elsewhere, sign(elsewhere, ours)), "proven i-1");
}

// --- Azure

struct Azure : ::testing::Test {
  Issued root = issue({.common_name = "Root", .key = rsa_key(1), .authority = true});
  Issued middle = issue({.common_name = "Middle", .key = rsa_key(2), .authority = true}, &root);
  AzureTrust trust{.roots = crypto::TrustStore(std::vector{root.read()}), .between = {middle.read()}};

  Issued leaf(const std::string& name, long until = 24 * 3600) const {
    return issue({.common_name = name, .key = rsa_key(3), .until = until}, &middle);
  }
  std::string ask(const std::string& der, Time at = now()) const {
    Steps steps;
    return detail_of(verify_azure(trust, test::wrapped(base64(der), 76), at, steps));
  }
  std::string from(const Issued& signer, const std::string& content = R"({"vmId":"vm-1"})") const {
    return test::signed_message({.content = content, .signers = {&signer}});
  }
};

TEST_F(Azure, AMessageThatLeadsToARootProvesItsMachine) {
  for (const auto* name :
       {"metadata.azure.com", "westeurope.metadata.azure.com", "metadata.azure.us", "metadata.azure.cn", "a.b.metadata.microsoftazure.de"})
    EXPECT_EQ(ask(from(leaf(name))), "proven vm-1") << name;
}

TEST_F(Azure, OtherNamesAreNamedAndRefused) {
  for (const std::string name :
       {"metadata.azure.com.evil.org", "xmetadata.azure.com", "METADATA.azure.com", "metadata.azure.de", "azure.com", ".metadata.azure.com\n"})
    EXPECT_EQ(is_azure_signer(name), false) << name;
  EXPECT_EQ(ask(from(leaf("metadata.azure.com.evil.org"))), "unmatched common name of signer: \"metadata.azure.com.evil.org\"");
  EXPECT_EQ(ask(from(leaf("x\"y"))), "unmatched common name of signer: \"x\\\"y\"");
}

TEST_F(Azure, SwappedContentTwoSignersAndNoSignerAreRefused) {
  const auto good = leaf("metadata.azure.com"), second = leaf("metadata.azure.com");
  auto swapped = from(good);
  swapped[swapped.find("vm-1") + 3] = '2';

  EXPECT_TRUE(ask(swapped).starts_with("verify pkcs7: ")) << ask(swapped);
  EXPECT_EQ(ask(test::signed_message({.content = "{}", .signers = {&good, &second}})), "no signers for signature");
  EXPECT_EQ(ask(test::signed_message({.content = "{}", .signers = {}})), "no signers for signature");
  EXPECT_EQ(ask(test::signed_message({.content = "{}", .signers = {&good}, .certificates = false})), "no signers for signature");
  EXPECT_TRUE(ask(test::signed_message({.content = "{}", .signers = {&good}, .digest = EVP_sha1()})).starts_with("verify pkcs7: "));
  EXPECT_TRUE(ask("nonsense").starts_with("parse pkcs7: "));
  Steps steps;
  EXPECT_EQ(detail_of(verify_azure(trust, "!", now(), steps)), "decode base64: it is no base64");
}

TEST_F(Azure, ChainsAreValidNowAndEndAtARootOfOurs) {
  const auto name = std::string("metadata.azure.com");
  const auto stranger = issue({.common_name = "Root", .key = rsa_key(4), .authority = true});
  const auto theirs = issue({.common_name = name, .key = rsa_key(3)}, &stranger);
  const auto own = issue({.common_name = name, .key = rsa_key(3)});

  EXPECT_TRUE(ask(from(leaf(name)), now() + std::chrono::hours(48)).starts_with("verify pkcs7: "));
  EXPECT_TRUE(ask(from(leaf(name, -60))).starts_with("verify pkcs7: "));
  EXPECT_TRUE(ask(test::signed_message({.content = "{}", .signers = {&theirs}, .beside = {&stranger}})).starts_with("verify pkcs7: "));
  EXPECT_TRUE(ask(from(own)).starts_with("verify pkcs7: "));
}

TEST_F(Azure, ContentIsOneObjectWithATextForTheMachine) {
  const auto good = leaf("metadata.azure.com");

  EXPECT_EQ(ask(from(good, R"({"vmId":"a","vmId":"b"})")), "unmarshal metadata: an object has a name twice");
  EXPECT_EQ(ask(from(good, R"({"vmId":7})")), "unmarshal metadata: vmId is no text");
  EXPECT_EQ(ask(from(good, "{}")), "proven ");
}

// --- Google

struct Google : ::testing::Test {
  Key key = rsa_key(1), other = rsa_key(2);
  GoogleRules rules{.audience = "coder", .issuers = {"https://accounts.google.com"}, .es256 = true};
  GoogleKeys keys = *read_keys(test::key_set(test::rsa_jwk(key, "one") + "," + test::p256_jwk(test::p256_key(), "two")));

  std::string claims(const std::string& more = "", std::int64_t lasts = 3600, const std::string& audience = "coder",
                     const std::string& machine = R"("google":{"compute_engine":{"instance_id":"123"}})") const {
    return fmt::format(R"({{"aud":"{}","iss":"https://accounts.google.com","exp":{}{}{}{}}})", audience,
                       std::chrono::floor<Seconds>(now().time_since_epoch()).count() + lasts, machine.empty() ? "" : ",", machine, more);
  }
  Result<Proven> verify(const std::string& token) const {
    Steps steps;
    TRY(opened, open_google(token, rules, now(), steps));
    return prove_google(opened, keys, rules, steps);
  }
  std::string ask(const std::string& token) const { return detail_of(verify(token)); }
};

TEST_F(Google, ATokenByAKeyOfTheSetProvesItsMachine) {
  EXPECT_EQ(ask(test::rs256(key, "one", claims())), "proven 123");
  EXPECT_EQ(ask(test::es256(test::p256_key(), "two", claims())), "proven 123");
  rules.audience.clear();
  rules.issuers.clear();
  EXPECT_EQ(ask(test::rs256(key, "one", claims("", 3600, "somebody"))), "proven 123");
}

TEST_F(Google, ExpiredUnknownKeysOtherAudiencesAndIssuersAreRefused) {
  EXPECT_TRUE(ask(test::rs256(key, "one", claims("", -1))).starts_with("idtoken: token expired: now="));
  EXPECT_TRUE(ask(test::rs256(key, "one", "{}")).starts_with("idtoken: token expired: now="));
  EXPECT_EQ(ask(test::rs256(key, "three", claims())), "idtoken: could not find matching cert keyId for the token provided");
  EXPECT_EQ(ask(test::rs256(key, "", claims())), "idtoken: could not find matching cert keyId for the token provided");
  EXPECT_EQ(ask(test::rs256(other, "one", claims())), "crypto/rsa: verification error");
  EXPECT_EQ(ask(test::rs256(key, "one", claims("", 3600, "coder2"))), "idtoken: audience provided does not match aud claim in the JWT");
  rules.issuers = {"https://else.example"};
  EXPECT_EQ(ask(test::rs256(key, "one", claims())), "idtoken: the issuer of the token is not one that is trusted");
}

TEST_F(Google, NoneHmacWithThePublicKeyAndAKeyOfAnotherKindAreRefused) {
  const auto nothing = [](const std::string&) { return std::string(); };
  const auto hmac = [&](const std::string& covered) { return crypto::hmac_sha256(test::rsa_jwk(key, "one"), covered); };
  const auto ours = [&](const std::string& covered) { return test::signature_of(key, covered); };

  for (const auto* header : {R"({"alg":"none","kid":"one"})", R"({"alg":"None","kid":"one"})", R"({"kid":"one"})"})
    EXPECT_TRUE(ask(test::token_of(header, claims(), nothing)).starts_with("idtoken: the token must be signed")) << header;
  EXPECT_TRUE(ask(test::token_of(R"({"alg":"HS256","kid":"one"})", claims(), hmac)).starts_with("idtoken: the token must be signed"));
  EXPECT_EQ(ask(test::token_of(R"({"alg":"ES256","kid":"one"})", claims(), ours)), "crypto/rsa: verification error");
  EXPECT_EQ(ask(test::token_of(R"({"alg":"RS256","kid":"two"})", claims(), ours)), "crypto/rsa: verification error");
  EXPECT_TRUE(ask(test::token_of(R"({"alg":"RS256","kid":"one","crit":["x"]})", claims(), ours)).starts_with("idtoken: the token must be signed"));
  rules.es256 = false;
  EXPECT_TRUE(ask(test::es256(test::p256_key(), "two", claims())).starts_with("idtoken: the token must be signed"));
}

TEST_F(Google, WhatIsNoTokenIsRefused) {
  const auto good = test::rs256(key, "one", claims());

  for (const auto& bad : {std::string(), std::string("a.b"), good + ".x", "." + good, good + "=", std::string(kMostBytes + 1, 'a')})
    EXPECT_FALSE(verify(bad)) << bad.substr(0, 40);
  const auto ours = [&](const std::string& covered) { return test::signature_of(key, covered); };
  EXPECT_FALSE(verify(test::token_of(R"({"alg":"RS256","kid":"one","kid":"one"})", claims(), ours)));
  EXPECT_FALSE(verify(test::rs256(key, "one", claims(R"(,"aud":"coder")"))));
}

TEST_F(Google, AMachineThatIsNotNamedIsNoneAndOneOfAnotherShapeIsTheCallersFault) {
  EXPECT_EQ(ask(test::rs256(key, "one", claims("", 3600, "coder", ""))), "proven ");
  EXPECT_EQ(ask(test::rs256(key, "one", claims("", 3600, "coder", R"("google":{"compute_engine":null})"))), "proven ");
  for (const auto* machine : {R"("google":{"compute_engine":{"instance_id":123}})", R"("google":{"compute_engine":[]})", R"("google":"x")"}) {
    const auto got = verify(test::rs256(key, "one", claims("", 3600, "coder", machine)));
    ASSERT_FALSE(got) << machine;
    EXPECT_EQ(got.error().code, Code::invalid);
    EXPECT_EQ(got.error().say, "Error decoding JWT claims.");
  }
}

TEST_F(Google, AKeySetHasOnlyKeysThatCanBeUsed) {
  EXPECT_FALSE(read_keys("{}"));
  EXPECT_FALSE(read_keys(test::key_set("")));
  EXPECT_FALSE(read_keys(test::key_set(test::rsa_jwk(rsa_key(1, 1024), "small"))));
  EXPECT_FALSE(read_keys(test::key_set(test::rsa_jwk(key, ""))));
  EXPECT_FALSE(read_keys(test::key_set(R"({"kty":"oct","kid":"a","k":"AAAA"})")));
}

TEST(KeySetAge, FollowsTheAnswersHeaders) {
  EXPECT_EQ(kept_for("public, max-age=20000, must-revalidate", "1000"), Seconds(19000));
  EXPECT_EQ(kept_for("", ""), Seconds(300));
  EXPECT_EQ(kept_for("no-store", ""), Seconds(60));
  EXPECT_EQ(kept_for("max-age=0", ""), Seconds(60));
  EXPECT_EQ(kept_for("max-age=99999999", ""), Seconds(24 * 3600));
}

// --- where it all comes from

TEST(Addresses, OfTheInternetArePublicAndAllOthersAreNot) {
  for (const auto* good : {"1.1.1.1", "20.190.128.1", "2600:1f18::1", "::ffff:8.8.8.8"}) EXPECT_TRUE(is_public_address(good)) << good;
  for (const auto* bad : {"127.0.0.1",
                          "10.1.2.3",
                          "172.31.0.1",
                          "192.168.1.1",
                          "169.254.169.254",
                          "0.0.0.0",
                          "0.1.2.3",
                          "100.64.0.1",
                          "198.18.0.1",
                          "198.19.255.255",
                          "224.0.0.1",
                          "255.255.255.255",
                          "::",
                          "::1",
                          "fe80::1",
                          "fc00::1",
                          "fd12::1",
                          "ff02::1",
                          "::ffff:10.0.0.1",
                          "::ffff:169.254.169.254",
                          "64:ff9b:1::1",
                          "64:ff9b::a9fe:a9fe",
                          "100::1",
                          "2001:2::1",
                          "2001:db8::1",
                          "2002:7f00:1::",
                          "localhost",
                          ""})
    EXPECT_FALSE(is_public_address(bad)) << bad;
}

TEST(IssuerUrls, AreOfTwoHostsAndTheUsualPorts) {
  for (const auto* good : {"http://www.microsoft.com/pki/a.crt", "https://cacerts.digicert.com/a.crt", "http://www.microsoft.com:80/a",
                           "https://www.microsoft.com:443/"})
    EXPECT_TRUE(allowed_issuer_url(good)) << good;
  for (const auto* bad : {"http://169.254.169.254/a", "http://localhost/a", "http://www.microsoft.com:8080/a", "ftp://www.microsoft.com/a",
                          "http://www.microsoft.com.evil.org/a", "http://evil@www.microsoft.com/a", "http://microsoft.com/a", "nonsense"}) {
    const auto got = allowed_issuer_url(bad);
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error().say, "issuing certificate URL not on allowlist");
  }
}

struct Files : ::testing::Test {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("slipway-anchors-" + Uuid::random().str());
  Files() { std::filesystem::create_directories(folder); }
  ~Files() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
  static std::string fault(const Options& options) {
    const auto got = load_anchors(options);
    return got ? "" : got.error().say;
  }
};

TEST_F(Files, ThatAreBroughtAlongCanAllBeRead) {
  std::size_t count = 0;
  for (const auto& asset : assets::trust()) {
    const auto read = crypto::Certificate::from_pem(asset.bytes);
    ASSERT_TRUE(read) << asset.path;
    ASSERT_EQ(read->size(), 1U) << asset.path;
    EXPECT_TRUE(read->front().key()) << asset.path;
    ++count;
  }

  EXPECT_EQ(count, 113U);
  const auto anchors = load_anchors({});
  ASSERT_TRUE(anchors) << anchors.error().say;
  EXPECT_FALSE(anchors->aws.empty());
  EXPECT_EQ(anchors->google_url, kGoogleKeySet);
  EXPECT_EQ(anchors->google.issuers.size(), 2U);
  EXPECT_FALSE(anchors->google.es256);
}

TEST_F(Files, ThatCannotBeReadAreNamed) {
  const auto missing = (folder / "missing").string(), empty = file("empty.pem", ""), broken = file("broken.pem", "-----BEGIN CERTIFICATE-----\nA\n");

  for (const auto& path : {missing, empty, broken}) {
    EXPECT_NE(fault({.aws_certificates = path}).find("--aws-instance-identity-certificates: " + path), std::string::npos) << path;
    EXPECT_NE(fault({.azure_roots = path}).find("--azure-instance-identity-roots: " + path), std::string::npos) << path;
    EXPECT_NE(fault({.azure_intermediates = path}).find("--azure-instance-identity-intermediates: " + path), std::string::npos) << path;
    EXPECT_NE(fault({.google_jwks = path}).find("--google-instance-identity-jwks: " + path), std::string::npos) << path;
  }
  std::filesystem::create_directories(folder / "none");
  EXPECT_NE(fault({.aws_certificates = (folder / "none").string()}).find("has no file <region>.pem"), std::string::npos);
  EXPECT_NE(fault({.google_jwks = "http://keys.example/"}).find("https://"), std::string::npos);
  EXPECT_TRUE(load_anchors({.providers = {"none"}})->enabled.empty());
  EXPECT_NE(fault({.providers = {"aws", "ibm"}}).find("\"ibm\""), std::string::npos);
}

TEST_F(Files, OfARegionReplaceThatRegionsAlone) {
  const auto ours = issue({.common_name = "ec2", .key = rsa_key(1, 1024)});
  std::filesystem::create_directories(folder / "aws");
  file("aws/us-east-1.pem", ours.pem());
  const auto anchors = load_anchors({.aws_certificates = (folder / "aws").string()});
  ASSERT_TRUE(anchors) << anchors.error().say;
  const auto ask = [&](const std::string& region) {
    const auto document = fmt::format(R"({{"instanceId":"i-1","region":"{}"}})", region);
    Steps steps;
    return verify_aws(anchors->aws, document, base64(test::signature_of(ours.key, document)), steps).has_value();
  };

  EXPECT_TRUE(ask("us-east-1"));
  EXPECT_FALSE(ask("us-west-2"));  // has pins of its own, which did not sign it
}

TEST_F(Files, ForOneProviderInAFileAreTheOnlyOnes) {
  const auto ours = issue({.common_name = "ec2", .key = rsa_key(1, 1024)});
  const auto anchors = load_anchors(
      {.aws_certificates = file("pins.pem", ours.pem()), .google_jwks = file("google.json", test::key_set(test::rsa_jwk(rsa_key(1), "one")))});

  ASSERT_TRUE(anchors) << anchors.error().say;
  Steps steps;
  EXPECT_TRUE(verify_aws(anchors->aws, R"({"region":"us-west-2"})", base64(test::signature_of(ours.key, R"({"region":"us-west-2"})")), steps));
  EXPECT_TRUE(anchors->google_keys.has_value());
  EXPECT_TRUE(anchors->google.issuers.empty());
  EXPECT_TRUE(anchors->google.es256);
}

TEST(Steps, TellWhatWasCheckedInOrder) {
  AwsPins pins;
  pins.add("us-east-1", issue({.common_name = "ec2", .key = rsa_key(1, 1024)}).read());
  Steps steps;
  EXPECT_FALSE(verify_aws(pins, "{}", base64("x"), steps));

  ASSERT_EQ(steps.all().size(), 3U);
  EXPECT_EQ(steps.all()[0].what, "document");
  EXPECT_TRUE(steps.all()[1].passed);
  EXPECT_FALSE(steps.all()[2].passed);
}

TEST(Claims, AreReadOfProofsThatNobodyTrusts) {
  const auto root = issue({.common_name = "Unknown", .key = rsa_key(1), .authority = true});
  const auto leaf = issue({.common_name = "metadata.azure.com.evil.org", .key = rsa_key(3)}, &root);
  const auto message = test::signed_message({.content = R"({"vmId":"vm-1"})", .signers = {&leaf}});
  auto tampered = message;
  tampered.replace(tampered.find("vm-1"), 4, "vm-2");
  const auto token = crypto::base64url(R"({"alg":"none"})") + "." + crypto::base64url(R"({"google":{"compute_engine":{"instance_id":"77"}}})") + ".";

  EXPECT_EQ(claimed_aws(R"({"instanceId":"i-1"})"), "i-1");
  EXPECT_EQ(claimed_azure(base64(message)), "vm-1");
  EXPECT_EQ(claimed_google(token), "77");

  EXPECT_EQ(claimed_aws(R"({"instanceId":"i-1","instanceId":"i-2"})"), std::nullopt);
  EXPECT_EQ(claimed_azure(base64(tampered)), std::nullopt) << "nobody said that";
  for (const auto* bad : {"", ".", "..", "a.b.c", "x"}) EXPECT_FALSE(claimed_google(bad).value_or("").size()) << bad;
}

TEST(Quoted, IsWhatClientsCompare) {
  EXPECT_EQ(quoted("i-\"1\"\n\x01\\"), R"("i-\"1\"\n\x01\\")");
  EXPECT_EQ(quoted(""), "\"\"");
}

}  // namespace
}  // namespace slipway::identity
