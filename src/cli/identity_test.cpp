// slipway identity check, from its files to its exit code.
#include "cli/talk.hpp"
#include "crypto/authority_test.hpp"

namespace slipway::cli {
namespace {

using crypto::base64;
using test::issue;
using test::rsa_key;
using Words = std::vector<std::string>;

struct Identity : Talk {
  Identity() { std::filesystem::create_directories(folder_ / "anchors"); }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  Outcome check(Words words) {
    Words all{"identity", "check", "--anchors", (folder_ / "anchors").string()};
    all.insert(all.end(), words.begin(), words.end());
    return run(all, false);
  }
};

TEST_F(Identity, OfAwsShowsEachStepTheAnchorAndTheInstance) {
  const auto ours = issue({.common_name = "ec2", .key = rsa_key(1, 1024)});
  const std::string document = "{\n  \"instanceId\" : \"i-0abc\",\n  \"region\" : \"xx-test-1\"\n}";
  std::filesystem::create_directories(folder_ / "anchors/aws");
  file("anchors/aws/xx-test-1.pem", ours.pem());
  const auto signature = file("signature", test::wrapped(base64(test::signature_of(ours.key, document)), 64));

  const auto good = check({"--provider", "aws", "--signature", signature, "--document", file("document", document)});
  const auto bad = check({"--provider", "aws", "--signature", signature, "--document", file("changed", document + "\n")});

  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_NE(good.out.find("signature"), std::string::npos);
  EXPECT_NE(good.out.find("Verified by xx-test-1"), std::string::npos) << good.out;
  EXPECT_TRUE(good.out.ends_with("Instance id: i-0abc\n")) << good.out;
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.out.find("FAIL"), std::string::npos);
  EXPECT_NE(bad.out.find("Not verified: Invalid AWS identity. crypto/rsa: verification error"), std::string::npos) << bad.out;
  EXPECT_EQ(asked(), Words());
}

TEST_F(Identity, OfAzureReadsTheServicesAnswerAndIsAskedForAnyTime) {
  const auto root = issue({.common_name = "Root", .key = rsa_key(1), .authority = true});
  const auto middle = issue({.common_name = "Middle", .key = rsa_key(2), .authority = true}, &root);
  const auto leaf = issue({.common_name = "metadata.azure.com", .key = rsa_key(3)}, &middle);
  file("anchors/azure-roots.pem", root.pem());
  file("anchors/azure-intermediates.pem", middle.pem());
  const auto message = base64(test::signed_message({.content = R"({"vmId":"vm-1"})", .signers = {&leaf}}));
  const auto answer = file("attested.json", R"({"encoding":"pkcs7","signature":")" + message + "\"}");

  const auto now = check({"--provider", "azure", "--signature", answer, "--output", "json"});
  const auto later = check({"--provider", "azure", "--signature", answer, "--at", "2090-01-01T00:00:00Z"});

  EXPECT_EQ(now.code, 0) << now.err << now.out;
  const auto shown = boost::json::parse(now.out);
  EXPECT_TRUE(shown.at("verified").as_bool());
  EXPECT_EQ(shown.at("instance_id").as_string(), "vm-1");
  EXPECT_EQ(shown.at("anchor").as_string(), "CN=Root");
  EXPECT_EQ(shown.at("steps").as_array().size(), 6U);
  EXPECT_EQ(later.code, 1);
  EXPECT_NE(later.out.find("certificate has expired"), std::string::npos) << later.out;
}

TEST_F(Identity, OfGoogleNeedsAKeySetInTheFolder) {
  const auto token =
      file("token", test::rs256(rsa_key(3), "one", R"({"aud":"coder","exp":9999999999,"google":{"compute_engine":{"instance_id":"7"}}})") + "\n");

  const auto without = check({"--provider", "google", "--signature", token});
  file("anchors/google.json", test::key_set(test::rsa_jwk(rsa_key(3), "one")));
  const auto with = check({"--provider", "google", "--signature", token});

  EXPECT_EQ(without.code, 1);
  EXPECT_NE(without.err.find("google.json"), std::string::npos) << without.err;
  EXPECT_EQ(with.code, 0) << with.err << with.out;
  EXPECT_NE(with.out.find("Instance id: 7"), std::string::npos);
}

TEST_F(Identity, WrongFlagsAndFilesAreNamed) {
  EXPECT_NE(check({"--provider", "ibm"}).err.find("aws, azure, google"), std::string::npos);
  EXPECT_NE(check({"--provider", "aws", "--signature", "/nonexistent"}).err.find("/nonexistent"), std::string::npos);
  EXPECT_NE(check({"--provider", "aws", "--at", "soon"}).err.find("2026-01-31T12:00:00Z"), std::string::npos);
  EXPECT_NE(check({"--provider", "aws", "--output", "xml"}).err.find("table, json"), std::string::npos);
}

}  // namespace
}  // namespace slipway::cli
