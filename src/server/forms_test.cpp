// What existing deployments write, in every form they write it, and what nobody should.
#include "server/secret_file.hpp"
#include "server/settings.hpp"
#include "server/test_support.hpp"

#include <gtest/gtest.h>

#include <random>

namespace slipway::server {
namespace {

std::string say(const Result<Parsed>& got) { return got ? std::string("taken") : got.error().say; }
std::string notices(const Result<Parsed>& got) {
  std::string out = got ? "" : "refused: " + got.error().say;
  if (got)
    for (const auto& [text, names] : got->notices) out += text + ": " + names + "\n";
  return out;
}

TEST(Forms, AnEmptyTextSetsNothing) {
  const Variables variables({{"CODER_ACCESS_URL", ""},
                             {"CODER_HTTP_ADDRESS", ""},
                             {"SLIPWAY_HTTP_ADDRESS", ""},
                             {"CODER_PG_CONNECTION_URL", ""},
                             {"CODER_TLS_CERT_FILE", ""},
                             {"CODER_TLS_ENABLE", ""},
                             {"CODER_TLS_KEY_FILE", ""},
                             {"CODER_DISABLE_PASSWORD_AUTH", ""},
                             {"SLIPWAY_SECURE_AUTH_COOKIE", ""},
                             {"CODER_BROWSER_ONLY", ""},
                             {"CODER_NO_SUCH_NAME", ""}});
  const auto got = server_with({"--postgres-url="});

  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(got->config.http_address, Config().http_address);
  EXPECT_FALSE(got->config.disable_password_login || got->config.secure_cookies || got->config.tls());
  EXPECT_EQ(notices(got), "");
  EXPECT_TRUE(got->config.sources.empty());
}

TEST(Forms, BooleansAreGosForFlagsAndVariables) {
  const std::pair<const char*, bool> forms[] = {{"1", true},  {"t", true},  {"T", true},  {"TRUE", true},   {"true", true},   {"True", true},
                                                {"0", false}, {"f", false}, {"F", false}, {"FALSE", false}, {"false", false}, {"False", false}};
  for (const auto& [form, want] : forms) {
    EXPECT_EQ(server_with({std::string("--verbose=") + form})->config.verbose, want) << form;
    const Variables variables({{"CODER_PROMETHEUS_ENABLE", form}});
    EXPECT_EQ(server_with({})->config.prometheus_address.empty(), !want) << form;
  }
  EXPECT_TRUE(server_with({"--verbose"})->config.verbose);
  EXPECT_TRUE(server_with({"-v"})->config.verbose);
  EXPECT_EQ(server_with({"--prometheus-enable=false"})->config.prometheus_address, "");
  EXPECT_FALSE(server_with({"--oidc-allow-signups=false"})->config.login.oidc.allow_signups);
  for (const auto* bad : {"banana", "yes", "on", "2"}) {
    EXPECT_NE(say(server_with({std::string("--verbose=") + bad})).find("--verbose: \"" + std::string(bad) + "\" is not a value"), std::string::npos)
        << bad;
    const Variables variables({{"SLIPWAY_DISABLE_PATH_APPS", bad}});
    EXPECT_NE(say(server_with({})).find("SLIPWAY_DISABLE_PATH_APPS"), std::string::npos) << bad;
  }
}

TEST(Forms, ListsAreCsvAndARepeatedFlagAddsToThem) {
  const auto got = server_with({"--trusted-proxies", "10.0.0.0/8, 192.168.0.0/16", "--trusted-proxies=\"fd00::/8\"", "--verbose", "--verbose"});
  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(got->config.trusted_proxies, (std::vector<std::string>{"10.0.0.0/8", "192.168.0.0/16", "fd00::/8"}));
  const Variables variables({{"CODER_PROXY_TRUSTED_ORIGINS", "\"10.0.0.0/8"}});
  EXPECT_NE(say(server_with({})).find("CODER_PROXY_TRUSTED_ORIGINS"), std::string::npos);
}

TEST(Forms, DurationsAndNumbersAreGos) {
  const auto lives = [](const char* text) { return server_with({std::string("--session-duration=") + text})->config.session_duration; };
  EXPECT_EQ(lives("1.5h"), Seconds(5400));
  EXPECT_EQ(lives("24h0m0s"), Seconds(86400));
  EXPECT_EQ(lives("7d"), Seconds(604800));
  EXPECT_EQ(lives("500ms"), Seconds(1));
  EXPECT_EQ(lives("292277h"), Seconds(292277L * 3600));
  const Variables variables({{"CODER_AUDIT_LOGS_RETENTION", "0"}, {"CODER_API_RATE_LIMIT", "-1"}, {"CODER_MAX_TOKEN_LIFETIME", "876600h"}});
  ASSERT_TRUE(server_with({})) << say(server_with({}));
  EXPECT_EQ(server_with({})->config.audit_logs_retention, Seconds(0));
  EXPECT_EQ(server_with({})->config.api_rate_limit, 0);
  for (const auto* bad : {"5", "-1s", "soon", "300000000h"}) EXPECT_FALSE(server_with({"--job-timeout", bad})) << bad;
  for (const auto* bad : {"-1", "1.5", "many", "100000"}) EXPECT_FALSE(server_with({"--threads", bad})) << bad;
}

TEST(Forms, MapsAreYamlOrJson) {
  using Map = std::map<std::string, std::string>;
  const auto mapping = [](const char* text) {
    const auto got = server_with({"--oidc-group-mapping", text});
    return got ? got->config.login.oidc.group_mapping : Map{{"refused", got.error().say}};
  };
  EXPECT_EQ(mapping(R"({"a": "b", "c": "d"})"), (Map{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(mapping("a: b\nc: d\n"), (Map{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(mapping("{a: b, c: 1}"), (Map{{"a", "b"}, {"c", "1"}}));
  EXPECT_NE(mapping("a").at("refused").find("--oidc-group-mapping"), std::string::npos);
  EXPECT_NE(mapping("{a: [b]}").at("refused").find("YAML or JSON"), std::string::npos);
  EXPECT_EQ(server_with({"--oidc-user-role-mapping", "admins: [owner, auditor]"})->config.login.oidc.role_mapping.at("admins").size(), 2u);
}

TEST(Forms, WhatClientsAreToldIsChecked) {
  const auto got = server_with(
      {"--ssh-config-options", "ForwardAgent=yes,ServerAliveInterval 30", "--support-links", "[{name: Help, target: 'https://x', icon: chat}]"});
  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(got->config.ssh_config_options, (std::map<std::string, std::string>{{"ForwardAgent", "yes"}, {"ServerAliveInterval", "30"}}));
  EXPECT_NE(got->config.support_links.find("https://x"), std::string::npos);
  for (const auto* bad : {"ProxyCommand=sh", "userknownhostsfile /dev/null", "StrictHostKeyChecking=no", "Match=x", "lonely", "=x"})
    EXPECT_NE(say(server_with({"--ssh-config-options", bad})).find("--ssh-config-options"), std::string::npos) << bad;
  for (const auto* bad : {".dev", "a b", "*.dev", "a?"}) EXPECT_FALSE(server_with({"--workspace-hostname-suffix", bad})) << bad;
  EXPECT_FALSE(server_with({"--support-links", "just text"}));
}

TEST(Forms, AStarIsEveryAddress) {
  const Variables variables({{"CODER_HTTP_ADDRESS", "*:8080"}});
  EXPECT_EQ(server_with({})->config.host(), "0.0.0.0");
  EXPECT_EQ(server_with({})->config.port(), 8080);
}

TEST(Forms, AnOlderNameLosesToTheNewOneAndAFlagGoesByItsVariablesName) {
  const Variables variables(
      {{"CODER_ADDRESS", ":1"}, {"CODER_HTTP_ADDRESS", ":2"}, {"CODER_NOTIFICATIONS_EMAIL_HELLO", "old"}, {"SLIPWAY_PG_CONNECTION_URL", "host=x"}});
  EXPECT_EQ(server_with({})->config.port(), 2);
  EXPECT_EQ(server_with({})->config.mail.hello, "old");
  EXPECT_EQ(server_with({})->config.postgres_url.reveal(), "host=x");
  EXPECT_EQ(server_with({"--proxy-trusted-origins", "10.0.0.0/8"})->config.trusted_proxies.size(), 1u);
}

const char* const kNested = R"(networking:
  accessURL: https://dev.example.com
  http:
    httpAddress: 0.0.0.0:3000
    sessionDuration: 24h0m0s
  derp:
    enable: true
    relayURL: http://10.0.0.1:7080
  proxyTrustedOrigins:
    - 10.0.0.0/8
    - "172.16.0.0/12"
introspection:
  prometheus:
    enable: true
    collect_agent_stats: true
oidc:
  emailDomain: [example.com]
  groupMapping:
    eng: engineers
  userRoleMapping: {admins: [owner]}
provisioning:
  daemons: 5
retention:
  audit_logs: 0s
disablePathApps: true
)";
const char* const kFlat = R"(access-url: https://dev.example.com
http-address: 0.0.0.0:3000
session-duration: 24h
relay-address: http://10.0.0.1:7080
trusted-proxies: 10.0.0.0/8,172.16.0.0/12
prometheus-enable: true
prometheus-collect-agent-stats: true
oidc-email-domain: example.com
oidc-group-mapping: '{"eng": "engineers"}'
oidc-user-role-mapping: '{"admins": ["owner"]}'
provisioner-daemons: 5
audit-logs-retention: 0s
disable-path-apps: true
)";

std::string all_of(Config config) {
  std::string out;
  for (const auto& setting : settings_of(config)) out += setting.flag + "=" + text_of(setting.value.form, setting.value.show()) + "\n";
  return out;
}

TEST(Forms, NestedAndFlatFilesSayTheSame) {
  const File nested(".yaml", kNested, 0644), flat(".yaml", kFlat, 0644),
      both(".yaml", std::string(kNested) + "verbose: true\njob-timeout: 1m\n", 0644);
  const auto a = server_with({"--config", nested.path()}), b = server_with({"-c", flat.path()}), c = server_with({"--config=" + both.path()});

  ASSERT_TRUE(a && b && c) << say(a) << say(b) << say(c);
  EXPECT_EQ(all_of(a->config), all_of(b->config));
  EXPECT_NE(all_of(a->config), all_of(Config()));
  EXPECT_EQ(a->config.trusted_proxies.size(), 2u);
  EXPECT_EQ(c->config.job_timeout, Seconds(60));
  EXPECT_EQ(a->config.sources.at("access-url"), "yaml");
  EXPECT_NE(notices(a).find("networking.derp.enable"), std::string::npos);
}

TEST(Forms, AnUnknownLineIsAWarningWithTheNearestName) {
  const File file(".yaml", "networking:\n  acessURL: x\n  http:\n    cacheDirs: y\nnonsense: z\n", 0644);
  const auto got = server_with({"--config", file.path()});

  ASSERT_TRUE(got) << got.error().say;
  EXPECT_NE(notices(got).find("is networking.accessURL meant?: " + file.path() + ": networking.acessURL"), std::string::npos) << notices(got);
  EXPECT_NE(notices(got).find("No option has this name: " + file.path() + ": nonsense"), std::string::npos) << notices(got);
  const File group(".yaml", "networking:\n  accessURL:\n    deeper: x\n", 0644);
  EXPECT_NE(say(server_with({"--config", group.path()})).find("networking.accessURL"), std::string::npos);
}

TEST(Forms, UnknownVariablesAreNamedOnceWithoutTheirValues) {
  const Variables variables({{"CODER_TELEMETRY_ENABLED", "s3cret-value"},
                             {"CODER_MAX_SESSION_EXPIRY", "s3cret-value"},
                             {"SLIPWAY_ACCES_URL", "s3cret-value"},
                             {"CODER_AUDIT_LOGGING", "s3cret-value"},
                             {"CODER_AGENT_TOKEN", "s3cret-value"},
                             {"CODER_WORKSPACE_NAME", "s3cret-value"},
                             {"CODER_SESSION_TOKEN", "s3cret-value"},
                             {"CODER_EXTERNAL_AUTH_ACCESS_TOKEN_0", "s3cret-value"}});
  const auto text = notices(server_with({}));

  EXPECT_NE(text.find("is CODER_TELEMETRY_ENABLE meant?: CODER_TELEMETRY_ENABLED\n"), std::string::npos) << text;
  EXPECT_NE(text.find("is CODER_SESSION_DURATION meant?: CODER_MAX_SESSION_EXPIRY\n"), std::string::npos) << text;
  EXPECT_NE(text.find("is SLIPWAY_ACCESS_URL meant?: SLIPWAY_ACCES_URL\n"), std::string::npos) << text;
  EXPECT_NE(text.find("No option has this name: CODER_AUDIT_LOGGING\n"), std::string::npos) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 4) << text;
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
}

TEST(Forms, WhatHasNoEffectIsSilentNamedOnceOrRefused) {
  const Variables fine({{"CODER_BLOCK_DIRECT", "true"},
                        {"CODER_DERP_SERVER_STUN_ADDRESSES", "disable"},
                        {"CODER_TELEMETRY_ENABLE", "False"},
                        {"CODER_UPDATE_CHECK", "false"},
                        {"CODER_TUNNEL", "false"},
                        {"CODER_CLUSTER_HOST", "coder.coder.svc"},
                        {"CODER_PPROF_ADDRESS", "0.0.0.0:6060"},
                        {"CODER_PROVISIONER_TYPES", "terraform"},
                        {"CODER_SSH_KEYGEN_ALGORITHM", "ed25519"},
                        {"CODER_PG_AUTH", "password"},
                        {"CODER_TLS_CLIENT_AUTH", "none"},
                        {"CODER_BROWSER_ONLY", "false"}});
  EXPECT_EQ(notices(server_with({})), "");

  const Variables named({{"CODER_TRACE_ENABLE", "true"}, {"CODER_DERP_CONFIG_URL", "https://x"}, {"CODER_AIBRIDGE_ENABLED", "s3cret"}});
  const auto text = notices(server_with({}));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
  for (const auto* name : {"CODER_TRACE_ENABLE (", "CODER_DERP_CONFIG_URL (", "CODER_AIBRIDGE_ENABLED ("})
    EXPECT_NE(text.find(name), std::string::npos) << text;
  EXPECT_EQ(text.find("s3cret"), std::string::npos);

  const std::pair<const char*, const char*> refused[] = {{"CODER_PG_AUTH", "awsiamrds"},
                                                         {"CODER_TLS_CLIENT_AUTH", "require-and-verify"},
                                                         {"CODER_EXTERNAL_TOKEN_ENCRYPTION_KEYS", "a2V5"},
                                                         {"CODER_BROWSER_ONLY", "true"},
                                                         {"SLIPWAY_BROWSER_ONLY", "true"},
                                                         {"CODER_DANGEROUS_OIDC_SKIP_ISSUER_CHECKS", "1"}};
  for (const auto& [name, value] : refused) {
    const Variables one({{name, value}});
    EXPECT_TRUE(say(server_with({})).starts_with(std::string(name) + ": ")) << name << ": " << say(server_with({}));
  }
  EXPECT_TRUE(server_with({"--telemetry=false", "--tunnel=false", "--block-direct-connections"}));
  EXPECT_FALSE(server_with({"--browser-only"}));
}

// No text for any setting ends the program, whatever it is; what is refused is refused by name.
TEST(Forms, NonsenseIsRefusedOrTakenBySentence) {
  std::mt19937 random(7);
  const std::vector<std::string> seeds = {"",
                                          " ",
                                          "-",
                                          "--",
                                          "=",
                                          "\"",
                                          "\"\"\"",
                                          "{",
                                          "}",
                                          "[[[[",
                                          "{a: b",
                                          "a: b",
                                          "- a",
                                          "&a x",
                                          "*a",
                                          "!!int 3",
                                          "0",
                                          "-1",
                                          "1e9",
                                          "0x10",
                                          "99999999999999999999",
                                          "1h-",
                                          "1.5.5h",
                                          ":",
                                          ":99999",
                                          "*:",
                                          "[::",
                                          "true",
                                          "false\n",
                                          "\xff\xfe",
                                          "\xE2\x80\xA8",
                                          "%s%n",
                                          "/",
                                          "/dev/null",
                                          "/dev/zero",
                                          "/proc/self/mem",
                                          "/no/such",
                                          ",,,,",
                                          "a=b=c",
                                          "=x",
                                          std::string(70000, 'x')};
  Config scratch;
  for (const auto& setting : settings_of(scratch)) {
    for (int i = 0; i < 60; ++i) {
      std::string value = seeds[random() % seeds.size()];
      if (i % 3 == 0)
        for (int n = 0; n < 8; ++n)
          value.insert(value.begin() + static_cast<std::ptrdiff_t>(random() % (value.size() + 1)), static_cast<char>(1 + random() % 255));
      if (const auto taken = setting.value.set(value); !taken) EXPECT_GT(taken.error().say.size(), 10u) << setting.flag;
      (void)text_of(setting.value.form, setting.value.show());
    }
    const auto odd = seeds[random() % seeds.size()];
    if (const auto got = server_with({"--" + setting.flag + "=" + odd}); !got)
      EXPECT_NE(got.error().say.find("--"), std::string::npos) << setting.flag;
  }
}

TEST(Forms, TheSwitchOfTlsNeedsACertificateAndLetsOneLieIdle) {
  const File key("key", "pem", 0600);
  const Variables files({{"CODER_TLS_CERT_FILE", "/cert.pem"}, {"CODER_TLS_KEY_FILE", key.path()}});
  EXPECT_TRUE(server_with({})->config.tls() && !server_with({})->config.tls_apart());
  EXPECT_TRUE(server_with({"--tls-enable"})->config.tls_apart());
  EXPECT_EQ(server_with({"--tls-enable"})->config.tls_address, "127.0.0.1:3443");
  EXPECT_FALSE(server_with({"--tls-enable=false"})->config.tls());
  const Variables none({{"CODER_TLS_CERT_FILE", ""}, {"CODER_TLS_KEY_FILE", ""}, {"CODER_TLS_ENABLE", "true"}});
  EXPECT_NE(say(server_with({})).find("--tls-enable needs"), std::string::npos) << say(server_with({}));
  EXPECT_FALSE(server_with({"--tls-enable=perhaps"}));
}

TEST(Forms, CertificatesAreListsWithAKeyForEach) {
  const File one("key", "pem", 0600), two("key", "pem", 0600), open("key", "pem", 0644);
  const Variables variables({{"CODER_TLS_CERT_FILE", "/a.pem,/b.pem"}});
  const auto got = server_with({"--tls-key-file", one.path(), "--tls-key-file", two.path()});

  ASSERT_TRUE(got) << say(got);
  EXPECT_EQ(got->config.tls_cert_files, (std::vector<std::string>{"/a.pem", "/b.pem"}));
  EXPECT_EQ(got->config.tls_key_files, (std::vector<std::string>{one.path(), two.path()}));
  EXPECT_NE(say(server_with({"--tls-key-file", one.path()})).find("names 2 and --tls-key-file 1"), std::string::npos);
  EXPECT_NE(say(server_with({})).find("--tls-cert-file needs --tls-key-file"), std::string::npos);
  EXPECT_NE(say(server_with({"--tls-key-file", one.path() + "," + open.path()})).find("chmod 600 " + open.path()), std::string::npos);
}

TEST(Forms, WhatIsSpokenOverTlsIsNeverOlderThanAskedFor) {
  EXPECT_EQ(server_with({})->config.tls_least, net::TlsVersion::v1_2);
  EXPECT_EQ(server_with({"--tls-min-version", "tls10"})->config.tls_least, net::TlsVersion::v1_2);
  EXPECT_EQ(server_with({"--tls-min-version", "tls13"})->config.tls_least, net::TlsVersion::v1_3);
  for (const auto* unknown : {"tls14", "TLS13", "1.3", "ssl3"}) {
    const Variables variables({{"CODER_TLS_MIN_VERSION", unknown}});
    EXPECT_NE(say(server_with({})).find("CODER_TLS_MIN_VERSION"), std::string::npos) << unknown;
  }
  EXPECT_EQ(server_with({"--strict-transport-security-options", "includesubdomains,PRELOAD"})->config.transport_options,
            (std::vector<std::string>{"includeSubDomains", "preload"}));
  EXPECT_FALSE(server_with({"--strict-transport-security-options", "max-age=1"}));
  EXPECT_FALSE(server_with({"--strict-transport-security", "-1"}));
}

TEST(Forms, ProxiesNameClientsInKnownHeadersAndCookiesAreLaxOrSecure) {
  EXPECT_EQ(server_with({})->config.trusted_headers, std::vector<std::string>{"X-Forwarded-For"});
  EXPECT_EQ(server_with({"--proxy-trusted-headers", "x-real-ip,CF-Connecting-IP"})->config.trusted_headers,
            (std::vector<std::string>{"X-Real-Ip", "Cf-Connecting-Ip"}));
  EXPECT_FALSE(server_with({"--proxy-trusted-headers", "X-Whatever"}));
  EXPECT_NE(say(server_with({"--samesite-auth-cookie", "none"})).find("--secure-auth-cookie"), std::string::npos);
  EXPECT_EQ(server_with({"--samesite-auth-cookie", "none", "--access-url", "https://x"})->config.same_site, net::SameSite::none);
  EXPECT_FALSE(server_with({"--samesite-auth-cookie", "strict"}));
  EXPECT_NE(say(server_with({"--host-prefix-cookie"})).find("--secure-auth-cookie"), std::string::npos);
  EXPECT_TRUE(server_with({"--disable-session-expiry-refresh"})->config.fixed_sessions);
  EXPECT_TRUE(server_with({"--host-prefix-cookie", "--secure-auth-cookie"})->config.host_prefix_cookie);
  EXPECT_TRUE(server_with({"--host-prefix-cookie", "--access-url", "https://x"})->config.host_prefix_cookie);
}

TEST(Forms, LimitsIntervalsAndLogsAreAsTheyAreSaid) {
  const auto none = server_with({"--dangerous-disable-rate-limits", "--api-rate-limit", "7"});
  EXPECT_EQ(none->config.api_rate_limit + none->config.login_rate_limit + none->config.account_login_rate_limit, 0);
  EXPECT_EQ(server_with({})->config.schedules_interval, Seconds(30));
  EXPECT_EQ(server_with({"--autobuild-poll-interval", "0"})->config.schedules_interval, Seconds(1));
  EXPECT_EQ(server_with({"--autobuild-poll-interval", "1m"})->config.schedules_interval, Seconds(60));
  EXPECT_EQ(server_with({})->config.prebuilds.interval, Seconds(60));
  EXPECT_EQ(server_with({"--workspace-prebuilds-reconciliation-interval", "0"})->config.prebuilds.interval, Seconds(300));
  EXPECT_EQ(server_with({"--workspace-prebuilds-reconciliation-interval=-5s"})->config.prebuilds.interval, Seconds(300));
  EXPECT_EQ(server_with({"--workspace-prebuilds-failure-hard-limit", "0"})->config.prebuilds.failure_limit, 0);
  EXPECT_EQ(server_with({"--postgres-conn-max-open", "25"})->config.database_connections, 25);
  EXPECT_EQ(server_with({})->config.force_cancel, Seconds(180));
  EXPECT_EQ(server_with({"--provisioner-force-cancel-interval", "10m"})->config.force_cancel, Seconds(600));
  EXPECT_EQ(server_with({"--postgres-conn-max-idle", "0"})->config.database_unused, 0);
  EXPECT_FALSE(server_with({"--postgres-conn-max-idle", "auto"})->config.database_unused);
  for (const auto* bad : {"-1", "some", "1.5"}) EXPECT_FALSE(server_with({std::string("--postgres-conn-max-idle=") + bad})) << bad;

  const Variables logs({{"CODER_LOGGING_HUMAN", "/dev/null"}, {"CODER_LOGGING_JSON", "/dev/stderr"}, {"CODER_LOG_FILTER", "pool,^a .* b$"}});
  const auto got = server_with({});
  ASSERT_TRUE(got) << say(got);
  EXPECT_EQ(notices(got), "");
  EXPECT_EQ(got->config.log_outlets.json, "/dev/stderr");
  const auto wanted = wanted_lines(got->config);
  EXPECT_TRUE(wanted("the pool is full") && wanted("a fine b") && !wanted("something else"));
  EXPECT_FALSE(wanted_lines(Config()));
  EXPECT_NE(say(server_with({"--log-filter", "("})).find("--log-filter"), std::string::npos);
}

TEST(Forms, PoliciesAndOtherAddressesAreChecked) {
  EXPECT_EQ(server_with({"--additional-csp-policy", "frame-src https://a.example"})->config.content_policies.size(), 1u);
  for (const auto* bad : {"frame-src", "frame-src ", "https://a.example x", "frame-src a; script-src *", "Frame-src a"})
    EXPECT_FALSE(server_with({"--additional-csp-policy", bad})) << bad;
  EXPECT_EQ(server_with({"--oidc-redirect-url", "https://b.example/"})->config.login.oidc.redirect_url, "https://b.example");
  EXPECT_NE(say(server_with({"--oidc-redirect-url", "b.example"})).find("--oidc-redirect-url"), std::string::npos);
}

TEST(Forms, AFolderIsNoFile) {
  EXPECT_NE(say(server_with({"--config", "/tmp"})).find("Cannot read the configuration file /tmp"), std::string::npos);
  EXPECT_NE(say(server_with({"--tls-key-file", "/tmp"})).find("/tmp is no file"), std::string::npos);
}

TEST(SecretsInFiles, EachSecretHasATwinThatNamesAFile) {
  const File file("secret", "from=file\n", 0600), open("open", "x\n", 0644), empty("empty", "\n", 0600);
  Config blank;
  int twins = 0;
  for (const auto& setting : settings_of(blank)) {
    if (setting.value.form != Form::secret) continue;
    ++twins;
    const auto variable = variable_of(setting) + "_FILE";
    {
      const Variables variables({{variable, file.path()}});
      const auto got = server_with({});
      ASSERT_TRUE(got) << variable << ": " << got.error().say;
      EXPECT_EQ(got->config.secret_files.at(setting.flag), file.path());
      EXPECT_NE(say(server_with({"--" + setting.flag, "plain"})).find("both given"), std::string::npos) << variable;
    }
    const Variables readable({{variable, open.path()}});
    EXPECT_NE(say(server_with({})).find("chmod 600 " + open.path()), std::string::npos) << variable;
    EXPECT_NE(say(server_with({"--" + setting.flag + "-file", empty.path()})).find("is empty"), std::string::npos) << variable;
  }
  EXPECT_GE(twins, 4);
}

TEST(SecretsInFiles, AReadableConfigurationMayHoldNone) {
  const auto text = "oidc-client-secret: s3cret\n";
  const File open(".yaml", text, 0644), closed(".yaml", text, 0600), plain(".yaml", "verbose: true\n", 0644);
  EXPECT_NE(say(server_with({"--config", open.path()})).find("chmod 600 " + open.path()), std::string::npos);
  EXPECT_EQ(say(server_with({"--config", open.path()})).find("s3cret"), std::string::npos);
  EXPECT_TRUE(server_with({"--config", closed.path()}));
  EXPECT_TRUE(server_with({"--config", plain.path()}));
}

TEST(SecretsInFiles, OneOnTheCommandLineIsWarnedAbout) {
  EXPECT_NE(notices(server_with({"--oidc-client-secret", "s3cret"})).find("command line"), std::string::npos);
  EXPECT_EQ(notices(server_with({"--oidc-client-secret", "s3cret"})).find("s3cret"), std::string::npos);
  EXPECT_EQ(daemon_with({"--key", "k"})->notices.size(), 1u);
  const Variables variables({{"CODER_OIDC_CLIENT_SECRET", "s3cret"}});
  EXPECT_EQ(notices(server_with({})), "");
}

TEST(SecretsInFiles, MayBeReadByOthersOnlyWhereNobodyElseGets) {
  const auto may = [](unsigned mode, unsigned owner, unsigned group, const Reader& reader, bool mounted) {
    struct stat file{};
    file.st_mode = S_IFREG | mode;
    file.st_uid = owner;
    file.st_gid = group;
    return may_hold_secret(file, reader, mounted);
  };
  const Reader person{.user = 1000, .groups = {1000, 2000}}, root{.user = 0, .groups = {0}};
  EXPECT_TRUE(may(0600, 1000, 1000, person, false));
  EXPECT_TRUE(may(0400, 1000, 1000, person, false));
  EXPECT_TRUE(may(0440, 0, 2000, person, false));  // a group of ours, given by whoever set this up
  EXPECT_TRUE(may(0644, 0, 0, person, true));      // a volume that Kubernetes mounted
  EXPECT_FALSE(may(0440, 0, 3000, person, false));
  EXPECT_FALSE(may(0444, 0, 2000, person, false));
  EXPECT_FALSE(may(0640, 0, 0, root, false));
  EXPECT_FALSE(may(0644, 1000, 1000, person, false));
  for (const bool mounted : {false, true}) EXPECT_FALSE(may(0666, 0, 0, person, mounted) || may(0620, 0, 2000, person, mounted));
}

TEST(SecretsInFiles, VolumesAndCredentialFoldersAreKnown) {
  namespace fs = std::filesystem;
  const auto folder = fs::temp_directory_path() / Uuid::random().str();
  fs::create_directories(folder / "..2026");
  std::ofstream(folder / "..2026" / "key") << "in-volume";
  ::chmod((folder / "..2026" / "key").c_str(), 0644);
  fs::create_directory_symlink("..2026", folder / "..data");
  fs::create_symlink("..data/key", folder / "key");
  EXPECT_EQ(read_secret((folder / "key").string()).value_or("refused"), "in-volume");
  EXPECT_FALSE(read_secret((folder / "..2026" / "key").string()));
  {
    const Variables variables({{"CREDENTIALS_DIRECTORY", (folder / "..2026").string()}});
    EXPECT_EQ(read_secret("key").value_or("refused"), "in-volume");
    EXPECT_EQ(read_secret((folder / "..2026" / "key").string()).value_or("refused"), "in-volume");
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace slipway::server
