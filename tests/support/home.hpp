// A loop's own things on the database of a running server, for tests that call what no request reaches: system work, and its races.
#pragma once

#include "aio/task.hpp"
#include "http/home.hpp"
#include "pg/pool.hpp"
#include "support/test_server.hpp"

namespace slipway::test {

// Runs `body(http::Home&)`, a coroutine, to its end.
template <class F>
void with_home(TestServer& server, F body, const Clock& clock = system_clock()) {
  const auto main = [](TestServer& of, F& inner, const Clock& time) -> Task<int> {
    const auto executor = co_await aio::executor();
    pg::PoolOptions options;
    options.connect = of.database().options();
    pg::Pool pool(executor, options);
    pg::Listener listener(executor, of.database().options());
    http::Home home{.executor = executor, .index = 0, .db = store::Db(pool, listener, time), .site = std::make_shared<const http::Site>()};
    co_await inner(home);
    home.standings.reset();
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  };
  test::run([&] { return main(server, body, clock); });
}

}  // namespace slipway::test
