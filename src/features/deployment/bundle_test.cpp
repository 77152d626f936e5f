#include "features/deployment/bundle.hpp"

#include <gtest/gtest.h>

namespace slipway::deployment {
namespace {

const std::string kScript(3000, 'x');
const std::string kPacked = http::gzip(kScript);
const Asset kAll[] = {{"assets/a-1.js.gz", kPacked}, {"assets/a-1.js.br", "br!"}, {"icon/a.svg", "<svg/>"}, {"index.html.gz", kPacked}};

net::Headers taking(std::string_view codings) { return {{"Accept-Encoding", codings}}; }

TEST(Bundle, EachFormOfAFileHasItsOwnTag) {
  Bundle bundle(kAll);
  const auto* script = bundle.find("assets/a-1.js");
  ASSERT_NE(script, nullptr);

  const auto brotli = bundle.form(*script, taking("gzip, br")).value(), gzip = bundle.form(*script, taking("gzip")).value();
  const auto plain = bundle.form(*script, {}).value();
  EXPECT_EQ(brotli.bytes, "br!");
  EXPECT_EQ(brotli.etag, "\"a-1.js-br\"");
  EXPECT_EQ(gzip.bytes, kPacked);
  EXPECT_EQ(gzip.etag, "\"a-1.js-gzip\"");
  EXPECT_EQ(plain.bytes, kScript);
  EXPECT_EQ(plain.etag, "\"a-1.js\"");
  EXPECT_EQ(plain.coding, http::Coding::plain);
}

TEST(Bundle, WhatHasNoFormsIsThereAsItIs) {
  Bundle bundle(kAll);

  const auto* icon = bundle.find("icon/a.svg");
  ASSERT_NE(icon, nullptr);
  EXPECT_FALSE(Bundle::varies(*icon));
  EXPECT_EQ(bundle.form(*icon, taking("br")).value().bytes, "<svg/>");
  const auto* index = bundle.find("index.html");
  ASSERT_NE(index, nullptr);
  EXPECT_TRUE(Bundle::varies(*index));
  EXPECT_EQ(bundle.form(*index, taking("br, gzip;q=0.1")).value().coding, http::Coding::gzip);
  EXPECT_EQ(bundle.find("index.html.gz"), nullptr);
  EXPECT_EQ(bundle.find("assets/a-1.js.br"), nullptr);
}

TEST(Bundle, WhatIsUnpackedIsSharedWhileSomebodySendsIt) {
  Bundle bundle(kAll);
  const auto* script = bundle.find("assets/a-1.js");

  EXPECT_FALSE(Bundle::is_ready(*script, {}));
  EXPECT_TRUE(Bundle::is_ready(*script, taking("gzip")));
  const auto one = bundle.form(*script, {}).value(), two = bundle.form(*script, {}).value();
  EXPECT_EQ(one.bytes.data(), two.bytes.data());
}

}  // namespace
}  // namespace slipway::deployment
