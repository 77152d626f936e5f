// Plain and TLS listeners, what is shown on them, and the way to the access URL.
#include "net/tls_test.hpp"
#include "server/certificates.hpp"
#include "server/running_test.hpp"
#include "server/test_support.hpp"

namespace slipway::server {
namespace {

// A pair in files, as a configuration names them.
struct Pair {
  explicit Pair(const std::string& names = "DNS:localhost,IP:127.0.0.1") : identity(test::make_identity(names)) {}
  net::TlsIdentity identity;
  File certificate{"cert.pem", identity.certificate_chain_pem, 0644}, key{"key.pem", identity.private_key_pem, 0600};

  net::ClientOptions trusting() const {
    net::ClientOptions options;
    options.tls.extra_roots_pem = identity.certificate_chain_pem;
    return options;
  }
};

void use(Config& config, std::initializer_list<const Pair*> pairs) {
  config.tls_enable = true;
  config.tls_address = "127.0.0.1:0";
  for (const auto* pair : pairs) {
    config.tls_cert_files.push_back(pair->certificate.path());
    config.tls_key_files.push_back(pair->key.path());
  }
}

TEST(Tls, IsSpokenBesidePlainHttpWithACertificateForEachName) {
  const Pair own, other("DNS:dev.example.com");
  Running running([&](Config& config) {
    use(config, {&own, &other});
    config.tls_least = net::TlsVersion::v1_3;
    config.transport_security = 172800;
    config.transport_options = {"includeSubDomains", "preload"};
  });
  ASSERT_EQ(running.begin_and_wait(), "");
  const auto port = running.server().tls_port();
  const auto secure = fmt::format("https://127.0.0.1:{}", port);

  EXPECT_EQ(running.server().url(), secure);
  const auto plain = ask(running.url() + "/api/v2/buildinfo"), over_tls = ask(secure + "/api/v2/buildinfo", {}, own.trusting());
  EXPECT_EQ(plain.status, 200) << plain.body;
  EXPECT_EQ(over_tls.status, 200) << over_tls.body;
  EXPECT_FALSE(plain.headers.has("Strict-Transport-Security"));
  for (const auto* path : {"/api/v2/buildinfo", "/healthz", "/readyz", "/api/v2/nothing", "/"})
    EXPECT_EQ(ask(secure + path, {}, own.trusting()).headers.get("Strict-Transport-Security"), "max-age=172800; includeSubDomains; preload") << path;
  EXPECT_EQ(test::shake(port, "localhost").certificate, own.identity.certificate_chain_pem);
  EXPECT_EQ(test::shake(port, "dev.example.com").certificate, other.identity.certificate_chain_pem);
  EXPECT_FALSE(test::shake(port, "localhost", TLS1_2_VERSION).done);
}

TEST(Tls, HostsOfAppsWithoutACertificateAreKnown) {
  const auto untrusted = [](const std::string& wildcard, const std::string& names) {
    Config config;
    config.wildcard_access_url = wildcard;
    return untrusted_hosts(config, {.identities = {test::make_identity(names)}});
  };

  EXPECT_EQ(untrusted("*.apps.example.com:8443", "DNS:dev.example.com"), "*.apps.example.com");
  EXPECT_EQ(untrusted("*.apps.example.com", "DNS:dev.example.com,DNS:*.apps.example.com"), "");
  EXPECT_EQ(untrusted("*-apps.example.com", "DNS:*.example.com"), "");
  EXPECT_EQ(untrusted("", "DNS:dev.example.com"), "");
}

TEST(Tls, WithoutTheSwitchTheOneAddressSpeaksItAndTellsBrowsersNothing) {
  const Pair own;
  Running running([&](Config& config) {
    use(config, {&own});
    config.tls_enable.reset();
  });
  ASSERT_EQ(running.begin_and_wait(), "");

  EXPECT_EQ(running.server().tls_port(), 0);
  const auto answer = ask("https" + running.url().substr(4) + "/healthz", {}, own.trusting());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_FALSE(answer.headers.has("Strict-Transport-Security"));
}

TEST(Tls, WhatCannotBeUsedIsRefusedByFile) {
  const Pair one, two;
  const auto refused = [](const std::function<void(Config&)>& change) {
    Running running(change);
    return running.begin_and_wait();
  };
  const auto mixed = refused([&](Config& config) {
    use(config, {&one});
    config.tls_key_files = {two.key.path()};
  });
  EXPECT_NE(mixed.find(two.key.path()), std::string::npos) << mixed;
  const auto missing = refused([&](Config& config) {
    use(config, {&one});
    config.tls_cert_files = {"/no/such/file"};
  });
  EXPECT_NE(missing.find("/no/such/file"), std::string::npos) << missing;
  const auto suite = refused([&](Config& config) {
    use(config, {&one});
    config.tls_suites = {"TLS_RSA_WITH_RC4_128_SHA"};
  });
  EXPECT_NE(suite.find("--tls-ciphers"), std::string::npos) << suite;
}

TEST(Redirect, LeadsToTheAccessUrlWithPathAndQuery) {
  const Pair own;
  Running running([&](Config& config) {
    use(config, {&own});
    config.access_url = "https://dev.example.com";
    config.redirect_to_access_url = true;
    config.wildcard_access_url = "*.apps.example.com";
    config.trusted_proxies = {"127.0.0.1/32"};
  });
  ASSERT_EQ(running.begin_and_wait(), "");
  const auto secure = fmt::format("https://127.0.0.1:{}", running.server().tls_port());
  const auto named = [](std::string host) { return net::Headers{{"X-Forwarded-Host", host}}; };

  const auto astray = ask(running.url() + "/templates/a%20b/docs?x=1&y=%2F");
  EXPECT_EQ(astray.status, 307) << astray.body;
  EXPECT_EQ(astray.headers.get("Location"), "https://dev.example.com/templates/a%20b/docs?x=1&y=%2F");
  EXPECT_EQ(ask(running.url() + "/api/v2/buildinfo", named("dev.example.com")).status, 307) << "without TLS";
  EXPECT_EQ(ask(secure + "//evil.example/x", {}, own.trusting()).headers.get("Location"), "https://dev.example.com//evil.example/x");
  EXPECT_EQ(ask(secure + "/api/v2/buildinfo", named("dev.example.com"), own.trusting()).status, 200);
  const auto app = ask(running.url() + "/x?y=1", named("web--main--dev--ana.apps.example.com:80"));
  EXPECT_EQ(app.status, 307) << app.body;
  EXPECT_EQ(app.headers.get("Location"), "https://web--main--dev--ana.apps.example.com/x?y=1");
  EXPECT_EQ(ask(secure + "/x", named("web--main--dev--ana.apps.example.com"), own.trusting()).status, 404) << "it is taken, and there is none";
  for (const auto* path : {"/healthz", "/readyz"}) EXPECT_EQ(ask(running.url() + path).status, 200) << path;
}

TEST(Proxies, NameTheClientInTheHeaderThatIsTrusted) {
  test::TestServer server([](Config& config) {
    config.trusted_proxies = {"127.0.0.1/32"};
    config.trusted_headers = {"X-Real-Ip"};
  });
  const auto& owner = server.owner();
  const auto from = [&](std::vector<std::pair<std::string, std::string>> headers) {
    server.call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})", {}, std::move(headers));
    return server.database().sql("select ip_address from api_keys order by created_at desc limit 1");
  };

