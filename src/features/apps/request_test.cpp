#include "features/apps/request.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

AppRequest app() {
  return {.method = Method::subdomain, .base_path = "/", .prefix = "", .user = "dean", .workspace = "dev", .agent = "main", .target = "code"};
}
AppRequest terminal() { return {.method = Method::terminal, .base_path = "/api/v2/x/pty/", .agent = "33333333-3333-4333-8333-333333333333"}; }

bool passes(AppRequest request) { return check(normalised(std::move(request))).has_value(); }

template <class Change>
bool passes_with(AppRequest request, Change change) {
  change(request);
  return passes(std::move(request));
}

TEST(AppRequest, WorkspaceAndAgentAreTakenApartAtTheFirstDot) {
  AppRequest request = app();
  request.workspace = "dev.main.two";
  request.agent = "";

  const auto got = normalised(request);

  EXPECT_EQ(got.workspace, "dev");
  EXPECT_EQ(got.agent, "main.two");
  EXPECT_EQ(normalised(got), got) << "once more changes nothing";
}

TEST(AppRequest, BasePathEndsWithASlash) {
  AppRequest request = app();
  request.base_path = "/@dean/dev.main/apps/code";

  EXPECT_EQ(normalised(request).base_path, "/@dean/dev.main/apps/code/");
}

TEST(AppRequest, OfAnAppNeedsUserWorkspaceAndTarget) {
  EXPECT_TRUE(passes(app()));
  EXPECT_TRUE(passes_with(app(), [](AppRequest& r) { r.agent = ""; }));
  EXPECT_FALSE(passes_with(app(), [](AppRequest& r) { r.base_path = ""; }));
  EXPECT_FALSE(passes_with(app(), [](AppRequest& r) { r.user = ""; }));
  EXPECT_FALSE(passes_with(app(), [](AppRequest& r) { r.user = "me"; }));
  EXPECT_FALSE(passes_with(app(), [](AppRequest& r) { r.workspace = ""; }));
  EXPECT_FALSE(passes_with(app(), [](AppRequest& r) { r.target = ""; }));
}

TEST(AppRequest, HasAPrefixOnAHostOfItsOwnAlone) {
  const auto prefix = [](AppRequest& r) { r.prefix = "dean---was---here---"; };

  EXPECT_TRUE(passes_with(app(), prefix));
  EXPECT_FALSE(passes_with(app(), [](AppRequest& r) { r.prefix = "dean--"; }));
  EXPECT_FALSE(passes_with(app(), [&](AppRequest& r) {
    prefix(r);
    r.method = Method::path;
  }));
}

TEST(AppRequest, OfATerminalHasItsAgentsIdAndNothingElse) {
  EXPECT_TRUE(passes(terminal()));
  EXPECT_FALSE(passes_with(terminal(), [](AppRequest& r) { r.agent = ""; }));
  EXPECT_FALSE(passes_with(terminal(), [](AppRequest& r) { r.agent = "main"; }));
  EXPECT_FALSE(passes_with(terminal(), [](AppRequest& r) { r.user = "dean"; }));
  EXPECT_FALSE(passes_with(terminal(), [](AppRequest& r) { r.workspace = "dev"; }));
  EXPECT_FALSE(passes_with(terminal(), [](AppRequest& r) { r.target = "code"; }));
  EXPECT_FALSE(passes_with(terminal(), [](AppRequest& r) { r.prefix = "a---"; }));
}

TEST(AppRequest, MethodsHaveNames) {
  for (const auto method : {Method::path, Method::subdomain, Method::terminal}) EXPECT_EQ(method_of(name_of(method)), method);
  EXPECT_FALSE(method_of(""));
  EXPECT_FALSE(method_of("Path"));
}

TEST(Port, IsWhatReadsAsOneWithOrWithoutTls) {
  const auto plain = port_of("8080"), tls = port_of("8080s"), none = port_of("0"), last = port_of("65535");

  ASSERT_TRUE(plain && tls && none && last);
  EXPECT_EQ(plain->port, 8080);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(tls->port, 8080);
  EXPECT_TRUE(tls->tls);
  EXPECT_EQ(none->port, 0);
  EXPECT_EQ(last->port, 65535);
}

TEST(Port, IsNothingElse) {
  for (const auto* target : {"", "s", "70000", "65536", "8080ss", "8080S", "-1", "+80", " 80", "80 ", "0x50", "80.0", "code", "8080a"})
    EXPECT_FALSE(port_of(target)) << target;
}

}  // namespace
}  // namespace slipway::apps
