// The stand-in's people: who they are, what they hold, with whom workspaces are shared, and why they may.
export const people = (state, d, { ok, gone }) => {
  const one = (u) => (u === "me" ? state().me : state().users.find((x) => x.id === u || x.username === u));
  const crew = () => ({ id: "66666666-6666-4666-8666-666666666666", name: "crew", display_name: "The crew", organization_id: d.org.id, members: [], total_member_count: 2, avatar_url: "", quota_allowance: 20, source: "user", organization_name: "default", organization_display_name: "Default" });
  const key = (u, over) => ({ id: Math.random().toString(36).slice(2, 12).padEnd(10, "x"), user_id: u.id, last_used: d.iso(-240), expires_at: d.iso(86400), created_at: d.iso(-9000), updated_at: d.iso(-9000), login_type: "password", scope: "all", scopes: ["coder:all"], token_name: "", lifetime_seconds: 86400, allow_list: [{ type: "*", id: "*" }], username: u.username, ...over });
  const votes = (site) => [["site", site], ["user", 0], ["organization", 0], ["member", 0]].map(([level, vote]) => ({ level, vote, reasons: vote > 0 ? [{ role: "owner", permission: "*:*" }] : [] }));
  return [
    ["GET", "/workspaces/:id/acl", () => { const [, bo] = state().users; return ok(state().acl ?? { users: [{ ...d.small(bo), role: "use" }], group: [{ ...crew(), role: "admin" }] }); }],
    ["PATCH", "/workspaces/:id/acl", (_, b) => {
      const acl = (state().acl ??= { users: [], group: [] });
      for (const [id, role] of Object.entries(b.user_roles ?? {})) acl.users = [...acl.users.filter((x) => x.id !== id), ...(role ? [{ ...d.small(one(id)), role }] : [])];
      for (const [id, role] of Object.entries(b.group_roles ?? {})) acl.group = [...acl.group.filter((x) => x.id !== id), ...(role ? [{ ...crew(), role }] : [])];
      return ok(undefined, 204);
    }],
    ["GET", "/users/:u", (p) => { const u = one(p.u); return u ? ok(u) : gone(); }],
    ["GET", "/users/:u/roles", (p) => ok({ roles: one(p.u).roles.map((r) => r.name), organization_roles: {} })],
    ["GET", "/users/:u/organizations", () => ok([d.org])],
    ["GET", "/users/:u/keys", (p) => ok([key(one(p.u), {}), key(one(p.u), { login_type: "token", token_name: "ci-smoke", scopes: ["coder:workspaces.access"] })])],
    ["DELETE", "/users/:u/keys", () => ok(undefined, 204)],
    ["GET", "/users/:u/gitsshkey", () => ok({ user_id: state().me.id, created_at: d.iso(-9e6), updated_at: d.iso(-9e6), public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICD08uybXPKl9EU3eL2Gx5eYj/8wpQ5ap2QtjT+PldMI\n" })],
    ["PUT", "/users/:u/gitsshkey", () => ok({ user_id: state().me.id, created_at: d.iso(), updated_at: d.iso(), public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFreshFreshFreshFreshFreshFreshFreshFreshFre\n" })],
    ["GET", "/audit", () => {
      const entry = (description, resource_type, resource_target, at, over = {}) => ({ id: crypto.randomUUID(), request_id: crypto.randomUUID(), time: d.iso(at), ip: "10.4.2.19", user_agent: "", resource_type, resource_id: crypto.randomUUID(), resource_target, resource_icon: "", action: "write", diff: {}, status_code: 200, additional_fields: {}, description, resource_link: "", is_deleted: false, organization_id: d.org.id, user: state().me, ...over });
      const list = [entry("{user} started workspace build {target}", "workspace_build", "swift-heron", -320), entry("{user} unsuccessfully attempted to update template {target}", "template", "docker", -90000, { status_code: 403 })];
      return ok({ audit_logs: list, count: list.length, count_cap: 2000 });
    }],
    ["GET", "/auth/scopes", () => ok({ external: ["coder:all", "coder:application_connect", "coder:workspaces.access", "coder:workspaces.create", "coder:workspaces.operate", "template:read", "workspace:*", "workspace:read", "workspace:ssh"] })],
    ["GET", "/groups", () => ok([crew()])],
    ["GET", "/organizations/:org/members/roles", () => ok([{ name: "organization-auditor", organization_id: d.org.id, display_name: "Organization Auditor", assignable: true, built_in: true, site_permissions: [], user_permissions: [], organization_permissions: [], organization_member_permissions: [] }])],
    ["POST", "/authcheck/explain", (_, b) => {
      const u = one(b.user);
      const allowed = u?.roles.some((r) => r.name === "owner") ?? false;
      const part = { allowed: false, because: "The object has no access list." };
      return ok({ allowed, summary: "", remedy: allowed ? "" : "Grant role owner.", user_id: u?.id, username: u?.username, object: b.object, roles: { allowed, because: "", votes: votes(allowed ? 1 : 0) }, scope: { allowed: true, because: "", votes: [] }, access_list: part, allow_list: { allowed: true, because: "" } });
    }],
  ];
};
