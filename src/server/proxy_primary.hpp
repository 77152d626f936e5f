// The primary as a workspace proxy uses it: one function a question, each with the proxy's token. One a process; any loop, whose number
// each question is told. stop() must have returned before it goes.
#pragma once

#include "aio/task_fwd.hpp"
#include "api/gen/proxies.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "features/keys/keys.hpp"
#include "net/client.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace slipway::aio {
class Loops;
}

namespace slipway::server {

class Primary {
 public:
  Primary(aio::Loops& loops, std::string url, Secret token, std::string extra_roots_pem);

  // Errors of each: unauthenticated when the token is no proxy's, and those of net::Client.
  Task<Result<void>> register_replica(std::size_t loop, api::RegisterWorkspaceProxyRequest ask);
  Task<Result<void>> deregister(std::size_t loop, Uuid replica);
  Task<Result<std::vector<keys::Key>>> keys(std::size_t loop, std::string feature);
  // The signed token of an app, or what its visitor is answered instead.
  Task<Result<std::variant<std::string, net::Response>>> issue(std::size_t loop, api::IssueSignedAppTokenRequest ask);
  Task<Result<void>> report(std::size_t loop, api::ReportAppStatsRequest stats);
  // Has an agent come here with this ticket. Errors besides: bad_gateway when it cannot be asked.
  Task<Result<void>> call_here(std::size_t loop, AgentId agent, std::string ticket);
  // Says whose tokens are taken back, as long as both are there.
  Task<Result<std::unique_ptr<net::WebSocket>>> revocations(std::size_t loop);
  Task<void> stop();
  const std::string& url() const { return url_; }

 private:
  Task<Result<net::Response>> ask(std::size_t loop, std::string method, std::string path, std::string body);
  Task<Result<std::string>> done(std::size_t loop, std::string method, std::string path, std::string body);

  aio::Loops& loops_;
  std::string url_;
  Secret token_;
  std::vector<std::unique_ptr<net::Client>> clients_;  // one a loop
};

// Of an answer of the primary's to a proxy's visitor: what goes on to that visitor.
net::Response for_visitor(net::Response answer);

}  // namespace slipway::server
