// What is fetched for want of a certificate or a key: from whom, how often, and when nobody is asked at all. The internet is a server of
// the test's own, which counts who connects.
#include "aio/loops.hpp"
#include "crypto/authority_test.hpp"
#include "identity/verifier.hpp"
#include "net/server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

namespace slipway::identity {
namespace {

using crypto::base64;
using test::issue;
using test::Issued;
using test::rsa_key;

class Moved final : public Clock {
 public:
  Time now() const override { return system_clock().now() + Seconds(by.load()); }
  std::atomic<std::int64_t> by = 0;
};

struct Page {
  int status = 200;
  std::string body, cache_control, location;
};

// Answers every path with one page, and counts.
class Site {
 public:
  explicit Site(aio::Loops& loops) : loops_(loops), server_(loops, {}, [this](net::Exchange& exchange) { return answer(this, exchange); }) {
    EXPECT_TRUE(server_.start());
  }
  ~Site() { loops_.run(end(&server_)); }
  void shows(Page page) {
    const std::lock_guard lock(mutex_);
    page_ = std::move(page);
  }
  std::uint16_t port() const { return server_.port(); }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/keys", port()); }
  int asked() const { return asked_; }

 private:
  static Task<void> answer(Site* self, net::Exchange& exchange) {
    ++self->asked_;
    Page page;
    {
      const std::lock_guard lock(self->mutex_);
      page = self->page_;
    }
    net::Response response{.status = page.status, .headers = {}, .body = std::move(page.body)};
    if (!page.cache_control.empty()) response.headers.set("Cache-Control", page.cache_control);
    if (!page.location.empty()) response.headers.set("Location", page.location);
    const auto sent = co_await exchange.send(std::move(response));
    EXPECT_TRUE(sent);
  }
  static Task<int> end(net::Server* server) {
    co_await server->stop(Milliseconds(100));
    co_return 0;
  }

  aio::Loops& loops_;
  std::mutex mutex_;
  Page page_;
  std::atomic<int> asked_ = 0;
  net::Server server_;
};

Task<Result<std::vector<std::string>>> addresses_of(std::vector<std::string> all) { co_return all; }

struct Fetching : ::testing::Test {
  aio::Loops loops{1};
  Site site{loops};
  Moved clock;
  Options options{.aws_certificates = {}, .packaged = false};
  std::vector<std::string> addresses = {"127.0.0.1"};
  bool closed = false;  // as in earnest: addresses of this machine are none of the internet's

  Issued root = issue({.common_name = "Root", .key = rsa_key(1), .authority = true});
  Issued middle = issue({.common_name = "Middle", .key = rsa_key(2), .authority = true}, &root);

  std::string message(const std::string& url, const std::string& content = R"({"vmId":"vm-1"})") const {
    const auto leaf = issue({.common_name = "metadata.azure.com", .key = rsa_key(3), .issuer_url = url}, &middle);
    return test::signed_message({.content = content, .signers = {&leaf}});
  }
  Anchors anchors() const {
    Anchors out{.enabled = {Provider::aws, Provider::azure, Provider::google}, .offline = options.offline};
    out.azure.roots = crypto::TrustStore(std::vector{root.read()});
    out.google_url = site.url();
    out.google.audience = "coder";
    return out;
  }
  Reach reach() const {
    Reach out{.port = site.port()};
    out.resolve = [all = addresses](const std::string&, Milliseconds) { return addresses_of(all); };
    if (!closed) out.is_public = [](std::string_view) { return true; };
    return out;
  }
  // What `times` who ask at once are told.
  std::vector<std::string> ask(const std::string& proof, bool google = false, int times = 1) {
    std::vector<std::string> out(static_cast<std::size_t>(times));
    loops.run(all_of(this, proof, google, &out));
    return out;
  }

  std::unique_ptr<Verifier> kept;  // over several calls of ask(), where a test wants that
  bool keep = false;
  void end() { loops.run(stop(this)); }

