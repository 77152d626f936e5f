// One libpq connection on one loop, pipelined or plain. Inside pg only: Pool, Transaction and Session are made of it.
// home: own thread. Whoever opened it calls close(); until then its pending read keeps it alive.
#pragma once

#include "aio/task.hpp"
#include "pg/pool.hpp"
#include "pg/session.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <libpq-fe.h>

#include <deque>
#include <unordered_set>

namespace slipway::pg {

// A statement under way and who waits for it. Shared by the waiter and the connection's queue: the one may go first.
class Connection;

class Request {
 public:
  using Handler = std::move_only_function<void(Outcome<Rows>)>;
  Request(Handler handler, asio::any_io_executor home) : handler_(std::move(handler)), home_(std::move(home)) {}
  // From now on a cancellation of the waiter abandons it, and tells `connection`.
  static void watch(const std::shared_ptr<Request>& request, asio::cancellation_slot slot, std::weak_ptr<Connection> connection);

  void collect(Outcome<Rows> outcome);  // the first failure stays
  void fail(const SqlFailure& failure);
  bool failed() const { return !outcome_; }
  void deliver();  // posts the outcome to the waiter, once
  void abandon();  // the waiter is cancelled
  bool abandoned() const { return abandoned_; }

 private:
  Handler handler_;
  asio::any_io_executor home_;
  asio::cancellation_slot slot_;
  Outcome<Rows> outcome_;
  bool abandoned_ = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  enum class Mode { pipelined, plain };
  // Errors: unavailable.
  static Task<Outcome<std::shared_ptr<Connection>>> open(ConnectOptions options, Mode mode);

  // Pipelined: the statement and a Sync. A cancelled waiter of a cancellable statement gets Kind::cancelled at once.
  Task<Outcome<Rows>> execute(const Statement& statement, const Params& params, bool cancellable = true);
  // Pipelined: sends without a Sync; the next execute() or sync() ends the group. The request may be null.
  void send(const Statement& statement, const Params& params, std::shared_ptr<Request> request);
  void sync();
  // Plain: the simple protocol.
  Task<Outcome<Rows>> run(std::string text);
  Task<Outcome<std::optional<Notification>>> notification(Milliseconds limit);

  void interrupt() { notified_.cancel(); }

  std::shared_ptr<Request> request_for(Request::Handler handler) const;
  std::size_t in_flight() const { return entries_.size(); }
  bool alive() const { return connection_ != nullptr; }
  // A statement failed in a way that makes this connection's prepared statements doubtful: use it no more.
  bool worn() const { return worn_; }
  // The server was asked to give up a statement that nobody waits for; the cancellation may have met one behind it.
  bool cancelled_one() const { return cancelled_one_; }
  bool in_transaction() const;
  const std::string& why_lost() const { return why_lost_; }
  // Time since the server last answered while something was in flight.
  Milliseconds silent() const;
  void on_lost(std::function<void()> call) { on_lost_ = std::move(call); }

  // Asks the server to give up what runs, from the blocking pool, and closes.
  void cancel_and_close();
  void close();

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  using Handle = std::shared_ptr<PGconn>;
  struct Entry {
    enum class What { prepare, query, sync, plain } what;
    std::shared_ptr<Request> request;
    const char* name = "";
  };

  Connection(asio::any_io_executor home, Handle connection, int socket, Mode mode);
  static Task<Result<Handle>> connected(ConnectOptions options);
  static Task<Result<std::shared_ptr<Connection>>> attempt(ConnectOptions options, Mode mode);
  void read();
  void flush();
  void drain();
  void take(PGresult* result);
  void end_of_results();
  void fail_all(std::string why);
  void send_failed();
  friend class Request;
  void waiter_left();
  void cancel_head();
  void ask_to_cancel();

  asio::any_io_executor home_;
  Handle connection_;
  Mode mode_;
  asio::posix::stream_descriptor socket_;
  std::deque<Entry> entries_;
  std::vector<std::shared_ptr<Request>> group_;  // answered, but not yet synced: a commit may still fail
  std::unordered_set<std::string_view> prepared_;
  std::deque<Notification> notifications_;
  asio::steady_timer notified_;
  asio::steady_timer grace_;  // until a statement that nobody waits for is cancelled
  std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
  std::function<void()> on_lost_;
  std::string why_lost_;
  bool writing_ = false;
  bool worn_ = false;
  bool cancelled_one_ = false;
};

SqlFailure failure_of(const PGresult* result);

}  // namespace slipway::pg
