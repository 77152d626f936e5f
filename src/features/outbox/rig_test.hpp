// What the outbox's tests with a database share: people, events, an outbox over a real store, a webhook that says what it is told to, and a mail
// server of a few lines.
#pragma once

#include "aio/loops.hpp"
#include "features/outbox/outbox.hpp"
#include "http/home.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_site.hpp"
#include "support/mail_server.hpp"
#include "support/test_postgres.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <deque>
#include <mutex>

namespace slipway::outbox::testing {

using notifications::Event, notifications::Kind;
using test::MailServer;

// Keeps every call; answers what was put in, and 200 after that.
class Receiver {
 public:
  struct Call {
    std::string body, id, key, signature, type;
    boost::json::object json() const { return boost::json::parse(body).as_object(); }
  };
  struct Say {
    int status = 200;
    std::string header = {}, value = {}, body = {};
  };

  void say(Say answer) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
  }
  std::vector<Call> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::string url() const { return site_.url("/hook"); }

 private:
  Task<void> answer(net::Exchange& exchange) {
    auto body = co_await exchange.body(1 << 20);
    if (!body) co_return;
    const auto& headers = exchange.request().headers;
    Call call{*body, std::string(headers.get("X-Message-Id")), std::string(headers.get("Idempotency-Key")),
              std::string(headers.get("X-Slipway-Signature")), std::string(headers.get("Content-Type"))};
    const Say next = keep(std::move(call));
    net::Response response;
    response.status = next.status;
    response.body = next.body;
    if (!next.header.empty()) response.headers.set(next.header, next.value);
    (void)co_await exchange.send(std::move(response));
  }
  Say keep(Call call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    if (answers_.empty()) return {};
    Say next = answers_.front();
    answers_.pop_front();
    return next;
  }

  mutable std::mutex mutex_;
  std::vector<Call> calls_;
  std::deque<Say> answers_;
  test::FakeSite site_{[this](net::Exchange& exchange) { return answer(exchange); }};
};

// Takes connections and never says anything.
class MuteSite {
 public:
  std::string url() const { return fmt::format("http://127.0.0.1:{}/hook", acceptor_.local_endpoint().port()); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};  // its backlog takes them
};

// What a test's body works with; all of it on one loop.
struct Bench {
  http::Home& home;
  Outbox& outbox;
  Outbox& other;  // of a second server
};

class Rig {
 public:
  test::FakeClock clock;
  test::TestDatabase database{migrations()};
  Options options;
  net::MailOptions mail;
  std::shared_ptr<std::atomic<bool>> stopping = std::make_shared<std::atomic<bool>>(false);

  // Calls a receiver, unless a test sets the options otherwise.
  void calls(const Receiver& receiver) {
    options.method = "webhook";
    options.webhook_endpoint = receiver.url();
  }

  UserId person(const std::string& name, const std::string& more = "") const {
    const auto id = UserId::random();
    database.sql(
        fmt::format("insert into users (id, email, username, name, created_at, updated_at) values ('{}', '{}@example.com', '{}', '', now(), now())",
                    id.str(), name, name));
    if (!more.empty()) database.sql(fmt::format("update users set {} where id = '{}'", more, id.str()));
    return id;
  }
  static Event event(Kind kind, std::vector<UserId> to, const std::string& key) {
    Event made{.kind = kind};
    made.to.users = std::move(to);
    made.labels = {{"name", "ws"}, {"reason", "initiated by user"}, {"initiator", "bo"}};
    made.created_by = "test";
    made.key = key;
    return made;
  }
  // "sent 2, temporary_failure 1"
  std::string states() const {
    return database.sql(
        "select coalesce(string_agg(status || ' ' || n, ', ' order by status), '') from (select status, count(*) as n from notification_messages "
        "group by status) as s");
  }
  // The retries are due.
  void due() const { database.sql("update notification_messages set next_retry_after = now() - interval '1 s' where status = 'temporary_failure'"); }

  template <class F>
  void run(F body) {
    aio::Loops own(1);  // so that bodies may ask the database by sql(), which has the tests' loop
    own.run(main(*this, body));
  }

 private:
  static std::vector<pg::Migration> migrations() {
    auto all = pg::read_migrations(SLIPWAY_SOURCE_DIR "/db/migrations");
    if (!all) die(all.error().why);
    return std::move(*all);
  }
  template <class F>
  static Task<int> main(Rig& self, F& body) {
    const auto executor = co_await aio::executor();
    pg::PoolOptions pool_options;
    pool_options.connect = self.database.options();
    pg::Pool pool(executor, pool_options);
    pg::Listener listener(executor, self.database.options());
    auto site = std::make_shared<http::Site>();
    site->access_url = "https://dev.example.com";
    http::Home home{executor, 0, store::Db(pool, listener, self.clock), site};
    const auto delivery = delivery_of(self.options, self.mail);
    const auto written = co_await notifications::write_kinds(home, delivery);
    EXPECT_TRUE(written) << written.error().why;
    Outbox outbox(executor, self.options, self.mail, self.stopping), other(executor, self.options, self.mail, self.stopping);
    Bench bench{home, outbox, other};
    co_await body(bench);
    co_await outbox.stop();
    co_await other.stop();
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  }
};

// In a transaction of its own, as whatever does it would.
inline Task<Result<void>> tell(http::Home& home, std::vector<Event> events, std::shared_ptr<store::Cost> cost = std::make_shared<store::Cost>()) {
  auto duty = home.db.duty<rbac::Duty::notifier>(cost);
  auto body = [&](store::DutyTx<rbac::Duty::notifier>& tx) -> Task<Result<void>> {
    for (auto& event : events) notifications::raise(tx, std::move(event));
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
}

// One turn; dies when it fails.
inline Task<Turn> turn(Bench& bench) {
  auto done = co_await bench.outbox.turn(bench.home);
  EXPECT_TRUE(done) << done.error().why;
  co_return done ? *done : Turn{};
}

}  // namespace slipway::outbox::testing
