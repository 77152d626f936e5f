// A proxy that breaks the wire on purpose: between a client and any stream socket, on 127.0.0.1 and a free port.
// home: own thread. Await stop() before its end.
#pragma once

#include "aio/nursery.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace slipway::test {

class Chaos {
 public:
  // `path` of a Unix socket, or `host` and `port`.
  struct Target {
    std::string path;
    std::string host = {};
    unsigned short port = 0;
  };
  // Starts to listen. Errors: throws when it cannot.
  Chaos(asio::any_io_executor home, Target target);
  ~Chaos();

  unsigned short port() const;
  std::size_t accepted() const;
  // Forwards at most this many bytes at a time; 0 is as they come.
  void slice(std::size_t bytes);
  // Forwards nothing until resume(); connections stay open.
  void stall();
  void resume();
  // Closes every connection once this many more bytes have gone to the client.
  void cut_after(std::size_t bytes);
  Task<void> stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace slipway::test
