// Agents that a workspace proxy wants, and that cannot be called or do not come.
#include "server/proxy_tunnels.hpp"
#include "aio/loops.hpp"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

struct Calls {
  int count = 0;
  bool fails = false;
  std::vector<std::string> tickets = {};
};

Task<Result<void>> outcome(bool fails) {
  if (fails) co_return fail(Code::bad_gateway, "The workspace's agent is not connected.");
  co_return Result<void>();
}

ProxyTunnels::CallHere count_in(Calls& calls) {
  return [&calls](std::size_t, AgentId, std::string ticket) {
    ++calls.count;
    calls.tickets.push_back(std::move(ticket));
    return outcome(calls.fails);
  };
}

// Dials so many agents, one after another, and gives the words of the last failure.
Task<int> dial(Calls* calls, int times, std::string* said) {
  const auto executor = co_await aio::executor();
  const pg::ConnectOptions nowhere{.url = "host=/nonexistent dbname=none"};
  pg::Pool pool(executor, {.connect = nowhere});
  pg::Listener listener(executor, nowhere);
  http::Home home{.executor = executor, .index = 0, .db = store::Db(pool, listener, system_clock()), .site = std::make_shared<const http::Site>()};
  tunnels::Replicas nobody(ReplicaId::random(), "", "");
  ProxyTunnels tunnels({executor}, nobody, count_in(*calls), Milliseconds(1));
  for (int i = 0; i < times; ++i) {
    const auto stream = co_await tunnels.dial(home, AgentId::random(), tunnels::Target::to_port(8080));
    *said = stream ? "" : stream.error().say;
  }
  co_await tunnels.stop();
  co_await tunnels.close();
  home.standings.reset();
  co_await listener.stop();
  co_await pool.stop();
  co_return 0;
}

std::string dialled(Calls& calls, int times) {
  std::string said;
  aio::Loops loops(1);
  EXPECT_EQ(loops.run(dial(&calls, times, &said)), 0);
  return said;
}

TEST(ProxyTunnels, WhoCannotBeCalledIsNotWaitedFor) {
  Calls calls{.fails = true};

  const auto said = dialled(calls, 1);

  EXPECT_EQ(said, "The workspace's agent is not connected.");
  EXPECT_EQ(calls.count, 1);
}

TEST(ProxyTunnels, WhoDoesNotComeIsWaitedForForAWhile) {
  Calls calls;

  const auto said = dialled(calls, 1);

  EXPECT_NE(said.find("did not come to this proxy"), std::string::npos) << said;
  EXPECT_EQ(calls.count, 1);
}

TEST(ProxyTunnels, EachCallHasATicketOfItsOwn) {
  Calls calls;

  dialled(calls, 3);

  ASSERT_EQ(calls.tickets.size(), 3u);
  EXPECT_NE(calls.tickets[0], calls.tickets[1]);
  EXPECT_NE(calls.tickets[1], calls.tickets[2]);
  for (const auto& ticket : calls.tickets) {
    EXPECT_GE(ticket.size(), 40u);
    EXPECT_TRUE(std::ranges::all_of(ticket, [](unsigned char c) { return std::isalnum(c); })) << "it stands in an address";
  }
}

}  // namespace
}  // namespace slipway::server
