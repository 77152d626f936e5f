#include "pg/pool.hpp"

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "pg/pool_impl.hpp"

#include <random>

namespace slipway::pg {

namespace {

constexpr Milliseconds kFirstPause{50}, kLongestPause{2000};
// How much longer than the server's own limit a connection may be silent with work in flight before it counts as broken.
constexpr Milliseconds kSilence{15000};
// A connection without an answer for this long is busy with something slow: others are preferred to waiting behind it.
constexpr Milliseconds kSlow{20};
constexpr std::size_t kMostWaiting = 20000;
constexpr double kLatencies[] = {0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10, 30};

Milliseconds jittered(Milliseconds pause) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return pause / 2 + Milliseconds(random() % (static_cast<std::uint64_t>(pause.count()) / 2 + 1));
}

}  // namespace

Pool::Impl::Link Pool::Impl::least_busy() {
  Link best;
  std::size_t least = 0, usable = 0;
  for (auto& connection : shared) {
    if (connection->worn()) continue;
    ++usable;
    std::size_t load = connection->in_flight();
    if (load > 0 && connection->silent() > kSlow) load += kMostWaiting;
    if (!best || load < least) best = connection, least = load;
  }
  if ((!best || best->in_flight() > 0) && usable < options.shared) want_shared();
  return best;
}

std::unexpected<SqlFailure> Pool::Impl::refuse() const {
  if (stopping) return unavailable("the pool has been stopped");
  return std::unexpected(*away);
}

void Pool::Impl::answer(Waiters& waiters, const Outcome<Link>& outcome) {
  for (auto& waiter : std::exchange(waiters, {})) {
    waiter->outcome = outcome;
    waiter->timer.cancel();
  }
}

Task<Outcome<Pool::Impl::Link>> Pool::Impl::wait_in(Waiters& waiters, std::shared_ptr<Waiter> waiter) {
  if (waiters.size() >= kMostWaiting) co_return busy("too many wait for a database connection");
  waiters.push_back(waiter);
  const auto [error] = co_await waiter->timer.async_wait(aio::tuple);
  if (waiter->outcome) co_return std::move(*waiter->outcome);
  std::erase(waiters, waiter);
  if (!error) co_return busy("no database connection became free in time");
  co_return std::unexpected(SqlFailure{.kind = Kind::cancelled, .message = "cancelled"});
}

Task<Outcome<Pool::Impl::Link>> Pool::Impl::shared_connection() {
  auto self = shared_from_this();
  if (stopping || away) co_return refuse();
  want_shared();
  co_return co_await wait_in(shared_waiters, std::make_shared<Waiter>(home, options.acquire_timeout));
}

Task<Outcome<Pool::Impl::Link>> Pool::Impl::exclusive_connection() {
  auto self = shared_from_this();
  if (stopping) co_return refuse();
  while (!idle.empty()) {
    Link newest = std::move(idle.back().connection);
    idle.pop_back();
    if (newest->alive()) co_return newest;
    forget(newest);
  }
  if (away) co_return refuse();
  auto waiter = std::make_shared<Waiter>(home, options.acquire_timeout);
  if (exclusive_waiters.size() >= opening_exclusive) want_exclusive();
  auto got = co_await wait_in(exclusive_waiters, waiter);
  co_return got;
}

void Pool::Impl::want_shared() {
  if (opening_shared || stopping) return;
  opening_shared = true;
  if (!nursery.start(open_shared, shared_from_this())) opening_shared = false;
}

void Pool::Impl::want_exclusive() {
  if (exclusive >= options.exclusive || stopping) return;
  ++exclusive;
  ++opening_exclusive;
  if (nursery.start(open_exclusive, shared_from_this())) return;
  --exclusive;
  --opening_exclusive;
}

