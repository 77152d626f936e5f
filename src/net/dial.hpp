// Inside net only: the way to a peer of ours, step by step - a name, a TCP connection, a proxy that passes us on, TLS.
// home: own thread.
#pragma once

#include "aio/task.hpp"
#include "base/clock.hpp"
#include "net/client.hpp"
#include "net/stream.hpp"
#include "net/url.hpp"

namespace slipway::net {

class Dialer {
 public:
  // `options` must live as long.
  Dialer(aio::Executor home, const ClientOptions& options) : home_(std::move(home)), options_(options) {}

  // Straight there, whatever the proxies. Sets no limit for the whole.
  Task<Result<std::unique_ptr<Stream>>> straight(std::string host, std::uint16_t port, bool secure);
  // The proxy on the way, if any.
  Result<std::optional<Proxy>> proxy_to(const Url& url) const;
  // A stream on which that server is spoken to, through `proxy` if there is one.
  Task<Result<std::unique_ptr<Stream>>> through(const std::optional<Proxy>& proxy, const Url& url);
  // A stream to the proxy itself, for requests that name their server in full.
  Task<Result<std::unique_ptr<Stream>>> to_proxy(const Proxy& proxy);

 private:
  Task<Result<std::vector<Endpoint>>> look_up(const std::string& host, std::uint16_t port);
  Task<Result<std::unique_ptr<Stream>>> tcp(const std::string& host, std::uint16_t port);
  Task<Result<std::unique_ptr<Stream>>> tls(std::unique_ptr<Stream> carrier, std::string host);
  Task<Result<std::unique_ptr<Stream>>> passed_on(const Proxy& proxy, std::string target);
  Task<Result<std::shared_ptr<TlsContext>>> context();
  void reached(Step step) const {
    if (options_.on_step) options_.on_step(step);
  }

  aio::Executor home_;
  const ClientOptions& options_;
  std::shared_ptr<TlsContext> context_;  // made at the first need: reading the roots takes a while
};

bool is_secure(const Url& url);
// What a proxy answers instead of passing us on: which proxy, what it said, what to do.
Error proxy_refusal(const Proxy& proxy, std::string_view target, int status);

}  // namespace slipway::net
