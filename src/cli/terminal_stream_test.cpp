// `slipway ssh --terminal` over connections that break: an agent of the test keeps the shell.
#include "cli/talk.hpp"
#include "net/websocket.hpp"

#include <algorithm>
#include <set>

namespace slipway::cli {
namespace {

constexpr const char* kWorkspace = "/api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f";
constexpr const char* kTyped = R"({"data":"ls\n"})";
constexpr std::uint64_t kFirst = 1000, kNever = ~std::uint64_t{0};

std::string eight_bytes(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> static_cast<unsigned>(shift));
  return out;
}

// What the command says of an outage may stand anywhere in what a slow machine shows.
std::string without_words_of_an_outage(std::string screen) {
  for (const std::string_view start : {"\r\nConnection lost.", "Back after "}) {
    for (auto at = screen.find(start); at != std::string::npos; at = screen.find(start, at)) screen.erase(at, screen.find("\r\n", at + 2) + 2 - at);
  }
  return screen;
}

class TerminalTalk : public Talk {
 protected:
  TerminalTalk() {
    const auto running = workspace_with_agent("connected");
    on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(running)});
    on(std::string("GET ") + kAgent, {200, api::to_json(running.latest_build.resources[0].agents[0])});
    on(std::string("GET ") + kWorkspace, {200, api::to_json(running)});
    on(kPty, {});
    on_socket_ = [this](std::unique_ptr<net::WebSocket> socket) { return serve(std::move(socket)); };
  }

  // The whole of the shell's output, in connections that break; the last one ends in good order once it was typed to.
  Task<void> serve(std::unique_ptr<net::WebSocket> socket) {
    const auto request = asked().back();
    const auto received = std::stoull(request.substr(request.find("&received=") + 10));
    const auto seen = received == 0 ? 0 : received - kFirst;
    const bool breaks = ++came_ <= breaks_;
    const bool knows = came_ > 1 && !forgets_;
    const auto from = came_ > 1 && forgets_ ? kFirst * 9 : kFirst + seen;
    const auto begins = "SLPWTTY1" + eight_bytes(from) + eight_bytes(knows ? 0 : kNever) + text_.substr(seen, 10'001);
    co_await socket->write_binary(begins);
    // The first connection breaks when both sides have said something, of which the agent took nothing.
    if (!breaks || came_ == 1) {
      const auto message = co_await socket->read();
      typed_.push_back(message ? message->data : "nothing: " + message.error().say);
    }
    if (breaks) co_return socket->cut();
    if (text_.size() > seen + 10'001) co_await socket->write_binary(text_.substr(seen + 10'001));
    co_await socket->close();
  }

  std::vector<std::string> openings() {
    auto all = asked();
    std::erase_if(all, [](const auto& one) { return one.find("/pty?") == std::string::npos; });
    return all;
  }

  static inline const std::string kPty = std::string("GET ") + kAgent + "/pty?reconnect=";
  std::string text_;
  int breaks_ = 0, came_ = 0;
  bool forgets_ = false;
  std::vector<std::string> typed_;
};

TEST_F(TerminalTalk, GoesOnToTheByteWhenItsConnectionBreaks) {
  for (int i = 0; i < 20'000; ++i) text_ += std::to_string(i) + "\r\n";
  breaks_ = 3;

  const auto outcome = run_at_terminal({"ssh", "--terminal", "dev", "make"}, "ls\n");

  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(without_words_of_an_outage(outcome.err).find(text_), std::string::npos) << outcome.err.size() << " of " << text_.size();
  EXPECT_EQ(typed_, (std::vector<std::string>{kTyped, kTyped})) << "what the agent did not take is sent again";
  const auto all = openings();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_NE(all[0].find("&received=0&command=make"), std::string::npos) << all[0];
  EXPECT_TRUE(std::none_of(all.begin() + 1, all.end(), [](const auto& one) { return one.find("command=") != std::string::npos; }))
      << "a shell that is gone does not run it again";
  const auto names = streams();
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), 1U) << "one viewer, by its name";
}

TEST_F(TerminalTalk, EndsWhenItsShellIsGone) {
  text_ = "$ ";
  breaks_ = 1;
  forgets_ = true;

  const auto outcome = run_at_terminal({"ssh", "--terminal", "dev"}, "ls\n");

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("The terminal is gone"), std::string::npos) << outcome.err;
}

TEST_F(TerminalTalk, EndsWithTheServersWordsWhenTheRightIsLost) {
  on(kPty, {503, R"({"message":"Not now."})"});
  on(kPty, {403, R"({"message":"You may not."})"});
  text_ = "$ ";
  breaks_ = 1;

  const auto outcome = run_at_terminal({"ssh", "--terminal", "dev"}, "ls\n");

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("You may not."), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("Not now."), std::string::npos) << outcome.err;
}

TEST_F(TerminalTalk, GivesUpWhenTheTimeForItIsOver) {
  text_ = "$ ";
  breaks_ = 1;

  const auto outcome = run_at_terminal({"ssh", "--terminal", "--reconnect-minutes", "0", "dev"}, "ls\n");

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("The connection to the workspace was lost."), std::string::npos) << outcome.err;
  EXPECT_EQ(came_, 1);
}

}  // namespace
}  // namespace slipway::cli
