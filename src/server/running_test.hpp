// A server that a test starts by hand: reached by its port before it is ready, and for as long as the test wants.
#pragma once

#include "net/client.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>
#include <boost/asio/ip/tcp.hpp>

#include <filesystem>
#include <future>

namespace slipway::server {

// A port that nothing listens on at this moment.
inline std::uint16_t free_port() {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

class Running {
 public:
  // Starts at once; wait() for it. `change` has the last word on the settings.
  explicit Running(std::function<void(Config&)> change = {}) : database_(*pg::read_migrations(SLIPWAY_SOURCE_DIR "/db/migrations")) {
    char folder[] = "/tmp/slipway-running-XXXXXX";
    folder_ = ::mkdtemp(folder);
    Config config;
    config.http_address = fmt::format("127.0.0.1:{}", port_);
    config.postgres_url = Secret(database_.url());
    config.data_dir = folder_;
    config.terraform = "/nonexistent";
    config.shutdown_grace = Seconds(5);
    if (change) change(config);
    begin_ = [this, config] { done_ = std::async(std::launch::async, [this, config] { return loops_.run(start(this, config)); }); };
  }
  ~Running() {
    stop();
    std::filesystem::remove_all(folder_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void begin() { begin_(); }
  // Until it has started, or says why not: then that sentence.
  std::string wait() {
    done_.wait();
    return why_;
  }
  std::string begin_and_wait() {
    begin();
    return wait();
  }
  void stop() {
    if (done_.valid()) done_.get();
    if (server_) EXPECT_EQ(loops_.run(end(this)), 0);
  }
  void reload() { EXPECT_EQ(loops_.run(read_again(this)), 0); }
  Server& server() { return *server_; }
  test::TestDatabase& database() { return database_; }
  const std::string& folder() const { return folder_; }
  std::uint16_t port() const { return port_; }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

 private:
  static Task<int> start(Running* self, Config config) {
    auto started = co_await Server::start(self->loops_, std::move(config));
    if (started)
      self->server_ = std::move(*started);
    else
      self->why_ = started.error().say + " " + started.error().detail;
    co_return 0;
  }
  static Task<int> read_again(Running* self) {
    co_await self->server_->reload();
    co_return 0;
  }
  static Task<int> end(Running* self) {
    const bool whole = co_await self->server_->stop();
    self->server_.reset();
    co_return whole ? 0 : 1;
  }

  test::TestDatabase database_;
  std::string folder_;
  std::uint16_t port_ = free_port();
  std::function<void()> begin_;
  aio::Loops loops_{2};
  std::unique_ptr<Server> server_;
  std::string why_;
  std::future<int> done_;
};

// What a server answers; status 0: nothing.
inline net::Response ask(const std::string& url, net::Headers headers = {}, net::ClientOptions options = {}) {
  net::Response out{.status = 0, .headers = {}, .body = {}};
  const auto work = [&]() -> Task<int> {
    net::Client client(co_await aio::executor(), options);
    auto got = co_await client.request("GET", url, headers, {}, Seconds(10));
    co_await client.stop();
    if (got)
      out = std::move(*got);
    else
      out.body = got.error().say + " " + got.error().why;
    co_return 0;
  };
  test::run(work);
  return out;
}

// Asks until the status is this one, for twenty seconds.
inline net::Response ask_until(int status, const std::string& url) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto last = ask(url);
  while (last.status != status && std::chrono::steady_clock::now() < until) {
    test::breathe();
    last = ask(url);
  }
  EXPECT_EQ(last.status, status) << url << ": " << last.body;
  return last;
}

}  // namespace slipway::server
