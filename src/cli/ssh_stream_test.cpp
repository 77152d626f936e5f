// `slipway ssh --stdio` over connections that break: an agent of the test keeps the other end.
#include "aio/nursery.hpp"
#include "cli/talk.hpp"
#include "net/websocket.hpp"
#include "tunnel/relay.hpp"
#include "tunnel/resumable_stream.hpp"
#include "tunnel/resume_greeting.hpp"

#include <set>

namespace slipway::cli {
namespace {

constexpr const char* kWorkspace = "/api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f";

// A carrier that breaks after so many bytes to the client.
class Breaking final : public net::Stream {
 public:
  Breaking(std::unique_ptr<net::Stream> inner, std::size_t bytes) : inner_(std::move(inner)), left_(bytes) {}
  Task<Result<std::size_t>> read_some(std::span<char> into) override { co_return co_await inner_->read_some(into); }
  Task<Result<void>> write(std::string_view bytes, std::string_view) override {
    const auto part = bytes.substr(0, left_);
    left_ -= part.size();
    CO_CHECK(co_await inner_->write(part));
    if (left_ > 0) co_return Result<void>();
    inner_->close();
    co_return fail(Code::bad_gateway, "The test has cut the wire.");
  }
  Task<Result<void>> shutdown_send() override { co_return co_await inner_->shutdown_send(); }
  void close() noexcept override { inner_->close(); }

 private:
  std::unique_ptr<net::Stream> inner_;
  std::size_t left_;
};

Task<void> say_all(std::shared_ptr<net::Stream> to, std::string text) {
  if (co_await to->write(text)) (void)co_await to->shutdown_send();
  std::array<char, 100> piece{};
  while (true) {
    const auto count = co_await to->read_some(piece);
    if (!count || *count == 0) co_return;
  }
}

// The agent's end of one stream. It says `text`, over connections that each break after `bytes` of it, but for the last.
struct Agent {
  std::string text;
  std::size_t bytes = 0;
  int breaks = 0;
  Error refusal = {};  // of whoever comes back
  int came = 0;
  std::string secret;
  bool proved = true;
  std::shared_ptr<tunnel::HeldEnd> end;
  std::unique_ptr<aio::Nursery> nursery;

  Task<void> serve(std::unique_ptr<net::WebSocket> socket) {
    std::unique_ptr<net::Stream> carrier = std::make_unique<tunnel::WebSocketStream>(std::move(socket));
    const auto comer = co_await tunnel::greet(*carrier);
    if (!comer) co_return;
    if (comer->known && !refusal.say.empty()) co_return co_await tunnel::turn_away(*carrier, refusal);
    if (!end) {
      secret = comer->proof;
      end = std::make_shared<tunnel::HeldEnd>(co_await aio::executor());
      nursery = std::make_unique<aio::Nursery>(co_await aio::executor());
      nursery->start(say_all, std::shared_ptr<net::Stream>(end->stream()), text);
    }
    proved = proved && comer->proves(secret);
    end->release();
    if (!co_await tunnel::let_in(*carrier, end->received())) co_return;
    if (++came <= breaks) carrier = std::make_unique<Breaking>(std::move(carrier), bytes);
    (void)co_await end->carry(*carrier, comer->received);
  }
  static Task<int> stop(Agent* self) {
    if (self->nursery) co_await self->nursery->stop();
    co_return 0;
  }
};

class HeldTalk : public Talk {
 protected:
  HeldTalk() {
    const auto running = workspace_with_agent("connected");
    on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(running)});
    on(std::string("GET ") + kAgent, {200, api::to_json(running.latest_build.resources[0].agents[0])});
    on(std::string("GET ") + kWorkspace, {200, api::to_json(running)});
    on_socket_ = [this](std::unique_ptr<net::WebSocket> socket) { return agent_.serve(std::move(socket)); };
  }
  ~HeldTalk() override { on_server(Agent::stop(&agent_)); }

  Agent agent_;
};

TEST_F(HeldTalk, GoesOnToTheByteWhenItsConnectionBreaks) {
  on(std::string("GET ") + kAgent + "/ssh", {});
  for (int i = 0; i < 20'000; ++i) agent_.text += std::to_string(i) + "\n";
  agent_.breaks = 3;
  agent_.bytes = 10'001;

  const auto outcome = run({"ssh", "--stdio", "dev"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out == agent_.text) << outcome.out.size() << " of " << agent_.text.size();
  EXPECT_EQ(agent_.came, 4);
  EXPECT_TRUE(agent_.proved);
  const auto names = streams();
  ASSERT_EQ(names.size(), 4U);
  EXPECT_TRUE(Uuid::parse(names[0]));
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), 1U) << "one stream, by its name";
  EXPECT_EQ(outcome.err, "") << "nobody is at a terminal";
}

TEST_F(HeldTalk, EndsWithTheAgentsWordsWhenItsSessionIsGone) {
  on(std::string("GET ") + kAgent + "/ssh", {});
  agent_.text = std::string(1000, 'x');
  agent_.breaks = 1;
  agent_.bytes = 100;
  agent_.refusal = {.code = Code::gone, .say = "The session is gone, says the agent."};

  const auto outcome = run({"ssh", "--stdio", "dev"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("The session is gone, says the agent."), std::string::npos) << outcome.err;
}

TEST_F(HeldTalk, EndsWithTheServersWordsWhenTheRightIsLost) {
  on(std::string("GET ") + kAgent + "/ssh", {});
  on(std::string("GET ") + kAgent + "/ssh", {503, R"({"message":"Not now."})"});
  on(std::string("GET ") + kAgent + "/ssh", {403, R"({"message":"You may not."})"});
  agent_.text = std::string(1000, 'x');
  agent_.breaks = 1;
  agent_.bytes = 100;

  const auto outcome = run({"ssh", "--stdio", "dev"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("You may not."), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("Not now."), std::string::npos) << outcome.err;
}

TEST_F(HeldTalk, GivesUpWhenTheTimeForItIsOver) {
  on(std::string("GET ") + kAgent + "/ssh", {});
  agent_.text = std::string(1000, 'x');
  agent_.breaks = 1;
  agent_.bytes = 100;

  const auto outcome = run({"ssh", "--stdio", "--reconnect-minutes", "0", "dev"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("The connection to the workspace was lost."), std::string::npos) << outcome.err;
  EXPECT_EQ(agent_.came, 1);
}

}  // namespace
}  // namespace slipway::cli
