// What tests of the whole agent share: a control plane made of a few lines, over real sockets, and an agent that is told of it.
#pragma once

#include "agent/agent.hpp"
#include "agent/test_support.hpp"
#include "net/server.hpp"
#include "net/websocket.hpp"
#include "tunnel/session.hpp"

#include <boost/json.hpp>

#include <mutex>

namespace slipway::agent::testing_support {

namespace json = boost::json;

struct Seen {
  std::string method;
  std::string path;
  std::string body;
  std::string token;
};

// Plays the control plane: answers what the agent asks, remembers what it reported, holds its tunnel.
class FakeServer {
 public:
  FakeServer() : server_(loops_, {}, [this](net::Exchange& exchange) { return handle(exchange); }) { EXPECT_TRUE(server_.start()); }
  ~FakeServer() {
    auto end = [](FakeServer* self) -> Task<int> {
      if (self->session_) co_await self->session_->stop();
      co_await self->server_.stop(Milliseconds(500));
      co_return 0;
    };
    loops_.run(end(this));
  }

  std::size_t connections() const { return server_.connections(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  void set(const std::string& path, int status, std::string body = {}) {
    const std::lock_guard lock(mutex_);
    answers_[path] = {status, std::move(body)};
  }
  void forget(const std::string& path) {
    const std::lock_guard lock(mutex_);
    answers_.erase(path);
  }
  // The workspace is in a pool; agents that ask wait until claimed().
  void set_pooled() {
    const std::lock_guard lock(mutex_);
    pooled_ = true;
  }
  // Somebody has it now. Who started up as `before` is told.
  void claimed(const Uuid& before, const api::AgentManifest& now) {
    set("manifest", 200, api::to_json(now));
    const std::lock_guard lock(mutex_);
    claimed_from_ = before.str();
  }
  int refused(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    const auto found = refused_.find(path);
    return found == refused_.end() ? 0 : found->second;
  }
  // Ends the tunnel with these words, as the real one does: they go first.
  Task<void> end_tunnel(std::string_view farewell) {
    std::shared_ptr<net::WebSocket> socket;
    {
      const std::lock_guard lock(mutex_);
      socket = socket_;
    }
    auto close = [](std::shared_ptr<net::WebSocket> open, std::string words) -> Task<void> {
      co_await open->close(net::close_code::going_away, words);
    };
    co_await aio::on(loops_.at(0), close(socket, std::string(farewell)));
  }
  std::vector<Seen> seen(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    std::vector<Seen> out;
    for (const auto& one : seen_)
      if (one.path == path) out.push_back(one);
    return out;
  }
  std::vector<std::string> states() const {
    std::vector<std::string> out;
    for (const auto& one : seen("report-lifecycle")) out.emplace_back(json::parse(one.body).at("state").as_string());
    return out;
  }
  // "level:output" of every log line that was accepted.
  std::vector<std::string> logs() const {
    std::vector<std::string> out;
    for (const auto& one : seen("logs"))
      for (const auto& line : json::parse(one.body).at("logs").as_array())
        out.push_back(std::string(line.at("level").as_string()) + ":" + std::string(line.at("output").as_string()));
    return out;
  }
  std::shared_ptr<tunnel::Session> session() const {
    const std::lock_guard lock(mutex_);
    return session_;
  }
  aio::Loops& loops() { return loops_; }

 private:
  class Transport final : public tunnel::Transport {
   public:
    explicit Transport(std::shared_ptr<net::WebSocket> socket) : socket_(std::move(socket)) {}
    Task<Result<std::string>> read() override {
      CO_TRY(message, co_await socket_->read());
      co_return std::move(message.data);
    }
    Task<Result<void>> write(std::string message) override { co_return co_await socket_->write_binary(message); }
    Task<void> close() override { co_await socket_->close(net::close_code::going_away); }

   private:
    std::shared_ptr<net::WebSocket> socket_;
  };

  static constexpr std::string_view kBase = "/api/v2/workspaceagents/";

  Task<void> handle(net::Exchange& exchange) {
    std::string path(exchange.request().path);
    if (path.starts_with(kBase)) path.erase(0, kBase.size());
    if (path.starts_with("me/")) path.erase(0, 3);
    if (path == "tunnel") co_return co_await serve_tunnel(exchange);
    if (path == "reinit") co_return co_await serve_claims(exchange);
    auto body = co_await exchange.body(4 << 20);
    if (!body) co_return;
    net::Response answer;
    {
      const std::lock_guard lock(mutex_);
      const auto found = answers_.find(path);
      answer.status = found == answers_.end() ? 200 : found->second.first;
      answer.body = found == answers_.end() ? "{}" : found->second.second;
      if (answer.status >= 300) ++refused_[path];
      if (answer.status < 300)
        seen_.push_back({exchange.request().method, path, *body, std::string(exchange.request().headers.get("coder-session-token"))});
    }
    (void)co_await exchange.send(std::move(answer));
  }

  // A stream that ends without news while the workspace is in its pool: whoever waits asks again, and is told then what came meanwhile.
  Task<void> serve_claims(net::Exchange& exchange) {
    net::Response answer{.status = 409};
    {
      const std::lock_guard lock(mutex_);
      const std::string asked(exchange.request().query);
      seen_.push_back({"GET", "reinit", asked, {}});
      if (pooled_) answer = {.status = 200, .headers = {{"Content-Type", "text/event-stream"}}, .body = "event: ping\n\n"};
      if (pooled_ && !claimed_from_.empty()) {
        if (asked == "agent_id=" + claimed_from_)
          answer.body += "event: data\ndata: {\"reason\":\"prebuild_claimed\"}\n\n";
        else
          answer = net::Response{.status = 409};
      }
    }
    (void)co_await exchange.send(std::move(answer));
  }

  Task<void> serve_tunnel(net::Exchange& exchange) {
    int refuse = 0;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = answers_.find("tunnel"); found != answers_.end()) refuse = found->second.first;
    }
    if (refuse != 0) {
      net::Response no{.status = refuse};
      (void)co_await exchange.send(std::move(no));
      co_return;
    }
    auto socket = co_await exchange.upgrade();
    if (!socket) co_return;
    std::shared_ptr<net::WebSocket> shared = std::move(*socket);
    auto session = std::make_shared<tunnel::Session>(exchange.home(), std::make_unique<Transport>(shared));
    {
      const std::lock_guard lock(mutex_);
      session_ = session;
      socket_ = shared;
      seen_.push_back({"GET", "tunnel", "", std::string(exchange.request().headers.get("coder-session-token"))});
    }
    (void)co_await session->run();
    const std::lock_guard lock(mutex_);
    if (session_ == session) session_.reset();
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::pair<int, std::string>> answers_;
  bool pooled_ = false;
  std::string claimed_from_;
  std::vector<Seen> seen_;
  std::map<std::string, int, std::less<>> refused_;
  std::shared_ptr<net::WebSocket> socket_;
  std::shared_ptr<tunnel::Session> session_;
  aio::Loops loops_{1};
  net::Server server_;
};

inline api::AgentManifest manifest(std::vector<api::AgentScript> scripts = {}) {
  api::AgentManifest out;
  out.agent_id = Uuid::random();
  out.workspace_id = Uuid::random();
  out.agent_name = "main";
  out.owner_name = "ana";
  out.workspace_name = "blue";
  out.directory = "~/project";
  out.environment_variables = {{"GREETING", "hello"}};
  out.scripts = std::move(scripts);
  return out;
}

inline api::AgentScript script(std::string text, bool at_start = true) {
  api::AgentScript out;
  out.id = Uuid::random();
  out.log_source_id = Uuid::random();
  out.script = std::move(text);
  out.run_on_start = at_start;
  out.run_on_stop = !at_start;
  return out;
}

struct Bench {
  FakeServer server;
  Folder folder;
  std::optional<Agent> agent;

  explicit Bench(const api::AgentManifest& what) {
    ::setenv("HOME", folder.path().c_str(), 1);
    server.set("manifest", 200, api::to_json(what));
    server.set("report-stats", 200, R"({"report_interval":200000000})");
  }
  Options options() const {
    Options out;
    out.url = server.url();
    out.token = "the-token";
    out.log_dir = folder / "logs";
    out.script_data_dir = folder / "data";
    return out;
  }
  void start(const asio::any_io_executor& home) { start(home, options()); }
  void start(const asio::any_io_executor& home, Options with) {
    agent.emplace(home, std::move(with), "/opt/slipway-agent");
    agent->start();
  }
  // One question through the tunnel, from the server's side.
  Task<Result<net::Response>> ask(std::string path) {
    auto session = server.session();
    if (!session) co_return fail(Code::unavailable, "no tunnel");
    co_return co_await aio::on(session->home(), session->request("GET", std::move(path)));
  }
};

}  // namespace slipway::agent::testing_support
