#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = value.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->as_string()) : found ? boost::json::serialize(*found) : "(absent)";
}

TEST(Tunnel, AConnectedAgentShowsAsConnectedAndOneThatLeavesAsGone) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent(srv, row);

  srv.wait_for(row.path(), "/status", "connected", srv.owner());
  agent.stop();

  srv.wait_for(row.path(), "/status", "disconnected", srv.owner());
}

TEST(Tunnel, AnOldConnectionThatEndsLeavesTheNewOneConnected) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  FakeAgent old(srv, row);
  srv.wait_for(row.path(), "/status", "connected", srv.owner());
  const auto first = srv.database().sql("select connection_id::text from workspace_agents");

  FakeAgent fresh(srv, row);
  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  while (old.is_open() && std::chrono::steady_clock::now() < until) breathe();

  EXPECT_FALSE(old.is_open());
  while (old.farewell().empty() && std::chrono::steady_clock::now() < until) breathe();
  EXPECT_EQ(old.farewell(), tunnel::kReplaced) << "the first is told why";
  old.stop();
  EXPECT_NE(srv.database().sql("select connection_id::text from workspace_agents"), first);
  EXPECT_EQ(text(srv.get(row.path(), srv.owner()).json(), "/status"), "connected");
  EXPECT_EQ(talk(srv, row.path() + "/ssh", srv.owner(), {}, "SSH-2.0-test").heard, "SSH-2.0-test\n");
}

TEST(Relay, NobodyWithoutTheSharedKeyGetsAStream) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  EXPECT_EQ(srv.get("/api/v2/internal/relay/" + row.id + "?kind=port&port=22", srv.owner()).status, 401);
}

}  // namespace
}  // namespace slipway::test
