#include "net/cookie.hpp"
#include "net/crowd.hpp"
#include "net/headers.hpp"
#include "net/parser.hpp"
#include "net/status.hpp"
#include "net/url.hpp"
#include "net/websocket_frame.hpp"

#include <gtest/gtest.h>

namespace slipway::net {
namespace {

TEST(NetHeaders, FindsWithoutRegardToCaseAndKeepsOrder) {
  Headers headers{{"Accept", "a"}, {"X-One", "1"}, {"accept", " b "}};

  EXPECT_EQ(headers.get("ACCEPT"), "a");
  EXPECT_EQ(headers.all("accept"), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_FALSE(headers.find("x-on"));
  EXPECT_EQ(headers.wire(), "Accept: a\r\nX-One: 1\r\naccept: b\r\n");
}

TEST(NetHeaders, ReplacesAndRemovesEveryFieldOfAName) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}};
  headers.set("A", "5");
  headers.remove("b");

  EXPECT_EQ(headers.wire(), "C: 4\r\nA: 5\r\n");
  EXPECT_EQ(headers.at(0), (std::pair<std::string_view, std::string_view>("C", "4")));
  EXPECT_EQ(headers.get("a"), "5");
}

TEST(NetHeaders, AValueCannotEndItsLine) {
  Headers headers;
  headers.add("Location", "/x\r\nSet-Cookie: a=b\n\0c");
  headers.add("Na\r\nme", "v");

  EXPECT_EQ(headers.wire().find("\r\nSet-Cookie"), std::string::npos);
  EXPECT_EQ(headers.size(), 2U);
  EXPECT_EQ(std::count(headers.wire().begin(), headers.wire().end(), '\n'), 2);
}

TEST(NetHeaders, AddsAViewOfItself) {
  Headers headers{{"First", "some value that is longer than any small string"}};
  for (int i = 0; i < 20; ++i) headers.add("Copy", headers.get("First"));
  headers.set("First", headers.get("Copy"));

  EXPECT_EQ(headers.get("First"), "some value that is longer than any small string");
  EXPECT_EQ(headers.count("copy"), 20U);
}

TEST(NetHeaders, ReadsTokenLists) {
  const Headers headers{{"Connection", "keep-alive, Upgrade"}, {"Connection", ",close"}};

  EXPECT_TRUE(headers.lists("connection", "upgrade"));
  EXPECT_TRUE(headers.lists("connection", "close"));
  EXPECT_FALSE(headers.lists("connection", "up"));
}

TEST(NetRequest, SplitsTheTarget) {
  Request request;
  request.set_target("/a%2Fb/c?d=e?f#g");
  EXPECT_EQ(request.path, "/a%2Fb/c");
  EXPECT_EQ(request.query, "d=e?f");

  request.set_target("http://evil.example?x");
  EXPECT_EQ(request.path, "/");
  request.set_target("https://host/p?q");
  EXPECT_EQ(request.path, "/p");
  EXPECT_EQ(request.query, "q");
}

TEST(NetUrl, SplitsAndNormalises) {
  const auto url = parse_url("HTTPS://Ana@[2001:DB8::1]:8443/a%20b?c=d#e");
  const auto plain = parse_url("http://Example.com:80");

  ASSERT_TRUE(url && plain);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->port, 8443);
  EXPECT_TRUE(url->has_userinfo);
  EXPECT_EQ(url->str(), "https://[2001:db8::1]:8443/a%20b?c=d#e");
  EXPECT_EQ(plain->origin(), "http://example.com");
  EXPECT_EQ(plain->target(), "/");
}

TEST(NetUrl, RefusesWhatRedirectTricksUse) {
  for (const char* bad :
       {"", "/path", "//host/path", "http:/host", "http://", "http:\\\\host", "http://ho st/", "http://host/\r\nX: y", "http://host\\@other/",
        "javascript:alert(1)", "http://host:0/", "http://host:99999/", "http://host:80x/", "http://host:x", "http://ho%73t/"})
    EXPECT_FALSE(parse_url(bad)) << bad;
}

TEST(NetUrl, EncodesAndDecodes) {
  EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
  EXPECT_EQ(percent_decode("a%20b%2f+"), "a b/+");
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_FALSE(percent_decode("%00"));
}

TEST(NetUrl, ReadsQueries) {
  EXPECT_EQ(parse_query("a=1&b&&c=x+y%26z&a=2"),
            (std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"b", ""}, {"c", "x y&z"}, {"a", "2"}}));
  EXPECT_EQ(query_value("a=1&%61=2", "a"), "1");
  EXPECT_EQ(query_value("x=1", "a"), std::nullopt);
  EXPECT_EQ(parse_query("a=%zz"), (std::vector<std::pair<std::string, std::string>>{{"a", "%zz"}}));
  EXPECT_EQ(build_query({{"q", "owner:me status:running"}, {"n", "a&b"}}), "q=owner%3Ame%20status%3Arunning&n=a%26b");
}

