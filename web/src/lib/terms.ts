// The words of each list's filter, most wanted first, as the server knows them.
import type { Terms } from "./filter";

const kYesNo = ["true", "false"];

export const kWorkspaceTerms: Terms = {
  name: [],
  owner: [],
  template: [],
  status: ["pending", "starting", "running", "stopping", "stopped", "failed", "canceling", "canceled", "deleting", "deleted"],
  outdated: kYesNo,
  healthy: kYesNo,
  dormant: kYesNo,
  shared: kYesNo,
  organization: [],
  param: [],
  last_used_after: [],
  last_used_before: [],
  "has-agent": ["connecting", "connected", "disconnected", "timeout"],
  shared_with_user: [],
  shared_with_group: [],
  "has-ai-task": kYesNo,
  has_external_agent: kYesNo,
  id: [],
};

export const kUserTerms: Terms = {
  search: [],
  name: [],
  status: ["active", "suspended", "dormant"],
  role: [],
  login_type: ["password", "github", "oidc", "token", "none"],
  service_account: kYesNo,
  last_seen_after: [],
  last_seen_before: [],
  created_after: [],
  created_before: [],
  github_com_user_id: [],
};

export const kAuditTerms: Terms = {
  username: [],
  email: [],
  action: ["create", "write", "delete", "start", "stop", "login", "logout", "register", "request_password_reset", "connect", "disconnect", "open", "close"],
  resource_type: [],
  resource_target: [],
  date_from: [],
  date_to: [],
  build_reason: [],
  organization: [],
  resource_id: [],
  request_id: [],
};

export const kConnectionTerms: Terms = {
  workspace_owner: [],
  username: [],
  type: ["ssh", "vscode", "jetbrains", "reconnecting_pty", "workspace_app", "port_forwarding"],
  status: ["ongoing", "completed"],
  connected_after: [],
  connected_before: [],
  organization: [],
  workspace_owner_email: [],
  user_email: [],
  user_id: [],
  workspace_id: [],
  connection_id: [],
};
