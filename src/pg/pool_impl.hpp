// The inside of Pool, shared by pool.cpp and transaction.cpp.
#pragma once

#include "aio/nursery.hpp"
#include "pg/connection.hpp"

namespace slipway::pg {

struct Pool::Impl : std::enable_shared_from_this<Pool::Impl> {
  using Link = std::shared_ptr<Connection>;
  // Who waits for a connection; `outcome` is set and the timer cancelled when there is one, or none to be had.
  struct Waiter {
    explicit Waiter(const asio::any_io_executor& home, Milliseconds limit) : timer(home, limit) {}
    asio::steady_timer timer;
    std::optional<Outcome<Link>> outcome;
  };
  using Waiters = std::deque<std::shared_ptr<Waiter>>;
  struct Idle {
    Link connection;
    std::chrono::steady_clock::time_point since;
  };

  Impl(asio::any_io_executor home_executor, PoolOptions wanted) : home(std::move(home_executor)), options(std::move(wanted)), nursery(home) {}

  // A live connection for pipelined statements, the least busy one; null when there is none yet.
  Link least_busy();
  Task<Outcome<Link>> shared_connection();
  // Either of them.
  Task<Outcome<Link>> pipelined();
  Task<Outcome<Link>> exclusive_connection();
  // Takes a transaction's connection back, at rest or not; a doubtful one is thrown away.
  void give_back(Link connection);
  void forget(Link connection);  // an exclusive connection that is no more

  void want_shared();
  void want_exclusive();
  static Task<void> open_shared(std::shared_ptr<Impl> self);
  static Task<void> open_exclusive(std::shared_ptr<Impl> self);
  static Task<void> keep_house(std::shared_ptr<Impl> self);
  void adopt_shared(Link connection);
  void lost_shared(const Connection* connection);
  void mark_away(const SqlFailure& failure);
  void sweep();
  static Task<Outcome<Link>> wait_in(Waiters& waiters, std::shared_ptr<Waiter> waiter);
  static void answer(Waiters& waiters, const Outcome<Link>& outcome);
  std::unexpected<SqlFailure> refuse() const;

  asio::any_io_executor home;
  PoolOptions options;
  aio::Nursery nursery;
  std::vector<Link> shared;
  std::deque<Idle> idle;
  std::vector<std::weak_ptr<Connection>> exclusive_links;  // for the watch over silent ones
  std::size_t exclusive = 0;                               // open ones, lent or idle, and those being opened
  std::size_t opening_exclusive = 0;
  Waiters shared_waiters, exclusive_waiters;
  std::optional<SqlFailure> away;  // set while PostgreSQL is known to be away
  std::uint64_t statements = 0;
  std::unordered_map<const char*, metric::Tally> latencies;  // by the statement's name, of which there is one copy
  bool opening_shared = false;
  bool keeping_house = false;
  bool stopping = false;
};

}  // namespace slipway::pg
