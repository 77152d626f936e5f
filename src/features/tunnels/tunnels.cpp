#include "features/tunnels/tunnels.hpp"

#include "aio/nursery.hpp"
#include "base/log.hpp"
#include "features/resources/resources.hpp"
#include "features/tunnels/gen/tunnels_sql.hpp"
#include "net/url.hpp"
#include "store/db.hpp"
#include "tunnel/across.hpp"
#include "tunnel/farewell.hpp"
#include "tunnel/transport.hpp"

namespace slipway::tunnels {

namespace {

constexpr Milliseconds kGoodbye{1000};
constexpr Milliseconds kAnswer = Seconds(10);  // an agent to one of ask_all()
constexpr std::size_t kAskedAtOnce = 64;
constexpr std::size_t kQuestion = 64 << 10;  // of another replica to an agent's small API

struct Goodbye {
  std::uint16_t code = net::close_code::going_away;
  std::string reason;
};

// With the words that ended the tunnel. An agent whose machine has gone answers nothing: it is not waited for as long as a person's
// browser would be.
Task<void> say_goodbye(net::WebSocket& socket, std::shared_ptr<const Goodbye> words) {
  using namespace asio::experimental::awaitable_operators;
  (void)co_await (socket.close(words->code, words->reason) || aio::sleep(kGoodbye));
  socket.cut();
}

Task<Result<std::unique_ptr<net::Stream>>> open_there(std::shared_ptr<tunnel::Session> session, Target target) {
  if (target.service.empty()) co_return co_await session->connect(target.port);
  co_return co_await session->open(std::move(target.service), "/", std::move(target.headers));
}

Task<Result<net::Response>> ask_there(std::shared_ptr<tunnel::Session> session, std::string path) {
  co_return co_await session->request("GET", std::move(path));
}

// A relay's path carries a service's headers as its query.
std::string path_of(const tunnel::HeaderList& headers) {
  return "/?" + net::build_query(std::vector<std::pair<std::string, std::string>>(headers.begin(), headers.end()));
}

tunnel::HeaderList headers_of(std::string_view path) {
  const auto mark = path.find('?');
  if (mark == path.npos) return {};
  auto pairs = net::parse_query(path.substr(mark + 1));
  return {pairs.begin(), pairs.end()};
}

Task<void> stop_client(net::Client* client) { co_await client->stop(); }

std::unexpected<Error> not_connected() { return fail(Code::bad_gateway, "The workspace's agent is not connected."); }

}  // namespace

struct Tunnels::Held {
  asio::any_io_executor home;
  Uuid connection;
  std::shared_ptr<tunnel::Session> session;
  std::shared_ptr<Goodbye> goodbye;
  std::shared_ptr<net::WebSocket> socket;

  // On its own loop. The words go first: an agent that is told of the tunnel's end closes before it could hear them.
  // Nobody waits long for an agent that answers nothing.
  static Task<void> end(HeldPtr self, std::string reason) {
    using namespace asio::experimental::awaitable_operators;
    self->goodbye->reason = std::move(reason);
    (void)co_await (self->socket->close(self->goodbye->code, self->goodbye->reason) || aio::sleep(kGoodbye));
    co_await self->session->stop();
  }
};

struct Tunnels::Ending {
  HeldPtr held;
  std::string reason;
};

Tunnels::Tunnels(std::vector<asio::any_io_executor> loops, Replicas& replicas, TunnelTimes times)
    : loops_(std::move(loops)), replicas_(replicas), times_(times) {
  for (const auto& loop : loops_) clients_.push_back(std::make_unique<net::Client>(loop));
}
Tunnels::~Tunnels() = default;

Tunnels::HeldPtr Tunnels::find(AgentId agent) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(agent);
  return found == held_.end() ? nullptr : found->second;
}

Tunnels::HeldPtr Tunnels::hold(AgentId agent, HeldPtr held) {
  const std::lock_guard lock(mutex_);
  return std::exchange(held_[agent], std::move(held));
}

void Tunnels::let_go(AgentId agent, const HeldPtr& held) {
  const std::lock_guard lock(mutex_);
  if (const auto found = held_.find(agent); found != held_.end() && found->second == held) held_.erase(found);
}

