// HTTP requests and answers as plain values.
#pragma once

#include "net/headers.hpp"

namespace slipway::net {

struct Peer {
  std::string ip;
  std::uint16_t port = 0;
};

struct Request {
  std::string method;
  std::string target;      // as received
  std::string_view path;   // of target, still percent-encoded; never empty
  std::string_view query;  // of target, without "?"
  int minor_version = 1;   // HTTP/1.x
  Headers headers;
  Peer peer;  // the socket's other end: behind a proxy that is the proxy
  bool tls = false;

  Request() = default;
  Request(const Request&) = delete;  // path and query look into target
  Request& operator=(const Request&) = delete;
  void set_target(std::string text);
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

// "Not Found"; "Unknown" for a status without a name.
std::string_view reason_phrase(int status);

}  // namespace slipway::net
