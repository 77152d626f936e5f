// What is compressed on the wire, by a whole server.
#include "http/coding.hpp"
#include "http/packing.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
const Fields kGzip{{"Accept-Encoding", "gzip"}};

struct PackingDb : ::testing::Test {
  PackingDb() { server.owner(); }
  TestServer server;
};

TEST_F(PackingDb, AListIsTheSameBothWaysAndHeadIsLikeGet) {
  const auto* path = "/api/v2/templates/examples";
  const auto plain = server.get(path, server.owner()), packed = server.call("GET", path, {}, server.owner().token, kGzip);
  const auto head = server.call("HEAD", path, {}, server.owner().token, kGzip);

  ASSERT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_EQ(plain.header("Content-Encoding"), "");
  EXPECT_EQ(http::gunzip(packed.body).value(), plain.body);
  EXPECT_LT(packed.body.size(), plain.body.size());
  EXPECT_EQ(plain.header("ETag"), packed.header("ETag"));
  EXPECT_EQ(head.body, "");
  for (const auto* field : {"Content-Length", "Content-Encoding", "ETag", "Vary"}) EXPECT_EQ(head.header(field), packed.header(field)) << field;
}

TEST_F(PackingDb, WhatIsHeldIsAnsweredWithoutABody) {
  const auto* path = "/api/v2/templates/examples";
  const auto etag = server.get(path, server.owner()).header("ETag");

  const auto held = server.call("GET", path, {}, server.owner().token, {{"If-None-Match", etag}, {"Accept-Encoding", "gzip"}});
  EXPECT_EQ(held.status, 304);
  EXPECT_EQ(held.body, "");
  EXPECT_EQ(held.header("ETag"), etag);
  EXPECT_EQ(server.call("GET", path, {}, server.owner().token, {{"If-None-Match", "\"other\""}}).status, 200);
  EXPECT_EQ(server.call("GET", path, {}, {}, {{"If-None-Match", etag}}).status, 401);
}

// Each of these holds a secret of somebody, and some also what a caller wrote.
TEST_F(PackingDb, WhatHoldsASecretIsNeverCompressed) {
  const auto login = server.call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})", {}, kGzip);
  EXPECT_EQ(login.header("Content-Encoding"), "");
  EXPECT_EQ(login.header("ETag"), "");
  for (const auto* path : {"/api/v2/users/me/keys/tokens", "/api/v2/users/me/gitsshkey", "/api/v2/deployment/config", "/api/v2/auth/scopes"}) {
    const auto answer = server.call("GET", path, {}, server.owner().token, kGzip);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.header("Content-Encoding"), "") << path;
  }
}

TEST_F(PackingDb, EachRouteThatMayBeCompressedIsServedAndChangesNothing) {
  for (const auto pattern : http::packed_routes()) {
    const auto found =
        std::ranges::find_if(server.routes().all(), [&](const auto& route) { return route->method == "GET" && route->pattern == pattern; });
    ASSERT_NE(found, server.routes().all().end()) << pattern;
    EXPECT_EQ((*found)->audit, http::Audit::none) << pattern;
    EXPECT_TRUE((*found)->auth == http::Auth::user || pattern == "/api/v2/entitlements") << pattern;
  }
}

TEST_F(PackingDb, ThePageComesInTheFormThatIsTaken) {
  const auto plain = server.call("GET", "/");
  if (plain.status != 200) GTEST_SKIP() << "this build has no dashboard";
  const auto gzip = server.call("GET", "/", {}, {}, kGzip), brotli = server.call("GET", "/", {}, {}, {{"Accept-Encoding", "gzip, br"}});

  EXPECT_EQ(plain.header("Content-Encoding"), "");
  EXPECT_EQ(gzip.header("Content-Encoding"), "gzip");
  EXPECT_EQ(brotli.header("Content-Encoding"), "br");
  EXPECT_EQ(http::gunzip(gzip.body).value(), plain.body);
  for (const auto* answer : {&plain, &gzip, &brotli}) EXPECT_EQ(answer->header("Vary"), "Accept-Encoding");
  EXPECT_NE(gzip.header("ETag"), brotli.header("ETag"));
  EXPECT_EQ(server.call("GET", "/", {}, {}, {{"Accept-Encoding", "gzip"}, {"If-None-Match", gzip.header("ETag")}}).status, 304);
  EXPECT_EQ(server.call("GET", "/", {}, {}, {{"Accept-Encoding", "br"}, {"If-None-Match", gzip.header("ETag")}}).status, 200);
  // A part is one of the form that is taken.
  const auto part = server.call("GET", "/", {}, {}, {{"Accept-Encoding", "gzip"}, {"Range", "bytes=0-9"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, gzip.body.substr(0, 10));
  // The page in the place of one that is not there is the same, but nothing to keep.
  const auto lost = server.call("GET", "/no/such/page", {}, {}, {{"Accept", "text/html"}, {"If-None-Match", plain.header("ETag")}});
  EXPECT_EQ(lost.status, 404);
  EXPECT_EQ(lost.header("ETag"), "");
}

TEST_F(PackingDb, AScriptIsKeptForGoodAndItsFormsAreToldApart) {
  const auto page = server.call("GET", "/");
  if (page.status != 200) GTEST_SKIP() << "this build has no dashboard";
  const auto at = page.body.find("/assets/");
  ASSERT_NE(at, page.body.npos);
  const auto path = page.body.substr(at, page.body.find('"', at) - at);

  const auto plain = server.call("GET", path), packed = server.call("GET", path, {}, {}, kGzip);
  EXPECT_EQ(plain.header("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(packed.header("Cache-Control"), plain.header("Cache-Control"));
  if (packed.header("Content-Encoding") == "gzip") EXPECT_EQ(http::gunzip(packed.body).value(), plain.body);
}

}  // namespace
}  // namespace slipway::test
