// Rows that a transaction has locked and then read, and the permits for them. Statements that hand out or take away rights ask for
// these, so that nobody writes what they decided from a row of before the transaction.
#pragma once

#include "base/result.hpp"
#include "store/permit.hpp"

#include <utility>

namespace slipway::store {

// Until the transaction's end nobody else changes the row. Only statements of the kind `-- authz: row lock R` make one.
template <class Row>
class Locked {
 public:
  const Row& operator*() const { return row_; }
  const Row* operator->() const { return &row_; }

 private:
  friend struct LockedGen;
  explicit Locked(Row row) : row_(std::move(row)) {}
  Row row_;
};

// A permit for a locked row (`-- authz: locked permit A R`): what was judged is still so when it is written.
template <rbac::Action A, rbac::Resource R>
class [[nodiscard]] LockedPermit : public Permit<A, R> {
 public:
  const Permit<A, R>& plain() const { return *this; }

 private:
  template <rbac::Action B, rbac::Resource S, std::same_as<Tx> T, class Row>
  friend Result<LockedPermit<B, S>> permit(T& tx, const Locked<Row>& row);
  explicit LockedPermit(Permit<A, R> permit) : Permit<A, R>(std::move(permit)) {}
};

// The proof that the transaction's actor may do A to a row that it has locked. Errors: as Tx::permit.
template <rbac::Action A, rbac::Resource R, std::same_as<Tx> T, class Row>
Result<LockedPermit<A, R>> permit(T& tx, const Locked<Row>& row) {
  TRY(may, (tx.template permit<A, R>(object_of(*row))));
  return LockedPermit<A, R>(std::move(may));
}

}  // namespace slipway::store
