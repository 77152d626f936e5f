#include "features/apps/pages.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

constexpr std::string_view kSite = "https://dev.example.com";

TEST(AppPages, EachStateHasItsStatusAndWords) {
  const std::vector<std::pair<net::Response, std::vector<std::string>>> all = {
      {invalid_address("a&b", kSite),
       {"400", "Invalid Application URL",
        "Could not parse subdomain application URL &quot;a&amp;b&quot;: invalid application url format: &quot;a&amp;b&quot;"}},
      {not_found({}, kSite),
       {"404", "Application Not Found",
        "The application or workspace you are trying to access does not exist or you do not have permission to access it."}},
      {stopped("stop", "", kSite),
       {"400", "Workspace Offline", "Last workspace transition was to the &quot;stop&quot; state. Start the workspace to access its applications."}},
      {agent_away("disconnected", kSite),
       {"502", "Application Unavailable", "Agent state is &quot;disconnected&quot;, not &quot;connected&quot;", ">Retry<"}},
      {unreachable("no route", {}, "", "", kSite), {"502", "Bad Gateway", "Failed to proxy request to application: no route", ">Retry<"}},
      {broken(kSite), {"500", "Internal Server Error", "An internal server error occurred."}},
      {path_apps_off(kSite), {"403", "Forbidden", "Path-based applications are disabled on this Coder deployment by the administrator."}},
      {bad_request("Could not decrypt API key.", kSite), {"400", "Bad Request", "Could not decrypt API key."}}};

  for (const auto& [shown, texts] : all) {
    EXPECT_EQ(std::to_string(shown.status), texts.front());
    EXPECT_EQ(shown.headers.get("Content-Type"), "text/html; charset=utf-8");
    for (const auto& text : texts) EXPECT_NE(shown.body.find(text), std::string::npos) << text << "\n" << shown.body;
    EXPECT_NE(shown.body.find("href=\"https://dev.example.com\">Back to site<"), std::string::npos) << shown.body;
    EXPECT_EQ(shown.body.find("<script"), std::string::npos);
  }
}

TEST(AppPages, WhatOthersWroteIsText) {
  const std::string evil = "<img src=x onerror='alert(1)'>\"&";
  const auto shown = unreachable(evil, {evil}, "javascript:alert(1)", evil, kSite), missing = not_found({evil}, kSite);

  for (const auto& one : {shown, missing}) {
    EXPECT_EQ(one.body.find("<img"), std::string::npos) << one.body;
    EXPECT_NE(one.body.find("&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&quot;&amp;"), std::string::npos) << one.body;
  }
  EXPECT_EQ(shown.body.find("javascript:"), std::string::npos);
}

TEST(AppPages, TheSameWhetherAbsentOrForbiddenButForWarnings) {
  EXPECT_EQ(not_found({}, kSite).body, not_found({}, kSite).body);
  EXPECT_NE(not_found({"a warning"}, kSite).body.find("<li>a warning</li>"), std::string::npos);
}

TEST(AppPages, StartingIsOfferedToWhoMay) {
  EXPECT_NE(stopped("stop", "https://dev.example.com/@ana/ws", kSite).body.find("href=\"https://dev.example.com/@ana/ws\">Start workspace<"),
            std::string::npos);
  EXPECT_EQ(stopped("stop", "", kSite).body.find("Start workspace"), std::string::npos);
}

TEST(AppPages, TheTwinIsOfferedWhereTheProtocolIsTheOther) {
  const auto shown =
      unreachable("The answer could not be understood.", {"3000 (node)"}, "https://8080s--main--ws--ana.apps.example.com/", "HTTPS", kSite);

  for (const char* text : {"This error seems to be due to an app protocol mismatch, try switching to HTTPS.",
                           "href=\"https://8080s--main--ws--ana.apps.example.com/\">Switch to HTTPS<", "<li>3000 (node)</li>"})
    EXPECT_NE(shown.body.find(text), std::string::npos) << shown.body;
}

TEST(AppPages, RunNoScript) {
  const auto shown = page({.status = 400, .title = "t", .text = "x", .buttons = {{.text = "Go", .href = "/start"}}});

  EXPECT_TRUE(shown.headers.get("Content-Security-Policy").starts_with("default-src 'none'; style-src"));
  EXPECT_EQ(shown.headers.get("Content-Security-Policy").find("script-src"), std::string_view::npos);
  EXPECT_EQ(shown.body.find("<script"), std::string::npos);
}

}  // namespace
}  // namespace slipway::apps