Task<Result<void>> Tunnels::accepted(http::Home& home, const http::PrincipalAgent& agent, Uuid connection) {
  auto duty = home.db.duty<rbac::Duty::tunnel_keeper>();
  auto body = [&](store::DutyTx<rbac::Duty::tunnel_keeper>& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::connected(tx, tx.now(), replicas_.id(), connection, agent.id));
    CO_CHECK(co_await sql::hold_tunnel(tx, agent.id, replicas_.id(), connection, tx.now()));
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), agent.workspace_id.str());
  };
  co_return co_await duty.tx(body);
}

Task<void> Tunnels::ended(http::Home& home, const http::PrincipalAgent& agent, Uuid connection) {
  auto duty = home.db.duty<rbac::Duty::tunnel_keeper>();
  auto body = [&](store::DutyTx<rbac::Duty::tunnel_keeper>& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::let_go_tunnel(tx, agent.id, connection));
    CO_TRY(changed, co_await sql::disconnected(tx, tx.now(), agent.id, connection));
    if (changed == 0) co_return Result<void>();
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), agent.workspace_id.str());
  };
  auto written = co_await aio::with_deadline(times_.inactive, "The database did not answer.", duty.tx(body));
  if (!written) log::warn("could not write that an agent has gone", {{"agent", agent.id.str()}, {"why", written.error().why}});
}

Task<void> Tunnels::end_previous(HeldPtr previous) {
  if (previous) co_await aio::on(previous->home, Held::end(previous, std::string(tunnel::kReplaced)));
}

std::vector<std::string> Tunnels::standing() {
  const std::lock_guard lock(mutex_);
  return standing_;
}

// On the tunnel's own loop. An agent of an older release does not know the question; one that has just gone asks for itself when it is back.
Task<void> Tunnels::ask_each(HeldPtr held, std::vector<std::string> paths) {
  for (auto& path : paths) {
    auto question = held->session->request("GET", path);
    const auto answer = co_await aio::with_deadline(kAnswer, "The agent did not answer.", std::move(question));
    if (answer && answer->status < 300) continue;
    log::debug("an agent did not do what all were asked",
               {{"connection", held->connection.str()}, {"asked", path}, {"status", answer ? std::to_string(answer->status) : answer.error().say}});
  }
}

// Few enough at a time that a loop has breath for its other work.
Task<void> Tunnels::ask_some(std::vector<HeldPtr> some, std::vector<std::string> paths) {
  for (std::size_t from = 0; from < some.size(); from += kAskedAtOnce) {
    std::vector<Task<void>> asking;
    for (std::size_t i = from; i < std::min(some.size(), from + kAskedAtOnce); ++i) asking.push_back(ask_each(some[i], paths));
    co_await aio::at_once(std::move(asking));
  }
}

Task<void> Tunnels::ask_all(std::vector<std::string> paths) {
  std::vector<std::vector<HeldPtr>> by_loop(loops_.size());
  std::vector<std::string> fresh;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& path : paths)
      if (std::ranges::find(standing_, path) == standing_.end()) fresh.push_back(path);
    standing_ = std::move(paths);
    if (!fresh.empty())
      for (const auto& [agent, held] : held_)
        by_loop[static_cast<std::size_t>(std::ranges::find(loops_, held->home) - loops_.begin())].push_back(held);
  }
  std::vector<Task<void>> asking;
  for (std::size_t i = 0; i < loops_.size(); ++i)
    if (!by_loop[i].empty()) asking.push_back(aio::on(loops_[i], ask_some(std::move(by_loop[i]), fresh)));
  co_await aio::at_once(std::move(asking));
}

Task<Result<void>> Tunnels::beat(http::Home& home) {
  std::unordered_map<AgentId, HeldPtr> held;
  {
    const std::lock_guard lock(mutex_);
    held = held_;
  }
  if (held.empty()) co_return Result<void>();
  std::vector<AgentId> agents;
  std::vector<Uuid> connections;
  for (const auto& [agent, one] : held) {
    agents.push_back(agent);
    connections.push_back(one->connection);
  }
  auto duty = home.db.duty<rbac::Duty::tunnel_keeper>();
  CO_TRY(beats, co_await sql::beat(duty, duty.now(), agents, connections));
  std::vector<Ending> ending;
  std::vector<WorkspaceId> back;
  for (const auto& row : beats) {
    const auto found = held.find(row.id);
    if (found == held.end()) continue;
    if (!row.is_latest) ending.push_back({std::move(found->second), "build is outdated"});
    if (row.was_gone) back.push_back(row.workspace_id);
    held.erase(found);
  }
  for (auto& [agent, one] : held) ending.push_back({std::move(one), std::string(tunnel::kReplaced)});
  co_await end_each(std::move(ending));
  if (back.empty()) co_return Result<void>();
  auto tell = [&](store::DutyTx<rbac::Duty::tunnel_keeper>& tx) -> Task<Result<void>> {
    for (const auto& workspace : back) CO_CHECK(co_await store::notify(tx, std::string(resources::kWorkspaceNews), workspace.str()));
    co_return Result<void>();
  };
  co_return co_await duty.tx(tell);
}

