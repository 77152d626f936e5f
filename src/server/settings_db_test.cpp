// What settings come to in a server that runs.
#include "net/url.hpp"
#include "support/fake_site.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

using test::TestServer;

// A provider that says where its parts are, which is as far as these tests go.
Task<void> discovery(net::Exchange& exchange) {
  const auto own = "http://" + std::string(exchange.request().headers.get("Host"));
  net::Response response{.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = {}};
  response.body = boost::json::serialize(boost::json::object{
      {"issuer", own}, {"authorization_endpoint", own + "/authorize"}, {"token_endpoint", own + "/token"}, {"jwks_uri", own + "/keys"}});
  co_await exchange.send(std::move(response));
}

TEST(OidcRedirect, LeadsBackToTheAddressThatIsSet) {
  test::FakeSite provider{discovery};
  const auto back = [&](const std::string& redirect_url) {
    TestServer server([&](Config& config) {
      auto& oidc = config.login.oidc;
      oidc.issuer = provider.url();
      oidc.client_id = "us";
      oidc.client_secret = Secret("s3cret");
      oidc.redirect_url = redirect_url;
      config.access_url = "http://dev.example.com";
    });
    const auto sent = server.call("GET", "/api/v2/users/oidc/callback");
    EXPECT_EQ(sent.status, 307) << sent.body;
    const auto to = net::parse_url(sent.header("Location"));
    return to ? net::query_value(to->query, "redirect_uri").value_or("none") : sent.header("Location");
  };

  EXPECT_EQ(back(""), "http://dev.example.com/api/v2/users/oidc/callback");
  EXPECT_EQ(back("https://other.example.com"), "https://other.example.com/api/v2/users/oidc/callback");
}

TEST(Connections, AreNoMoreThanTheSettingSays) {
  const auto transactions = [](std::int64_t most) {
    TestServer server([most](Config& config) {
      config.prometheus_address = "127.0.0.1:0";
      config.database_connections = most;
    });
    const auto text = server.metrics("GET", "/metrics").body;
    const std::string name = "\nslipway_db_transactions_max ";
    const auto at = text.find(name);
    EXPECT_NE(at, text.npos) << text;
    return at == text.npos ? 0 : std::stoi(text.substr(at + name.size()));
  };

  EXPECT_EQ(transactions(0), 16);   // two loops of eight, and two for single statements
  EXPECT_EQ(transactions(24), 20);  // twelve each
  EXPECT_EQ(transactions(6), 4);    // three each, one of them for single statements
  EXPECT_EQ(transactions(1), 4);    // less would not do
}

TEST(Limits, OfNoKindAreLeftWhenTheyAreTurnedOff) {
  const auto refused = [](bool limited) {
    TestServer server([limited](Config& config) { config.account_login_rate_limit = limited ? 3 : 0; });
    server.owner();
    int count = 0;
    for (int i = 0; i < 6; ++i)
      count += server.call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"wrong"})").status == 429;
    return count;
  };
  EXPECT_GT(refused(true), 0);
  EXPECT_EQ(refused(false), 0);
}

}  // namespace
}  // namespace slipway::server
