#include "features/sessions/subjects.hpp"

#include "base/text.hpp"
#include "rbac/role.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>

namespace slipway::sessions {

namespace {

std::vector<std::string> listed(std::string_view text) {
  const auto words = text::words(text, ",");
  return {words.begin(), words.end()};
}

rbac::Permissions permissions(const boost::json::value& list) {
  rbac::Permissions made;
  if (!list.is_array()) return made;
  for (const auto& entry : list.as_array()) {
    const auto* object = entry.if_object();
    if (!object) continue;
    const auto text = [&](const char* key) {
      const auto* value = object->if_contains(key);
      return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
    };
    const auto* negate = object->if_contains("negate");
    made.push_back({.negate = negate && negate->is_bool() && negate->get_bool(),
                    .type = rbac::resource_named(text("resource_type")),
                    .action = rbac::action_named(text("action"))});
  }
  return made;
}

// [{name, org, member}] as the statement writes it.
std::map<std::string, rbac::RolePtr, std::less<>> read_custom(std::string_view json) {
  std::map<std::string, rbac::RolePtr, std::less<>> roles;
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(json, ec);
  if (ec || !parsed.is_array()) return roles;
  for (const auto& entry : parsed.as_array()) {
    const auto& object = entry.as_object();
    std::string name(std::string_view(object.at("name").as_string()));
    rbac::Role role{
        .name = name, .display_name = {}, .site = {}, .user = {}, .org = permissions(object.at("org")), .member = permissions(object.at("member"))};
    roles[std::move(name)] = rbac::share(std::move(role));
  }
  return roles;
}

// One of StoredGrants::memberships.
struct StoredMembership {
  OrganizationId organization;
  std::string_view sharing, default_roles, roles, custom_roles;
};

std::optional<StoredMembership> read_membership(std::string_view text) {
  const auto next = [&text] {
    const auto part = text.substr(0, text.find('|'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
  };
  const auto organization = OrganizationId::parse(next());
  if (!organization) return std::nullopt;
  const auto sharing = next(), default_roles = next(), roles = next();
  return StoredMembership{*organization, sharing, default_roles, roles, text};
}

}  // namespace

std::vector<OrganizationId> organizations_of(const std::vector<std::string>& memberships) {
  std::vector<OrganizationId> ids;
  for (const auto& text : memberships)
    if (const auto read = read_membership(text)) ids.push_back(read->organization);
  std::ranges::sort(ids);
  return ids;
}

std::string Subjects::content(const StoredGrants& grants, std::string_view scope_text) {
  std::string key(reinterpret_cast<const char*>(grants.user_id.uuid.bytes.data()), 16);
  key += grants.is_service_account ? 's' : 'p';
  const auto add = [&key](std::string_view text) {
    key += text;
    key += '\0';
  };
  for (const auto& role : grants.site_roles) add(role);
  key += '\1';
  for (const auto& membership : grants.memberships) add(membership);
  key += '\1';
  for (const auto& id : grants.groups) key.append(reinterpret_cast<const char*>(id.uuid.bytes.data()), 16);
  key += '\1';
  add(scope_text);
  return key;
}

rbac::SubjectPtr Subjects::find(const std::string& key) {
  const auto found = by_content_.find(key);
  if (found == by_content_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->second;
}

Result<rbac::SubjectPtr> Subjects::compile(const StoredGrants& stored, rbac::ScopePtr scope, const std::string& key) {
  rbac::Grants grants{.site = stored.site_roles, .organizations = {}, .service_account = stored.is_service_account};
  std::map<OrganizationId, std::map<std::string, rbac::RolePtr, std::less<>>> custom;
  for (const auto& text : stored.memberships) {
    const auto read = read_membership(text);
    if (!read) continue;
    rbac::Membership membership{.organization = read->organization};
    membership.sharing = rbac::sharing_named(read->sharing).value_or(rbac::Sharing::none);
    membership.default_roles = listed(read->default_roles);
    membership.roles = listed(read->roles);
    if (!read->custom_roles.empty()) custom[read->organization] = read_custom(read->custom_roles);
    grants.organizations.push_back(std::move(membership));
  }
  const auto lookup = [&custom](OrganizationId organization, std::string_view name) {
    const auto roles = custom.find(organization);
    if (roles == custom.end()) return rbac::RolePtr();
    const auto found = roles->second.find(name);
    return found == roles->second.end() ? rbac::RolePtr() : found->second;
  };
  TRY(subject,
      rbac::Subject::make({.id = stored.user_id, .roles = rbac::expand(book_, grants, lookup), .groups = stored.groups, .scope = std::move(scope)}));
  recent_.emplace_front(key, subject);
  by_content_[recent_.front().first] = recent_.begin();
  if (recent_.size() > most_) {
    by_content_.erase(recent_.back().first);
    recent_.pop_back();
  }
  return subject;
}

}  // namespace slipway::sessions
