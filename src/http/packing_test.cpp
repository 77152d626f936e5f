// Which coding a caller gets, what is compressed and what never is.
#include "http/packing.hpp"

#include "aio/loops.hpp"
#include "http/coding.hpp"

#include <gtest/gtest.h>

namespace slipway::http {
namespace {

constexpr Coding kBoth[] = {Coding::brotli, Coding::gzip}, kGzip[] = {Coding::gzip};

Coding of(std::string_view accepted) { return choose_coding({{"Accept-Encoding", accepted}}, kBoth); }

TEST(Codings, AreChosenByTheCallersWeightsAndOfEqualsOurs) {
  EXPECT_EQ(of("gzip, deflate, br"), Coding::brotli);
  EXPECT_EQ(of("gzip;q=1.0, br;q=0.5"), Coding::gzip);
  EXPECT_EQ(of("GZip ; q=0.5 , br;q=0"), Coding::gzip);
  EXPECT_EQ(of("x-gzip"), Coding::gzip);
  EXPECT_EQ(of("*"), Coding::brotli);
  EXPECT_EQ(of("br;q=0, *;q=0.1"), Coding::gzip);
  EXPECT_EQ(of("gzip;q=0.001"), Coding::gzip);
  EXPECT_EQ(of("identity;q=0.5, gzip;q=0.4"), Coding::plain);
  EXPECT_EQ(of("identity;q=0.5, gzip;q=0.6"), Coding::gzip);
  EXPECT_EQ(choose_coding({{"Accept-Encoding", "deflate"}, {"Accept-Encoding", "gzip"}}, kBoth), Coding::gzip);
  EXPECT_EQ(choose_coding({{"Accept-Encoding", "br"}}, kGzip), Coding::plain);
}

TEST(Codings, ArePlainWhenNothingIsTakenOrUnderstood) {
  for (const auto* accepted : {"", "identity", "deflate, zstd", "gzip;q=0", "*;q=0", "br;q=0, gzip;q=0.000", "gzip;q=2", "gzip;q=0.1234",
                               "gzip;q=", "gzip;q=-1", "gzip;x=1", ",,;,", "gzippy"})
    EXPECT_EQ(of(accepted), Coding::plain) << accepted;
  EXPECT_EQ(choose_coding({}, kBoth), Coding::plain);
}

std::string words(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "workspace-" + std::to_string(i * 7919 % 1000) + ",";
  return text;
}

TEST(Gzip, ComesBackWholeWhateverIsKeptApart) {
  const auto text = words(40'000);
  const std::string_view view = text;
  const std::vector<std::string_view> apart{view.substr(0, 10), view.substr(10, 1), view.substr(5000, 150'000), view.substr(view.size() - 7)};

  EXPECT_EQ(gunzip(gzip(text)).value(), text);
  EXPECT_EQ(gunzip(gzip(text, apart)).value(), text);
  EXPECT_EQ(gunzip(gzip("")).value(), "");
  EXPECT_LT(gzip(text).size(), text.size() / 4);
  EXPECT_EQ(gzip(text), gzip(text));
}

TEST(Gzip, WhatIsNoneIsRefused) {
  const auto packed = gzip(words(100));

  EXPECT_FALSE(gunzip(packed.substr(0, packed.size() - 1)));
  EXPECT_FALSE(gunzip(packed + "x"));
  EXPECT_FALSE(gunzip("plain"));
  EXPECT_FALSE(gunzip(""));
}

// What a guess in somebody's own workspace would tell of a variable in another one, by the length alone.
std::string list_with(std::string_view guess) {
  return R"({"workspaces":[{"name":")" + std::string(guess) +
         R"(","latest_build":{"environment_variables":{"TOKEN":"tok_}_\"8Zk1vQ93xw","N":"2"}},"x":")" + words(100) + R"("}]})";
}

TEST(Packing, AVariableIsNotTriedAgainstWhatSomebodyElseWrote) {
  const auto right = list_with("tok_}_\\\"8Zk1vQ93xw"), wrong = list_with("jqw{;^\\\"5Yh7bRpmfc");
  ASSERT_EQ(right.size(), wrong.size());

  const auto apart = kept_apart(right);
  ASSERT_TRUE(apart);
  ASSERT_EQ(apart->size(), 1u);
  EXPECT_EQ(apart->front(), R"("TOKEN":"tok_}_\"8Zk1vQ93xw","N":"2"})");
  EXPECT_EQ(gunzip(gzip(right, *apart)).value(), right);
  // Together with the rest, the right guess is shorter by most of its length. Kept apart, other letters cost a few bits.
  EXPECT_LT(gzip(right).size() + 8, gzip(wrong).size());
  EXPECT_NEAR(static_cast<double>(gzip(right, *apart).size()), static_cast<double>(gzip(wrong, *kept_apart(wrong)).size()), 3);
}