  EXPECT_EQ(from({{"X-Real-Ip", "192.0.2.1"}, {"X-Forwarded-For", "192.0.2.9"}}), "192.0.2.1");
  EXPECT_EQ(from({{"X-Forwarded-For", "192.0.2.9"}}), "127.0.0.1") << "which nobody said to trust";
  EXPECT_EQ(server.get("/api/v2/users/me", owner).status, 200);
}

TEST(Cookies, OfTheSessionAreAsTheSettingSays) {
  const auto cookies = [](net::SameSite same_site) {
    test::TestServer server([&](Config& config) { config.same_site = same_site, config.secure_cookies = true; });
    server.owner();
    std::string all;
    for (const auto& [name, value] :
         server.call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})").headers)
      if (net::iequals(name, "Set-Cookie")) all += value + "\n";
    return all;
  };
  const auto lax = cookies(net::SameSite::lax), none = cookies(net::SameSite::none);

  EXPECT_NE(lax.find("; SameSite=Lax"), std::string::npos) << lax;
  EXPECT_EQ(lax.find("; SameSite=None"), std::string::npos) << lax;
  EXPECT_NE(none.find("; Secure; SameSite=None"), std::string::npos) << none;
  EXPECT_EQ(none.find("; SameSite=Lax"), std::string::npos) << none;
}

TEST(Cookies, WithTheHostPrefixNoOtherHostCanSetOne) {
  test::TestServer server([](Config& config) { config.host_prefix_cookie = config.secure_cookies = true; });
  const auto token = server.owner().token;
  const auto me = [&](const std::string& name) { return ask(server.url() + "/api/v2/users/me", {{"Cookie", fmt::format("{}={}", name, token)}}); };

  const auto login = server.call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})");
  EXPECT_TRUE(login.header("Set-Cookie").starts_with("__Host-coder_session_token=")) << login.header("Set-Cookie");
  EXPECT_NE(login.header("Set-Cookie").find("; Path=/; "), std::string::npos);
  EXPECT_NE(login.header("Set-Cookie").find("; Secure"), std::string::npos);
  EXPECT_EQ(login.header("Set-Cookie").find("Domain="), std::string::npos);
  EXPECT_EQ(me("__Host-coder_session_token").status, 200);
  const auto planted = me("coder_session_token");
  EXPECT_EQ(planted.status, 401);
  EXPECT_TRUE(planted.headers.get("Set-Cookie").starts_with("coder_session_token=; Path=/; Max-Age=0;")) << planted.headers.get("Set-Cookie");
}

}  // namespace
}  // namespace slipway::server
