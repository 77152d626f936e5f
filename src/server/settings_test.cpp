#include "server/test_support.hpp"

#include <gtest/gtest.h>

#include <set>

namespace slipway::server {
namespace {

TEST(Settings, FlagsWinOverVariablesAndVariablesOverTheFile) {
  const File file(".yaml", "http-address: 127.0.0.1:1\njob-timeout: 1m\nprovisioner-daemons: 9\n", 0600);
  const Variables variables({{"CODER_PROVISIONER_DAEMONS", "7"}, {"SLIPWAY_HTTP_ADDRESS", "127.0.0.1:2"}, {"CODER_HTTP_ADDRESS", "127.0.0.1:4"}});

  const auto got = server_with({"--config", file.path(), "--http-address", "127.0.0.1:3"});
  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(got->config.http_address, "127.0.0.1:3");
  EXPECT_EQ(got->config.provisioner_daemons, 7);
  EXPECT_EQ(got->config.job_timeout, Seconds(60));
  EXPECT_EQ(server_with({"--config", file.path()})->config.http_address, "127.0.0.1:2");
}

TEST(Settings, WhatIsWrongIsNamed) {
  const File odd(".yaml", "- a\n", 0600);
  const auto say = [](const auto& got) { return got ? std::string("taken") : got.error().say; };

  EXPECT_NE(say(server_with({"--config", odd.path()})).find("settings are written as"), std::string::npos);
  EXPECT_NE(say(server_with({"--job-timeout", "soon"})).find("--job-timeout: \"soon\" is not a value"), std::string::npos);
  EXPECT_NE(say(server_with({"--no-such-flag"})).find("--no-such-flag is no flag. Run slipwayd --help."), std::string::npos);
  EXPECT_NE(say(server_with({"--config", "/no/such/file"})).find("Cannot read the configuration file"), std::string::npos);
  EXPECT_NE(say(daemon_with({})).find("A provisioner key is needed"), std::string::npos);
  EXPECT_NE(say(daemon_with({"--key", "k", "--url", "nowhere"})).find("--url \"nowhere\""), std::string::npos);
  EXPECT_NE(say(daemon_with({"--key", "k", "--daemons", "0"})).find("--daemons"), std::string::npos);
  EXPECT_NE(say(daemon_with({"--key", "k", "--tags", "=x"})).find("--tags"), std::string::npos);
}

TEST(Settings, DaemonIsToldByTheVariablesOfExistingDeployments) {
  const Variables variables({{"CODER_URL", "https://one.example.com/"},
                             {"CODER_PROVISIONER_DAEMON_KEY", "the-key"},
                             {"CODER_PROVISIONER_DAEMON_NAME", "eu-1"},
                             {"CODER_PROVISIONERD_TAGS", "region=eu,gpu=yes"},
                             {"SLIPWAY_PROVISIONER_DAEMON_DRAIN", "5m"}});

  const auto got = daemon_with({});

  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(got->config.url, "https://one.example.com");
  EXPECT_EQ(got->config.key.reveal(), "the-key");
  EXPECT_EQ(got->config.name, "eu-1");
  EXPECT_EQ(got->config.tags, (std::map<std::string, std::string>{{"region", "eu"}, {"gpu", "yes"}}));
  EXPECT_EQ(got->config.drain, Seconds(300));
}

TEST(Settings, KeyComesFromAFileThatOnlyItsOwnerReads) {
  const File secret("key", "from-file\n", 0600), open("open", "from-file\n", 0644);

  EXPECT_EQ(daemon_with({"--key-file", secret.path()})->config.key.reveal(), "from-file");
  EXPECT_NE(daemon_with({"--key-file", open.path()}).error().say.find("chmod 600"), std::string::npos);
  EXPECT_FALSE(daemon_with({"--key-file", secret.path(), "--key", "k"}));
  EXPECT_FALSE(daemon_with({"--key-file", "/no/such/file"}));
}

// Every setting that names a file: one with a secret is refused when others can read it, by flag, by variable and in the file of
// --config. Certificates are nobody's secret.
TEST(Settings, AFileWithASecretThatOthersCanReadIsRefusedWhicheverSettingNamesIt) {
  const File open("open", "secret\n", 0640), closed("closed", "a=secret\n", 0600);
  std::set<std::string> guarded;
  const auto check = [&](const std::string& help, const auto& parse) {
    for (std::size_t at = 0; (at = help.find("-file VALUE", at)) != help.npos; ++at) {
      const auto start = help.rfind("--", at);
      const auto flag = help.substr(start, at + 5 - start);
      if (flag.ends_with("-cert-file") || flag.ends_with("-ca-file")) continue;
      guarded.insert(flag);

      const auto got = parse({flag, open.path()});
      ASSERT_FALSE(got) << flag;
      EXPECT_NE(got.error().say.find("chmod 600 " + open.path()), std::string::npos) << flag << ": " << got.error().say;
      const auto fine = parse({flag, closed.path()});
      EXPECT_TRUE(fine) << flag << ": " << fine.error().say;
      const File config(".yaml", fmt::format("{}: {}\n", flag.substr(2), open.path()), 0600);
      EXPECT_FALSE(parse({"--config", config.path()})) << flag;
    }
  };
  check(server_with({"--help"})->print, server_with);
  check(daemon_with({"--help"})->print, daemon_with);

  for (const auto* flag : {"--tls-key-file", "--postgres-url-file", "--oidc-client-secret-file", "--oauth2-github-client-secret-file", "--key-file"})
    EXPECT_TRUE(guarded.contains(flag)) << flag;
}

TEST(Settings, MailIsToldByTheVariablesOfExistingDeployments) {
  const File password("password", "from-file\n", 0600), key("key", "pem", 0600), open("open", "pem", 0644);
  const Variables variables({{"CODER_EMAIL_FROM", "Slipway <slipway@example.com>"},
                             {"CODER_EMAIL_SMARTHOST", "mail.example.com:587"},
                             {"CODER_EMAIL_HELLO", "dev.example.com"},
                             {"CODER_EMAIL_FORCE_TLS", "true"},
                             {"CODER_EMAIL_AUTH_IDENTITY", "other"},
                             {"CODER_EMAIL_AUTH_USERNAME", "slipway"},
                             {"CODER_EMAIL_AUTH_PASSWORD_FILE", password.path()},
                             {"CODER_EMAIL_TLS_STARTTLS", "true"},
                             {"CODER_EMAIL_TLS_SERVERNAME", "smtp.example.com"},
                             {"CODER_EMAIL_TLS_SKIPVERIFY", "true"},
                             {"CODER_EMAIL_TLS_CACERTFILE", "/ca.pem"},
                             {"CODER_EMAIL_TLS_CERTFILE", "/cert.pem"},
                             {"CODER_EMAIL_TLS_CERTKEYFILE", key.path()}});

  const auto got = server_with({});

  ASSERT_TRUE(got) << got.error().say;
  const auto& mail = got->config.mail;
  EXPECT_EQ(mail.from, "Slipway <slipway@example.com>");
  EXPECT_EQ(mail.smarthost, "mail.example.com:587");
  EXPECT_EQ(mail.hello, "dev.example.com");
  EXPECT_TRUE(mail.force_tls && mail.starttls && mail.skip_verify);
  EXPECT_EQ(mail.identity, "other");
  EXPECT_EQ(mail.username, "slipway");
  EXPECT_EQ(mail.password.reveal(), "from-file");
  EXPECT_EQ(mail.server_name, "smtp.example.com");
  EXPECT_EQ(mail.ca_file, "/ca.pem");
  EXPECT_EQ(mail.cert_file, "/cert.pem");
  EXPECT_EQ(mail.key_file, key.path());
  EXPECT_NE(server_with({"--email-tls-cert-key-file", open.path()}).error().say.find("chmod 600"), std::string::npos);
  EXPECT_NE(server_with({"--email-auth-password", "given"}).error().say.find("both given"), std::string::npos);
}

TEST(Settings, MailGoesByAnOlderFamilyOfNamesAsWell) {
  const Variables variables(
      {{"CODER_NOTIFICATIONS_EMAIL_FROM", "slipway@example.com"}, {"CODER_NOTIFICATIONS_EMAIL_TLS_SERVERNAME", "smtp.example.com"}});
  const File yaml(".yaml", "notifications: {email: {smarthost: \"mail.example.com:25\", emailTLS: {startTLS: true}}}\n", 0600);

  const auto got =
      server_with({"--config", yaml.path(), "--notifications-email-hello", "dev.example.com", "--notifications-email-auth-username=ana"});

  ASSERT_TRUE(got) << got.error().say;
  const auto& mail = got->config.mail;
  EXPECT_EQ(mail.from, "slipway@example.com");
  EXPECT_EQ(mail.server_name, "smtp.example.com");
  EXPECT_EQ(mail.smarthost, "mail.example.com:25");
  EXPECT_TRUE(mail.starttls);
  EXPECT_EQ(mail.hello, "dev.example.com");
  EXPECT_EQ(mail.username, "ana");
  for (const auto& [text, names] : got->notices) EXPECT_FALSE(names.contains("mail") || names.contains("email")) << text << names;
}

TEST(Settings, BothFamiliesOfMailMustSayTheSame) {
  const Variables variables({{"CODER_EMAIL_FROM", "one@example.com"}});

  EXPECT_TRUE(server_with({"--notifications-email-from", "one@example.com"}));
  EXPECT_TRUE(server_with({"--email-from", "two@example.com"})) << "a flag wins over a variable of its own family";
  const auto differ = server_with({"--notifications-email-from", "two@example.com"});
  ASSERT_FALSE(differ);
  EXPECT_EQ(differ.error().say, "CODER_EMAIL_FROM and --notifications-email-from are the same setting, and differ. Give one of them.");
}

TEST(Settings, NotificationsGoByTheNamesOfExistingDeployments) {
  const File secret("secret", "s3cret\n", 0600);
  const Variables variables({{"CODER_NOTIFICATIONS_METHOD", "webhook"},
                             {"CODER_NOTIFICATIONS_DISPATCH_TIMEOUT", "30s"},
                             {"CODER_NOTIFICATIONS_MAX_SEND_ATTEMPTS", "7"},
                             {"CODER_NOTIFICATIONS_INBOX_ENABLED", "false"},
                             {"CODER_NOTIFICATIONS_LEASE_PERIOD", "3m"},
                             {"SLIPWAY_NOTIFICATIONS_WEBHOOK_SECRET_FILE", secret.path()}});
  const File yaml(".yaml", "notifications: {webhook: {endpoint: \"https://hooks.example.com\"}, leaseCount: 30, storeSyncBufferSize: 5}\n", 0600);

  const auto got = server_with({"--config", yaml.path(), "--notifications-retry-interval", "1m", "--notifications-omit-email"});

  ASSERT_TRUE(got) << got.error().say;
  const auto& told = got->config.notifications;
  EXPECT_EQ(told.method, "webhook");
  EXPECT_EQ(told.dispatch_timeout, Seconds(30));
  EXPECT_EQ(told.max_send_attempts, 7);
  EXPECT_FALSE(told.inbox_enabled);
  EXPECT_EQ(told.lease_period, Seconds(180));
  EXPECT_EQ(told.webhook_secret.reveal(), "s3cret");
  EXPECT_EQ(told.webhook_endpoint, "https://hooks.example.com");
  EXPECT_EQ(told.lease_count, 30);
  EXPECT_EQ(told.store_sync_buffer, 5);
  EXPECT_EQ(told.retry_interval, Seconds(60));
  EXPECT_TRUE(told.omit_email);
  EXPECT_TRUE(got->notices.empty());
  EXPECT_FALSE(server_with({"--notifications-lease-count", "0"}));
}

// Each setting is there with its variables; a key is not needed to read it.
TEST(Settings, HelpListsEverySetting) {
  const auto server = server_with({"--help"})->print, daemon = daemon_with({"-h"})->print;

  EXPECT_NE(server.find("--postgres-url VALUE"), std::string::npos);
  EXPECT_NE(server.find("slipwayd provisioner [flags]"), std::string::npos);
  for (const auto* part : {"--url VALUE", "SLIPWAY_URL, CODER_URL", "--key-file VALUE",
                           "SLIPWAY_PROVISIONER_DAEMON_KEY, CODER_PROVISIONER_DAEMON_KEY", "--tags VALUE", "--drain VALUE", "--verbose\n"})
    EXPECT_NE(daemon.find(part), std::string::npos) << part;
}

}  // namespace
}  // namespace slipway::server
