#include "support/replica.hpp"

#include "net/client.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace slipway::test {

namespace {

Task<int> start(aio::Loops& loops, server::Config config, std::unique_ptr<server::Server>& out) {
  auto started = co_await server::Server::start(loops, std::move(config));
  if (!started) {
    ADD_FAILURE() << started.error().say << " " << started.error().why;
    co_return 1;
  }
  out = std::move(*started);
  co_return 0;
}

Task<int> end(server::Server& server) {
  co_await server.stop();
  co_return 0;
}

Task<int> ask(std::string method, std::string url, std::string token, std::string body, Answer* out) {
  net::Client client(co_await aio::executor());
  net::Headers headers;
  headers.set("Coder-Session-Token", token);
  auto got = co_await client.request(std::move(method), std::move(url), std::move(headers), std::move(body), Seconds(30));
  co_await client.stop();
  if (!got) {
    ADD_FAILURE() << got.error().say << " " << got.error().why;
    co_return 1;
  }
  out->status = got->status;
  out->body = std::move(got->body);
  co_return 0;
}

}  // namespace

Replica::Replica(TestServer& first) {
  char folder[] = "/tmp/slipway-replica-XXXXXX";
  folder_ = ::mkdtemp(folder);
  server::Config config;
  config.http_address = "127.0.0.1:0";
  config.postgres_url = Secret(first.database().url());
  config.data_dir = folder_;
  config.api_rate_limit = 0;
  config.provisioner_daemons = 0;
  config.shutdown_grace = Seconds(5);
  config.password_work = crypto::PasswordWork::least;
  if (loops_.run(start(loops_, std::move(config), server_)) != 0) throw std::runtime_error("the second server did not start");
}

Replica::~Replica() {
  stop();
  std::filesystem::remove_all(folder_);
}

void Replica::stop() {
  if (server_) loops_.run(end(*server_));
  server_.reset();
}

Answer Replica::get(const std::string& path, const Person& who) { return send_to("GET", url() + path, who.token); }

Answer send_to(const std::string& method, const std::string& url, const std::string& token, const std::string& body) {
  Answer answer;
  run([&] { return ask(method, url, token, body, &answer); });
  return answer;
}

}  // namespace slipway::test
