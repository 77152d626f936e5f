#include "features/login/identity.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace slipway::login {
namespace {

boost::json::object object(std::string_view text) { return boost::json::parse(text).as_object(); }

const Time kNow{std::chrono::seconds(1'800'000'000)};

TokenRules rules() { return {.issuer = "https://id.example.com", .client_id = "slipway", .nonce = "n1", .now = kNow}; }

boost::json::object good() {
  return object(R"({"iss":"https://id.example.com","aud":"slipway","sub":"42","exp":1800000600,"iat":1800000000,"nonce":"n1",
                    "email":"ana@example.com","email_verified":true,"preferred_username":"ana","name":"Ana"})");
}

boost::json::object with(std::string_view key, boost::json::value value) {
  auto claims = good();
  claims[key] = std::move(value);
  return claims;
}

boost::json::object without(std::string_view key) {
  auto claims = good();
  claims.erase(key);
  return claims;
}

OidcOptions options() {
  OidcOptions options;
  options.issuer = "https://id.example.com";
  return options;
}

TEST(IdToken, OfThisSignInIsTaken) {
  EXPECT_TRUE(check_token(good(), rules()));
  EXPECT_TRUE(check_token(with("aud", {"other", "slipway"}), rules()).has_value() == false) << "several audiences need an authorized party";
  auto several = with("aud", {"other", "slipway"});
  several["azp"] = "slipway";
  EXPECT_TRUE(check_token(several, rules()));
}

TEST(IdToken, OfAnythingElseIsRefused) {
  const std::vector<std::pair<const char*, boost::json::object>> bad = {
      {"issuer", with("iss", "https://id.example.com.evil.org")},
      {"issuer with a slash", with("iss", "https://id.example.com/")},
      {"audience", with("aud", "slipway2")},
      {"no audience", without("aud")},
      {"authorized party", with("azp", "other")},
      {"expired", with("exp", 1'799'999'000)},
      {"no end", without("exp")},
      {"end of the wrong type", with("exp", "1800000600")},
      {"issued in the future", with("iat", 1'800'000'500)},
      {"not yet valid", with("nbf", 1'800'000'500)},
      {"nonce", with("nonce", "n2")},
      {"no nonce", without("nonce")},
      {"no subject", without("sub")},
      {"subject of the wrong type", with("sub", 42)},
  };

  for (const auto& [what, claims] : bad) {
    const auto checked = check_token(claims, rules());
    ASSERT_FALSE(checked) << what;
    EXPECT_EQ(checked.error().code, Code::unauthenticated) << what;
    EXPECT_FALSE(checked.error().why.empty()) << what;
  }
}

TEST(Identity, NeedsAVerifiedAddress) {
  EXPECT_EQ(identity_of(good(), options())->email, "ana@example.com");
  for (const auto& claims : {without("email_verified"), with("email_verified", false), with("email_verified", "true"), with("email_verified", 1),
                             without("email"), with("email", "nobody")}) {
    const auto found = identity_of(claims, options());
    ASSERT_FALSE(found);
  }
  auto lenient = options();
  lenient.ignore_email_verified = true;
  EXPECT_TRUE(identity_of(with("email_verified", false), lenient));
}

TEST(Identity, DomainsAreComparedWhole) {
  const std::vector<std::string> domains = {"example.com", "@Corp.example"};
  for (const char* good : {"a@example.com", "a@EXAMPLE.com", "a@corp.example"}) EXPECT_TRUE(domain_allowed(good, domains)) << good;
  for (const char* bad : {"a@evil-example.com", "a@sub.example.com", "a@example.com.evil.org", "a@example.com@evil.org", "example.com", "a@"})
    EXPECT_FALSE(domain_allowed(bad, domains)) << bad;
  EXPECT_TRUE(domain_allowed("a@anything", {}));
}

TEST(Identity, GroupsAreFilteredMappedAndRequired) {
  auto opt = options();
  opt.group_field = "groups";
  opt.group_mapping = {{"/staff", "staff"}};
  opt.group_filter = "^st";
  opt.allowed_groups = {"/staff"};
  const auto claims = with("groups", {"/staff", "stage", "other", 7});

  const auto found = identity_of(claims, opt);

  ASSERT_TRUE(found);
  EXPECT_EQ(*found->groups, (std::vector<std::string>{"staff", "stage"}));
  EXPECT_EQ(identity_of(with("groups", {"stage"}), opt).error().code, Code::forbidden);
  EXPECT_EQ(identity_of(good(), opt).error().code, Code::forbidden) << "no groups at all";
  EXPECT_FALSE(identity_of(good(), options())->groups.has_value()) << "without the setting they are managed here";
}

TEST(Identity, RolesComeFromTheClaimAndTheDefaults) {
  auto opt = options();
  opt.role_field = "roles";
  opt.role_mapping = {{"admins", {"user-admin", "template-admin"}}};
  opt.default_roles = {"auditor"};

  EXPECT_EQ(*identity_of(with("roles", "admins"), opt)->roles, (std::vector<std::string>{"auditor", "template-admin", "user-admin"}));
  EXPECT_EQ(*identity_of(good(), opt)->roles, (std::vector<std::string>{"auditor"}));
}

TEST(Username, FitsOurRules) {
  EXPECT_EQ(username_from("ana", "x@example.com"), "ana");
  EXPECT_EQ(username_from("Ana María@corp", "x@example.com"), "Ana-Mar-a");
  EXPECT_EQ(username_from("", "ana.b@example.com"), "ana-b");
  EXPECT_EQ(username_from("--", "@"), "user");
  EXPECT_EQ(username_from("new", "@"), "user");
  EXPECT_EQ(username_from(std::string(80, 'a'), "").size(), 32u);
}

TEST(Redirect, LeadsNowhereElse) {
  EXPECT_EQ(safe_redirect("/workspaces?filter=owner%3Ame"), "/workspaces?filter=owner%3Ame");
  for (const char* bad : {"", "//evil.org", "/\\evil.org", "https://evil.org", "javascript:alert(1)", "/a\nb", "/ a", "workspaces", "\\\\evil.org"})
    EXPECT_EQ(safe_redirect(bad), "/") << bad;
}

}  // namespace
}  // namespace slipway::login
