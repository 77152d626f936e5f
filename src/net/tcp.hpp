// Inside net only: sockets as Streams.
#pragma once

#include "net/stream.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace slipway::net {

// Sets no-delay and keep-alive. home: the socket's loop.
std::unique_ptr<Stream> make_tcp_stream(asio::ip::tcp::socket socket);

// What a stream reports for a failed operation.
Error stream_error(const boost::system::error_code& ec);

}  // namespace slipway::net
