// The request path: match the route, limit the rate, authenticate, call the handler, write the answer, audit and log it.
// One App serves all loops; each loop has its Home.
#pragma once

#include "http/authenticator.hpp"
#include "http/meter.hpp"
#include "http/rate.hpp"
#include "http/routes.hpp"
#include "http/whose.hpp"
#include "net/server.hpp"

namespace slipway::http {

// What a finished call looked like, for the log and the audit trail.
struct Finished {
  const Call* call = nullptr;
  Home* home = nullptr;
  const Route* route = nullptr;  // null: nothing matched
  int status = 0;
  Microseconds took{0};
};

struct AppOptions {
  // For Within::request and Within::upload. After a moment a handler is also cancelled when its caller has left.
  Milliseconds request_limit{30'000}, upload_limit{600'000};
  int api_rate_per_minute = 512;
  int login_rate_per_minute = 60;
  int agent_rate_per_minute = 1200;  // each agent's own
  // Shared with whoever authenticates beside the routes; null: as many a minute as requests.
  std::shared_ptr<WrongTokens> wrong_tokens = {};
  // For calls of audited routes that left no line in a transaction; runs before the answer is sent, so that who has the answer
  // finds the line. Null: not wanted.
  std::function<Task<void>(const Finished&)> audit;
  // Every call once it is done; for tests. Null: nobody watches.
  std::function<void(const Finished&)> watch;
  // Answers hosts of web apps (wildcard access URL) before any route is looked at; false when the host is not one.
  std::function<Task<bool>(net::Exchange&, Home&)> by_host;
};

class App {
 public:
  App(Routes routes, std::vector<std::unique_ptr<Home>> homes, Authenticator& authenticator, AppOptions options);

  Task<void> serve(net::Exchange& exchange);
  const Routes& routes() const { return routes_; }
  Home& home(std::size_t index) { return *homes_[index]; }
  const Meter& meter() const { return meter_; }

 private:
  Task<void> answer(net::Exchange& exchange, Home& home, const Match& match, Meter::Running& running);
  Task<Result<std::optional<net::Response>>> admit(const Match& match, const net::Exchange& exchange, Home& home, std::shared_ptr<store::Cost> cost,
                                                   net::Headers& extra, PrincipalPtr& principal);
  Task<Result<std::optional<net::Response>>> run(const Route& route, Call& call);
  Task<int> send(Call& call, const Route* route, const store::Origin& origin, Result<std::optional<net::Response>> outcome, const net::Headers& extra,
                 std::chrono::steady_clock::time_point started);
  Task<Result<PrincipalPtr>> authenticate(const Route& route, const net::Exchange& exchange, Home& home, std::shared_ptr<store::Cost> cost);
  Task<Result<PrincipalPtr>> whose(AskWhose ask, const net::Request& request, Home& home, const std::string& token,
                                   std::shared_ptr<store::Cost> cost);
  // Counts the request. `principal` is null before authentication.
  Result<void> limit(const Route& route, const net::Request& request, const Home& home, const Principal* principal, net::Headers& headers);
  Home& home_of(const net::Exchange& exchange);

  Routes routes_;
  Meter meter_;
  std::vector<std::unique_ptr<Home>> homes_;
  Authenticator& authenticator_;
  AppOptions options_;
  RateLimit api_rate_, login_rate_, agent_rate_;
};

}  // namespace slipway::http
