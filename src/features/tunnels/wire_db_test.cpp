// What people notice when the wire between an agent and the server breaks: tests/support/chaos.hpp stands between the two.
#include "net/websocket.hpp"
#include "support/chaos.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

using Way = Chaos::Way;

// An agent whose tunnel leads through the proxy.
struct Wired {
  TestServer srv;
  AgentRow row = add_agent(srv, srv.owner(), "ws");
  aio::Loops loops{1};
  std::unique_ptr<Chaos> wire;
  std::optional<FakeAgent> agent;

  Wired() {
    loops.run(lay(this));
    connect();
  }
  ~Wired() {
    agent.reset();
    loops.run(take_up(this));
  }
  void connect() {
    agent.emplace(srv, row, fmt::format("http://127.0.0.1:{}", port));
    srv.wait_for(row.path(), "/status", "connected", srv.owner());
  }
  void on_wire(const std::function<void(Chaos&)>& change) { loops.run(apply(this, &change)); }
  Talk terminal(std::vector<std::string> say, const std::string& until) {
    return talk(srv, row.path() + "/pty?reconnect=" + Uuid::random().str(), srv.owner(), std::move(say), until);
  }

 private:
  static Task<int> lay(Wired* self) {
    const auto url = self->srv.url();
    self->wire = std::make_unique<Chaos>(
        co_await aio::executor(),
        Chaos::Target{.path = {}, .host = "127.0.0.1", .port = static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)))});
    self->port = self->wire->port();
    co_return 0;
  }
  static Task<int> take_up(Wired* self) {
    co_await self->wire->stop();
    self->wire.reset();
    co_return 0;
  }
  static Task<int> apply(Wired* self, const std::function<void(Chaos&)>* change) {
    (*change)(*self->wire);
    co_return 0;
  }

  unsigned short port = 0;
};

const std::vector<std::string> kMuch(8, std::string(64 << 10, 'x'));  // what is said, and given back

TEST(AgentWire, ATerminalWhoseTunnelIsCutInMidFrameEndsWithAnErrorsCode) {
  Wired w;
  w.on_wire([](Chaos& wire) { wire.cut_after(100'001, Way::to_server); });

  const auto ended = w.terminal(kMuch, "never said");

  EXPECT_EQ(ended.error, "");
  EXPECT_TRUE(ended.heard.starts_with("terminal ")) << ended.heard.substr(0, 40);
  EXPECT_LT(ended.heard.size(), 8U * (64 << 10));
  // As the output's end has it, or the input's, whichever noticed first; a shell that ended says "normal".
  EXPECT_TRUE(ended.close_code == net::close_code::internal || ended.close_code == net::close_code::going_away) << ended.close_code;
}

TEST(AgentWire, OfAnSshSessionThatIsCutNoEndOfDataIsTold) {
  Wired w;
  w.on_wire([](Chaos& wire) { wire.cut_after(100'001, Way::to_server); });

  const auto ended = talk(w.srv, w.row.path() + "/ssh", w.srv.owner(), kMuch, "never said");

  EXPECT_TRUE(ended.heard.starts_with("SSH-2.0-test\n")) << ended.heard.substr(0, 40);
  EXPECT_LT(ended.heard.size(), 8U * (64 << 10));
  EXPECT_EQ(ended.close_code, net::close_code::abnormal) << ended.close_reason;
}

TEST(AgentWire, AnAgentIsSeenToGoAndComesBack) {
  Wired w;

  w.on_wire([](Chaos& wire) { wire.reset(); });
  w.srv.wait_for(w.row.path(), "/status", "disconnected", w.srv.owner());
  EXPECT_EQ(w.srv.database().sql("select count(*) from agent_tunnels"), "0");
  EXPECT_EQ(w.terminal({}, "never said").code, Code::bad_gateway);
  w.agent.reset();
  w.connect();

  EXPECT_NE(w.terminal({"hello"}, "hello").heard.find("hello"), std::string::npos);
}

TEST(AgentWire, SlicedAndDelayedATerminalMissesNothing) {
  Wired w;
  w.on_wire([](Chaos& wire) {
    wire.slice(700);
    wire.delay(Milliseconds(1));
  });

  const auto whole = w.terminal({std::string(20'000, 'x') + "the end"}, "the end");

  EXPECT_EQ(whole.heard.size() - whole.heard.find('\n') - 1, 20'007U);
}

TEST(AgentWire, AStalledTunnelHoldsUpNobodyElse) {
  Wired w;
  const auto other = add_agent(w.srv, w.srv.owner(), "other");
  FakeAgent well(w.srv, other);
  w.srv.wait_for(other.path(), "/status", "connected", w.srv.owner());
  w.on_wire([](Chaos& wire) { wire.stall(); });

  const auto there = talk(w.srv, other.path() + "/pty?reconnect=" + Uuid::random().str(), w.srv.owner(), {"hello"}, "hello");
  w.on_wire([](Chaos& wire) { wire.resume(); });
  const auto here = w.terminal({"hello"}, "hello");

  EXPECT_NE(there.heard.find("hello"), std::string::npos) << there.error;
  EXPECT_NE(here.heard.find("hello"), std::string::npos) << here.error;
}

}  // namespace
}  // namespace slipway::test
