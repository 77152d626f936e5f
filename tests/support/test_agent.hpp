// For tests: a workspace with an agent in the database of a running server, and an agent's end of the tunnel.
#pragma once

#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "net/client.hpp"
#include "support/test_server.hpp"
#include "tunnel/acceptor.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace slipway::test {

struct AgentRow {
  std::string id = Uuid::random().str(), token = Uuid::random().str();
  std::string workspace = Uuid::random().str(), build = Uuid::random().str(), resource = Uuid::random().str();
  std::string app = Uuid::random().str(), script = Uuid::random().str(), source = Uuid::random().str();
  std::string template_id = Uuid::random().str(), version = Uuid::random().str(), file = Uuid::random().str();
  Person agent() const { return {id, "agent", token}; }
  std::string path() const { return "/api/v2/workspaceagents/" + id; }
};

// A running workspace `name` of `owner` with agent "main": one app "web" at `app_url`, one start script, metadata "load".
AgentRow add_agent(TestServer& server, const Person& owner, const std::string& name, const std::string& app_url = "http://localhost:9/");
// Another build of the same workspace, newer than all.
void add_build(TestServer& server, const AgentRow& row, const std::string& transition);

// Connects to the server as `row`'s agent, at `url` when the way leads through a proxy. Ports are dialled on this machine; a
// terminal, SSH and what measures give back what they get, after the line "terminal <reconnect id>", "SSH-2.0-test" or "measure-test";
// for a client that resumes "resumes for <person>", and for a viewer with a name a line more. It comes to workspace proxies when asked to, and only
// notes from which it shall part.
class FakeAgent {
 public:
  FakeAgent(TestServer& server, const AgentRow& row, const std::string& url = {});
  ~FakeAgent() { stop(); }
  void stop();
  bool is_open();
  // What the server closed the tunnel with; empty while it is open.
  std::string farewell();
  // How often it was asked to come to a workspace proxy.
  int meetings() const { return *meetings_; }
  // The addresses of proxies that it was asked to part from, each followed by a blank.
  std::string parted();

 private:
  aio::Loops loops_{1};
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<aio::Nursery> nursery_;
  std::unique_ptr<tunnel::Acceptor> acceptor_;
  std::shared_ptr<std::string> farewell_ = std::make_shared<std::string>();
  std::shared_ptr<std::atomic<int>> meetings_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::string> parted_ = std::make_shared<std::string>();  // on the agent's loop only
};

// One conversation over a WebSocket of the API: sends each of `say` as a binary frame, then reads until `until` was seen or
// the socket ended. What was read, and how it closed. `meanwhile` is done once something was read, on a thread of its own.
struct Talk {
  std::string heard;
  std::uint16_t close_code = 0;
  std::string close_reason, error;
  Code code = Code::internal;
};
Talk talk(TestServer& server, const std::string& path, const Person& who, std::vector<std::string> say, const std::string& until,
          const std::function<void()>& meanwhile = {});

}  // namespace slipway::test
