#include "support/fake_site.hpp"

#include "aio/task.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace slipway::test {

namespace {

Task<int> stop(net::Server* server) {
  co_await server->stop(Milliseconds(100));
  co_return 0;
}

}  // namespace

FakeSite::FakeSite(net::Handler handler) : server_(loops_, net::ServerOptions{.host = "127.0.0.1", .port = 0}, std::move(handler)) {
  EXPECT_TRUE(server_.start());
}

FakeSite::~FakeSite() { loops_.run(stop(&server_)); }

std::string FakeSite::url(const std::string& path) const { return fmt::format("http://localhost:{}{}", server_.port(), path); }

}  // namespace slipway::test
