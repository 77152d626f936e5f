// Another server on the database of a TestServer: what one says, the other must know with its next answer.
#pragma once

#include "support/test_server.hpp"

namespace slipway::test {

class Replica {
 public:
  explicit Replica(TestServer& first);
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  const std::string& url() const { return server_->url(); }
  Answer get(const std::string& path, const Person& who);
  // Ends the server; the destructor does it otherwise.
  void stop();

 private:
  std::string folder_;
  aio::Loops loops_{2};
  std::unique_ptr<server::Server> server_;
};

// A request to any server, by its whole URL.
Answer send_to(const std::string& method, const std::string& url, const std::string& token, const std::string& body = {});

}  // namespace slipway::test
