// For tests: a proxy that passes on what is asked for, whatever the name, to that port of this machine. What goes there by a name
// that nobody can resolve has certainly come by the proxy: a machine's own addresses never do.
#pragma once

#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "net/url.hpp"

#include <gtest/gtest.h>

#include <mutex>

namespace slipway::test {

struct ProxyRules {
  std::string wants = {};  // the Proxy-Authorization; none: anybody may
  int refuses = 0;         // the status of every answer, in place of doing anything
  std::optional<net::TlsServing> tls = {};
};

class ProxyServer {
 public:
  explicit ProxyServer(ProxyRules rules = {})
      : rules_(std::move(rules)),
        client_(loops_.at(0)),
        server_(loops_, {.tls = rules_.tls}, [this](net::Exchange& exchange) { return handle(exchange); }) {
    EXPECT_TRUE(server_.start());
  }
  ~ProxyServer() {
    auto end = [](ProxyServer* self) -> Task<int> {
      co_await self->server_.stop(Milliseconds(0));
      co_await self->client_.stop();
      co_return 0;
    };
    loops_.run(end(this));
  }

  std::uint16_t port() const { return server_.port(); }
  std::string url(std::string_view told = {}) const {
    return fmt::format("{}://{}{}localhost:{}", rules_.tls ? "https" : "http", told, told.empty() ? "" : "@", port());
  }
  // Proxies as somebody has who sets this variable to `value`.
  static net::Proxies named(std::string name, std::string value) {
    return net::Proxies([=](const std::string& asked) { return asked == name ? std::optional(value) : std::nullopt; });
  }
  // "CONNECT server.test:443", "GET http://server.test/": what was asked, in order, and let through.
  std::vector<std::string> passed() const {
    const std::lock_guard lock(mutex_);
    return passed_;
  }
  int turned_away() const {
    const std::lock_guard lock(mutex_);
    return turned_away_;
  }

 private:
  static Task<void> copy(net::Stream& from, net::Stream& to) {
    std::vector<char> piece(16 << 10);
    while (true) {
      const auto size = co_await from.read_some(piece);
      if (!size || *size == 0) break;
      if (!co_await to.write({piece.data(), *size})) break;
    }
    (void)co_await to.shutdown_send();
  }

  Task<void> handle(net::Exchange& exchange) {
    const auto& request = exchange.request();
    net::Response refusal{.status = rules_.refuses, .headers = {}, .body = {}};
    if (request.headers.get("Proxy-Authorization") != rules_.wants) refusal.status = 407;
    {
      const std::lock_guard lock(mutex_);
      if (refusal.status == 0)
        passed_.push_back(request.method + " " + request.target);
      else
        ++turned_away_;
    }
    if (refusal.status != 0) co_return (void) co_await exchange.send(std::move(refusal));
    if (request.method == "CONNECT") co_return co_await pass_on(exchange);
    co_await forward(exchange);
  }

  Task<void> pass_on(net::Exchange& exchange) {
    using namespace asio::experimental::awaitable_operators;
    const std::string target(exchange.request().target);
    const auto port = static_cast<std::uint16_t>(std::stoi(target.substr(target.rfind(':') + 1)));
    auto there = co_await client_.connect("127.0.0.1", port, false);
    net::Response answer{.status = there ? 200 : 502, .headers = {}, .body = {}};
    if (!there) co_return (void) co_await exchange.send(std::move(answer));
    auto here = co_await exchange.hijack(std::move(answer));
    if (here) co_await (copy(**here, **there) && copy(**there, **here));
  }

  Task<void> forward(net::Exchange& exchange) {
    const std::string method(exchange.request().method), target(exchange.request().target);
    net::Headers headers;
    for (const auto* name : {"Content-Type", "Coder-Session-Token", "User-Agent"})
      if (const auto value = exchange.request().headers.find(name)) headers.add(name, *value);
    const auto url = net::parse_url(target);
    auto body = co_await exchange.body(1 << 20);
    if (!url || !body) co_return;
    auto answer =
        co_await client_.request(method, fmt::format("http://127.0.0.1:{}{}", url->port, url->target()), headers, std::move(*body), Seconds(10));
    net::Response told{.status = answer ? answer->status : 502, .headers = {}, .body = {}};
    if (answer) {
      told.body = std::move(answer->body);
      for (const auto* name : {"Content-Type", "X-Coder-Build-Version"})
        if (const auto value = answer->headers.find(name)) told.headers.add(name, *value);
    }
    (void)co_await exchange.send(std::move(told));
  }

  ProxyRules rules_;
  mutable std::mutex mutex_;
  std::vector<std::string> passed_;
  int turned_away_ = 0;
  aio::Loops loops_{1};
  net::Client client_;
  net::Server server_;
};

}  // namespace slipway::test
