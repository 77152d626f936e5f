#include "server/reload.hpp"

#include "features/sessions/sessions.hpp"
#include "server/test_support.hpp"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

Config with(std::vector<std::string> words) {
  auto got = server_with(std::move(words));
  EXPECT_TRUE(got) << got.error().say;
  return got ? std::move(got->config) : Config();
}

TEST(NeedsRestart, NamesEachSettingThatHoldsFromTheNextStartOnly) {
  EXPECT_EQ(needs_restart(with({}), with({})), "");
  EXPECT_EQ(needs_restart(with({}), with({"--verbose"})), "");
  EXPECT_EQ(needs_restart(with({"--http-address", ":1", "--verbose"}), with({"--http-address", ":2", "--threads", "3"})),
            "--http-address, --threads");
  EXPECT_EQ(needs_restart(with({"--docs-url", "https://a"}), with({})), "--docs-url");
}

TEST(NeedsRestart, CertificatesMayChangeButNotComeOrGo) {
  const File key("key", "pem", 0600), other("key", "pem", 0600);
  const auto one = with({"--tls-cert-file", "/a", "--tls-key-file", key.path()});

  EXPECT_EQ(needs_restart(one, with({"--tls-cert-file", "/b", "--tls-key-file", other.path(), "--tls-min-version", "tls13"})), "");
  EXPECT_EQ(needs_restart(one, with({})), "--tls-cert-file");
}

TEST(NeedsRestart, ASecretIsNamedAndNeverShown) {
  const File file("url", "postgres://s3cret-b", 0600);
  const auto plain = with({"--postgres-url", "postgres://s3cret-a"});

  EXPECT_EQ(needs_restart(plain, with({"--postgres-url", "postgres://s3cret-b"})), "--postgres-url");
  EXPECT_EQ(needs_restart(plain, with({"--postgres-url-file", file.path()})), "--postgres-url");
  EXPECT_EQ(needs_restart(with({"--oidc-client-secret", "a"}), with({"--oidc-client-secret", "b"})), "") << "which is exchanged";
}

TEST(Exchange, ASignInUnderWayKeepsTheSecretThatItBeganWith) {
  sessions::Sessions sessions(rbac::RoleBook({}), 1, {});
  login::Options options;
  options.oidc.client_secret = Secret("old");
  login::Login login(sessions, 1, std::move(options));
  const auto& under_way = login.options();

  login.exchange_secrets(Secret("new"), Secret("also new"));

  EXPECT_EQ(under_way.oidc.client_secret.reveal(), "old");
  EXPECT_EQ(login.options().oidc.client_secret.reveal(), "new");
  EXPECT_EQ(login.options().github.client_secret.reveal(), "also new");
}

TEST(Reread, SeesTheFileAsItIsNow) {
  const File file(".yaml", "verbose: false\n", 0600);
  const auto config = with({"--config", file.path()});
  std::ofstream(file.path()) << "verbose: true\nthreads: 2\n";

  const auto fresh = config.reread();
  ASSERT_TRUE(fresh) << fresh.error().say;
  EXPECT_TRUE(fresh->verbose);
  EXPECT_EQ(needs_restart(config, *fresh), "--threads");
  std::ofstream(file.path()) << "verbose: perhaps\n";
  EXPECT_FALSE(config.reread());
}

}  // namespace
}  // namespace slipway::server