TEST(NetCookie, ReadsSeveralFieldsInOrder) {
  const Headers headers{{"Cookie", "a=1; b=\"2\";; nonsense ; c = 3"}, {"cookie", "a=4"}};

  EXPECT_EQ(cookies(headers).size(), 4U);
  EXPECT_EQ(cookie(headers, "a"), "1");
  EXPECT_EQ(cookie(headers, "b"), "2");
  EXPECT_EQ(cookie(headers, "c"), "3");
  EXPECT_FALSE(cookie(headers, "A"));
}

TEST(NetCookie, RemovesOursHoweverTheyAreWritten) {
  Headers headers{{"Cookie", "keep=\"x y\"; session=1;session =2;\tSESSION=3"}, {"COOKIE", "session=4; other=5; session"}, {"X", "y"}};
  remove_cookies(headers, [](std::string_view name) { return iequals(name, "session"); });

  EXPECT_EQ(headers.wire(), "X: y\r\nCookie: keep=\"x y\"; other=5\r\n");
}

TEST(NetCookie, WritesEveryAttribute) {
  EXPECT_EQ(to_header({.name = "a", .value = "b"}), "a=b; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(to_header({.name = "a",
                       .value = "",
                       .path = "/x",
                       .domain = "example.com",
                       .max_age = Seconds(0),
                       .http_only = false,
                       .secure = true,
                       .same_site = SameSite::none}),
            "a=; Path=/x; Domain=example.com; Max-Age=0; Secure; SameSite=None");
  EXPECT_DEATH(to_header({.name = "a", .value = "b; Domain=evil.example"}), "encoded first");
}

TEST(NetParser, DecodesChunksIntoASmallBuffer) {
  Parser parser;
  Request request;
  ASSERT_TRUE(parser.request("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n", request));
  const std::string_view body = "5\r\nhello\r\n1;ext=\"q\"\r\n!\r\n0\r\nTrailer: t\r\n\r\nNEXT";
  std::string out;
  std::size_t used = 0;
  for (bool done = false; !done;) {
    char small[2];
    const auto step = parser.chunk(body.substr(used), small);
    ASSERT_TRUE(step);
    out.append(small, step->produced);
    used += step->consumed;
    done = step->done;
  }

  EXPECT_EQ(out, "hello!");
  EXPECT_EQ(body.substr(used), "NEXT");
}

TEST(NetStatus, WhatHasNoCodeOfItsOwnIsSomebodysFault) {
  EXPECT_EQ(code_of(400), Code::invalid);
  EXPECT_EQ(code_of(404), Code::not_found);
  EXPECT_EQ(code_of(418), Code::invalid);
  EXPECT_EQ(code_of(500), Code::internal);
  EXPECT_EQ(code_of(504), Code::bad_gateway);
  for (const int status : {501, 503, 520}) EXPECT_EQ(code_of(status), Code::unavailable) << status;
}

TEST(NetFrame, UnmasksInAnyPieces) {
  std::string whole;
  frame::append(whole, frame::Op::binary, "0123456789abcdefghij", true, 0xa1b2c3d4);
  const auto head = frame::read(whole, true);
  ASSERT_TRUE(head && head->length == 20);
  for (std::size_t cut = 0; cut <= 20; ++cut) {
    std::string payload = whole.substr(head->size);
    frame::unmask(payload.data(), cut, head->mask, 0);
    frame::unmask(payload.data() + cut, 20 - cut, head->mask, cut);
    EXPECT_EQ(payload, "0123456789abcdefghij") << cut;
  }
}

TEST(NetCrowd, CountsAnIpv6NetworkAsOne) {
  Crowd crowd(2);

  EXPECT_TRUE(crowd.enter("2001:db8:1:2::1"));
  EXPECT_TRUE(crowd.enter("2001:db8:1:2:ffff::9"));
  EXPECT_FALSE(crowd.enter("2001:db8:1:2::2"));
  EXPECT_TRUE(crowd.enter("2001:db8:1:3::1"));
  crowd.leave("2001:db8:1:2::1");
  EXPECT_TRUE(crowd.enter("2001:db8:1:2::2"));
}

TEST(NetCrowd, CountsEachIpv4AddressForItself) {
  Crowd crowd(1);

  EXPECT_TRUE(crowd.enter("192.0.2.1"));
  EXPECT_TRUE(crowd.enter("192.0.2.2"));
  EXPECT_FALSE(crowd.enter("::ffff:192.0.2.1"));
  EXPECT_FALSE(crowd.enter("192.0.2.2"));
}

}  // namespace
}  // namespace slipway::net
