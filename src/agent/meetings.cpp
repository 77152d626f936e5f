#include "agent/meetings.hpp"

#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "base/version.hpp"
#include "net/url.hpp"
#include "tunnel/transport.hpp"

namespace slipway::agent {

namespace {

constexpr Milliseconds kOpening = Seconds(20);

net::ClientOptions client_options() {
  net::ClientOptions out;
  out.user_agent = "slipway-agent/" + std::string(kVersion);
  out.proxies = net::proxies_of_environment();
  return out;
}

}  // namespace

Meetings::Meetings(const asio::any_io_executor& home, std::function<tunnel::Handlers()> handlers)
    : handlers_(std::move(handlers)), client_(home, client_options()), nursery_(home, kMost) {}

Result<void> Meetings::come(std::string url, std::string ticket) {
  const auto parsed = net::parse_url(url);
  if (!parsed || (parsed->scheme != "http" && parsed->scheme != "https") || parsed->has_userinfo || ticket.empty())
    return fail(Code::invalid, "A proxy is met at an http or https address, with a ticket.");
  const auto meeting = open_.emplace(open_.end(), parsed->origin(), nursery_.home());
  if (nursery_.start(meet, this, meeting, std::move(ticket))) return {};
  open_.erase(meeting);
  return fail(Code::too_many, "The agent has tunnels to as many proxies as it may.");
}

Result<void> Meetings::part(std::string_view url) {
  const auto parsed = net::parse_url(url);
  if (!parsed) return fail(Code::invalid, "A proxy is parted from by its address.");
  const auto origin = parsed->origin();
  for (auto& meeting : open_)
    if (meeting.origin == origin) meeting.end.notify();
  return {};
}

Task<void> Meetings::meet(Meetings* self, Ends::iterator meeting, std::string ticket) {
  using namespace asio::experimental::awaitable_operators;
  const OnExit leave([self, meeting] { self->open_.erase(meeting); });
  co_await (self->carry(meeting->origin, std::move(ticket)) || meeting->end.wait());
}

Task<void> Meetings::carry(std::string url, std::string ticket) {
  net::Headers headers;
  headers.set("Coder-Session-Token", ticket);
  auto opening = client_.connect_websocket(url + "/api/v2/workspaceagents/me/tunnel", std::move(headers));
  auto socket = co_await aio::with_deadline(kOpening, "The proxy did not open the tunnel in time.", std::move(opening));
  if (!socket) {
    log::warn("a workspace proxy could not be reached", {{"url", url}, {"say", socket.error().say}, {"why", socket.error().why}});
    co_return;
  }
  log::info("connected to a workspace proxy", {{"url", url}});
  auto transport = tunnel::over_websocket(std::move(*socket));
  tunnel::Acceptor acceptor(co_await aio::executor(), std::move(transport), handlers_());
  const auto ended = co_await acceptor.run();
  log::info("the tunnel to a workspace proxy has ended", {{"url", url}, {"why", ended ? std::string() : ended.error().why}});
}

void Meetings::hang_up() {
  for (auto& meeting : open_) meeting.end.notify();
}

Task<void> Meetings::stop() {
  co_await nursery_.stop();
  co_await client_.stop();
}

}  // namespace slipway::agent
