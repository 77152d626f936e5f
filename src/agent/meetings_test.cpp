// The whole agent, sent to a workspace proxy by its server; both are control planes made of a few lines.
#include "agent/fake_server.hpp"

#include "net/url.hpp"

namespace slipway::agent {
namespace {

using namespace testing_support;

std::string meeting(const std::string& url, const std::string& ticket) { return "/meet?" + net::build_query({{"url", url}, {"ticket", ticket}}); }

Task<Result<net::Response>> ask(FakeServer& server, std::string path) {
  auto session = server.session();
  if (!session) co_return fail(Code::unavailable, "no tunnel");
  co_return co_await aio::on(session->home(), session->request("GET", std::move(path)));
}

Task<Code> opening(FakeServer& server, std::string protocol) {
  auto session = server.session();
  auto opened = co_await aio::on(session->home(), session->open(std::move(protocol), "/"));
  co_return opened ? Code::internal : opened.error().code;
}

// An agent that has met `proxy`.
Task<void> met(Bench& bench, FakeServer& proxy) {
  bench.start(co_await aio::executor());
  const auto there = [&] { return bench.server.session() != nullptr; };
  EXPECT_TRUE(co_await until(there));
  const auto sent = co_await bench.ask(meeting(proxy.url(), "ticket"));
  EXPECT_TRUE(sent && sent->status == 202);
  const auto came = [&] { return proxy.session() != nullptr; };
  EXPECT_TRUE(co_await until(came));
}

TEST(Meetings, AnAgentComesToTheProxyThatItsServerNamesWithTheTicket) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    FakeServer proxy;

    co_await met(bench, proxy);

    EXPECT_EQ(proxy.seen("tunnel").at(0).token, "ticket") << "and not with what it proves itself to the server with";
    const auto ports = co_await ask(proxy, "/listening-ports");
    EXPECT_TRUE(ports && ports->status == 200);
    EXPECT_NE(bench.server.session(), nullptr) << "the tunnel to the server stays";
    co_await bench.agent->shut_down();
  });
}

TEST(Meetings, AProxyOpensNoShellAndSendsTheAgentNowhere) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    FakeServer proxy, other;
    co_await met(bench, proxy);

    const auto shell = co_await opening(proxy, "ssh");
    const auto sent = co_await ask(proxy, meeting(other.url(), "ticket"));

    EXPECT_NE(shell, Code::internal) << "SSH was opened";
    EXPECT_TRUE(sent && sent->status == 403);
    EXPECT_EQ(other.session(), nullptr);
    co_await bench.agent->shut_down();
  });
}

TEST(Meetings, TheTunnelToAProxyOutlivesTheOneToTheServer) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    FakeServer proxy;
    co_await met(bench, proxy);

    bench.server.set("tunnel", 503);
    auto session = bench.server.session();
    co_await aio::on(session->home(), session->stop());
    const auto gone = [&] { return !bench.agent->connected(); };
    EXPECT_TRUE(co_await until(gone));

    const auto alive = co_await ask(proxy, "/ping");
    EXPECT_TRUE(alive && alive->status == 200);
    co_await bench.agent->shut_down();
  });
}

TEST(Meetings, TheServerTakesTheAgentAwayFromOneProxyAndLeavesItWithTheOthers) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    FakeServer proxy, other;
    co_await met(bench, proxy);
    const auto sent = co_await bench.ask(meeting(other.url(), "ticket"));
    EXPECT_TRUE(sent && sent->status == 202);
    const auto came = [&] { return other.session() != nullptr; };
    EXPECT_TRUE(co_await until(came));

    const auto parted = co_await bench.ask("/part?" + net::build_query({{"url", proxy.url() + "/"}}));

    EXPECT_TRUE(parted && parted->status == 200);
    const auto gone = [&] { return proxy.session() == nullptr; };
    EXPECT_TRUE(co_await until(gone));
    const auto alive = co_await ask(other, "/ping");
    EXPECT_TRUE(alive && alive->status == 200);
    EXPECT_NE(bench.server.session(), nullptr);
    const auto again = co_await bench.ask("/part?" + net::build_query({{"url", proxy.url()}}));
    EXPECT_TRUE(again && again->status == 200) << "from where it is not it is parted";
    co_await bench.agent->shut_down();
  });
}

TEST(Meetings, AProxyPartsTheAgentFromNobody) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    FakeServer proxy;
    co_await met(bench, proxy);

    const auto asked = co_await ask(proxy, "/part?" + net::build_query({{"url", proxy.url()}}));

    EXPECT_TRUE(asked && asked->status == 403);
    const auto alive = co_await ask(proxy, "/ping");
    EXPECT_TRUE(alive && alive->status == 200);
    co_await bench.agent->shut_down();
  });
}

TEST(Meetings, WhatIsNoAddressIsRefused) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.start(co_await aio::executor());
    const auto there = [&] { return bench.server.session() != nullptr; };
    EXPECT_TRUE(co_await until(there));

    for (const auto& path : {meeting("ftp://proxy.example.com", "t"), meeting("https://me:you@proxy.example.com", "t"),
                             meeting("https://proxy.example.com", ""), std::string("/meet"), std::string("/part"), std::string("/part?url=proxy")}) {
      const auto sent = co_await bench.ask(path);
      EXPECT_TRUE(sent && sent->status == 400) << path;
    }
    co_await bench.agent->shut_down();
  });
}

}  // namespace
}  // namespace slipway::agent
