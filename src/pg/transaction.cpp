#include "pg/pool.hpp"
#include "pg/pool_impl.hpp"

namespace slipway::pg {

namespace {

// Prepared like any other: BEGIN, COMMIT and ROLLBACK cost no parsing.
constexpr Statement kCommit{"slipway_commit", "commit", {}};
constexpr Statement kRollback{"slipway_rollback", "rollback", {}};
constexpr std::array<Statement, 6> kBegin{{
    {"slipway_begin", "begin isolation level read committed read write", {}},
    {"slipway_begin_ro", "begin isolation level read committed read only", {}},
    {"slipway_begin_rr", "begin isolation level repeatable read read write", {}},
    {"slipway_begin_rr_ro", "begin isolation level repeatable read read only", {}},
    {"slipway_begin_s", "begin isolation level serializable read write", {}},
    {"slipway_begin_s_ro", "begin isolation level serializable read only", {}},
}};

std::unexpected<SqlFailure> in_failed_transaction() {
  return std::unexpected(SqlFailure{.sqlstate = "25P02", .message = "the transaction has already failed or ended"});
}

}  // namespace

struct Transaction::State {
  std::shared_ptr<Pool::Impl> pool;
  Pool::Impl::Link connection;
  Begin options;
  bool begun = false;   // BEGIN was sent
  bool failed = false;  // only a rollback is possible
  bool ended = false;

  // BEGIN without a Sync: it travels with what follows.
  void ensure_begun() {
    if (std::exchange(begun, true)) return;
    const auto which = static_cast<std::size_t>(options.isolation) * 2 + (options.read_only ? 1 : 0);
    ++pool->statements;
    connection->send(kBegin[which], {}, nullptr);
  }
  std::optional<SqlFailure> refusal() const {
    if (ended || failed) return in_failed_transaction().error();
    if (!connection->alive()) return lost(connection->why_lost()).error();
    return std::nullopt;
  }
  // An awaiter was cancelled in mid-statement: the server is asked to give up, and the connection is not used again.
  void abandon() {
    failed = ended = true;
    connection->cancel_and_close();
    pool->forget(std::exchange(connection, nullptr));
  }
  Outcome<Rows> settle(Outcome<Rows> outcome) {
    if (!outcome) {
      failed = true;
      if (outcome.error().kind == Kind::cancelled) abandon();
    }
    return outcome;
  }
  void give_back() {
    ended = true;
    if (connection) pool->give_back(std::exchange(connection, nullptr));
  }
  // Without an awaiter: the connection goes back when the answer comes.
  void roll_back_behind() {
    ended = true;
    auto back = [pool = pool, connection = connection](const Outcome<Rows>&) { pool->give_back(connection); };
    ++pool->statements;
    auto* raw = connection.get();
    raw->send(kRollback, {}, raw->request_for(std::move(back)));
    raw->sync();
    connection = nullptr;
  }

  ~State() {
    if (!connection) return;
    if (!connection->alive())
      pool->forget(std::move(connection));
    else if (!begun || ended)
      give_back();
    else if (connection->in_flight() > 0)
      abandon();
    else
      roll_back_behind();
  }
};

Transaction::Transaction(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

Task<Outcome<Transaction>> Pool::begin(Begin options) {
  auto impl = impl_;
  auto connection = co_await impl->exclusive_connection();
  if (!connection) co_return std::unexpected(std::move(connection).error());
  auto state = std::make_unique<Transaction::State>(impl, std::move(*connection), options);
  co_return Transaction(std::move(state));
}

Task<Outcome<Rows>> Transaction::execute(const Statement& statement, Params params) {
  State& state = *state_;
  if (auto refused = state.refusal()) co_return std::unexpected(*refused);
  ++state.pool->statements;
  state.ensure_begun();
  auto outcome = co_await state.connection->execute(statement, params);
  co_return state.settle(std::move(outcome));
}

Task<Outcome<std::vector<Rows>>> Transaction::execute_all(std::vector<Command> commands) {
  State& state = *state_;
  if (auto refused = state.refusal()) co_return std::unexpected(*refused);
  std::vector<Rows> all;
  if (commands.empty()) co_return all;
  state.pool->statements += commands.size();
  state.ensure_begun();
  // All but the last leave their outcome here; they are delivered before it, because answers come in order.
  auto first = std::make_shared<std::vector<Outcome<Rows>>>();
  for (std::size_t i = 0; i + 1 < commands.size(); ++i) {
    auto keep = [first](Outcome<Rows> outcome) { first->push_back(std::move(outcome)); };
    auto request = state.connection->request_for(std::move(keep));
    state.connection->send(*commands[i].statement, commands[i].params, std::move(request));
  }
  auto last = co_await state.connection->execute(*commands.back().statement, commands.back().params);
  last = state.settle(std::move(last));
  for (auto& outcome : *first) {
    if (!outcome) co_return std::unexpected(std::move(outcome).error());
    all.push_back(std::move(*outcome));
  }
  if (!last) co_return std::unexpected(std::move(last).error());
  all.push_back(std::move(*last));
  co_return all;
}

Task<Outcome<void>> Transaction::commit() {
  State& state = *state_;
  if (state.failed && !state.ended) co_await rollback();
  if (auto refused = state.refusal()) co_return std::unexpected(*refused);
  if (state.begun) {
    ++state.pool->statements;
    auto outcome = co_await state.connection->execute(kCommit, {}, false);
    if (!outcome) {
      state.failed = true;
      state.give_back();
      co_return std::unexpected(std::move(outcome).error());
    }
  }
  state.give_back();
  co_return Outcome<void>();
}

Task<Outcome<Rows>> Transaction::execute_and_commit(const Statement& statement, Params params) {
  std::vector<Command> only;
  only.push_back({&statement, std::move(params)});
  auto done = co_await execute_all_and_commit(std::move(only));
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return std::move(done->front());
}

Task<Outcome<std::vector<Rows>>> Transaction::execute_all_and_commit(std::vector<Command> commands) {
  State& state = *state_;
  if (auto refused = state.refusal()) co_return std::unexpected(*refused);
  state.pool->statements += commands.size() + 1;
  state.ensure_begun();
  auto kept = std::make_shared<std::vector<Outcome<Rows>>>();
  for (const auto& command : commands) {
    auto keep = [kept](Outcome<Rows> outcome) { kept->push_back(std::move(outcome)); };
    state.connection->send(*command.statement, command.params, state.connection->request_for(std::move(keep)));
  }
  auto committed = co_await state.connection->execute(kCommit, {}, false);
  if (committed)
    state.give_back();
  else
    state.failed = true;
  std::vector<Rows> all;
  for (auto& outcome : *kept) {
    if (!outcome) co_return std::unexpected(std::move(outcome).error());
    all.push_back(std::move(*outcome));
  }
  if (!committed) co_return std::unexpected(std::move(committed).error());
  co_return all;
}

Task<Outcome<void>> Transaction::rollback() {
  State& state = *state_;
  if (state.ended || !state.connection) co_return Outcome<void>();
  if (state.begun && state.connection->alive()) {
    ++state.pool->statements;
    auto outcome = co_await state.connection->execute(kRollback, {}, false);
    state.give_back();
    if (!outcome) co_return std::unexpected(std::move(outcome).error());
    co_return Outcome<void>();
  }
  state.give_back();
  co_return Outcome<void>();
}

}  // namespace slipway::pg
