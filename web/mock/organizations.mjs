// The office of the stand-in's one organization: roles, groups, who builds. Small, and the same each time.
import * as d from "./data.mjs";

const ok = (body, status = 200) => ({ status, body });
const allow = (type, ...actions) => actions.map((action) => ({ negate: false, resource_type: type, action }));
const role = (name, display_name, over) => ({ name, display_name, organization_id: d.org.id, site_permissions: [], user_permissions: [], organization_permissions: [], organization_member_permissions: [], assignable: true, built_in: true, ...over });

const roles = [
  role("organization-admin", "Organization Admin", { organization_permissions: ["workspace", "template", "group", "organization_member", "assign_org_role"].flatMap((type) => allow(type, "*")) }),
  role("organization-auditor", "Organization Auditor", { organization_permissions: allow("audit_log", "read") }),
  role("organization-workspace-creation-ban", "Organization Workspace Creation Ban", { organization_permissions: allow("workspace", "create", "delete").map((one) => ({ ...one, negate: true })) }),
  role("release-manager", "Release manager", { built_in: false, organization_permissions: [...allow("workspace", "read", "start"), ...allow("template", "read"), ...allow("audit_log", "read")], organization_member_permissions: allow("workspace", "create", "delete", "ssh", "application_connect") }),
];
const group = (name, display_name, over) => ({ id: "66666666-6666-4666-8666-666666666666", name, display_name, organization_id: d.org.id, members: [], total_member_count: 2, avatar_url: "", quota_allowance: 20, source: "user", organization_name: "default", organization_display_name: "Default", ...over });
const daemon = (name, status, over) => ({ id: name, organization_id: d.org.id, key_id: "00000000-0000-0000-0000-000000000001", created_at: d.iso(-9e5), last_seen_at: d.iso(-5), name, version: "v0.1.0", api_version: "1.0", provisioners: ["terraform"], tags: { owner: "", scope: "organization" }, key_name: "built-in", status, current_job: null, previous_job: null, ...over });
const job = (id, status, over) => ({ id, created_at: d.iso(-90), status, file_id: id, tags: { owner: "", scope: "organization" }, queue_position: 0, queue_size: 2, organization_id: d.org.id, initiator_id: "ana", input: { workspace_build_id: id }, type: "workspace_build", available_workers: ["a"], metadata: { template_version_name: "amber-1", template_id: id, template_name: "docker", template_display_name: "Docker container", template_icon: "/icon/container.svg", workspace_name: "swift-heron", workspace_build_transition: "start" }, logs_overflowed: false, ...over });

const done = { id: "j", status: "succeeded", template_name: "docker", template_icon: "", template_display_name: "Docker container" };
const daemons = [daemon("harbour-built-in-0", "busy", { current_job: { ...done, status: "running" } }), daemon("harbour-built-in-1", "idle", { previous_job: done }), daemon("eu-1", "offline", { key_name: "eu", tags: { scope: "organization", owner: "", region: "eu" }, last_seen_at: d.iso(-90_000) })];
const jobs = [job("j3", "pending", { available_workers: [], tags: { scope: "organization", owner: "", gpu: "yes" } }), job("j2", "pending", { queue_position: 1 }), job("j1", "running", { worker_name: "harbour-built-in-0" })];

export const organizationRoutes = (s) => [
  ["GET", "/organizations/:org", () => ok(d.org)],
  ["GET", "/organizations/:org/members/roles", () => ok(roles)],
  ["GET", "/organizations/:org/members/:user", (p) => ok({ ...s().me, user_id: p.user, roles: [], global_roles: [] })],
  ["GET", "/organizations/:org/groups/:name", (p) => ok(group(p.name, "The crew"))],
  ["GET", "/organizations/:org/groups/:name/members", () => ok({ users: s().users.slice(0, 2), count: 2 })],
  ["GET", "/organizations/:org/settings/workspace-sharing", () => ok({ sharing_globally_disabled: false, sharing_disabled: false, shareable_workspace_owners: "everyone" })],
  ["GET", "/organizations/:org/provisionerdaemons", () => ok(daemons)],
  ["GET", "/organizations/:org/provisionerjobs", (_, __, q) => ok((q.get("status") ?? "").includes("pending") ? jobs : [])],
  ["GET", "/organizations/:org/provisionerkeys", () => ok([{ id: "k", created_at: d.iso(-9e5), organization: d.org.id, name: "eu", tags: { region: "eu" } }])],
  ["POST", "/authcheck/explain", () => ok({ allowed: true, summary: "", remedy: "", roles: { allowed: true, because: "", votes: [{ level: "org", vote: 1, reasons: [{ role: "release-manager", permission: "" }] }] }, access_list: { allowed: false, because: "" } })],
];
