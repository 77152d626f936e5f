// What a client does with a proxy, and whom it trusts behind it. Which proxy it takes: proxy_rules_test.cpp.
#include "net/proxy_test.hpp"

#include "net/rig_test.hpp"

#include <filesystem>
#include <fstream>

namespace slipway::net {
namespace {

using test::ProxyRules;
using test::ProxyServer;
using testing::Rig;

ClientOptions by(Proxies proxies, const std::string& roots = {}) {
  ClientOptions options;
  options.proxies = std::move(proxies);
  options.tls.extra_roots_pem = roots;
  return options;
}

std::string there(const Rig& rig, std::string_view path) {
  return fmt::format("{}://server.test:{}{}", rig.tls ? "https" : "http", rig.server.port(), path);
}

TEST(NetProxies, PlainRequestsAreForwardedAndTheirConnectionKept) {
  ProxyServer proxy({.wants = "Basic YW5hOnNlY3JldA=="});
  Rig rig({}, by(ProxyServer::named("HTTP_PROXY", proxy.url("ana:secret"))));
  rig.run([](Rig& r) -> Task<void> {
    const auto first = co_await r.client.request("GET", there(r, "/target?a=b"), {}, "", Milliseconds(5000));
    const auto second = co_await r.client.request("POST", there(r, "/echo"), {}, "words", Milliseconds(5000));

    EXPECT_TRUE(first && first->body == "/target?a=b") << (first ? first->body : first.error().say);
    EXPECT_TRUE(second && second->body == "words") << (second ? second->body : second.error().say);
  });
  EXPECT_EQ(proxy.passed(), (std::vector<std::string>{"GET " + there(rig, "/target?a=b"), "POST " + there(rig, "/echo")}));
}

TEST(NetProxies, TlsAndWebSocketsArePassedOnToTheServerItself) {
  const auto identity = testing::make_identity("DNS:server.test"), own = testing::make_identity("DNS:localhost");
  const auto roots = identity.certificate_chain_pem + own.certificate_chain_pem;
  ProxyServer proxy({.wants = "Basic YW5hOnNlY3JldA==", .tls = TlsServing{.identities = {own}}});
  const auto proxies = ProxyServer::named("ALL_PROXY", proxy.url("ana:secret"));
  for (const bool secure : {true, false}) {
    ServerOptions serving;
    if (secure) serving.tls = TlsServing{.identities = {identity}};
    Rig rig(serving, by(proxies, roots));
    rig.run([](Rig& r) -> Task<void> {
      const auto answer = co_await r.client.request("GET", there(r, "/hello"), {}, "", Milliseconds(5000));
      auto socket = co_await r.client.connect_websocket(there(r, "/ws"), {});
      EXPECT_TRUE(answer && answer->body == "hello") << (answer ? answer->body : answer.error().say);
      EXPECT_TRUE(socket) << socket.error().say;
      if (!socket) co_return;
      co_await (*socket)->write_text("there and back");
      const auto back = co_await (*socket)->read();

      EXPECT_TRUE(back && back->data == "there and back");
      co_await (*socket)->close();
    });
    const auto connect = fmt::format("CONNECT server.test:{}", rig.server.port());
    EXPECT_EQ(proxy.passed().back(), connect);
    if (secure) EXPECT_EQ(proxy.passed(), (std::vector<std::string>{connect, connect}));
  }
}

// What a request to somewhere says when that proxy is on its way.
std::string failure(Proxies proxies, const std::string& url) {
  std::string said;
  Rig rig({}, by(std::move(proxies)));
  rig.run([&](Rig& r) -> Task<void> {
    const auto answer = co_await r.client.request("GET", url, {}, "", Milliseconds(5000));
    said = answer ? fmt::format("{}", answer->status) : answer.error().say;
    if (!answer) EXPECT_EQ(answer.error().code, Code::bad_gateway);
  });
  return said;
}

TEST(NetProxies, WhatAProxyRefusesSaysWhichProxyAndWhatToDo) {
  ProxyServer locked({.wants = "Basic YW5hOnNlY3JldA=="}), closed({.refuses = 403}), lost({.refuses = 504});
  const auto at = [](const ProxyServer& proxy) { return fmt::format("http://localhost:{}", proxy.port()); };
  const auto to = [](const ProxyServer& proxy, std::string_view told = {}) { return ProxyServer::named("HTTPS_PROXY", proxy.url(told)); };
  const std::string url = "https://server.test/";

  EXPECT_EQ(failure(to(locked), url),
            "The proxy " + at(locked) + " wants a password (407). Write it into HTTPS_PROXY as http://user:password@host:port.");
  EXPECT_EQ(failure(to(locked, "ana:wrong"), url), "The proxy " + at(locked) + " does not accept the user name and password in HTTPS_PROXY (407).");
  EXPECT_EQ(failure(ProxyServer::named("HTTP_PROXY", locked.url()), "http://server.test/"),
            "The proxy " + at(locked) + " wants a password (407). Write it into HTTP_PROXY as http://user:password@host:port.");
  EXPECT_EQ(failure(to(closed), url), "The proxy " + at(closed) + " does not let us through to server.test:443 (403 Forbidden). " +
                                          "Ask whoever keeps it, or name the host in NO_PROXY.");
  EXPECT_EQ(failure(to(lost), url), "The proxy " + at(lost) + " cannot reach server.test:443 (504 Gateway Timeout).");
  EXPECT_EQ(failure(ProxyServer::named("HTTPS_PROXY", "http://ana:secret@localhost:1"), url),
            "The proxy http://localhost:1 (HTTPS_PROXY) cannot be used. Cannot connect to localhost:1.");
  EXPECT_EQ(locked.turned_away(), 3);
}

TEST(NetProxies, EachStepOfTheWayIsToldOf) {
  const auto identity = testing::make_identity("DNS:server.test");
  ProxyServer proxy;
  std::vector<Step> steps;
  auto options = by(ProxyServer::named("HTTPS_PROXY", proxy.url()), identity.certificate_chain_pem);
  options.on_step = [&](Step step) { steps.push_back(step); };
  Rig rig({.tls = TlsServing{.identities = {identity}}}, options);
  rig.run([](Rig& r) -> Task<void> {
    const auto answer = co_await r.client.request("GET", there(r, "/hello"), {}, "", Milliseconds(5000));

    EXPECT_TRUE(answer) << answer.error().say;
  });
  EXPECT_EQ(steps, (std::vector{Step::name, Step::tcp, Step::proxy, Step::tls, Step::http}));
}

// A variable for as long as a test lasts.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class Roots : public ::testing::Test {
 protected:
  Roots() { std::filesystem::create_directories(folder_); }
  ~Roots() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  Result<Response> ask() {
    Result<Response> answer = fail(Code::internal, "");
    Rig rig({.tls = TlsServing{.identities = {identity_}}});
    rig.run([&](Rig& r) -> Task<void> { answer = co_await r.get("/hello"); });
    return answer;
  }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("slipway-roots-" + Uuid::random().str());
  TlsIdentity identity_ = testing::make_identity();
};

TEST_F(Roots, APrivateOneIsTrustedByAFile) {
  const Variable file("SSL_CERT_FILE", write("ca.pem", identity_.certificate_chain_pem));

  const auto answer = ask();

  EXPECT_TRUE(answer && answer->body == "hello") << answer.error().say;
}

TEST_F(Roots, APrivateOneIsTrustedByAnyFileOfAFolder) {
  write("readme.txt", "no certificate");
  write("ours.pem", identity_.certificate_chain_pem);
  const Variable folders("SSL_CERT_DIR", "/nonexistent:" + folder_.string());

  const auto answer = ask();

  EXPECT_TRUE(answer && answer->body == "hello") << answer.error().say;
}

TEST_F(Roots, OthersAreNotTrustedAndAFileWithoutAnyIsSaid) {
  {
    const Variable folders("SSL_CERT_DIR", folder_.string());
    const auto stranger = ask();
    EXPECT_FALSE(stranger);
    EXPECT_NE(stranger.error().say.find("not trusted"), std::string::npos) << stranger.error().say;
  }
  const auto empty = write("empty.pem", "nothing");
  const Variable file("SSL_CERT_FILE", empty);

  const auto answer = ask();

  EXPECT_FALSE(answer);
  EXPECT_EQ(answer.error().say, "SSL_CERT_FILE names " + empty + ", in which there is no certificate that can be read.");
}

}  // namespace
}  // namespace slipway::net
