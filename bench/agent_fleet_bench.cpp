// As many agents as lines of standard input, each a token, in one process: what agents ask of a server, without what they do inside
// a workspace. They connect, hold their tunnels, report as far as idle agents do, and come back by an agent's own pauses when the
// server was lost. Until SIGTERM. No Google Benchmark program: bench/sections.py (fleet) starts it and measures the server.
//   agent_fleet_bench URL < tokens
#include "agent/backoff.hpp"
#include "agent/chance.hpp"
#include "agent/control_plane.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "base/open_files.hpp"
#include "base/version.hpp"
#include "net/websocket.hpp"
#include "tunnel/acceptor.hpp"
#include "tunnel/farewell.hpp"
#include "tunnel/transport.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <iostream>

namespace slipway::agent {
namespace {

constexpr std::size_t kFirstAgentsASecond = 250;

struct Member {
  Member(const aio::Executor& home, std::string url, std::string token, std::size_t place)
      : server(home, std::move(url)), first_pause(place * 1000 / kFirstAgentsASecond) {
    server.set_token(Secret(std::move(token)));
  }
  ControlPlane server;
  Milliseconds first_pause;
  bool reported = false;
  std::shared_ptr<std::string> farewell = std::make_shared<std::string>();
};

Task<void> hear(net::WebSocket& socket, std::shared_ptr<std::string> heard) {
  co_await socket.close(net::close_code::going_away);
  *heard = socket.close_reason();
}

// As an agent at each connection; of its life only what the first one tells.
Task<Result<void>> report(Member* self, tunnel::Acceptor* acceptor) {
  CO_TRY(manifest, co_await self->server.manifest());
  const api::AgentStartup startup{.version = std::string(kVersion), .expanded_directory = manifest.directory, .subsystems = {}};
  CO_CHECK(co_await self->server.report_startup(startup));
  if (!self->reported) {
    for (const auto state : {Lifecycle::starting, Lifecycle::ready}) {
      const LifecycleChange change{.state = state, .at = system_clock().now()};
      CO_CHECK(co_await self->server.report_lifecycle(change));
    }
    self->reported = true;
  }
  CO_CHECK(co_await self->server.report_stats(std::nullopt));
  co_await acceptor->closed();
  co_return Result<void>();
}

Task<Result<void>> one_round(Member* self) {
  using namespace asio::experimental::awaitable_operators;
  CO_TRY(socket, co_await self->server.open_tunnel());
  auto transport = tunnel::over_websocket(std::move(socket), [heard = self->farewell](net::WebSocket& ended) { return hear(ended, heard); });
  tunnel::Acceptor acceptor(co_await aio::executor(), std::move(transport), {});
  auto ended = co_await (acceptor.run() || report(self, &acceptor));
  co_return std::visit([](auto& outcome) { return std::move(outcome); }, ended);
}

Task<void> live(Member* self) {
  Pauses pauses;
  co_await aio::sleep(self->first_pause);
  for (;;) {
    self->farewell->clear();
    const auto began = std::chrono::steady_clock::now();
    const auto ended = co_await one_round(self);
    const auto lived = std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now() - began);
    const auto asked = tunnel::reconnect_within(*self->farewell);
    const bool refused = !ended && ended.error().code == Code::unauthenticated;
    co_await aio::sleep(asked ? pauses.as_asked(*asked, chance()) : pauses.after(refused ? RoundEnd::refused : RoundEnd::broken, lived, chance()));
  }
}

Task<int> run(std::string url, std::vector<std::string> tokens) {
  const auto home = co_await aio::executor();
  asio::signal_set signals(home, SIGINT, SIGTERM);
  std::vector<std::unique_ptr<Member>> members;
  aio::Nursery nursery(home);
  for (auto& token : tokens) {
    members.push_back(std::make_unique<Member>(home, url, std::move(token), members.size()));
    nursery.start(live, members.back().get());
  }
  co_await signals.async_wait(aio::tuple);
  co_await nursery.stop();
  for (const auto& member : members) co_await member->server.stop();
  co_return 0;
}

}  // namespace
}  // namespace slipway::agent

int main(int argc, char** argv) {
  using namespace slipway;
  if (argc != 2) {
    std::fputs("usage: agent_fleet_bench URL < tokens, one a line\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  raise_open_files();
  std::vector<std::string> tokens;
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) tokens.push_back(line);
  aio::Loops loops(1);
  return loops.run(agent::run(argv[1], std::move(tokens)));
}
