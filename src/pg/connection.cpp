#include "pg/connection.hpp"

#include "aio/blocking.hpp"
#include "base/check.hpp"
#include "base/descriptor.hpp"
#include "base/system_error.hpp"
#include "base/text.hpp"

#include <boost/asio/post.hpp>

#include <fcntl.h>

#include <atomic>

namespace slipway::pg {

namespace {

std::atomic<void (*)(const Statement&)> observer = nullptr;

// A statement whose caller has gone may run on for so long: most end sooner, and to cancel one costs a connection.
constexpr Milliseconds kAbandonedGrace{250};
// Who waits for a lock longer than this waits for somebody stuck. Below every statement's own limit.
constexpr Milliseconds kLockTimeout{15'000};

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text ? text : "";
}

std::string trimmed(const char* text) { return std::string(text::trim(text ? text : "", " \n")); }

SqlFailure cancelled() {
  SqlFailure failure;
  failure.kind = Kind::cancelled;
  failure.message = "cancelled";
  return failure;
}

std::shared_ptr<PGconn> start_connecting(const ConnectOptions& options) {
  // Ours come first, so that what the URL says wins.
  const char* names[] = {"fallback_application_name", "client_encoding",  "gssencmode", "keepalives_idle",
                         "keepalives_interval",       "keepalives_count", "dbname",     nullptr};
  const char* values[] = {options.application_name.c_str(), "UTF8", "disable", "30", "10", "3", options.url.c_str(), nullptr};
  return {PQconnectStartParams(names, values, 1), [](PGconn* connection) { PQfinish(connection); }};
}

// A descriptor of our own for libpq's socket. libpq closes its own as soon as it notices that a connection is lost, and changes it when it
// tries the next address: from then on that number may be anybody's.
Result<Descriptor> socket_of(PGconn* connection) {
  Descriptor own(::fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0));
  if (!own) return fail_system("the socket to PostgreSQL could not be copied", errno);
  return own;
}

Task<Result<void>> ready(const asio::any_io_executor& home, PGconn* connection, bool to_write) {
  CO_TRY(own, socket_of(connection));
  asio::posix::stream_descriptor copy(home, own.release());
  const auto what = to_write ? asio::posix::stream_descriptor::wait_write : asio::posix::stream_descriptor::wait_read;
  co_await copy.async_wait(what, aio::tuple);
  co_return Result<void>{};
}

}  // namespace

void observe_statements(void (*call)(const Statement&)) { observer = call; }

SqlFailure failure_of(const PGresult* result) {
  SqlFailure failure;
  failure.sqlstate = field(result, PG_DIAG_SQLSTATE);
  failure.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  failure.table = field(result, PG_DIAG_TABLE_NAME);
  failure.column = field(result, PG_DIAG_COLUMN_NAME);
  failure.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  failure.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (failure.message.empty()) failure.message = trimmed(PQresultErrorMessage(result));
  // No state: libpq's own report of a broken connection. 57P..: the server is going away and ended the statement.
  if (failure.sqlstate.empty() || failure.sqlstate.starts_with("57P")) failure.kind = Kind::lost;
  return failure;
}

void Request::collect(Outcome<Rows> outcome) {
  if (outcome_) outcome_ = std::move(outcome);
}

void Request::fail(const SqlFailure& failure) {
  if (outcome_) outcome_ = std::unexpected(failure);
}

void Request::deliver() {
  if (!handler_) return;
  if (slot_.is_connected()) slot_.clear();
  asio::post(home_, [handler = std::move(handler_), outcome = std::move(outcome_)]() mutable { handler(std::move(outcome)); });
  handler_ = nullptr;
}

void Request::watch(const std::shared_ptr<Request>& request, asio::cancellation_slot slot, std::weak_ptr<Connection> connection) {
  if (!slot.is_connected()) return;
  request->slot_ = slot;
  slot.assign([weak = std::weak_ptr(request), connection = std::move(connection)](asio::cancellation_type) {
    const auto found = weak.lock();
    const auto on = connection.lock();
    if (!found) return;
    found->abandon();  // which ends this very function's captures
    if (on) on->waiter_left();
  });
}

void Request::abandon() {
  abandoned_ = true;
  outcome_ = std::unexpected(cancelled());
  deliver();
}

