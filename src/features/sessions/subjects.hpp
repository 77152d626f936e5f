// From stored grants to a compiled subject. Compiling takes tens of microseconds and the same person asks again and again:
// each loop keeps the latest subjects by the whole content they were compiled from, so a change of any role,
// group, membership or scope is another key and is seen by the next request. home: own thread.
#pragma once

#include "features/sessions/gen/sessions_sql.hpp"
#include "rbac/subject.hpp"

#include <list>
#include <string>
#include <unordered_map>

namespace slipway::sessions {

// The columns {grants} of sessions.sql.
struct StoredGrants {
  UserId user_id;
  const std::vector<std::string>& site_roles;
  bool is_service_account;
  // "<organization>|<sharing>|<default roles>|<roles>", and "|<custom roles in JSON>" where there are any; empty for an
  // organization that was deleted.
  const std::vector<std::string>& memberships;
  const std::vector<GroupId>& groups;
};

// Of a row that has them; it must outlive what is returned.
template <class Row>
StoredGrants grants_in(const Row& row, UserId user) {
  return {user, row.rbac_roles, row.is_service_account, row.memberships, row.group_ids};
}

// In the order of their ids.
std::vector<OrganizationId> organizations_of(const std::vector<std::string>& memberships);

class Subjects {
 public:
  explicit Subjects(const rbac::RoleBook& book, std::size_t most = 4096) : book_(book), most_(most) {}

  // `scope_text` names the scope for the cache; `scope` makes it when it is not there.
  template <class MakeScope>
  Result<rbac::SubjectPtr> get(const StoredGrants& grants, std::string_view scope_text, MakeScope make_scope) {
    const std::string key = content(grants, scope_text);
    if (auto found = find(key)) return found;
    TRY(scope, Result<rbac::ScopePtr>(make_scope()));
    return compile(grants, std::move(scope), key);
  }

 private:
  static std::string content(const StoredGrants& grants, std::string_view scope_text);
  rbac::SubjectPtr find(const std::string& key);
  Result<rbac::SubjectPtr> compile(const StoredGrants& grants, rbac::ScopePtr scope, const std::string& key);

  using Entry = std::pair<std::string, rbac::SubjectPtr>;
  const rbac::RoleBook& book_;
  std::size_t most_;
  std::list<Entry> recent_;
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_content_;
};

}  // namespace slipway::sessions
