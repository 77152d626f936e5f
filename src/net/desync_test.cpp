// What two servers in a row could read in two ways, sent to this one.
#include "net/desync_test.hpp"
#include "net/rig_test.hpp"

#include <algorithm>

namespace slipway::net {
namespace {

struct Heard {
  std::vector<std::string> targets;

  Task<void> operator()(Exchange& x) {
    targets.push_back(x.request().target);
    const auto body = co_await x.body(100000);
    Response answer{.status = body ? 200 : 400, .headers = {}, .body = {}};
    (void)co_await x.send(std::move(answer));
  }
};

// Sends the bytes, and behind them one more request that ends the connection.
Task<int> say(Server* server, std::string bytes, std::string* answers) {
  Client client(co_await aio::executor(), {});
  const auto stream = co_await client.connect("127.0.0.1", server->port(), false);
  EXPECT_TRUE(stream);
  EXPECT_TRUE(co_await (*stream)->write(bytes, "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  *answers = co_await testing::read_all(**stream);
  co_await client.stop();
  co_return 0;
}

Task<int> stop(Server* server) {
  co_await server->stop(Milliseconds(0));
  co_return 0;
}

TEST(NetDesync, NoRequestHidesInAnother) {
  const auto all = test::DesyncFile({.path = "/app/", .host = "x", .auth = ""}).read();
  ASSERT_GT(all.size(), 100U);
  for (const auto& one : all) {
    Heard heard;
    aio::Loops loops(1);
    Server server(loops, {}, [&heard](Exchange& x) { return heard(x); });
    ASSERT_TRUE(server.start());
    std::string answers;

    loops.run(say(&server, one.bytes, &answers));
    loops.run(stop(&server));

    const auto hidden = std::ranges::find_if(heard.targets, [](const auto& target) { return target.contains("smuggled"); });
    EXPECT_EQ(hidden, heard.targets.end()) << one.name << "\n" << answers;
    if (one.refused) {
      EXPECT_FALSE((std::ranges::find(heard.targets, "/last") != heard.targets.end())) << one.name << "\n" << answers;
      EXPECT_TRUE(answers.starts_with("HTTP/1.1 4") || answers.starts_with("HTTP/1.1 5")) << one.name << "\n" << answers;
    } else {
      ASSERT_FALSE(heard.targets.empty()) << one.name << "\n" << answers;
      EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 ")) << one.name << "\n" << answers;
    }
  }
}

}  // namespace
}  // namespace slipway::net
