// The authorizing data layer. Reads go through a Store, which acts as one actor; writes through a Tx, with a Permit; system
// work through a DutyStore, whose duty names what it may do. There is no other way to the database.
// home: own thread (the pool's). A Store lives as long as its request or its loop's turn.
#pragma once

#include "aio/task.hpp"
#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/on_exit.hpp"
#include "base/result.hpp"
#include "pg/pool.hpp"
#include "rbac/object.hpp"
#include "store/actor.hpp"
#include "store/permit.hpp"
#include "store/target.hpp"
#include "store/trail.hpp"

#include <memory>

namespace slipway::store {

// What a request cost: budgets are stated in these numbers, and tests assert them.
struct Cost {
  int sql = 0;    // statements
  int trips = 0;  // round trips to PostgreSQL
  int rbac = 0;   // decisions
  int held = 0;   // connections at this moment
  int most = 0;   // and at once: more than one, and a few such requests at a time can wait for each other for ever
};

// A connection that a request has, for as long as this lives.
class Hold {
 public:
  explicit Hold(std::shared_ptr<Cost> cost) : cost_(std::move(cost)) {
    if (++cost_->held > cost_->most) cost_->most = cost_->held;
  }
  ~Hold() { --cost_->held; }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  std::shared_ptr<Cost> cost_;
};

// The only caller of rbac::decide.
class Gate {
 public:
  static bool decide(const Actor& actor, Cost& cost, rbac::Action action, const rbac::Object& object);

  template <rbac::Action A, rbac::Resource R>
  static Result<Judged<A, R>> judge(const Actor& actor, Cost& cost, const rbac::Object& object) {
    check(object.type == R || twin(object.type, R), "a permit was asked for an object of another type");
    if (!decide(actor, cost, A, object)) {
      if constexpr (A == rbac::Action::read) return not_found();
      return forbidden();
    }
    return Judged<A, R>(object.id, std::string(object.text_id), object.organization, object.owner);
  }

 private:
  friend class Tx;
  template <rbac::Action A, rbac::Resource R>
  static Result<Permit<A, R>> permit(const Actor& actor, Cost& cost, const rbac::Object& object) {
    TRY(judged, (judge<A, R>(actor, cost, object)));
    return Permit<A, R>(std::move(judged));
  }
  // A dormant or prebuilt workspace is a workspace that the policy judges under another name.
  static bool twin(rbac::Resource type, rbac::Resource asked) {
    return asked == rbac::Resource::workspace && (type == rbac::Resource::workspace_dormant || type == rbac::Resource::prebuilt_workspace);
  }
};

class Store {
 public:
  Store(Store&&) noexcept = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const Actor& actor() const { return *actor_; }
  const Cost& cost() const { return *cost_; }
  const Clock& clock() const { return *clock_; }
  Time now() const { return clock_->now(); }
  // The request this store works for; null for work of the system's own.
  const OriginPtr& origin() const { return origin_; }

  // The proof that this actor may do A to `object`, for statements that read; forbidden otherwise, or not_found when A is read.
  template <rbac::Action A, rbac::Resource R>
  Result<Judged<A, R>> permit(const rbac::Object& object) {
    return Gate::judge<A, R>(*actor_, *cost_, object);
  }
  // The bare answer, for questions that are about rights themselves (authcheck, what a page offers).
  bool may(rbac::Action action, const rbac::Object& object) { return Gate::decide(*actor_, *cost_, action, object); }

  // Runs body(Tx&) in a transaction: committed when it returns a value, rolled back when it returns an error. This handle
  // is lent to the body: using it inside throws.
  template <class F>
  auto tx(F& body) -> std::invoke_result_t<F&, Tx&>;

 protected:
  friend class Db;
  friend class Tx;
  friend struct Gen;
  Store(pg::Pool& pool, const Clock& clock, ActorPtr actor, std::shared_ptr<Cost> cost, OriginPtr origin = nullptr)
      : pool_(&pool), clock_(&clock), actor_(std::move(actor)), cost_(std::move(cost)), origin_(std::move(origin)) {}

