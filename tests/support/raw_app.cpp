#include "support/raw_app.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slipway::test {

RawApp::RawApp(std::function<void(RawSocket&)> talk) : talk_(std::move(talk)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&here), sizeof here), 0);
  EXPECT_EQ(::listen(socket_, 64), 0);
  socklen_t size = sizeof here;
  EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &size), 0);
  port_ = ntohs(here.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawApp::~RawApp() {
  ::shutdown(socket_, SHUT_RDWR);
  acceptor_.join();
  ::close(socket_);
  {
    const std::lock_guard lock(mutex_);
    for (auto& one : open_) one.cut();
  }
  for (auto& one : talks_) one.join();
}

std::string RawApp::url(const std::string& path) const { return fmt::format("http://localhost:{}{}", port_, path); }

void RawApp::accept_all() {
  for (;;) {
    const int one = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (one < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    auto& socket = open_.emplace_back(one);
    talks_.emplace_back([this, &socket] {
      talk_(socket);
      socket.cut();
    });
  }
}

}  // namespace slipway::test
