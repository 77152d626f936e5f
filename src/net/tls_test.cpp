// What a server shows and speaks over TLS.
#include "net/rig_test.hpp"

namespace slipway::net {
namespace {

using testing::Rig;

TEST(NetTls, ServesTls) {
  const TlsIdentity identity = testing::make_identity();
  ServerOptions options{.tls = TlsServing{.identities = {identity}}};
  ClientOptions trusting;
  trusting.tls.extra_roots_pem = identity.certificate_chain_pem;
  Rig rig(options, trusting);
  rig.run([](Rig& r) -> Task<void> {
    const auto hello = co_await r.get("/hello");
    const auto big = co_await r.get("/big");
    const auto echo = co_await r.post("/echo", std::string(90000, 'e'));
    Client stranger(co_await aio::executor());
    const auto refused = co_await stranger.request("GET", r.url("/hello"), {}, "", Milliseconds(5000));
    co_await stranger.stop();
    const std::string plain = co_await r.raw("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");

    EXPECT_TRUE(hello && hello->body == "hello") << (hello ? "" : hello.error().say + hello.error().why);
    EXPECT_TRUE(big && big->body == std::string(3 << 20, 'b'));
    EXPECT_TRUE(echo && echo->body == std::string(90000, 'e'));
    EXPECT_FALSE(refused);
    EXPECT_NE(refused.error().say.find("not trusted"), std::string::npos) << refused.error().say;
    EXPECT_EQ(plain.find("hello"), std::string::npos);
  });
}

TEST(NetTls, ShowsTheCertificateOfTheNameThatIsAskedFor) {
  const auto first = testing::make_identity("DNS:one.example"), second = testing::make_identity("DNS:two.example,DNS:*.apps.example");
  Rig rig({.tls = TlsServing{.identities = {first, second}}});
  const auto shown = [&](const std::string& name) { return test::shake(rig.server.port(), name).certificate; };

  EXPECT_EQ(shown("one.example"), first.certificate_chain_pem);
  EXPECT_EQ(shown("two.example"), second.certificate_chain_pem);
  EXPECT_EQ(shown("TWO.example"), second.certificate_chain_pem);
  EXPECT_EQ(shown("x.apps.example"), second.certificate_chain_pem);
  EXPECT_EQ(shown("other.example"), first.certificate_chain_pem);
  EXPECT_EQ(shown(""), first.certificate_chain_pem);
}

TEST(NetTls, OffersHttp2ToWhoAsksAndWhoseSuiteIsFitForIt) {
  const std::string both = "\x02h2\x08http/1.1", old = "\x08http/1.1", other = "\x04spdy";
  const auto identity = testing::make_identity();
  Rig usual({.tls = TlsServing{.identities = {identity}}});
  const auto chosen = [&](const std::string& offers, int newest, const std::string& suites = {}) {
    return test::shake(usual.server.port(), "", newest, offers, suites).protocol;
  };

  EXPECT_EQ(chosen(both, TLS1_3_VERSION), "h2");
  EXPECT_EQ(chosen(both, TLS1_2_VERSION), "h2");
  EXPECT_EQ(chosen(old, TLS1_3_VERSION), "http/1.1");
  EXPECT_EQ(chosen(other, TLS1_3_VERSION), "");
  EXPECT_EQ(chosen("", TLS1_3_VERSION), "");
  EXPECT_EQ(chosen(both, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"), "http/1.1");
}

TEST(NetTls, KnowsWhichHostsItHasACertificateFor) {
  const TlsServing serving{.identities = {testing::make_identity("DNS:one.example"), testing::make_identity("DNS:*.apps.example")}};

  EXPECT_TRUE(has_certificate_for(serving, "one.example"));
  EXPECT_TRUE(has_certificate_for(serving, "x.apps.example"));
  for (const char* other : {"two.example", "apps.example", "x.y.apps.example", "x.one.example"})
    EXPECT_FALSE(has_certificate_for(serving, other)) << other;
  EXPECT_FALSE(has_certificate_for({}, "one.example"));
}

TEST(NetTls, SpeaksNothingOlderThanItIsTold) {
  const auto identity = testing::make_identity(), other = testing::make_identity("DNS:other.example");
  Rig usual({.tls = TlsServing{.identities = {identity}}});
  Rig newest({.tls = TlsServing{.identities = {identity, other}, .least = TlsVersion::v1_3}});

  EXPECT_EQ(test::shake(usual.server.port(), "localhost", TLS1_2_VERSION).version, "TLSv1.2");
  EXPECT_EQ(test::shake(usual.server.port(), "localhost").version, "TLSv1.3");
  EXPECT_FALSE(test::shake(usual.server.port(), "localhost", TLS1_1_VERSION).done);
  for (const auto* name : {"localhost", "other.example"}) {
    EXPECT_FALSE(test::shake(newest.server.port(), name, TLS1_2_VERSION).done) << name;
    EXPECT_EQ(test::shake(newest.server.port(), name).version, "TLSv1.3") << name;
  }
}

TEST(NetTls, OffersTheSuitesThatItIsTold) {
  const auto with = [](std::vector<std::string> suites) {
    return ServerOptions{.tls = TlsServing{.identities = {testing::make_identity()}, .suites = std::move(suites)}};
  };
  Rig one(with({"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"})), newest(with({"TLS_CHACHA20_POLY1305_SHA256"}));

  EXPECT_EQ(test::shake(one.server.port(), "localhost", TLS1_2_VERSION).suite, "ECDHE-ECDSA-CHACHA20-POLY1305");
  EXPECT_EQ(test::shake(one.server.port(), "localhost").version, "TLSv1.3");
  EXPECT_EQ(test::shake(newest.server.port(), "localhost").suite, "TLS_CHACHA20_POLY1305_SHA256");
  EXPECT_FALSE(test::shake(newest.server.port(), "localhost", TLS1_2_VERSION).done);

  aio::Loops loops(1);
  for (const auto* bad : {"TLS_NONSENSE", "", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA", "ALL"}) {
    Server refused(loops, with({bad}), Handler());
    EXPECT_EQ(refused.start().error().code, Code::invalid) << bad;
  }
}

TEST(NetTls, ANewCertificateIsForNewConnections) {
  const auto before = testing::make_identity(), after = testing::make_identity();
  ClientOptions trusting;
  trusting.tls.extra_roots_pem = before.certificate_chain_pem;
  Rig rig({.tls = TlsServing{.identities = {before}}}, trusting);
  rig.run([&](Rig& r) -> Task<void> {
    const auto first = co_await r.get("/hello");
    EXPECT_TRUE(r.server.show({.identities = {after}}));
    const auto kept = co_await r.get("/hello");  // on the same connection

    EXPECT_TRUE(first && kept);
  });
  EXPECT_EQ(test::shake(rig.server.port(), "localhost").certificate, after.certificate_chain_pem);

  EXPECT_EQ(rig.server.show({.identities = {{after.certificate_chain_pem, before.private_key_pem}}}).error().code, Code::invalid);
  EXPECT_EQ(rig.server.show({}).error().code, Code::invalid);
  EXPECT_EQ(test::shake(rig.server.port(), "localhost").certificate, after.certificate_chain_pem);
}

}  // namespace
}  // namespace slipway::net