Connection::Connection(asio::any_io_executor home, Handle connection, int socket, Mode mode)
    : home_(std::move(home)),
      connection_(std::move(connection)),
      mode_(mode),
      socket_(home_, socket),
      notified_(home_, asio::steady_timer::time_point::max()),
      grace_(home_) {}

Task<Outcome<std::shared_ptr<Connection>>> Connection::open(ConnectOptions options, Mode mode) {
  const auto limit = options.connect_timeout;
  auto opened = co_await aio::with_deadline(limit, "PostgreSQL did not answer in time", attempt(std::move(options), mode));
  if (opened) co_return std::move(*opened);
  const Error& error = opened.error();
  co_return unavailable(error.why.empty() ? error.say : error.why);
}

Task<Result<Connection::Handle>> Connection::connected(ConnectOptions options) {
  const asio::any_io_executor home = co_await aio::executor();
  // Names are looked up here, and the password exchange computes: neither belongs on a loop.
  auto start = [options = std::move(options)]() mutable -> Result<Handle> {
    if (options.url_now) {
      TRY(url, options.url_now());
      options.url = std::move(url);
    }
    return start_connecting(options);
  };
  CO_TRY(handle, co_await aio::blocking(std::move(start)));
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (PQstatus(handle.get()) != CONNECTION_BAD && state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
    CO_CHECK(co_await ready(home, handle.get(), state == PGRES_POLLING_WRITING));
    auto step = [handle] { return PQconnectPoll(handle.get()); };
    state = co_await aio::blocking(std::move(step));
  }
  if (state == PGRES_POLLING_OK) co_return handle;
  auto failed = fail(Code::unavailable, "PostgreSQL cannot be reached.");
  failed.error().why = trimmed(PQerrorMessage(handle.get()));
  co_return failed;
}

Task<Result<std::shared_ptr<Connection>>> Connection::attempt(ConnectOptions options, Mode mode) {
  const auto limit = options.statement_timeout;
  CO_TRY(handle, co_await connected(std::move(options)));
  PQsetnonblocking(handle.get(), 1);
  PQsetNoticeReceiver(handle.get(), [](void*, const PGresult*) {}, nullptr);
  if (mode == Mode::pipelined) PQenterPipelineMode(handle.get());
  CO_TRY(socket, socket_of(handle.get()));
  std::shared_ptr<Connection> made(new Connection(co_await aio::executor(), std::move(handle), socket.release(), mode));
  made->read();
  struct CloseUnlessKept {
    std::shared_ptr<Connection> connection;
    ~CloseUnlessKept() {
      if (connection) connection->close();
    }
  } guard{made};

  // A session without a limit for statements has none for the others either: a migration waits for another's lock. Statements are short and
  // many, so that to compile one takes longer than to run it.
  const Statement set{"",
                      "select set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
                      " set_config('idle_in_transaction_session_timeout', $1, false), set_config('jit', 'off', false)",
                      {}};
  const Params values = Params::of(std::to_string(limit.count()), std::to_string(std::min(limit, kLockTimeout).count()));
  auto done = co_await made->execute(set, values);
  if (done) co_return std::exchange(guard.connection, nullptr);
  auto failed = fail(Code::unavailable, "PostgreSQL cannot be reached.");
  failed.error().why = done.error().message;
  co_return failed;
}

std::shared_ptr<Request> Connection::request_for(Request::Handler handler) const { return std::make_shared<Request>(std::move(handler), home_); }

Task<Outcome<Rows>> Connection::execute(const Statement& statement, const Params& params, bool cancellable) {
  auto initiate = [&](auto handler) {
    const auto slot = asio::get_associated_cancellation_slot(handler);
    auto request = request_for(std::move(handler));
    if (cancellable) Request::watch(request, slot, weak_from_this());
    send(statement, params, std::move(request));
    sync();
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Outcome<Rows>)>(initiate, asio::use_awaitable);
}

