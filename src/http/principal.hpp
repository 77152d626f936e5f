// Who a request comes from, as authentication found it: the actor, and the rows it read on the way, so that the commonest
// requests need no second look. Immutable.
#pragma once

#include "base/clock.hpp"
#include "store/actor.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::http {

struct PrincipalUser {
  UserId id;
  std::string email, username, name, avatar_url, status, login_type;
  std::vector<std::string> site_roles;
  std::vector<OrganizationId> organizations;
  Time created_at{}, updated_at{}, last_seen_at{};
  bool is_service_account = false;
};

struct PrincipalKey {
  std::string id;
  std::vector<std::string> scopes;
  std::vector<std::string> allow_list;
  Time expires_at{};
  Seconds lifetime{};  // as it was said when it was made
};

// The agent, its build and its workspace, for requests with an agent token.
struct PrincipalAgent {
  AgentId id;
  ResourceId resource_id;
  std::string name;
  WorkspaceId workspace_id;
  std::string workspace_name;
  OrganizationId organization_id;
  UserId owner_id;
  std::string owner_name;
  TemplateId template_id;
  TemplateVersionId template_version_id;
  BuildId build_id;
  std::int64_t build_number = 0;
  bool dormant = false;
};

struct PrincipalProvisioner {
  ProvisionerKeyId key_id;
  OrganizationId organization_id;
  std::string name;
  std::string tags;  // JSON object
};

struct Principal {
  store::ActorPtr actor;  // never null
  std::optional<PrincipalUser> user;
  std::optional<PrincipalKey> key;
  std::optional<PrincipalAgent> agent;
  std::optional<PrincipalProvisioner> provisioner;
  bool by_cookie = false;  // authenticated by the cookie alone: unsafe methods need the CSRF token
};

using PrincipalPtr = std::shared_ptr<const Principal>;

}  // namespace slipway::http