void Pool::Impl::mark_away(const SqlFailure& failure) {
  if (!away) log::warn("PostgreSQL cannot be reached", {{"why", failure.message}});
  away = failure;
  away->kind = Kind::unavailable;
  answer(shared_waiters, std::unexpected(*away));
  answer(exclusive_waiters, std::unexpected(*away));
}

// Opens one; while there is none at all, tries until there is.
Task<void> Pool::Impl::open_shared(std::shared_ptr<Impl> self) {
  const OnExit done([&self] { self->opening_shared = false; });
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    auto opened = co_await Connection::open(self->options.connect, Connection::Mode::pipelined);
    if (opened) co_return self->adopt_shared(std::move(*opened));
    if (!self->shared.empty()) co_return;
    self->mark_away(opened.error());
    co_await aio::sleep(jittered(pause));
  }
}

void Pool::Impl::adopt_shared(Link connection) {
  if (stopping) return connection->close();
  if (std::exchange(away, std::nullopt)) log::info("PostgreSQL is back");
  connection->on_lost([weak = weak_from_this(), raw = connection.get()] {
    if (auto self = weak.lock()) self->lost_shared(raw);
  });
  answer(shared_waiters, connection);
  shared.push_back(std::move(connection));
  if (!std::exchange(keeping_house, true)) nursery.start(keep_house, shared_from_this());
}

void Pool::Impl::lost_shared(const Connection* connection) {
  // Kept alive to the end of this turn: its own code is what calls us.
  for (auto& one : shared) {
    if (one.get() != connection) continue;
    log::debug("a database connection was lost", {{"why", one->why_lost()}});
    std::erase(shared, Link(one));
    break;
  }
  if (shared.empty()) want_shared();
}

Task<void> Pool::Impl::open_exclusive(std::shared_ptr<Impl> self) {
  struct Done {
    Impl& pool;
    bool kept = false;
    ~Done() {
      --pool.opening_exclusive;
      if (!kept) --pool.exclusive;
    }
  } done{*self};
  auto opened = co_await Connection::open(self->options.connect, Connection::Mode::pipelined);
  if (opened) {
    done.kept = true;
    self->exclusive_links.push_back(*opened);
    co_return self->give_back(std::move(*opened));
  }
  if (self->shared.empty() && self->exclusive == 1) {
    self->mark_away(opened.error());
    self->want_shared();
  } else if (self->exclusive <= 1) {
    answer(self->exclusive_waiters, std::unexpected(opened.error()));
  }
}

void Pool::Impl::forget(Link connection) {
  connection->close();
  --exclusive;
  // Somebody may be waiting for the place it leaves.
  if (!exclusive_waiters.empty()) want_exclusive();
}

void Pool::Impl::give_back(Link connection) {
  if (!connection->alive() || connection->worn() || stopping || connection->in_transaction() || connection->in_flight() > 0)
    return forget(std::move(connection));
  while (!exclusive_waiters.empty()) {
    auto first = std::move(exclusive_waiters.front());
    exclusive_waiters.pop_front();
    first->outcome = std::move(connection);
    first->timer.cancel();
    return;
  }
  idle.push_back({std::move(connection), std::chrono::steady_clock::now()});
}

Task<void> Pool::Impl::keep_house(std::shared_ptr<Impl> self) {
  for (;;) {
    co_await aio::sleep(self->options.look);
    self->sweep();
  }
}

void Pool::Impl::sweep() {
  const auto now = std::chrono::steady_clock::now();
  const auto is_over = [&](const Idle& oldest) {
    const auto unused = now - oldest.since;
    return unused > options.idle_timeout || (idle.size() > options.idle_most && unused >= options.look) || !oldest.connection->alive();
  };
  while (!idle.empty() && is_over(idle.front())) {
    Link oldest = std::move(idle.front().connection);
    idle.pop_front();
    forget(std::move(oldest));
  }
  const auto limit = options.connect.statement_timeout;
  const auto broken = [limit](const Link& one) { return limit.count() > 0 && one->silent() > limit + kSilence; };
  std::erase_if(exclusive_links, [](auto& weak) { return weak.expired(); });
  for (auto& weak : std::vector(exclusive_links)) {
    if (auto one = weak.lock(); one && broken(one)) one->close();
  }
  for (auto& connection : std::vector<Link>(shared)) {
    if (broken(connection) || (connection->worn() && connection->in_flight() == 0)) {
      std::erase(shared, connection);
      connection->close();
    }
  }
  if (shared.empty()) want_shared();
}

