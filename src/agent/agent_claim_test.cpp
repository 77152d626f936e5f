// An agent whose workspace was built for a pool, and is claimed while it runs.
#include "agent/event_stream.hpp"
#include "agent/fake_server.hpp"

namespace slipway::agent {
namespace {

using namespace testing_support;
using States = std::vector<std::string>;

const std::string kNoteOwner = "echo $CODER_WORKSPACE_OWNER_NAME >> ";

std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

struct PooledBench : Bench {
  PooledBench() : Bench(manifest()) {
    before = manifest({script(kNoteOwner + (folder / "owners"))});
    before.owner_name = "prebuilds";
    after = manifest({script(kNoteOwner + (folder / "owners"))});
    after.owner_name = "ana";
    server.set("manifest", 200, api::to_json(before));
    server.set_pooled();
  }
  api::AgentManifest before, after;
};

TEST(AgentClaim, RunsTheStartScriptsOnceMoreForTheNewOwner) {
  on_loop([]() -> Task<void> {
    PooledBench bench;
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states() == States{"starting", "ready"}; };
    EXPECT_TRUE(co_await until(ready));
    const auto waits = [&] { return !bench.server.seen("reinit").empty(); };
    EXPECT_TRUE(co_await until(waits));

    bench.server.claimed(bench.before.agent_id, bench.after);
    const auto again = [&] { return bench.server.states() == States{"starting", "ready", "starting", "ready"}; };
    EXPECT_TRUE(co_await until(again));

    EXPECT_EQ(bench.folder.read("owners"), "prebuilds\nana\n");
    EXPECT_EQ(bench.server.seen("reinit").front().body, "agent_id=" + bench.before.agent_id.str());
    co_await bench.agent->shut_down();
  });
}

TEST(AgentClaim, ComesBackTwentyTimesAndRunsThemNoMore) {
  on_loop([]() -> Task<void> {
    PooledBench bench;
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states().size() == 2; };
    EXPECT_TRUE(co_await until(ready));
    bench.server.claimed(bench.before.agent_id, bench.after);
    const auto again = [&] { return bench.server.states().size() == 4 && bench.server.session(); };
    EXPECT_TRUE(co_await until(again));

    for (int i = 0; i < 20; ++i) {
      const auto before = bench.server.seen("startup").size();
      co_await bench.server.end_tunnel("the server is stopping; reconnect within 0 s");
      const auto back = [&] { return bench.server.seen("startup").size() > before && bench.server.session(); };
      EXPECT_TRUE(co_await until(back));
    }

    EXPECT_EQ(bench.server.states().size(), 4U);
    EXPECT_EQ(lines(bench.folder.read("owners")), 2U);
    co_await bench.agent->shut_down();
  });
}

TEST(AgentClaim, IsHeardOfByAnAgentThatWasAwayMeanwhile) {
  on_loop([]() -> Task<void> {
    PooledBench bench;
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states().size() == 2 && bench.server.session(); };
    EXPECT_TRUE(co_await until(ready));
    bench.server.set("tunnel", 503);
    co_await bench.server.end_tunnel("the server is stopping; reconnect within 0 s");
    const auto away = [&] { return !bench.agent->connected(); };
    EXPECT_TRUE(co_await until(away));

    bench.server.claimed(bench.before.agent_id, bench.after);
    bench.server.forget("tunnel");
    const auto again = [&] { return bench.server.states().size() == 4; };
    EXPECT_TRUE(co_await until(again));

    EXPECT_EQ(bench.folder.read("owners"), "prebuilds\nana\n");
    co_await bench.agent->shut_down();
  });
}

TEST(AgentClaim, ANewProcessStartsUpAsTheNewOwnersAndWaitsForNothing) {
  on_loop([]() -> Task<void> {
    PooledBench bench;
    bench.server.claimed(bench.before.agent_id, bench.after);

    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states().size() == 2 && !bench.server.seen("reinit").empty(); };
    EXPECT_TRUE(co_await until(ready));

    EXPECT_EQ(bench.server.seen("reinit").size(), 1U);
    EXPECT_EQ(bench.folder.read("owners"), "ana\n");
    co_await bench.agent->shut_down();
  });
}

TEST(AgentClaim, EndsWhatRanForThePool) {
  on_loop([]() -> Task<void> {
    PooledBench bench;
    bench.before.scripts = {script("trap 'echo interrupted > " + (bench.folder / "ended") + "; exit 1' INT; echo up > " + (bench.folder / "up") +
                                   "; while true; do sleep 0.05; done")};
    bench.server.set("manifest", 200, api::to_json(bench.before));
    bench.start(co_await aio::executor());
    const auto runs = [&] { return bench.folder.read("up") == "up\n" && bench.server.states().size() == 1 && !bench.server.seen("reinit").empty(); };
    EXPECT_TRUE(co_await until(runs));

    bench.server.claimed(bench.before.agent_id, bench.after);
    const auto again = [&] { return !bench.server.states().empty() && bench.server.states().back() == "ready"; };
    EXPECT_TRUE(co_await until(again));

    EXPECT_EQ(bench.folder.read("ended"), "interrupted\n");
    EXPECT_EQ(bench.server.states(), (States{"starting", "starting", "ready"}));  // how the old start ended is nobody's any more
    EXPECT_EQ(bench.folder.read("owners"), "ana\n");
    co_await bench.agent->shut_down();
  });
}

TEST(AgentClaim, OfAnOrdinaryWorkspaceIsAskedForOnce) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states().size() == 2 && bench.server.seen("reinit").size() == 1 && bench.server.session(); };
    EXPECT_TRUE(co_await until(ready));

    co_await bench.server.end_tunnel("the server is stopping; reconnect within 0 s");
    const auto back = [&] { return bench.server.seen("startup").size() == 2 && bench.server.seen("report-stats").size() == 2; };
    EXPECT_TRUE(co_await until(back));

    EXPECT_EQ(bench.server.seen("reinit").size(), 1U);
    co_await bench.agent->shut_down();
  });
}

TEST(EventStream, GivesEachEventOnceHoweverItIsCut) {
  const std::string all = ": hello\nevent: ping\n\nevent: data\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\ndata:bare\n\n\n\nevent: open\n";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    EventStream stream;
    std::string seen;
    for (const auto piece : {std::string_view(all).substr(0, cut), std::string_view(all).substr(cut)})
      for (const auto& event : *stream.feed(piece)) seen += "[" + event.name + "|" + event.data + "]";

    EXPECT_EQ(seen, "[ping|][data|{\"a\":\n1}][|bare]") << cut;
  }
}

TEST(EventStream, RefusesAnEventWithoutAnEnd) {
  EventStream line, event;

  EXPECT_FALSE(line.feed(std::string(EventStream::kMostBytes + 1, 'x')));
  bool refused = false;
  for (int i = 0; i < 100 && !refused; ++i) refused = !event.feed("data: " + std::string(1000, 'x') + "\n");
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace slipway::agent
