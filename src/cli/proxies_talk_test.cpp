#include <boost/json.hpp>

#include "api/gen/proxies.hpp"
#include "cli/talk.hpp"

namespace slipway::cli {
namespace {

class ProxiesTalk : public Talk {};

api::WorkspaceProxy sydney() {
  api::WorkspaceProxy out;
  out.name = "sydney";
  out.path_app_url = "https://sydney.example.com";
  out.status = api::WorkspaceProxyStatus{.status = "unreachable", .report = api::ProxyHealthReport{.errors = {"It is silent."}, .warnings = {}}};
  return out;
}

TEST_F(ProxiesTalk, ListShowsHowEachIsAndWhatIsWrong) {
  on("GET /api/v2/workspaceproxies", {200, api::to_json(api::WorkspaceProxiesResponse{.regions = {sydney()}})});

  const auto listed = run({"proxies", "list", "--column", "name,status,url,problems,checked at"});

  EXPECT_EQ(listed.out,
            "NAME    STATUS       URL                         PROBLEMS       CHECKED AT\n"
            "sydney  unreachable  https://sydney.example.com  It is silent.  never\n")
      << listed.err;
}

TEST_F(ProxiesTalk, PingTimesEachAndSaysWhichDoesNotAnswer) {
  const api::Region near{.name = "near", .path_app_url = url()}, gone{.name = "gone", .path_app_url = "http://127.0.0.1:1"};
  on("GET /api/v2/regions", {200, api::to_json(api::RegionsResponse{.regions = {gone, near}})});
  for (int i = 0; i < 4; ++i) on("GET /latency-check", {200, ""});

  const auto timed = run({"proxies", "ping", "--output", "json"});

  EXPECT_EQ(timed.code, 0) << timed.err;
  const auto all = boost::json::parse(timed.out).as_array();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].at("name").as_string(), "near");
  EXPECT_TRUE(all[0].at("latency_ms").is_double());
  EXPECT_EQ(all[1].at("name").as_string(), "gone");
  EXPECT_TRUE(all[1].at("latency_ms").is_null());
  EXPECT_NE(all[1].at("error").as_string(), "");
}

TEST_F(ProxiesTalk, CreatePrintsTheTokenAlone) {
  const std::string create = "POST /api/v2/workspaceproxies";
  on(create, {201, api::to_json(api::UpdateWorkspaceProxyResponse{.proxy = sydney(), .proxy_token = "id:secret"})});

  const auto made = run({"proxies", "create", "sydney", "--display-name", "Sydney"});

  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out, "id:secret\n");
  EXPECT_NE(body_of(create).find(R"("display_name":"Sydney")"), std::string::npos) << body_of(create);
  EXPECT_EQ(body_of(create).find("icon"), std::string::npos) << "what is not said is not sent";
}

TEST_F(ProxiesTalk, EditSendsWhatIsChangedAndNothingElse) {
  const std::string change = "PATCH /api/v2/workspaceproxies/sydney";
  on(change, {200, api::to_json(api::UpdateWorkspaceProxyResponse{.proxy = sydney(), .proxy_token = ""})});

  EXPECT_EQ(run({"proxies", "edit", "sydney"}).code, 1) << "nothing is to be changed";
  const auto changed = run({"proxies", "edit", "sydney", "--display-name", ""});

  EXPECT_EQ(changed.code, 0) << changed.err;
  EXPECT_EQ(body_of(change), R"({"display_name":""})");
}

TEST_F(ProxiesTalk, AnotherTokenAndTheEndAreForWhoMeansThem) {
  on("PATCH /api/v2/workspaceproxies/sydney", {200, api::to_json(api::UpdateWorkspaceProxyResponse{.proxy = sydney(), .proxy_token = "id:other"})});
  on("DELETE /api/v2/workspaceproxies/sydney", {200, R"({"message":"Proxy has been deleted!"})"});

  EXPECT_EQ(run({"proxies", "regenerate-token", "sydney", "--yes"}).out, "id:other\n");
  EXPECT_EQ(body_of("PATCH /api/v2/workspaceproxies/sydney"), R"({"regenerate_token":true})");
  EXPECT_EQ(run({"wsproxy", "rm", "sydney", "--yes"}).err, "Deleted workspace proxy sydney.\n");
}

}  // namespace
}  // namespace slipway::cli