Pool::Pool(asio::any_io_executor home, PoolOptions options) : impl_(std::make_shared<Impl>(std::move(home), std::move(options))) {}

Pool::~Pool() { check(impl_->stopping, "a Pool was destroyed while running: await stop() first"); }

Task<Outcome<Pool::Impl::Link>> Pool::Impl::pipelined() {
  if (stopping) co_return refuse();
  if (auto connection = least_busy()) {
    if (connection->in_flight() >= kMostWaiting) co_return busy("too many statements wait for the database");
    co_return connection;
  }
  co_return co_await shared_connection();
}

Task<Outcome<Rows>> Pool::execute(const Statement& statement, Params params) {
  auto impl = impl_;
  for (int attempt = 0;; ++attempt) {
    ++impl->statements;
    auto link = co_await impl->pipelined();
    if (!link) co_return std::unexpected(std::move(link).error());
    auto outcome = co_await (*link)->execute(statement, params);
    // The cancellation of another's statement met this one, so nothing of it has happened.
    const bool met = !outcome && outcome.error().query_canceled() && (*link)->cancelled_one() && attempt == 0;
    if (!met) co_return outcome;
  }
}

Task<Outcome<Rows>> Pool::execute_simple(std::string text) {
  ++impl_->statements;
  if (impl_->stopping) co_return impl_->refuse();
  auto session = co_await Session::open(impl_->options.connect);
  if (!session) co_return std::unexpected(std::move(session).error());
  co_return co_await session->run(std::move(text));
}

Task<void> Pool::stop() {
  auto impl = impl_;
  impl->stopping = true;
  const auto refusal = impl->refuse().error();
  Impl::answer(impl->shared_waiters, std::unexpected(refusal));
  Impl::answer(impl->exclusive_waiters, std::unexpected(refusal));
  co_await impl->nursery.stop();
  for (auto& kept : std::exchange(impl->idle, {})) impl->forget(std::move(kept.connection));
  // What is in flight gets a moment to end; each answer is delivered before the next look.
  for (int i = 0; i < 100 && std::ranges::any_of(impl->shared, [](auto& c) { return c->in_flight() > 0; }); ++i)
    co_await aio::sleep(Milliseconds(20));
  for (auto& connection : std::exchange(impl->shared, {})) connection->close();
}

void Pool::took(const Statement& statement, std::chrono::nanoseconds time) {
  if (impl_->options.measure) impl_->latencies.try_emplace(statement.name, kLatencies).first->second.observe(time);
}

PoolNumbers Pool::numbers() const {
  const auto& impl = *impl_;
  PoolNumbers out{.shared = impl.shared.size(),
                  .exclusive = impl.exclusive - impl.opening_exclusive,
                  .idle = impl.idle.size(),
                  .most = impl.options.exclusive,
                  .waiting = impl.shared_waiters.size() + impl.exclusive_waiters.size(),
                  .statements = impl.statements};
  for (const auto& connection : impl.shared) out.in_flight += connection->in_flight();
  for (const auto& [name, tally] : impl.latencies) out.latencies.try_emplace(name, kLatencies).first->second.add(tally);
  return out;
}

std::uint64_t Pool::statements() const { return impl_->statements; }
bool Pool::reachable() const { return !impl_->away; }
std::size_t Pool::open_connections() const { return impl_->shared.size() + impl_->exclusive - impl_->opening_exclusive; }

}  // namespace slipway::pg