void Connection::send(const Statement& statement, const Params& params, std::shared_ptr<Request> request) {
  if (auto call = observer.load(std::memory_order_relaxed)) call(statement);
  if (!alive()) {
    if (!request) return;
    request->fail(lost(why_lost_).error());
    request->deliver();
    return;
  }
  const std::size_t count = params.size();
  std::array<const char*, 32> few_values;
  std::array<int, 64> few_numbers;
  std::vector<const char*> many_values(count > few_values.size() ? count : 0);
  std::vector<int> many_numbers(count > few_values.size() ? count * 2 : 0);
  const char** values = many_values.empty() ? few_values.data() : many_values.data();
  int* lengths = many_numbers.empty() ? few_numbers.data() : many_numbers.data();
  int* formats = lengths + count;
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = params.data(i);
    lengths[i] = params.length(i);
    formats[i] = 1;
  }
  PGconn* to = connection_.get();
  const int n = static_cast<int>(count);
  const Oid* types = statement.parameter_types.empty() ? nullptr : statement.parameter_types.data();
  check(!types || statement.parameter_types.size() == count, "a statement got another number of parameters than it takes");
  if (entries_.empty()) heard_ = std::chrono::steady_clock::now();

  bool sent = true;
  if (mode_ == Mode::plain || *statement.name == '\0') {
    sent = PQsendQueryParams(to, statement.text, n, types, values, lengths, formats, 1) == 1;
  } else {
    if (!prepared_.contains(statement.name)) {
      sent = PQsendPrepare(to, statement.name, statement.text, n, types) == 1;
      if (sent) {
        prepared_.insert(statement.name);
        entries_.push_back({Entry::What::prepare, request, statement.name});
      }
    }
    sent = sent && PQsendQueryPrepared(to, statement.name, n, values, lengths, formats, 1) == 1;
  }
  entries_.push_back({mode_ == Mode::plain ? Entry::What::plain : Entry::What::query, std::move(request), statement.name});
  if (!sent) send_failed();
}

void Connection::sync() {
  if (!alive()) return;
  if (mode_ == Mode::pipelined) {
    if (PQpipelineSync(connection_.get()) != 1) return send_failed();
    entries_.push_back({Entry::What::sync, nullptr, ""});
  }
  flush();
}

Task<Outcome<Rows>> Connection::run(std::string text) {
  check(mode_ == Mode::plain, "run() is for plain connections");
  auto initiate = [&](auto handler) {
    const auto slot = asio::get_associated_cancellation_slot(handler);
    auto request = request_for(std::move(handler));
    Request::watch(request, slot, weak_from_this());
    if (!alive()) {
      request->fail(lost(why_lost_).error());
      return request->deliver();
    }
    heard_ = std::chrono::steady_clock::now();
    entries_.push_back({Entry::What::plain, std::move(request), ""});
    if (PQsendQuery(connection_.get(), text.c_str()) != 1) return send_failed();
    flush();
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Outcome<Rows>)>(initiate, asio::use_awaitable);
}

Task<Outcome<std::optional<Notification>>> Connection::notification(Milliseconds limit) {
  if (notifications_.empty() && alive()) {
    notified_.expires_after(limit);
    co_await notified_.async_wait(aio::tuple);
  }
  if (!notifications_.empty()) {
    Notification first = std::move(notifications_.front());
    notifications_.pop_front();
    co_return first;
  }
  if (!alive()) co_return lost(why_lost_);
  co_return std::nullopt;
}

void Connection::read() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    if (error || !self->alive()) return;
    const bool ok = PQconsumeInput(self->connection_.get()) == 1;
    self->heard_ = std::chrono::steady_clock::now();
    self->drain();
    if (!self->alive()) return;
    if (!ok) return self->fail_all(trimmed(PQerrorMessage(self->connection_.get())));
    self->read();
  });
}

void Connection::flush() {
  if (writing_ || !alive()) return;
  const int left = PQflush(connection_.get());
  if (left < 0) return send_failed();
  if (left > 0) {
    writing_ = true;
    socket_.async_wait(asio::posix::stream_descriptor::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
      self->writing_ = false;
      if (!error) self->flush();
    });
  }
  // While it could not write, libpq may have read: nothing would announce those answers.
  drain();
}

void Connection::drain() {
  while (alive() && !entries_.empty() && PQisBusy(connection_.get()) == 0) {
    if (PGresult* result = PQgetResult(connection_.get()))
      take(result);
    else if (entries_.front().what != Entry::What::sync)
      end_of_results();
    else if (PQstatus(connection_.get()) == CONNECTION_BAD)
      return fail_all(trimmed(PQerrorMessage(connection_.get())));
  }
  if (!alive()) return;
  while (PGnotify* notice = PQnotifies(connection_.get())) {
    notifications_.push_back({notice->relname, notice->extra});
    PQfreemem(notice);
    notified_.cancel();
  }
}

