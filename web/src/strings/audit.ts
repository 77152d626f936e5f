import { plural } from "./common";

export const words = {
  title: "Activity",
  lead: (n: number, capped: boolean) => `${plural(n, "entry", "entries")}${capped ? " or more" : ""}`,
  search: "Filter the activity",
  searchHint: "username:ana action:delete resource_type:workspace date_from:2026-01-31",
  chips: { workspace: "Workspaces", workspace_build: "Builds", template: "Templates", user: "People", api_key: "Sign-ins" } as Record<string, string>,
  none: "Nothing has happened that matches",
  noneHint: "Take a word out of the filter, or clear it.",
  clear: "Clear the filter",
  more: "Show older entries",
  nobody: "Someone without an account",
  failed: (status: number) => `Refused or failed (${status})`,
  from: (ip: string) => `from ${ip}`,
  details: "Details",
  request: "Request",
  browser: "Client",
  organization: "Organization",
  secret: "hidden",
  nothing: "nothing",
  before: "Before",
  after: "After",
  field: "Field",
  unchanged: "No field was changed.",
  actions: {
    create: "created", write: "changed", delete: "deleted", start: "started", stop: "stopped", login: "signed in with", logout: "signed out of", register: "registered",
    request_password_reset: "asked for a new password of", connect: "connected to", disconnect: "disconnected from", open: "opened", close: "closed",
  } as Record<string, string>,
  kinds: {
    workspace: "workspace", workspace_build: "build", workspace_agent: "agent", workspace_app: "app", template: "template", template_version: "template version", user: "person",
    api_key: "key", group: "group", organization: "organization", organization_member: "member", custom_role: "role", git_ssh_key: "SSH key",
  } as Record<string, string>,
};