Task<void> Tunnels::keep_beating(http::Home& home) {
  for (;;) {
    co_await aio::sleep(times_.heartbeat);
    if (const auto beaten = co_await beat(home); !beaten) log::warn("could not write which agents are connected", {{"why", beaten.error().why}});
  }
}

Task<Result<http::Handled>> Tunnels::serve(http::Call& call) { co_return co_await carry(call, *call.principal().agent, call.actor().name); }

Task<Result<http::Handled>> Tunnels::carry(http::Call& call, http::PrincipalAgent agent, std::string name) {
  using namespace asio::experimental::awaitable_operators;
  http::Home& home = call.home();
  if (stopping_) co_return fail(Code::unavailable, "The server is stopping. Try again in a moment.");
  CO_TRY(socket, co_await call.exchange().upgrade());
  auto held = std::make_shared<Held>(Held{
      .home = home.executor, .connection = Uuid::random(), .session = nullptr, .goodbye = std::make_shared<Goodbye>(), .socket = std::move(socket)});
  auto transport = tunnel::over_websocket(held->socket, [words = held->goodbye](net::WebSocket& ended) { return say_goodbye(ended, words); });
  held->session = std::make_shared<tunnel::Session>(home.executor, std::move(transport));
  CO_CHECK(co_await accepted(home, agent, held->connection));
  auto previous = hold(agent.id, held);
  arrived(agent.id);
  log::info("an agent has connected", {{"agent", name}, {"connection", held->connection.str()}});

  std::exception_ptr thrown;
  try {
    auto asked = ask_each(held, standing());
    (void)co_await (held->session->run() && end_previous(std::move(previous)) && std::move(asked));
  } catch (...) {
    thrown = std::current_exception();
  }
  // However it ended, a server that stops included, the row must say so.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await held->session->stop();
  let_go(agent.id, held);
  co_await ended(home, agent, held->connection);
  log::info("an agent has gone", {{"agent", name}, {"connection", held->connection.str()}, {"reason", held->goodbye->reason}});
  if (thrown) std::rethrow_exception(thrown);
  co_return http::Handled{};
}

Task<Result<std::string>> Tunnels::holder(http::Home& home, AgentId agent) {
  auto duty = home.db.duty<rbac::Duty::tunnel_keeper>();
  CO_TRY(row, co_await sql::holder(duty, agent, duty.now() - kReplicaAlive));
  // A row that names this server is a connection that has just ended here.
  if (!row || row->replica_id == replicas_.id()) co_return not_connected();
  co_return row->relay_address;
}

Task<Result<std::unique_ptr<net::Stream>>> Tunnels::dial(http::Home& home, AgentId agent, Target target) {
  if (holds(agent)) co_return co_await dial_here(home, agent, std::move(target));
  co_return co_await dial_elsewhere(home, agent, std::move(target));
}

Task<Result<net::Response>> Tunnels::request(http::Home& home, AgentId agent, std::string path) {
  if (holds(agent)) co_return co_await request_here(home, agent, std::move(path));
  co_return co_await request_elsewhere(home, agent, std::move(path));
}

Task<Result<std::unique_ptr<net::Stream>>> Tunnels::dial_here(http::Home& home, AgentId agent, Target target) {
  const auto held = find(agent);
  if (!held) co_return not_connected();
  if (held->home == home.executor) co_return co_await open_there(held->session, std::move(target));
  CO_TRY(stream, co_await aio::on(held->home, open_there(held->session, std::move(target))));
  co_return tunnel::across(held->home, std::move(stream));
}

