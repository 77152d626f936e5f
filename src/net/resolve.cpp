#include "net/resolve.hpp"

#include "aio/task.hpp"
#include "base/check.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>

#include <mutex>

namespace slipway::net {

namespace {

using asio::posix::stream_descriptor;

constexpr Milliseconds kTryAgain{100};  // the longest c-ares waits for its own timeouts to be looked at

// A query in flight. The channel belongs to one query, so cancelling the coroutine takes everything down with it.
struct Query {
  explicit Query(const aio::Executor& home) : turn(home) {
    static std::once_flag once;
    std::call_once(once, [] { check(ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS, "c-ares did not start"); });
    ares_options options{};
    options.timeout = 2000;
    options.tries = 3;
    usable = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) == ARES_SUCCESS;
  }
  ~Query() {
    if (usable) ares_destroy(channel);
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  ares_channel channel = nullptr;
  bool usable = false, done = false;
  int status = ARES_ENOTINITIALIZED;
  std::vector<std::string> addresses;
  asio::steady_timer turn;
};

void on_answer(void* argument, int status, int, ares_addrinfo* found) {
  auto& query = *static_cast<Query*>(argument);
  query.done = true;
  query.status = status;
  if (!found) return;
  for (const ares_addrinfo_node* node = found->nodes; node; node = node->ai_next) {
    char text[INET6_ADDRSTRLEN] = {};
    const void* address = node->ai_family == AF_INET6 ? static_cast<const void*>(&reinterpret_cast<sockaddr_in6*>(node->ai_addr)->sin6_addr)
                                                      : static_cast<const void*>(&reinterpret_cast<sockaddr_in*>(node->ai_addr)->sin_addr);
    if (inet_ntop(node->ai_family, address, text, sizeof text)) query.addresses.emplace_back(text);
  }
  ares_freeaddrinfo(found);
}

// c-ares names its sockets anew each round. They are c-ares' own: released, never closed, here.
struct Watch {
  Watch(const std::shared_ptr<Query>& query, ares_socket_t fd, bool read, bool write) : socket(query->turn.get_executor(), fd) {
    // A wait that was given up must not wake the round after it.
    const auto wake = [query](const boost::system::error_code& ec) {
      if (!ec) query->turn.cancel();
    };
    if (read) socket.async_wait(stream_descriptor::wait_read, wake);
    if (write) socket.async_wait(stream_descriptor::wait_write, wake);
  }
  ~Watch() { socket.release(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  stream_descriptor socket;
};

Task<void> one_round(std::shared_ptr<Query> query) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const int bits = ares_getsock(query->channel, sockets.data(), ARES_GETSOCK_MAXNUM);
  {
    query->turn.expires_after(kTryAgain);
    std::vector<std::unique_ptr<Watch>> watches;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      const bool read = ARES_GETSOCK_READABLE(bits, i), write = ARES_GETSOCK_WRITABLE(bits, i);
      if (read || write) watches.push_back(std::make_unique<Watch>(query, sockets[static_cast<std::size_t>(i)], read, write));
    }
    co_await query->turn.async_wait(aio::tuple);
  }
  for (int i = 0; i < ARES_GETSOCK_MAXNUM && !query->done; ++i) {
    const ares_socket_t fd = sockets[static_cast<std::size_t>(i)];
    const bool read = ARES_GETSOCK_READABLE(bits, i), write = ARES_GETSOCK_WRITABLE(bits, i);
    if (read || write) ares_process_fd(query->channel, read ? fd : ARES_SOCKET_BAD, write ? fd : ARES_SOCKET_BAD);
  }
  if (!query->done) ares_process_fd(query->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace

Task<Result<std::vector<std::string>>> resolve(std::string host, Milliseconds limit, std::string servers) {
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) co_return std::vector<std::string>{host};
  // RFC 6761 §6.3; an image made from scratch has no hosts file to say so.
  if (host == "localhost" || host.ends_with(".localhost")) co_return std::vector<std::string>{"127.0.0.1", "::1"};

  const auto query = std::make_shared<Query>(co_await aio::executor());
  if (!query->usable) co_return fail_internal("c-ares could not read its configuration");
  if (!servers.empty() && ares_set_servers_ports_csv(query->channel, servers.c_str()) != ARES_SUCCESS)
    co_return fail(Code::invalid, "The list of name servers is malformed.");
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(query->channel, host.c_str(), nullptr, &hints, on_answer, query.get());
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!query->done && std::chrono::steady_clock::now() < until) co_await one_round(query);
  if (!query->done) co_return fail(Code::timed_out, "The name " + host + " could not be looked up in time.");
  if (query->addresses.empty()) {
    auto error = fail(Code::bad_gateway, "The name " + host + " has no address.");
    error.error().why = ares_strerror(query->status);
    co_return error;
  }
  co_return query->addresses;
}

}  // namespace slipway::net
