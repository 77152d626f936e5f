#include "support/raw_socket.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace slipway::test {

RawSocket::RawSocket(const std::string& url) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
}

RawSocket::RawSocket(int socket) : socket_(socket) {
  const timeval limit{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

void RawSocket::end_sending() { ::shutdown(socket_, SHUT_WR); }

void RawSocket::cut() { ::shutdown(socket_, SHUT_RDWR); }

void RawSocket::send(const std::string& bytes) {
  EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

std::string RawSocket::received() {
  std::string piece(1 << 16, '\0');
  const auto size = ::recv(socket_, piece.data(), piece.size(), 0);
  piece.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return piece;
}

std::string RawSocket::read(std::size_t most) {
  if (ahead_.empty()) ahead_ = received();
  auto piece = ahead_.substr(0, most);
  ahead_.erase(0, most);
  return piece;
}

std::string RawSocket::read_until(const std::string& text) {
  auto all = std::exchange(ahead_, {});
  for (auto at = all.find(text);; at = all.find(text)) {
    if (at != all.npos) {
      ahead_ = all.substr(at + text.size());
      return all.substr(0, at + text.size());
    }
    const auto piece = received();
    if (piece.empty()) return all;
    all += piece;
  }
}

bool RawSocket::quiet_for(int milliseconds) {
  if (!ahead_.empty()) return false;
  pollfd one{.fd = socket_, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, milliseconds) == 0;
}

void RawSocket::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

RawListener::RawListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&here), sizeof here), 0);
  EXPECT_EQ(::listen(socket_, 16), 0);
  socklen_t size = sizeof here;
  EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &size), 0);
  port_ = ntohs(here.sin_port);
}

RawListener::~RawListener() { ::close(socket_); }

bool RawListener::was_dialled() {
  const int one = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (one >= 0) ::close(one);
  return one >= 0;
}

}  // namespace slipway::test
