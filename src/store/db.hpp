// The door to the database for one loop: it alone makes stores. home: own thread.
#pragma once

#include "pg/listener.hpp"
#include "store/store.hpp"

namespace slipway::store {

class Db {
 public:
  Db(pg::Pool& pool, pg::Listener& listener, const Clock& clock) : pool_(&pool), listener_(&listener), clock_(&clock) {}

  // Reads and writes as `actor`. `cost` collects what the request spends; `origin` is the request, for the audit trail.
  Store store_for(ActorPtr actor, std::shared_ptr<Cost> cost = std::make_shared<Cost>(), OriginPtr origin = nullptr) {
    return Store(*pool_, *clock_, std::move(actor), std::move(cost), std::move(origin));
  }
  template <rbac::Duty D>
  DutyStore<D> duty(std::shared_ptr<Cost> cost = std::make_shared<Cost>(), OriginPtr origin = nullptr) {
    return DutyStore<D>(std::unique_ptr<Store>(new Store(*pool_, *clock_, duty_actor(D), std::move(cost), std::move(origin))));
  }
  OpenStore open(std::shared_ptr<Cost> cost = std::make_shared<Cost>()) { return OpenStore(*pool_, *clock_, nobody(), std::move(cost)); }

  // Who acts before anyone is known: may nothing.
  static ActorPtr nobody();

  pg::Listener& listener() { return *listener_; }
  const Clock& clock() const { return *clock_; }
  bool reachable() const { return pool_->reachable(); }

 private:
  static ActorPtr duty_actor(rbac::Duty duty);

  pg::Pool* pool_;
  pg::Listener* listener_;
  const Clock* clock_;
};

// How long the process' decisions took.
void write_decisions(metric::Text& text);

// Wakes everyone who listens to `channel`, on every replica, once the transaction commits. `payload` says what to look at.
Task<Result<void>> notify(Tx& tx, std::string channel, std::string payload);
template <rbac::Duty D>
Task<Result<void>> notify(DutyTx<D>& tx, std::string channel, std::string payload) {
  return notify(tx.tx(), std::move(channel), std::move(payload));
}

}  // namespace slipway::store
