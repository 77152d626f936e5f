// For tests: somebody else's HTTP server on this machine - a web app in a workspace, a provider - answered by a function, on a thread
// of its own.
#pragma once

#include "aio/loops.hpp"
#include "net/server.hpp"

#include <string>

namespace slipway::test {

class FakeSite {
 public:
  explicit FakeSite(net::Handler handler);
  ~FakeSite();
  // As "http://localhost:4711/path".
  std::string url(const std::string& path = "") const;

 private:
  aio::Loops loops_{1};
  net::Server server_;
};

}  // namespace slipway::test
