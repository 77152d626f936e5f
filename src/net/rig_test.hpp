// For net's own tests: a server on loopback with one small application, a client, and raw bytes in between.
#pragma once

#include "aio/event.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "aio/task.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "net/tls_test.hpp"

#include <gtest/gtest.h>

namespace slipway::net::testing {

// Lets a test hold a handler at a known point: the handler says it is there, then waits.
struct Gate {
  explicit Gate(const aio::Executor& home) : reached(home), open(home) {}
  aio::Event reached, open;
};

class Rig {
 public:
  explicit Rig(ServerOptions options = {}, ClientOptions client = {});
  ~Rig();

  // Runs body(rig) on the client's loop.
  template <class F>
  void run(F body) {
    auto call = [](Rig& rig, F& todo) -> Task<int> {
      co_await todo(rig);
      co_return 0;
    };
    loops.run(call(*this, body));
  }
  std::string url(std::string_view path) const;
  Task<Result<Response>> get(std::string path) { return client.request("GET", url(path), {}, "", Milliseconds(5000)); }
  Task<Result<Response>> post(std::string path, std::string body) {
    return client.request("POST", url(path), {}, std::move(body), Milliseconds(5000));
  }
  Task<std::unique_ptr<Stream>> dial();
  // Sends the bytes and returns all the server says until it closes.
  Task<std::string> raw(std::string bytes);

  aio::Loops loops{1};
  Gate gate{loops.at(0)};
  bool tls = false;
  Server server;
  Client client;
};

Task<std::string> read_all(Stream& stream);
// Reads until `enough` bytes have come or the stream ends.
Task<std::string> read_some_more(Stream& stream, std::size_t enough);
using test::make_identity;
int status_of(std::string_view answer);

}  // namespace slipway::net::testing
