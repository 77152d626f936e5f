// What two servers in a row could read in two ways, on its way to an app: this server is the first of them.
#include "net/desync_test.hpp"
#include "support/fake_site.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"

#include <algorithm>
#include <mutex>

namespace slipway::test {
namespace {

// What the app hears, on the thread of its own.
class Heard {
 public:
  void add(std::string target) {
    const std::lock_guard lock(mutex_);
    targets_.push_back(std::move(target));
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(targets_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> targets_;
};

Heard heard;

Task<void> serve(net::Exchange& exchange) {
  heard.add(exchange.request().target);
  (void)co_await exchange.body(100000);
  net::Response answer{.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = "heard"};
  (void)co_await exchange.send(std::move(answer));
}

std::string read_all(RawSocket& socket) {
  std::string all;
  for (auto piece = socket.read(); !piece.empty(); piece = socket.read()) all += piece;
  return all;
}

TEST(AppDesync, NoRequestHidesInAnotherOnItsWay) {
  TestServer srv;
  FakeSite app(serve);
  const auto row = add_agent(srv, srv.owner(), "ws", app.url("/"));
  FakeAgent agent(srv, row);
  const std::string path = "/@owner/ws/apps/web/", host = srv.url().substr(7), auth = fmt::format("Coder-Session-Token: {}\r\n", srv.owner().token);
  const std::string last = fmt::format("GET {}last HTTP/1.1\r\nHost: {}\r\n{}Connection: close\r\n\r\n", path, host, auth);

  for (const auto& one : DesyncFile({.path = path, .host = host, .auth = auth}).read()) {
    heard.take();
    RawSocket browser(srv.url());
    browser.send(one.bytes + last);
    const auto answers = read_all(browser);
    const auto targets = heard.take();

    EXPECT_TRUE(std::ranges::none_of(targets, [](const auto& target) { return target.contains("smuggled"); })) << one.name << "\n" << answers;
    if (one.refused) {
      EXPECT_EQ(std::ranges::find(targets, "/last"), targets.end()) << one.name << "\n" << answers;
    } else {
      ASSERT_FALSE(targets.empty()) << one.name << "\n" << answers;
      EXPECT_EQ(targets.front(), "/") << one.name;
      EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 ")) << one.name << "\n" << answers;
    }
  }
}

}  // namespace
}  // namespace slipway::test
