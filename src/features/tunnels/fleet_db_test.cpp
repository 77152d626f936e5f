// What many idle agents cost the database.
#include "support/exposition.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

Task<Result<std::unique_ptr<net::Stream>>> refuse_port(std::uint16_t) { co_return fail(Code::bad_gateway, "Nothing listens here."); }
Task<void> refuse_opening(tunnel::Opening opening) {
  opening.refuse(501, "Not here.");
  co_return;
}
Task<net::Response> know_nothing(tunnel::AgentRequest) { co_return net::Response{.status = 404, .headers = {}, .body = "{}"}; }
Task<void> run_acceptor(std::shared_ptr<tunnel::Acceptor> acceptor) {
  auto ended = co_await acceptor->run();
  if (!ended) co_return;
}

// So many agents that hold their tunnels and do nothing, on one loop.
class Fleet {
 public:
  Fleet(TestServer& server, std::size_t count) : server_(server) {
    for (std::size_t i = 0; i < count; ++i) rows_.push_back(add_agent(server, server.owner(), fmt::format("ws{}", i)));
    EXPECT_EQ(loops_.run(open(this)), 0);
    wait_for("select count(*) from agent_tunnels", std::to_string(count));
  }
  ~Fleet() { loops_.run(close(this)); }
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  void wait_for(const std::string& question, const std::string& answer) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (server_.database().sql(question) != answer && std::chrono::steady_clock::now() < until) breathe();
    EXPECT_EQ(server_.database().sql(question), answer);
  }

 private:
  static Task<int> open(Fleet* self) {
    for (const auto& row : self->rows_) {
      net::Headers headers;
      headers.set("Coder-Session-Token", row.token);
      auto socket = co_await self->client_.connect_websocket(self->server_.url() + "/api/v2/workspaceagents/me/tunnel", std::move(headers));
      if (!socket) co_return 1;
      tunnel::Handlers handlers{.connect = refuse_port, .open = refuse_opening, .request = know_nothing};
      auto acceptor = std::make_shared<tunnel::Acceptor>(self->loops_.at(0), tunnel::over_websocket(std::move(*socket)), std::move(handlers));
      self->acceptors_.push_back(acceptor);
      self->nursery_.start(run_acceptor, std::move(acceptor));
    }
    co_return 0;
  }
  static Task<int> close(Fleet* self) {
    for (const auto& acceptor : self->acceptors_) co_await acceptor->stop();
    co_await self->nursery_.stop();
    self->acceptors_.clear();
    co_await self->client_.stop();
    co_return 0;
  }

  TestServer& server_;
  std::vector<AgentRow> rows_;
  aio::Loops loops_{1};
  net::Client client_{loops_.at(0)};
  aio::Nursery nursery_{loops_.at(0)};
  std::vector<std::shared_ptr<tunnel::Acceptor>> acceptors_;
};

TEST(Fleet, TwoHundredIdleAgentsCostLessThanAStatementAMinuteEach) {
  constexpr std::size_t kAgents = 200;
  TestServer server([](server::Config& config) {
    config.prometheus_address = "127.0.0.1:0";
    config.prometheus_agent_stats = false;
    config.metrics_interval = Seconds(3600);
  });
  const Fleet fleet(server, kAgents);
  const auto statements = [&] { return Exposition(server.metrics("GET", "/metrics").body).value("slipway_db_statements_total"); };
  const std::string at_once = "select count(distinct last_connected_at) || ' ' || count(*) from workspace_agents";
  fleet.wait_for(at_once, fmt::format("1 {}", kAgents));  // a heartbeat, and of all in one statement
  const auto beat = server.database().sql("select max(last_connected_at)::text from workspace_agents");
  const auto before = statements();
  const auto begun = std::chrono::steady_clock::now();

  fleet.wait_for("select (min(last_connected_at) > '" + beat + "')::text from workspace_agents", "true");

  const auto spent = statements() - before;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  EXPECT_GT(spent, 0);
  EXPECT_LE(spent, kAgents * took.count() / 60) << "in " << took.count() << " s";
  EXPECT_EQ(server.database().sql(at_once), fmt::format("1 {}", kAgents));
}

}  // namespace
}  // namespace slipway::test
