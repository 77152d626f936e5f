// For tests: a database whose disk is full, as far as rows of one table go.
#pragma once

#include "support/test_server.hpp"

namespace slipway::test {

class FullDisk {
 public:
  // From now on; until it goes.
  FullDisk(TestServer& server, std::string table);
  ~FullDisk();
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

  // How many rows found no room.
  int met() const;

 private:
  TestServer& server_;
  std::string table_;
};

}  // namespace slipway::test
