// The way to the test server's PostgreSQL as a proxy needs it: where the server listens, and how to reach it through a port.
#pragma once

#include "support/chaos.hpp"
#include "support/test_postgres.hpp"

#include <map>

namespace slipway::test {

class PostgresWire {
 public:
  explicit PostgresWire(const TestDatabase& database);

  Chaos::Target target() const;
  // Options for the same database by way of 127.0.0.1:`port`.
  pg::ConnectOptions through(unsigned short port) const;

 private:
  std::map<std::string, std::string> parts_;
};

}  // namespace slipway::test
