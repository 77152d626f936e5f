// For tests: a web app in a workspace that says, byte for byte, what the test has it say.
#pragma once

#include "support/raw_socket.hpp"

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace slipway::test {

class RawApp {
 public:
  // `talk` is for one connection, on a thread of its own; the connection ends when it returns.
  explicit RawApp(std::function<void(RawSocket&)> talk);
  ~RawApp();
  RawApp(const RawApp&) = delete;
  RawApp& operator=(const RawApp&) = delete;

  int port() const { return port_; }
  // As "http://localhost:4711/path".
  std::string url(const std::string& path = "/") const;
  // How many connections there were.
  int connections() const { return connections_; }

 private:
  void accept_all();

  std::function<void(RawSocket&)> talk_;
  int socket_ = -1, port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::list<RawSocket> open_;
  std::list<std::thread> talks_;
  std::thread acceptor_;
};

}  // namespace slipway::test