void Connection::take(PGresult* result) {
  Rows rows(result);
  Entry& entry = entries_.front();
  switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
      entries_.pop_front();
      for (auto& request : std::exchange(group_, {})) request->deliver();
      return;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      if (entry.request && entry.what != Entry::What::prepare) entry.request->collect(std::move(rows));
      return;
    case PGRES_PIPELINE_ABORTED:
      // Not run because one before it in the group failed; the real reason, if it is its own preparation, is there already.
      if (entry.what == Entry::What::prepare) prepared_.erase(entry.name);
      if (entry.request) entry.request->fail({.sqlstate = "25P02", .message = "an earlier statement of the group failed"});
      return;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH: return fail_all("COPY is not supported here");
    default: break;
  }
  const SqlFailure failure = failure_of(result);
  if (entry.what == Entry::What::prepare) prepared_.erase(entry.name);
  // A prepared statement that is unknown or no longer fits its tables, as after a migration: start afresh elsewhere.
  if (failure.is("26000") || failure.is("0A000")) worn_ = true;
  // An error in answer to a Sync is a commit that failed: none of its group took effect.
  if (entry.what == Entry::What::sync) {
    for (auto& request : group_) request->fail(failure);
  } else if (entry.request) {
    entry.request->fail(failure);
  }
}

void Connection::end_of_results() {
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  if (!entry.request || entry.what == Entry::What::prepare) return;
  if (entry.what == Entry::What::plain)
    entry.request->deliver();
  else
    group_.push_back(std::move(entry.request));
}

void Connection::send_failed() {
  // From a turn of its own: the caller is in the middle of a send.
  asio::post(home_, [self = shared_from_this()] {
    if (self->alive()) self->fail_all(trimmed(PQerrorMessage(self->connection_.get())));
  });
}

void Connection::fail_all(std::string why) {
  why_lost_ = why.empty() ? "the connection to PostgreSQL was lost" : std::move(why);
  const SqlFailure failure = lost(why_lost_).error();
  for (auto& request : std::exchange(group_, {})) {
    request->fail(failure);
    request->deliver();
  }
  for (auto& entry : std::exchange(entries_, {})) {
    if (!entry.request) continue;
    entry.request->fail(failure);
    entry.request->deliver();
  }
  auto call = std::exchange(on_lost_, nullptr);
  close();
  if (call) call();
}

bool Connection::in_transaction() const { return alive() && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }

Milliseconds Connection::silent() const {
  if (entries_.empty()) return Milliseconds(0);
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - heard_);
}

void Connection::waiter_left() {
  if (!alive() || cancelled_one_) return;
  grace_.expires_after(kAbandonedGrace);
  grace_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) self->cancel_head();
  });
}

// The statement that runs is cancelled when nobody waits for it. Those behind it are not to suffer: no new ones come to this
// connection, and what the cancellation should meet of the others is run again elsewhere (Pool::execute).
void Connection::cancel_head() {
  if (!alive() || cancelled_one_) return;
  const auto abandoned = [](const Entry& entry) { return entry.request && entry.request->abandoned(); };
  const auto running = std::ranges::find_if(entries_, [](const Entry& entry) { return entry.request != nullptr; });
  if (running == entries_.end()) return;
  if (!abandoned(*running)) {
    if (std::ranges::any_of(entries_, abandoned)) waiter_left();
    return;
  }
  worn_ = cancelled_one_ = true;
  ask_to_cancel();
}

void Connection::ask_to_cancel() {
  PGcancel* cancel = PQgetCancel(connection_.get());
  if (!cancel) return;
  asio::post(aio::blocking_pool(), [cancel] {
    char why[256];
    PQcancel(cancel, why, sizeof(why));
    PQfreeCancel(cancel);
  });
}

void Connection::cancel_and_close() {
  if (!alive()) return;
  ask_to_cancel();
  fail_all("the statement was cancelled");
}

void Connection::close() {
  if (!alive()) return;
  on_lost_ = nullptr;
  if (why_lost_.empty()) why_lost_ = "the connection is closed";
  if (!entries_.empty() || !group_.empty()) return fail_all(why_lost_);
  boost::system::error_code ignored;  // it is ours alone, and nothing is written to it
  socket_.close(ignored);
  connection_.reset();
  notified_.cancel();
  grace_.cancel();
}

}  // namespace slipway::pg
