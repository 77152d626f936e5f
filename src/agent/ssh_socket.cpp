#include "agent/ssh_socket.hpp"

#include "aio/task.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace slipway::agent {

namespace {

constexpr int kBacklog = 64;

std::unexpected<Error> broken(const boost::system::error_code& ec) {
  if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) return fail(Code::cancelled, "The stream was closed.");
  return std::unexpected(Error{.code = Code::bad_gateway, .say = "The connection broke.", .why = ec.message()});
}

std::unexpected<Error> broken(const char* step) {
  return std::unexpected(Error{.code = Code::bad_gateway,
                               .say = fmt::format("{}: {}.", step, std::strerror(errno)),
                               .why = fmt::format("{}: {}", step, std::strerror(errno))});
}

class SocketStream final : public net::Stream {
 public:
  explicit SocketStream(AsioDescriptor socket) : socket_(std::move(socket)) {}

  Task<Result<std::size_t>> read_some(std::span<char> into) override {
    auto [ec, count] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), aio::tuple);
    if (!ec) co_return count;
    if (ec == asio::error::eof) co_return std::size_t{0};
    co_return broken(ec);
  }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override {
    const std::array<asio::const_buffer, 2> both{asio::buffer(bytes), asio::buffer(more)};
    auto [ec, count] = co_await asio::async_write(socket_, both, aio::tuple);
    if (ec) co_return broken(ec);
    co_return Result<void>();
  }
  Task<Result<void>> shutdown_send() override {
    if (socket_.is_open()) ::shutdown(socket_.native_handle(), SHUT_WR);
    co_return Result<void>();
  }
  void close() noexcept override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  AsioDescriptor socket_;
};

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return fail(Code::invalid, "The path of the socket is too long.");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<Descriptor> connected(const sockaddr_un& address) {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return broken("socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return broken("connect");
  return socket;
}

// What an earlier session left behind; a file that is no socket stays, and so does a socket that somebody listens on.
void remove_stale_socket(const std::string& path, const sockaddr_un& address) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int failed = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  if (failed == ECONNREFUSED) ::unlink(path.c_str());
}

Result<Descriptor> listening(const sockaddr* address, socklen_t size) {
  Descriptor socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return broken("socket");
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(socket.get(), address, size) != 0) return broken("bind");
  if (::listen(socket.get(), kBacklog) != 0) return broken("listen");
  return socket;
}

}  // namespace

std::unique_ptr<net::Stream> socket_stream(const asio::any_io_executor& home, Descriptor socket) {
  return std::make_unique<SocketStream>(AsioDescriptor(home, socket.release()));
}

Result<std::pair<Descriptor, Descriptor>> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return broken("socketpair");
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

Result<Listener> Listener::on_port(const asio::any_io_executor& home, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  TRY(socket, listening(reinterpret_cast<const sockaddr*>(&address), sizeof address));
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return broken("getsockname");
  return Listener(AsioDescriptor(home, socket.release()), ntohs(address.sin_port), {});
}

Result<Listener> Listener::at_path(const asio::any_io_executor& home, const std::string& path) {
  TRY(address, address_of(path));
  remove_stale_socket(path, address);
  TRY(socket, listening(reinterpret_cast<const sockaddr*>(&address), sizeof address));
  if (::chmod(path.c_str(), 0600) != 0) return broken("chmod");
  return Listener(AsioDescriptor(home, socket.release()), 0, path);
}

Result<std::unique_ptr<net::Stream>> connect_to_path(const asio::any_io_executor& home, const std::string& path) {
  TRY(address, address_of(path));
  TRY(socket, connected(address));
  return socket_stream(home, std::move(socket));
}

Listener::~Listener() { close(); }

void Listener::close() {
  if (!socket_.is_open()) return;
  if (!path_.empty()) ::unlink(path_.c_str());
  boost::system::error_code ignored;
  socket_.close(ignored);
}

Task<Result<std::unique_ptr<net::Stream>>> Listener::accept() {
  while (true) {
    auto [ec] = co_await socket_.async_wait(AsioDescriptor::wait_read, aio::tuple);
    if (ec) co_return broken(ec);
    Descriptor one(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (one) co_return socket_stream(socket_.get_executor(), std::move(one));
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) co_return broken("accept");
  }
}

}  // namespace slipway::agent
