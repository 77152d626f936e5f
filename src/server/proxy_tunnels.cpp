#include "server/proxy_tunnels.hpp"

#include "aio/event.hpp"
#include "base/on_exit.hpp"
#include "crypto/token.hpp"
#include "http/credentials.hpp"

#include <boost/asio/post.hpp>

namespace slipway::server {

namespace {

constexpr std::size_t kTicketLength = 43;
constexpr int kTries = 2;  // who waits for another's call makes one of its own when that came to nothing

}  // namespace

// Somebody on one loop who waits for an agent.
struct ProxyTunnels::Waiter {
  explicit Waiter(asio::any_io_executor executor) : home(executor), event(std::move(executor)) {}
  asio::any_io_executor home;
  aio::Event event;

  static void wake(const WaiterPtr& self) {
    boost::asio::post(self->home, [self] { self->event.notify(); });
  }
};

ProxyTunnels::ProxyTunnels(std::vector<asio::any_io_executor> loops, tunnels::Replicas& nobody, CallHere call_here, Milliseconds arrival)
    : Tunnels(std::move(loops), nobody), call_here_(std::move(call_here)), arrival_(arrival) {}
ProxyTunnels::~ProxyTunnels() = default;

bool ProxyTunnels::wait_for(AgentId agent, WaiterPtr waiter) {
  const std::lock_guard lock(mutex_);
  auto& all = waiting_[agent];
  all.push_back(std::move(waiter));
  return all.size() == 1;
}

// The others look again: should it have been this one who called, and in vain, somebody else must.
void ProxyTunnels::leave(AgentId agent, const WaiterPtr& waiter) {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(agent);
  if (found == waiting_.end()) return;
  const bool first = !found->second.empty() && found->second.front() == waiter;
  std::erase(found->second, waiter);
  if (first) std::ranges::for_each(found->second, Waiter::wake);
  if (found->second.empty() || first) waiting_.erase(found);
}

void ProxyTunnels::arrived(AgentId agent) {
  const std::lock_guard lock(mutex_);
  if (const auto found = waiting_.find(agent); found != waiting_.end()) std::ranges::for_each(found->second, Waiter::wake);
}

std::string ProxyTunnels::ticket_for(AgentId agent, Time now) {
  auto ticket = crypto::random_text(kTicketLength);
  const std::lock_guard lock(mutex_);
  std::erase_if(tickets_, [now](const auto& one) { return one.second.until < now; });
  tickets_.emplace(ticket, Ticket{.agent = agent, .until = now + kTicketLife});
  return ticket;
}

std::optional<AgentId> ProxyTunnels::take(const std::string& ticket, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return std::nullopt;
  const Ticket taken = found->second;
  tickets_.erase(found);
  if (taken.until < now) return std::nullopt;
  return taken.agent;
}

Task<Result<void>> ProxyTunnels::call(http::Home& home, AgentId agent) {
  auto ticket = ticket_for(agent, home.db.clock().now());
  co_return co_await call_here_(home.index, agent, std::move(ticket));
}

// Returns once the agent is held here. However many want it at once, it is called by one of them.
Task<Result<void>> ProxyTunnels::fetch(http::Home& home, AgentId agent) {
  for (int i = 0; i < kTries && !holds(agent); ++i) {
    const auto waiter = std::make_shared<Waiter>(home.executor);
    const bool first = wait_for(agent, waiter);
    const OnExit done([&] { leave(agent, waiter); });
    if (holds(agent)) break;  // it has come meanwhile
    if (first) CO_CHECK(co_await call(home, agent));
    if (!co_await waiter->event.wait_for(arrival_)) break;
  }
  if (holds(agent)) co_return Result<void>();
  co_return fail(Code::bad_gateway, "The workspace's agent did not come to this proxy. Does its machine reach the proxy's address?");
}

Task<Result<http::Handled>> ProxyTunnels::welcome(http::Call& call) {
  const std::string ticket(call.request().headers.get(http::kSessionHeader));
  const auto agent = take(ticket, call.now());
  if (!agent) co_return fail(Code::unauthenticated, "This proxy has not called the agent, or did so too long ago.");
  http::PrincipalAgent who;
  who.id = *agent;
  co_return co_await carry(call, std::move(who), agent->str());
}

Task<Result<void>> ProxyTunnels::accepted(http::Home&, const http::PrincipalAgent&, Uuid) { co_return Result<void>(); }
Task<void> ProxyTunnels::ended(http::Home&, const http::PrincipalAgent&, Uuid) { co_return; }

Task<Result<std::unique_ptr<net::Stream>>> ProxyTunnels::dial_elsewhere(http::Home& home, AgentId agent, tunnels::Target target) {
  CO_CHECK(co_await fetch(home, agent));
  co_return co_await dial_here(home, agent, std::move(target));
}

Task<Result<net::Response>> ProxyTunnels::request_elsewhere(http::Home& home, AgentId agent, std::string path) {
  CO_CHECK(co_await fetch(home, agent));
  co_return co_await request_here(home, agent, std::move(path));
}

}  // namespace slipway::server
