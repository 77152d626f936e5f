// The proofs that generated statements ask for, and the handles they run on; light, because every gen/*.hpp includes it.
#pragma once

#include "base/ids.hpp"
#include "rbac/actions.hpp"
#include "rbac/duties.hpp"

#include <concepts>
#include <string>

namespace slipway::store {

class Store;
class Tx;
class OpenStore;
template <rbac::Duty D>
class DutyHandle;

// The judgement that this actor may do A to one object of type R: what statements that read ask for. Only Gate, the one caller of
// rbac::decide, makes it. The statement binds the id that was judged, so check and act cannot part.
template <rbac::Action A, rbac::Resource R>
  requires rbac::ValidPair<R, A>
class [[nodiscard]] Judged {
 public:
  const Uuid& id() const { return id_; }
  const std::string& key() const { return key_; }  // the id of an API key, which is text
  OrganizationId organization() const { return organization_; }
  UserId owner() const { return owner_; }

 private:
  friend class Gate;
  Judged(Uuid id, std::string key, OrganizationId organization, UserId owner)
      : id_(id), key_(std::move(key)), organization_(organization), owner_(owner) {}

  Uuid id_;
  std::string key_;
  OrganizationId organization_;
  UserId owner_;
};

// A judgement that was made inside the transaction which writes by it: what statements that write ask for. Only Tx::permit hands it
// out; never stored, never queued. It does wherever the judgement does, and not the other way about.
template <rbac::Action A, rbac::Resource R>
  requires rbac::ValidPair<R, A>
class [[nodiscard]] Permit : public Judged<A, R> {
 private:
  friend class Gate;
  explicit Permit(Judged<A, R> judged) : Judged<A, R>(std::move(judged)) {}
};

// One of a few permits or judgements, for statements that more than one right leads to (`-- authz: permit delete user or delete
// organization_member`). A narrower choice fits a wider one.
template <class... Permits>
class [[nodiscard]] OneOf {
 public:
  template <class P>
    requires(std::derived_from<P, Permits> || ...)
  OneOf(const P& permit) : id_(permit.id()), organization_(permit.organization()), owner_(permit.owner()) {}
  template <class... Fewer>
    requires(std::constructible_from<OneOf, Fewer> && ...)
  OneOf(const OneOf<Fewer...>& other) : id_(other.id()), organization_(other.organization()), owner_(other.owner()) {}
  const Uuid& id() const { return id_; }
  OrganizationId organization() const { return organization_; }
  UserId owner() const { return owner_; }

 private:
  Uuid id_;
  OrganizationId organization_;
  UserId owner_;
};

}  // namespace slipway::store