TEST(Packing, NothingIsKeptApartWhereNothingIsSetAndAllWhereSomethingIsSensitive) {
  EXPECT_TRUE(kept_apart(R"({"environment_variables":{},"a":"\"environment_variables\":{\"x\":1}"})")->empty());
  EXPECT_EQ(kept_apart(R"([{"environment_variables":{"a":"1"}},{"environment_variables":{}},{"environment_variables":{"b":"2"}}])")->size(), 2u);
  EXPECT_FALSE(kept_apart(R"({"metadata":[{"key":"password","value":"x","sensitive":true}]})"));
  EXPECT_EQ(kept_apart(R"({"environment_variables":{"cut off)")->size(), 1u);
}

struct Way {
  std::string pattern = "/api/v2/workspaces", method = "GET";
  net::Headers asked{{"Accept-Encoding", "gzip"}};
  net::Response answer{.status = 200, .headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = R"({"x":")" + words(2000) + "\"}"};

  net::Response packed() {
    const Route route{.method = method,
                      .pattern = pattern,
                      .auth = Auth::user,
                      .audit = Audit::none,
                      .rate = Rate::api,
                      .within = Within::request,
                      .success = 200,
                      .endpoint = {}};
    net::Request request;
    request.method = "GET";
    request.headers = asked;
    aio::Loops loops(1);
    net::Response whole = answer;
    loops.run([](const Route* at, const net::Request* from, net::Response* into) -> Task<int> {
      co_await pack(at, *from, *into);
      co_return 0;
    }(&route, &request, &whole));
    return whole;
  }
  bool is_packed() { return packed().headers.has("Content-Encoding"); }
};

TEST(Packing, AListIsPackedAndSaysSo) {
  Way way;
  const auto answer = way.packed();

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(answer.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(answer.headers.get("Cache-Control"), "private, no-cache");
  EXPECT_EQ(gunzip(answer.body).value(), way.answer.body);
  EXPECT_LT(answer.body.size(), way.answer.body.size() / 3);
}

TEST(Packing, APlainAnswerHasTheSameTagForItIsOfTheContent) {
  Way packed, plain{.asked = {}};
  const auto answer = plain.packed();

  EXPECT_EQ(answer.body, plain.answer.body);
  EXPECT_EQ(answer.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(answer.headers.get("ETag"), packed.packed().headers.get("ETag"));
  EXPECT_TRUE(answer.headers.get("ETag").starts_with("W/\""));
}

TEST(Packing, WhatTheCallerHoldsIsNotSentAgainUntilItChanges) {
  Way way;
  way.asked.set("If-None-Match", std::string(way.packed().headers.get("ETag")));
  const auto held = way.packed();
  way.answer.body += " ";
  const auto changed = way.packed();

  EXPECT_EQ(held.status, 304);
  EXPECT_EQ(held.body, "");
  EXPECT_FALSE(held.headers.has("Content-Encoding"));
  EXPECT_EQ(held.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(changed.status, 200);
  EXPECT_FALSE(changed.body.empty());
}

TEST(Packing, NothingElseIsTouched) {
  Way usual;
  ASSERT_TRUE(usual.is_packed());
  std::vector<Way> others(9);
  others[0].pattern = "/api/v2/users/{user}/keys/tokens";
  others[1].method = "POST";
  others[2].answer.headers.add("Set-Cookie", "a=1");
  others[3].answer.headers.set("Content-Type", "text/plain");
  others[4].answer.status = 201;
  others[5].answer.headers.set("Content-Encoding", "br");
  others[6].answer.headers.set("Cache-Control", "no-store");
  others[7].answer.body = "{}";
  others[8].answer.headers.set("ETag", "\"own\"");
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto answer = others[i].packed();
    EXPECT_EQ(answer.headers.wire(), others[i].answer.headers.wire()) << i;
    EXPECT_EQ(answer.body, others[i].answer.body) << i;
  }
}

TEST(Packing, PagesOfOtherSitesLearnNothingFromLengths) {
  for (const auto* site : {"cross-site", "same-site"}) {
    Way way;
    way.asked.set("Sec-Fetch-Site", site);
    EXPECT_FALSE(way.is_packed()) << site;
  }
  for (const auto* site : {"same-origin", "none"}) {
    Way way;
    way.asked.set("Sec-Fetch-Site", site);
    EXPECT_TRUE(way.is_packed()) << site;
  }
}

TEST(Packing, NoRouteOfSecretsIsAmongThoseThatAre) {
  EXPECT_TRUE(std::ranges::is_sorted(packed_routes()));
  for (const auto route : packed_routes())
    for (const auto* word : {"key",      "token", "login",     "auth",   "secret", "password", "otp",   "state",   "logs",      "parameters",
                             "manifest", "/me",   "variables", "agents", "chats",  "inbox",    "files", "presets", "resources", "apps"})
      EXPECT_EQ(route.find(word) == route.npos || route.find("members") != route.npos, true) << route << " " << word;
}

}  // namespace
}  // namespace slipway::http
