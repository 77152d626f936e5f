// Sockets of the SSH server: the pair that libssh talks through, and listeners for forwarded ports and key agents.
// home: own thread.
#pragma once

#include "base/descriptor.hpp"
#include "net/stream.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <optional>
#include <utility>

namespace slipway::agent {

using AsioDescriptor = asio::posix::basic_stream_descriptor<asio::any_io_executor>;

// A connected socket as a stream; takes the descriptor.
std::unique_ptr<net::Stream> socket_stream(const asio::any_io_executor& home, Descriptor socket);

// A connection to the Unix socket at `path`. Errors: bad_gateway with the reason, such as that nobody listens.
Result<std::unique_ptr<net::Stream>> connect_to_path(const asio::any_io_executor& home, const std::string& path);

// Two connected Unix sockets, both non-blocking.
Result<std::pair<Descriptor, Descriptor>> socket_pair();

class Listener {
 public:
  // On the loopback address only, whatever was asked: what a workspace shows to its network is not an SSH client's choice.
  static Result<Listener> on_port(const asio::any_io_executor& home, std::uint16_t port);
  // At `path`, for this user alone, and removed again with the listener. A socket that is there and on which nobody listens
  // is replaced; anything else in the way is an error.
  static Result<Listener> at_path(const asio::any_io_executor& home, const std::string& path);
  Listener(Listener&&) = default;
  ~Listener();

  std::uint16_t port() const { return port_; }
  Task<Result<std::unique_ptr<net::Stream>>> accept();
  // Listens no more; a waiting accept() ends.
  void close();

 private:
  Listener(AsioDescriptor socket, std::uint16_t port, std::string path) : socket_(std::move(socket)), port_(port), path_(std::move(path)) {}

  AsioDescriptor socket_;
  std::uint16_t port_;
  std::string path_;
};

}  // namespace slipway::agent
