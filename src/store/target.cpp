#include "store/target.hpp"

#include <boost/json.hpp>

namespace slipway::store {

rbac::Acl parse_acl(std::string_view json, AclShape shape) {
  rbac::Acl acl;
  if (json.size() <= 2) return acl;
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(json, ec);
  const auto* entries = ec ? nullptr : parsed.if_object();
  if (!entries) return acl;
  for (const auto& [key, value] : *entries) {
    const auto who = Uuid::parse(key);
    const auto* actions = &value;
    if (shape == AclShape::nested) actions = value.is_object() ? value.as_object().if_contains("permissions") : nullptr;
    if (!who || !actions || !actions->is_array()) continue;
    rbac::AclEntry entry{.who = *who};
    for (const auto& action : actions->as_array())
      if (action.is_string())
        if (const auto named = rbac::action_named(action.as_string()); named != rbac::Action::unknown) entry.actions |= named;
    acl.push_back(entry);
  }
  return acl;
}

}  // namespace slipway::store
