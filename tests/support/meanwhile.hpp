// Somebody else's transaction in the middle of its work, held open by the test while a request meets it: how a race goes is the
// test's to say, not the clock's.
#pragma once

#include "support/test_server.hpp"

#include <functional>
#include <memory>

namespace slipway::test {

class Meanwhile {
 public:
  // Begins a transaction on a connection of its own and runs `sql` in it; nobody else sees it yet.
  Meanwhile(TestServer& server, const std::string& sql);
  ~Meanwhile();
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;

  // Sends the request; once it waits for the transaction, or is answered without waiting, commits and returns the answer.
  Answer commit_under(const std::function<Answer()>& request);

 private:
  std::string run(const std::string& text);

  struct Held;
  std::unique_ptr<Held> held_;
  TestServer& server_;
};

}  // namespace slipway::test