  template <class F>
  auto lend(F& body, Tx& inside) -> std::invoke_result_t<F&, Tx&> {
    lent_ = true;
    const OnExit back([this] { lent_ = false; });
    co_return co_await body(inside);
  }
  // Errors: as store/sqlstate.cpp words them.
  Task<Result<pg::Rows>> run(const pg::Statement& statement, pg::Params params);
  Task<Result<pg::Transaction>> begin();
  // With the lines the transaction left, in one round trip. Who is cancelled meanwhile learns all the same what came of it.
  Task<Result<void>> commit(Tx& inside);

  pg::Pool* pool_;
  const Clock* clock_;
  ActorPtr actor_;
  std::shared_ptr<Cost> cost_;
  OriginPtr origin_;
  pg::Transaction* lease_ = nullptr;
  bool lent_ = false;
};

// A transaction: the only handle that writes, and the only one that permits to.
class Tx : public Store {
 public:
  // As Store::permit, for statements of this transaction that write.
  template <rbac::Action A, rbac::Resource R>
  Result<Permit<A, R>> permit(const rbac::Object& object) {
    return Gate::permit<A, R>(*actor_, *cost_, object);
  }
  // Says what this transaction changes, for the audit trail: stored with it, or not at all.
  void trace(Trace trace);
  // As trace(), at another time and for another request: for lines that are made up.
  void trace_as(Trace trace, std::optional<Time> time, std::optional<RequestId> request);
  // Tells people of what this transaction does (features/notifications, which writes the event): stored in the round trip of the commit, or
  // not at all. An event that cannot be stored is logged and counted, and the transaction commits all the same.
  void tell(std::string event);

 protected:
  friend class Store;
  Tx(const Store& outer, pg::Transaction& lease) : Store(*outer.pool_, *outer.clock_, outer.actor_, outer.cost_, outer.origin_) { lease_ = &lease; }
  std::vector<TrailLine> traces_;
  std::vector<std::string> events_;  // JSON
};

// Events of the process that could not be stored.
std::uint64_t untold_events();

// Statements with `-- authz: open because ...`: what runs before anyone is known. Reads only.
class OpenStore : public Store {
  friend class Db;
  using Store::Store;
};

// What statements of a duty run on: a DutyStore, or a DutyTx inside its transaction.
template <rbac::Duty D>
class DutyHandle {
 public:
  operator Store&() { return *store_; }
  const Clock& clock() const { return store_->clock(); }
  Time now() const { return store_->now(); }

 protected:
  explicit DutyHandle(Store& store) : store_(&store) {}
  Store* store_;
};

template <rbac::Duty D>
class DutyTx : public DutyHandle<D> {
 public:
  // For statements under a permit that a duty holds too, such as a notification.
  Tx& tx() { return *tx_; }

 private:
  template <rbac::Duty>
  friend class DutyStore;
  explicit DutyTx(Tx& tx) : DutyHandle<D>(tx), tx_(&tx) {}
  Tx* tx_;
};

template <rbac::Duty D>
class DutyStore : public DutyHandle<D> {
 public:
  DutyStore(DutyStore&& other) noexcept : DutyHandle<D>(*other.own_), own_(std::move(other.own_)) {}

  // The plain store of the duty's own subject: for `row read`, `list read` and permits.
  Store& store() { return *own_; }

  // As Store::tx, with a handle for this duty's statements.
  template <class F>
  auto tx(F& body) -> std::invoke_result_t<F&, DutyTx<D>&> {
    auto inner = [&body](Tx& tx) -> std::invoke_result_t<F&, DutyTx<D>&> {
      DutyTx<D> handle(tx);
      co_return co_await body(handle);
    };
    co_return co_await own_->tx(inner);
  }

 private:
  friend class Db;
  explicit DutyStore(std::unique_ptr<Store> own) : DutyHandle<D>(*own), own_(std::move(own)) {}
  std::unique_ptr<Store> own_;
};

template <class F>
auto Store::tx(F& body) -> std::invoke_result_t<F&, Tx&> {
  CO_TRY(lease, co_await begin());
  const Hold held(cost_);
  Tx inside(*this, lease);
  auto outcome = co_await lend(body, inside);
  if (!outcome) {
    co_await lease.rollback();
    co_return outcome;
  }
  CO_CHECK(co_await commit(inside));
  co_return outcome;
}

}  // namespace slipway::store