 private:
  static Task<void> one(Verifier* verifier, std::string proof, bool google, std::string* out) {
    const auto got = google ? co_await verifier->google(std::move(proof)) : co_await verifier->azure(std::move(proof));
    *out = got ? "proven " + got->instance_id : got.error().detail;
  }
  static Task<int> all_of(Fetching* self, std::string proof, bool google, std::vector<std::string>* out) {
    const auto home = co_await aio::executor();
    if (!self->kept) self->kept = std::make_unique<Verifier>(home, self->anchors(), self->reach(), self->clock);
    std::vector<Task<void>> tasks;
    for (auto& each : *out) tasks.push_back(one(self->kept.get(), proof, google, &each));
    co_await aio::at_once(std::move(tasks));
    if (!self->keep) {
      co_await self->kept->stop();
      self->kept.reset();
    }
    co_return 0;
  }
  static Task<int> stop(Fetching* self) {
    co_await self->kept->stop();
    self->kept.reset();
    co_return 0;
  }
};

const std::string kUrl = "http://www.microsoft.com/pki/middle.crt";

TEST_F(Fetching, AMissingIssuerIsFetchedOnceAndKept) {
  site.shows({.body = middle.der()});
  keep = true;
  const auto proof = base64(message(kUrl));

  EXPECT_EQ(ask(proof)[0], "proven vm-1");
  EXPECT_EQ(ask(proof)[0], "proven vm-1");
  EXPECT_EQ(site.asked(), 1);
  end();
}

TEST_F(Fetching, ChangedContentConnectsToNobody) {
  site.shows({.body = middle.der()});
  auto changed = message(kUrl);
  changed[changed.find("vm-1") + 3] = '2';

  EXPECT_TRUE(ask(base64(changed))[0].starts_with("verify pkcs7: "));
  EXPECT_EQ(site.asked(), 0);
}

TEST_F(Fetching, OtherHostsPortsAndPrivateAddressesConnectToNobody) {
  site.shows({.body = middle.der()});
  for (const auto* url : {"http://169.254.169.254/latest", "http://localhost/a", "http://www.microsoft.com:8080/a", "http://evil.example/a"})
    EXPECT_EQ(ask(base64(message(url)))[0], "issuing certificate URL not on allowlist") << url;

  closed = true;
  for (const auto& one : {"127.0.0.1", "10.0.0.1", "::ffff:192.168.0.1"}) {
    addresses = {"20.190.128.1", one};
    EXPECT_EQ(ask(base64(message(kUrl)))[0], "certificate fetch unsuccessful") << one;
  }
  EXPECT_EQ(site.asked(), 0);
}

TEST_F(Fetching, WhatComesIsAnIssuerOrHasItsOwnWords) {
  const auto told = [this](Page page) {
    site.shows(std::move(page));
    return ask(base64(message(kUrl)))[0];
  };

  EXPECT_EQ(told({.status = 404}), "certificate fetch unsuccessful");
  EXPECT_EQ(told({.body = "secret bytes"}), "fetched data is not a valid certificate");
  EXPECT_EQ(told({.body = std::string((1 << 20) + 1, 'x')}), "certificate response exceeds maximum size");
  EXPECT_EQ(told({.body = root.der()}), "signature verification failed after fetching issuing certificates");
  EXPECT_EQ(told({.status = 302, .location = "http://cacerts.digicert.com/a"}), "certificate fetch unsuccessful");
  EXPECT_EQ(told({.body = middle.pem()}), "proven vm-1");
}

TEST_F(Fetching, OfflineNobodyIsAsked) {
  options.offline = true;
  site.shows({.body = middle.der()});

  EXPECT_EQ(ask(base64(message(kUrl)))[0], "verify pkcs7: unable to get local issuer certificate");
  EXPECT_NE(ask(test::rs256(rsa_key(3), "one", R"({"aud":"coder","exp":9999999999})"), true)[0].find("offline"), std::string::npos);
  EXPECT_EQ(site.asked(), 0);
}

std::string token(const std::string& key_id = "one") {
  return test::rs256(rsa_key(3), key_id, R"({"aud":"coder","exp":9999999999,"google":{"compute_engine":{"instance_id":"7"}}})");
}
std::string keys(const std::string& key_id = "one") { return test::key_set(test::rsa_jwk(rsa_key(3), key_id)); }

TEST_F(Fetching, TheKeySetIsFetchedOnceForAllAndAgainWhenItsTimeIsOver) {
  site.shows({.body = keys(), .cache_control = "max-age=600"});
  keep = true;

  for (const auto& each : ask(token(), true, 20)) EXPECT_EQ(each, "proven 7");
  EXPECT_EQ(site.asked(), 1);
  clock.by = 599;
  EXPECT_EQ(ask(token(), true)[0], "proven 7");
  EXPECT_EQ(site.asked(), 1);
  clock.by = 601;
  EXPECT_EQ(ask(token(), true)[0], "proven 7");
  EXPECT_EQ(site.asked(), 2);
  end();
}

TEST_F(Fetching, TheLastGoodKeySetStaysForAnHour) {
  site.shows({.body = keys(), .cache_control = "max-age=600"});
  keep = true;
  EXPECT_EQ(ask(token(), true)[0], "proven 7");

  site.shows({.status = 500});
  clock.by = 600 + 3599;
  EXPECT_EQ(ask(token(), true)[0], "proven 7");
  clock.by = 600 + 3601 + 60;
  EXPECT_EQ(ask(token(), true)[0], "the key set cannot be fetched");
  end();
}

TEST_F(Fetching, AnUnknownKeyIsLookedForOnceAMinute) {
  site.shows({.body = keys(), .cache_control = "max-age=6000"});
  keep = true;
  EXPECT_EQ(ask(token(), true)[0], "proven 7");

  site.shows({.body = keys("new"), .cache_control = "max-age=6000"});
  clock.by = 30;
  EXPECT_NE(ask(token("new"), true)[0], "proven 7");
  EXPECT_EQ(site.asked(), 1);
  clock.by = 61;
  EXPECT_EQ(ask(token("new"), true)[0], "proven 7");
  EXPECT_NE(ask(token("made-up"), true)[0], "proven 7");
  EXPECT_EQ(site.asked(), 2);
  end();
}

TEST_F(Fetching, ADisabledProviderSaysSo) {
  auto only_aws = anchors();
  only_aws.enabled = {Provider::aws};
  kept = std::make_unique<Verifier>(loops.at(0), std::move(only_aws), reach(), clock);
  keep = true;

  EXPECT_EQ(ask("x")[0], "azure instance identity is disabled");
  EXPECT_EQ(ask("x", true)[0], "google instance identity is disabled");
  end();
}

}  // namespace
}  // namespace slipway::identity
