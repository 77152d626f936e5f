// A proxy that breaks the wire on purpose: between a client and any stream socket, on 127.0.0.1 and a free port. What is set
// holds for every connection, those to come included.
// home: own thread. Await stop() before its end.
#pragma once

#include "aio/nursery.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace slipway::test {

class Chaos {
 public:
  enum class Way { to_server, to_client };
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
  // Forwards every piece this much later.
  void delay(Milliseconds by);
  // Holds one piece of each connection and reads no more until resume(), both ways or this one; connections stay open.
  void stall();
  void stall(Way way);
  void resume();
  // Bytes that a stall holds back: they were sent, and have not arrived.
  std::size_t held(Way way) const;
  // Bytes that have arrived.
  std::size_t carried(Way way) const;
  // Closes every connection once this many more bytes have gone that way.
  void cut_after(std::size_t bytes, Way way = Way::to_client);
  // Closes every connection now; what is held back is lost.
  void cut();
  // As cut(), with a reset in place of an end.
  void reset();
  Task<void> stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace slipway::test