Task<Result<net::Response>> Tunnels::request_here(http::Home& home, AgentId agent, std::string path) {
  const auto held = find(agent);
  if (!held) co_return not_connected();
  if (held->home == home.executor) co_return co_await ask_there(held->session, std::move(path));
  co_return co_await aio::on(held->home, ask_there(held->session, std::move(path)));
}

Task<Result<std::unique_ptr<net::Stream>>> Tunnels::dial_elsewhere(http::Home& home, AgentId agent, Target target) {
  CO_TRY(address, co_await holder(home, agent));
  CO_TRY(key, co_await replicas_.key(home));
  tunnel::RelayAsk ask{.agent = agent.str(), .kind = "port", .port = target.port};
  if (!target.service.empty()) ask = {.agent = agent.str(), .kind = target.service, .port = 0, .path = path_of(target.headers)};
  co_return co_await tunnel::relay_open(*clients_[home.index], address, *key, std::move(ask), home.db.clock().now());
}

Task<Result<net::Response>> Tunnels::request_elsewhere(http::Home& home, AgentId agent, std::string path) {
  CO_TRY(address, co_await holder(home, agent));
  CO_TRY(key, co_await replicas_.key(home));
  tunnel::RelayAsk ask{.agent = agent.str(), .kind = "api", .port = 0, .path = std::move(path), .method = "GET"};
  co_return co_await tunnel::relay_request(*clients_[home.index], address, *key, std::move(ask), {}, home.db.clock().now());
}

Task<Result<http::Handled>> Tunnels::relay(http::Call& call) {
  const auto& target = call.request().target;
  CO_TRY(proven, co_await replicas_.prove(call));
  CO_TRY(ask, tunnel::parse_relay(target));
  const auto agent = AgentId::parse(ask.agent);
  const auto held = agent ? find(*agent) : nullptr;
  if (!held) co_return not_connected();
  if (ask.kind == "api") {
    CO_TRY(body, co_await call.exchange().body(kQuestion));
    CO_TRY(answer, co_await tunnel::relay_answer(held->session, *proven.key, std::move(proven.number), std::move(ask), std::move(body)));
    CO_CHECK(co_await call.exchange().send(std::move(answer)));
    co_return http::Handled{};
  }
  CO_CHECK(co_await call.exchange().judge_upgrade({}));
  const Target to = ask.kind == "port" ? Target::to_port(ask.port) : Target::to_service(ask.kind, headers_of(ask.path));
  CO_TRY(stream, co_await aio::on(held->home, open_there(held->session, to)));
  auto here = tunnel::across(held->home, std::move(stream));
  CO_TRY(socket, co_await call.exchange().upgrade());
  (void)co_await tunnel::relay_serve(*proven.key, std::move(proven.number), std::move(socket), std::move(here));
  co_return http::Handled{};
}

// On the loop that they live on.
Task<void> Tunnels::end_all(std::vector<Ending> all) {
  std::vector<Task<void>> ending;
  for (auto& one : all) ending.push_back(Held::end(std::move(one.held), std::move(one.reason)));
  co_await aio::at_once(std::move(ending));
}

Task<void> Tunnels::end_each(std::vector<Ending> all) {
  if (all.empty()) co_return;
  std::vector<std::vector<Ending>> by_loop(loops_.size());
  for (auto& one : all) by_loop[static_cast<std::size_t>(std::ranges::find(loops_, one.held->home) - loops_.begin())].push_back(std::move(one));
  std::vector<Task<void>> ending;
  for (std::size_t i = 0; i < loops_.size(); ++i)
    if (!by_loop[i].empty()) ending.push_back(aio::on(loops_[i], end_all(std::move(by_loop[i]))));
  co_await aio::at_once(std::move(ending));
}

Task<void> Tunnels::stop() {
  stopping_ = true;
  std::vector<Ending> all;
  {
    const std::lock_guard lock(mutex_);
    const auto words = tunnel::stopping_words(held_.size());
    for (const auto& [agent, held] : held_) all.push_back({held, words});
  }
  co_await end_each(std::move(all));
}

Task<void> Tunnels::close() {
  for (std::size_t i = 0; i < loops_.size(); ++i) co_await aio::on(loops_[i], stop_client(clients_[i].get()));
}

}  // namespace slipway::tunnels
