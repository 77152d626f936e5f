// The proofs that generated statements ask for, and the handles they run on; light, because every gen/*.hpp includes it.
#pragma once

#include "base/ids.hpp"
#include "rbac/actions.hpp"
#include "rbac/duties.hpp"

#include <string>

namespace slipway::store {

class Store;
class Tx;
class OpenStore;
template <rbac::Duty D>
class DutyHandle;

// Proof that this actor may do A to one object of type R, for one transaction: never stored, never queued. Only Gate, the one
// caller of rbac::decide, makes it. The statement binds the id that was judged, so check and act cannot part.
template <rbac::Action A, rbac::Resource R>
  requires rbac::ValidPair<R, A>
class [[nodiscard]] Permit {
 public:
  const Uuid& id() const { return id_; }
  const std::string& key() const { return key_; }  // the id of an API key, which is text
  OrganizationId organization() const { return organization_; }
  UserId owner() const { return owner_; }

 private:
  friend class Gate;
  Permit(Uuid id, std::string key, OrganizationId organization, UserId owner)
      : id_(id), key_(std::move(key)), organization_(organization), owner_(owner) {}

  Uuid id_;
  std::string key_;
  OrganizationId organization_;
  UserId owner_;
};

// Any permit at all, for statements whose object follows another one that was judged: the jobs of a build, the resources of a
// version. Each such statement says why (`-- authz: any permit because ...`), and that list is a reviewed golden.
class [[nodiscard]] AnyPermit {
 public:
  template <rbac::Action A, rbac::Resource R>
  AnyPermit(const Permit<A, R>& permit) : id_(permit.id()), organization_(permit.organization()), owner_(permit.owner()) {}
  const Uuid& id() const { return id_; }
  OrganizationId organization() const { return organization_; }
  UserId owner() const { return owner_; }

 private:
  Uuid id_;
  OrganizationId organization_;
  UserId owner_;
};

}  // namespace slipway::store
