#include "store/store.hpp"

#include "base/log.hpp"
#include "base/metric.hpp"
#include "rbac/decide.hpp"
#include "rbac/duties.hpp"
#include "rbac/subject.hpp"
#include "store/db.hpp"
#include "store/gen.hpp"
#include "store/sqlstate.hpp"
#include "store/trail_statement.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>

namespace slipway::store {

namespace {

std::vector<const pg::Statement*>& registry() {
  static std::vector<const pg::Statement*> all;
  return all;
}

// Existing dashboards' buckets begin at 0.5 ms; a decision of ours ends far below.
constexpr double kDecisionTimes[] = {1e-7,  2e-7, 5e-7, 1e-6,  1e-5, 1e-4,  0.0005, 0.001, 0.002, 0.003,
                                     0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1,    0.25,  0.75,  1};

// Of all stores of the process.
struct Decisions {
  metric::Histogram allowed{kDecisionTimes}, refused{kDecisionTimes}, prepared{kDecisionTimes};
};
Decisions& decisions() {
  static Decisions all;
  return all;
}

// Of a commit: without its answer nobody knows whether the change was made, and to do it again may do it twice.
Error of_commit(const pg::SqlFailure& failure, std::string_view context) {
  auto error = worded(failure);
  if (failure.kind == pg::Kind::lost) error.say = "The database was lost before it said whether this was done. Look before you try again.";
  return with_context(std::move(error), context);
}

constexpr std::uint32_t kNotifyTypes[] = {25, 25};
constexpr pg::Statement kNotify{"store.notify", "select pg_notify($1, $2)", kNotifyTypes};
const KnownStatement known_notify(kNotify);

constexpr std::uint32_t kTellTypes[] = {1009};
constexpr pg::Statement kTell{"store.tell", "select write_notifications($1)", kTellTypes};
const KnownStatement known_tell(kTell);

std::atomic<std::uint64_t> untold = 0;

void count_untold(const pg::Rows& rows) {
  const auto faults = rows.empty() ? std::string() : rows.get<std::string>(0, 0);
  if (faults.empty()) return;
  untold += static_cast<std::uint64_t>(std::ranges::count(faults, ',')) + 1;
  log::error("people could not be told of what was done", {{"kinds and SQLSTATEs", faults}});
}

}  // namespace

KnownStatement::KnownStatement(const pg::Statement& statement) { registry().push_back(&statement); }
const std::vector<const pg::Statement*>& known_statements() { return registry(); }

bool Gate::decide(const Actor& actor, Cost& cost, rbac::Action action, const rbac::Object& object) {
  ++cost.rbac;
  const auto began = std::chrono::steady_clock::now();
  const bool allowed = rbac::decide(*actor.subject, action, object);
  (allowed ? decisions().allowed : decisions().refused).observe(std::chrono::steady_clock::now() - began);
  return allowed;
}

void write_decisions(metric::Text& text) {
  text.family("coderd_authz_authorize_duration_seconds", metric::Text::Type::histogram,
              "Duration of the 'Authorize' call in seconds. Only counts calls that succeed.");
  text.sample({{"allowed", "true"}}, decisions().allowed.read());
  text.sample({{"allowed", "false"}}, decisions().refused.read());
  text.family("coderd_authz_prepare_authorize_duration_seconds", metric::Text::Type::histogram,
              "Duration of the 'PrepareAuthorize' call in seconds.");
  text.sample({}, decisions().prepared.read());
}

Task<Result<pg::Rows>> Store::run(const pg::Statement& statement, pg::Params params) {
  if (lent_) throw std::logic_error("a store was used while its transaction runs; use the Tx");
  ++cost_->sql;
  ++cost_->trips;
  const auto began = std::chrono::steady_clock::now();
  std::optional<Hold> held;
  if (!lease_) held.emplace(cost_);
  auto outcome = lease_ ? co_await lease_->execute(statement, std::move(params)) : co_await pool_->execute(statement, std::move(params));
  held.reset();
  pool_->took(statement, std::chrono::steady_clock::now() - began);
  if (!outcome) co_return std::unexpected(with_context(worded(outcome.error()), statement.name));
  co_return std::move(*outcome);
}

Task<Result<pg::Transaction>> Store::begin() {
  if (lent_ || lease_) throw std::logic_error("a transaction was begun inside a transaction");
  auto lease = co_await pool_->begin();
  if (!lease) co_return std::unexpected(worded(lease.error()));
  co_return std::move(*lease);
}

void Tx::trace(Trace trace) {
  TrailLine line{.id = AuditId::random(), .time = now(), .trace = std::move(trace), .request = {}, .ip = {}, .user_agent = {}, .status = 200};
  if (line.trace.user.is_nil()) line.trace.user = actor().user_id;
  if (origin_) {
    line.request = origin_->request;
    line.ip = origin_->ip;
    line.user_agent = origin_->user_agent;
    line.status = origin_->success;
    if (line.trace.action.empty()) line.trace.action = origin_->action;
  }
  check(!line.trace.resource_type.empty(), "a trace does not say to what something was done");
  if (line.trace.action.empty()) line.trace.action = "write";
  line.time += Microseconds(traces_.size());  // in the order in which they were left
  traces_.push_back(std::move(line));
}

void Tx::trace_as(Trace made_up, std::optional<Time> time, std::optional<RequestId> request) {
  trace(std::move(made_up));
  if (time) traces_.back().time = *time;
  if (request) traces_.back().request = *request;
}

void Tx::tell(std::string event) { events_.push_back(std::move(event)); }

std::uint64_t untold_events() { return untold; }

Task<Result<void>> Store::commit(Tx& inside) {
  ++cost_->trips;
  std::vector<pg::Command> last;
  if (!inside.traces_.empty()) last.push_back(trail_insert(inside.traces_));
  if (!inside.events_.empty()) last.push_back({&kTell, pg::Params::of(inside.events_)});
  if (last.empty()) {
    auto done = co_await aio::shielded(inside.lease_->commit());
    if (!done) co_return std::unexpected(of_commit(done.error(), "commit"));
    co_return Result<void>();
  }
  cost_->sql += static_cast<int>(last.size());
  auto done = co_await aio::shielded(inside.lease_->execute_all_and_commit(std::move(last)));
  if (!done) co_return std::unexpected(of_commit(done.error(), "commit with its trace"));
  if (origin_) origin_->traced += static_cast<int>(inside.traces_.size());
  if (!inside.events_.empty()) count_untold(done->back());
  co_return Result<void>();
}

Task<Result<void>> Gen::exec(Store& store, const pg::Statement& statement, pg::Params params) {
  CO_CHECK(co_await store.run(statement, std::move(params)));
  co_return Result<void>();
}

Task<Result<std::int64_t>> Gen::count(Store& store, const pg::Statement& statement, pg::Params params) {
  CO_TRY(rows, co_await store.run(statement, std::move(params)));
  co_return static_cast<std::int64_t>(rows.affected());
}

rbac::ReadFilter Gen::filter(Store& store, rbac::Resource type) {
  ++store.cost_->rbac;
  const auto began = std::chrono::steady_clock::now();
  auto filter = rbac::filter(*store.actor_->subject, rbac::Action::read, type);
  decisions().prepared.observe(std::chrono::steady_clock::now() - began);
  return filter;
}

Task<Result<void>> notify(Tx& tx, std::string channel, std::string payload) {
  co_return co_await Gen::exec(tx, kNotify, pg::Params::of(channel, payload));
}

ActorPtr Db::duty_actor(rbac::Duty duty) {
  return std::make_shared<Actor>(
      Actor{.kind = Actor::Kind::duty, .user_id = {}, .name = std::string(rbac::name_of(duty)), .subject = rbac::duty_subject(duty)});
}

ActorPtr Db::nobody() {
  static const ActorPtr actor = [] {
    auto subject = rbac::Subject::make({.id = {}, .roles = std::vector<rbac::HeldRole>{}, .scope = rbac::scope_all()});
    check(subject.has_value(), "a subject without roles must compile");
    return std::make_shared<Actor>(Actor{.kind = Actor::Kind::nobody, .user_id = {}, .name = "nobody", .subject = std::move(*subject)});
  }();
  return actor;
}

}  // namespace slipway::store
