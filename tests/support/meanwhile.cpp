#include "support/meanwhile.hpp"

#include "base/check.hpp"
#include "pg/session.hpp"

#include <chrono>
#include <future>

namespace slipway::test {

namespace {

// Statements of this database that wait for a lock.
constexpr const char* kWaiting =
    "select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid where not l.granted and a.datname = current_database()";

}  // namespace

struct Meanwhile::Held {
  std::optional<pg::Session> session;
};

Meanwhile::Meanwhile(TestServer& server, const std::string& sql) : held_(std::make_unique<Held>()), server_(server) { run("begin; " + sql); }

Meanwhile::~Meanwhile() {
  const auto close = [this]() -> Task<int> {
    held_->session.reset();
    co_return 0;
  };
  test::run(close);
}

std::string Meanwhile::run(const std::string& text) {
  std::string first;
  const auto ask = [&]() -> Task<int> {
    if (!held_->session) {
      pg::ConnectOptions options{.url = server_.database().url()};
      auto opened = co_await pg::Session::open(std::move(options));
      if (!opened) die(opened.error().message);
      held_->session.emplace(std::move(*opened));
    }
    auto rows = co_await held_->session->run(text);
    if (!rows) die(text + ": " + rows.error().message);
    if (!rows->empty() && rows->columns() > 0) first = rows->raw(0, 0);
    co_return 0;
  };
  test::run(ask);
  return first;
}

Answer Meanwhile::commit_under(const std::function<Answer()>& request) {
  auto answer = std::async(std::launch::async, request);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready && server_.database().sql(kWaiting) == "0") {
    if (std::chrono::steady_clock::now() > until) die("the request neither waits for the transaction nor is answered");
    breathe();
  }
  run("commit");
  return answer.get();
}

}  // namespace slipway::test
