// What a row is to the policy: an Object together with the access lists it views. object_of(row) makes it, once per row type.
#pragma once

#include "rbac/object.hpp"

#include <string_view>
#include <utility>

namespace slipway::store {

// How a template's and a workspace's stored ACL differ: {"<id>": ["read"]} and {"<id>": {"permissions": ["read"]}}.
enum class AclShape { flat, nested };

// The entries of a stored ACL. Malformed entries are left out: they grant nothing.
rbac::Acl parse_acl(std::string_view json, AclShape shape);

class Target {
 public:
  Target(rbac::Object object) : object_(object) {}
  Target(rbac::Object object, rbac::Acl users, rbac::Acl groups) : users_(std::move(users)), groups_(std::move(groups)), object_(object) {
    object_.user_acl = users_;
    object_.group_acl = groups_;
  }
  Target(Target&&) = default;  // the vectors keep their buffers, so the views stay good
  Target& operator=(Target&&) = default;
  Target(const Target&) = delete;

  operator const rbac::Object&() const { return object_; }
  const rbac::Object& object() const { return object_; }

 private:
  rbac::Acl users_, groups_;
  rbac::Object object_;
};

}  // namespace slipway::store
