// One loop's connections to PostgreSQL. Statements outside a transaction share a few connections and are pipelined on them;
// each has a Sync of its own, so one that fails does not touch the others. A transaction has a connection to itself.
// home: own thread. Lives until stop() has returned; leases must have ended by then.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/metric.hpp"
#include "pg/error.hpp"
#include "pg/params.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace slipway::pg {

class Connection;

// What a pool is doing and has done.
struct PoolNumbers {
  std::size_t shared = 0, in_flight = 0;          // connections for single statements, and the statements on them
  std::size_t exclusive = 0, idle = 0, most = 0;  // connections for transactions: open, of these unused, and the most there may be
  std::size_t waiting = 0;                        // callers without a connection yet
  std::uint64_t statements = 0;
  std::map<std::string_view, metric::Tally> latencies;  // by statement, when the pool measures
};

// What every connection is made with.
struct ConnectOptions {
  std::string url;  // postgres:// or key=value; empty parts from PG* variables
  // Not null: asked for each connection instead, so that a password may change. On a pool of threads; may block. Errors: unavailable.
  std::function<Result<std::string>()> url_now = {};
  std::string application_name = "slipway";
  Milliseconds connect_timeout = Seconds(5);
  Milliseconds statement_timeout = Seconds(60);  // kept by the server; 0 is none
};

struct PoolOptions {
  ConnectOptions connect;
  std::size_t shared = 2;     // connections for pipelined statements
  std::size_t exclusive = 8;  // most transactions at once
  Milliseconds acquire_timeout = Seconds(10);
  Milliseconds idle_timeout = Seconds(60);  // an unused transaction connection is closed after this
  // Of unused transaction connections, so many may wait for the next; what is over is closed when nobody used it since the last look.
  std::size_t idle_most = std::numeric_limits<std::size_t>::max();
  Milliseconds look = Seconds(5);  // how often what is unused is looked for
  bool measure = false;            // keep how long each statement takes
};

// A statement and its values, for Transaction::execute_all.
struct Command {
  const Statement* statement;
  Params params;
};

struct Begin {
  enum class Isolation { read_committed, repeatable_read, serializable };
  Isolation isolation = Isolation::read_committed;
  bool read_only = false;
};

// An open transaction on a connection of its own. BEGIN travels with the first statement. Destroyed without commit() it is
// rolled back; destroyed (or its awaiter cancelled) in mid-statement, the statement is cancelled at the server and the
// connection thrown away. home: its pool's.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  Task<Outcome<Rows>> execute(const Statement& statement, Params params = {});
  // All in one round trip; the first failure is the outcome, and those after it did not run.
  Task<Outcome<std::vector<Rows>>> execute_all(std::vector<Command> commands);
  // Ends the transaction. Kind::lost means that nobody knows whether it was committed. Not cancellable once begun.
  Task<Outcome<void>> commit();
  // The last statement and the commit in one round trip. When the statement fails nothing is committed.
  Task<Outcome<Rows>> execute_and_commit(const Statement& statement, Params params = {});
  // Likewise several: what each of them gave.
  Task<Outcome<std::vector<Rows>>> execute_all_and_commit(std::vector<Command> commands);
  Task<Outcome<void>> rollback();

 private:
  friend class Pool;
  struct State;
  explicit Transaction(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Pool {
 public:
  Pool(asio::any_io_executor home, PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Autocommit, pipelined. Errors: unavailable at once while PostgreSQL is known to be away, busy after acquire_timeout. When
  // the awaiter is cancelled the statement still runs; its result is dropped.
  Task<Outcome<Rows>> execute(const Statement& statement, Params params = {});
  // A transaction; waits up to acquire_timeout for a free connection.
  Task<Outcome<Transaction>> begin(Begin options = {});
  // Any number of statements without parameters, on a connection opened for them; text format. For administration.
  Task<Outcome<Rows>> execute_simple(std::string text);

  // Waits for what is in flight, then closes every connection. Later calls answer unavailable.
  Task<void> stop();

  // How long a statement took, from asking for a connection to its answer; kept when the pool measures.
  void took(const Statement& statement, std::chrono::nanoseconds time);
  PoolNumbers numbers() const;
  std::uint64_t statements() const;  // sent since the start
  bool reachable() const;            // false while PostgreSQL is known to be away
  std::size_t open_connections() const;

 private:
  friend class Transaction;
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace slipway::pg
