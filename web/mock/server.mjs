// A stand-in for the API, only for developing the dashboard and for looking at its pages. Never shipped, keeps everything in memory.
import { WebSocketServer } from "ws";
import * as d from "./data.mjs";
import { organizationRoutes } from "./organizations.mjs";
import { people } from "./people.mjs";

let s;
function scene(name = "full") {
  const me = d.user("ana", { roles: [{ name: "owner", display_name: "Owner" }] });
  const bo = d.user("bo");
  const v1 = d.version("amber-1", me, { message: "First" });
  v1.job.file_id = "22222222-2222-4222-8222-222222222222";
  const v2 = d.version("amber-2", me, { created_at: d.iso(-3600), message: "Faster start, smaller image" });
  const docker = d.template("docker", "Docker container", "/icon/container.svg", v2, me);
  const local = d.template("this-machine", "This machine", "/icon/machine.svg", v1, me);
  for (const v of [v1, v2]) v.template_id = docker.id;
  s = { name, signedIn: name !== "fresh" && name !== "out", first: name !== "fresh", me, users: [me, bo, d.user("cleo", { status: "suspended" }), d.user("dina", { status: "dormant", last_seen_at: "0001-01-01T00:00:00Z" })], versions: [v1, v2], templates: [docker, local], workspaces: [], builds: {}, tokens: [], logs: {} };
  Object.assign(s, { inbox: name === "full" ? d.inbox() : [], paused: false, silent: false, appearance: d.appearance(name === "full"), choices: [], lost: name === "full" ? d.lost(bo) : [], links: name === "full" ? d.connections(me, bo) : [], proxies: name === "full" ? d.proxies() : d.proxies().slice(0, 1), portShares: [{ port: 8080, share_level: "organization", protocol: "http" }], named: [{ app: "web", agent_name: "", port: 0, users: [d.small(bo)], groups: [] }], times: { digest: "off", digest_hour: 9, timezone: "UTC", hold_quiet_hours: false } });
  if (name === "fresh" || name === "empty") {
    s.templates = name === "fresh" ? [] : s.templates;
    return;
  }
  const add = (n, who, t, status, over, v = v2) => s.workspaces.push(d.workspace(n, who, t, d.build(4, status, v, who), over));
  add("swift-heron", me, docker, "running");
  add("docs", me, local, "stopped", {}, v1);
  add("billing-fix", me, docker, "starting");
  add("gpu-train", me, docker, "pending");
  s.workspaces.at(-1).latest_build.matched_provisioners = { count: 0, available: 0 };
  s.workspaces.at(-1).latest_build.job.tags = { scope: "organization", gpu: "" };
  add("payments", me, docker, "failed");
  add("review", bo, docker, "running", { health: { healthy: false, failing_agents: ["x"] } }, v1);
  const sick = s.workspaces.at(-1).latest_build.resources[0].agents[0];
  Object.assign(sick, { status: "disconnected", disconnected_at: d.iso(-1900), last_connected_at: d.iso(-1900), health: { healthy: false, reason: "agent has lost connection" } });
  const cloud = (n, over) => {
    add(n, bo, docker, "running");
    Object.assign(s.workspaces.at(-1).latest_build.resources[0].agents[0], { instance_id: "i-0123456789abcdef0", health: { healthy: false, reason: "agent has not connected" }, ...over });
  };
  cloud("cloud-late", { status: "timeout", first_connected_at: null, last_connected_at: null });
  cloud("cloud-new", { status: "connecting", first_connected_at: null, last_connected_at: null });
  for (const status of ["running", "running", "starting", "failed"]) add(`prebuild-${s.workspaces.length}`, d.user("prebuilds"), docker, status, { is_prebuild: true });
  if (name === "many") for (let i = 0; i < 10000; i++) add(`load-${i}`, i % 3 ? me : bo, i % 2 ? docker : local, i % 4 ? "running" : "stopped");
}
scene(process.env.SLIPWAY_SCENE);

const finish = (w, status) => {
  const b = w.latest_build;
  b.status = status;
  b.job.status = "succeeded";
  b.job.completed_at = d.iso();
  if (status === "running") b.resources = d.build(1, "running", { id: b.template_version_id, name: "" }, s.me).resources;
  else b.resources = [];
};

function startBuild(w, ask) {
  const status = { start: "starting", stop: "stopping", delete: "deleting" }[ask.transition];
  const v = s.versions.find((x) => x.id === (ask.template_version_id ?? w.latest_build.template_version_id)) ?? s.versions[1];
  w.latest_build = d.build(w.latest_build.build_number + 1, status, v, s.me, { workspace_id: w.id, workspace_name: w.name, transition: ask.transition, created_at: d.iso() });
  Object.assign(w.latest_build.job, { status: "running", started_at: d.iso(), completed_at: undefined });
  w.outdated = v.id !== w.template_active_version_id;
  setTimeout(() => {
    if (ask.transition === "delete") s.workspaces = s.workspaces.filter((x) => x !== w);
    finish(w, { start: "running", stop: "stopped", delete: "deleted" }[ask.transition]);
  }, 6000);
  return w.latest_build;
}

const no = (status, message, more = {}) => ({ status, body: { message, ...more } });
const ok = (body, status = 200) => ({ status, body });
const gone = () => no(404, "Resource not found or you do not have access to this resource");

function filter(list, q = "") {
  for (const term of q.split(/\s+/).filter(Boolean)) {
    const [k, v] = term.includes(":") ? term.split(":") : ["name", term];
    if (k === "owner") list = list.filter((w) => w.owner_name === (v === "me" ? s.me.username : v));
    else if (k === "status") list = list.filter((w) => w.latest_build.status === v);
    else if (k === "template") list = list.filter((w) => w.template_name === v);
    else if (k === "name") list = list.filter((w) => w.name.includes(v));
    else if (k === "outdated") list = list.filter((w) => String(w.outdated) === v);
    else if (k === "healthy") list = list.filter((w) => String(w.health.healthy) === v);
    else return null;
  }
  return list;
}

function tar(files) {
  const blocks = [];
  for (const [name, text] of Object.entries(files)) {
    const body = Buffer.from(text);
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write(body.length.toString(8).padStart(11, "0"), 124);
    head.write("0", 156);
    head.write("ustar", 257);
    blocks.push(head, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const routes = [
  ["GET", "/users/first", () => (s.first ? ok({ message: "yes" }) : no(404, "The initial user has not been created!"))],
  ["POST", "/users/first", (_, b) => ((s.first = true), (s.me.username = b.username), (s.me.name = b.name), (s.me.email = b.email), ok({ user_id: s.me.id, organization_id: d.org.id }, 201))],
  ["POST", "/users/login", (_, b) => (b.password === "wrong" ? no(401, "Incorrect email or password.") : ((s.signedIn = true), ok({ session_token: "x" }, 201)))],
  ["POST", "/users/logout", () => ((s.signedIn = false), ok({ message: "bye" }))],
  ["POST", "/users/otp/request", () => ok(undefined, 204)],
  ["POST", "/users/otp/change-password", (_, b) => (b.one_time_passcode === "wrong" ? no(400, "Incorrect email or one-time passcode.") : ok(undefined, 204))],
  ["GET", "/users/authmethods", () => ok({ password: { enabled: true }, github: { enabled: false }, oidc: { enabled: false, signInText: "", iconUrl: "" } })],
  ["GET", "/buildinfo", () => ok({ version: "v0.1.0", external_url: "", dashboard_url: "https://slipway.example.com", agent_api_version: "2.0", provisioner_api_version: "1.0", deployment_id: "" })],
  ["GET", "/users/me", () => (s.signedIn ? ok(s.me) : no(401, "You are signed out."))],
  ["POST", "/authcheck", (_, b) => ok(Object.fromEntries(Object.keys(b.checks).map((k) => [k, s.name !== "member"])))],
  ["GET", "/organizations", () => ok([d.org])],
  ...organizationRoutes(() => s),
  ["GET", "/templates/examples", () => ok(d.examples)],
  ["GET", "/templates", () => ok(s.templates)],
  ["GET", "/templates/:id", (p) => ok(s.templates.find((t) => t.id === p.id))],
  ["PATCH", "/templates/:id", (p, b) => ok(Object.assign(s.templates.find((t) => t.id === p.id), b))],
  ["GET", "/templates/:id/versions", () => ok(s.versions)],
  ["PATCH", "/templates/:id/versions", (p, b) => ((s.templates.find((t) => t.id === p.id).active_version_id = b.id), ok({ message: "ok" }))],
  ["GET", "/templates/:id/acl", () => ok({ users: [], group: [{ id: d.org.id, name: "Everyone", display_name: "Everyone", role: "use", members: [] }] })],
  ["GET", "/organizations/:org/templates/:name", (p) => { const t = s.templates.find((x) => x.name === p.name); return t ? ok(t) : gone(); }],
  ["GET", "/organizations/:org/templates/:name/versions/:v", (p) => { const v = s.versions.find((x) => x.name === p.v); return v ? ok(v) : gone(); }],
  ["GET", "/organizations/:org/templates/:name/versions/:v/previous", (p) => { const i = s.versions.findIndex((x) => x.name === p.v); return i > 0 ? ok(s.versions[i - 1]) : gone(); }],
  ["POST", "/organizations/:org/templateversions", () => { const v = d.version(`new-${s.versions.length}`, s.me, { created_at: d.iso() }); v.job.status = "running"; setTimeout(() => (v.job.status = "succeeded"), 4000); s.versions.push(v); return ok(v, 201); }],
  ["POST", "/organizations/:org/templates", (_, b) => { const t = d.template(b.name, b.display_name, b.icon, { id: b.template_version_id }, s.me); s.templates.push(t); return ok(t, 201); }],
  ["GET", "/templateversions/:id", (p) => ok(s.versions.find((v) => v.id === p.id) ?? s.versions[0])],
  ["GET", "/templateversions/:id/rich-parameters", () => ok(d.parameters)],
  ["POST", "/templateversions/:id/dynamic-parameters/evaluate", () => ok({ id: 1, diagnostics: [], parameters: d.parameters.map(({ name }) => ({ name, styling: d.styling[name] ?? {} })) })],
  ["GET", "/templates/:id/prebuilds/status", () => ok({ paused: s.paused ?? false, pools: d.pools })],
  ["POST", "/templates/:id/prebuilds/invalidate", () => ok({ invalidated: d.pools.map((p) => ({ template_name: "", template_version_name: "v2", preset_name: p.preset_name })) })],
  ["GET", "/prebuilds/settings", () => ok({ reconciliation_paused: s.paused ?? false })],
  ["PUT", "/prebuilds/settings", (_, b) => ((s.paused = b.reconciliation_paused), ok(b))],
  ["GET", "/organizations/:org/members/:user/workspace-quota", () => ok({ credits_consumed: 10, budget: 30 })],
  ["GET", "/templateversions/:id/presets", () => ok(d.presets)],
  ["GET", "/templateversions/:id/variables", () => ok([{ name: "namespace", description: "Where pods go", type: "string", value: "dev", default_value: "dev", required: false, sensitive: false }, { name: "token", description: "", type: "string", value: "", default_value: "", required: true, sensitive: true }])],
  ["GET", "/templateversions/:id/resources", () => ok([d.resource("docker_container", "dev", { daily_cost: 22, agents: [d.agent()] }), d.resource("docker_volume", "home")])],
  ["GET", "/templateversions/:id/logs", () => ok(d.buildLog())],
  ["GET", "/files/:id", (p) => ({ status: 200, raw: tar({ "main.tf": p.id.startsWith("1") ? d.mainTf : d.mainTf.replace("default = 4", "default = 2").replace('  arch = "amd64"\n', ""), "README.md": "# Hello\n", "modules/home/main.tf": "variable \"x\" {}\n", "build/Dockerfile": "FROM debian:12\nRUN apt-get update\n" }) })],
  ["GET", "/workspaces", (p, _, q) => { if (s.name === "error") return no(500, "The database did not answer."); if (s.name === "denied") return no(403, "Forbidden."); const all = filter(s.workspaces, q.get("q") ?? ""); if (!all) return no(400, "Invalid workspace search query.", { validations: [{ field: "q", detail: "Query param \"q\" has an unknown key." }] }); const from = Number(q.get("offset") ?? 0); return ok({ workspaces: all.slice(from, from + Number(q.get("limit") || all.length)), count: all.length }); }],
  ["GET", "/workspaces/:id", (p) => { const w = s.workspaces.find((x) => x.id === p.id); return w ? ok(w) : no(410, "Workspace is deleted."); }],
  ["GET", "/workspaces/:id/sessions", (p) => { if (s.name === "member") return no(403, "Forbidden."); const w = s.workspaces.find((x) => x.id === p.id); if (!w) return gone(); const who = (u) => ({ id: u.id, username: u.username, name: u.name, avatar_url: u.avatar_url }); const list = w.name === "review" ? [] : [["ssh", s.me, "", -320], ["vscode", s.me, "", -5400], ["port_forwarding", s.users[1], "8080", -40]].map(([type, u, port, at], i) => ({ id: `33333333-3333-4333-8333-33333333333${i}`, type, user: who(u), agent_name: "main", ...(port && { port }), started_at: d.iso(at) })); return ok({ sessions: list, count: list.length }); }],
  ["PATCH", "/workspaces/:id", (p, b) => (b.name === "taken" ? no(409, "Workspace \"taken\" already exists.", { validations: [{ field: "name", detail: "This value is already in use and should be unique." }] }) : ((s.workspaces.find((x) => x.id === p.id).name = b.name), ok(undefined, 204)))],
  ["PUT", "/workspaces/:id/:what", () => ok(undefined, 204)],
  ["DELETE", "/workspaces/:id/port-share", (_, b) => ((s.portShares = s.portShares.filter((x) => x.port !== b.port)), ok(undefined))],
  ["DELETE", "/workspaces/:id/:what", () => ok(undefined, 204)],
  ["GET", "/workspaces/:id/builds", (p) => { const w = s.workspaces.find((x) => x.id === p.id); return ok([w.latest_build, ...[3, 2, 1].map((n) => d.build(n, n % 2 ? "running" : "stopped", s.versions[0], s.me, { created_at: d.iso(-86400 * (5 - n)) }))]); }],
  ["POST", "/workspaces/:id/builds", (p, b) => ok(startBuild(s.workspaces.find((x) => x.id === p.id), b), 201)],
  ["GET", "/users/:user/workspace/:name", (p) => { const w = s.workspaces.find((x) => x.name === p.name); return w ? ok(w) : gone(); }],
  ["GET", "/users/:user/workspace/:name/builds/:n", (p) => { const w = s.workspaces.find((x) => x.name === p.name); return ok(Number(p.n) === w.latest_build.build_number ? w.latest_build : d.build(Number(p.n), "running", s.versions[0], s.me)); }],
  ["POST", "/users/:user/workspaces", (_, b) => { if (s.workspaces.some((w) => w.name === b.name)) return no(409, `Workspace "${b.name}" already exists.`, { validations: [{ field: "name", detail: "This value is already in use and should be unique." }] }); const t = s.templates.find((x) => x.id === b.template_id) ?? s.templates[0]; const w = d.workspace(b.name, s.me, t, d.build(0, "pending", s.versions[1], s.me)); s.workspaces.unshift(w); startBuild(w, { transition: "start" }); return ok(w, 201); }],
  ["GET", "/workspacebuilds/:id/logs", (p) => ok(d.buildLog(s.workspaces.some((w) => w.latest_build.id === p.id && w.latest_build.status === "failed")))],
  ["GET", "/workspacebuilds/:id/parameters", () => ok(d.parameters.map((x) => ({ name: x.name, value: x.default_value })))],
  ["GET", "/workspacebuilds/:id/timings", () => ok({
    provisioner_timings: [["init", "terraform", "init", "", -30, -29.6], ["plan", "docker", "read", "data.coder_parameter.cpu", -29.5, -29.1], ["plan", "docker", "plan", "docker_container.dev", -29.3, -28.4], ["apply", "docker", "create", "docker_volume.home", -28.2, -27.8], ["apply", "docker", "create", "docker_container.dev", -27.8, -26.1]].map(([stage, source, action, resource, a, b]) => ({ job_id: "", stage, source, action, resource, started_at: d.iso(a), ended_at: d.iso(b) })),
    agent_script_timings: [{ started_at: d.iso(-24.8), ended_at: d.iso(-21.4), exit_code: 0, stage: "start", status: "ok", display_name: "Start-up", workspace_agent_id: "", workspace_agent_name: "main" }],
    agent_connection_timings: [{ started_at: d.iso(-26.1), ended_at: d.iso(-24.9), stage: "connect", workspace_agent_id: "", workspace_agent_name: "main" }],
  })],
  ["PATCH", "/workspacebuilds/:id/cancel", () => ok({ message: "ok" })],
  ["GET", "/workspaceagents/:id/logs", () => ok([1, 2, 3].map((id) => ({ id, created_at: d.iso(-60), output: `step ${id}`, level: "info", source_id: "" })))],
  ["GET", "/workspaceagents/:id/identity", (p) => ok({ instance_id: "i-0123456789abcdef0", refused: s.workspaces.find((w) => w.name === "cloud-late")?.latest_build.resources[0].agents[0].id === p.id ? { provider: "aws", reason: "The document was signed for another region.", refused_at: d.iso(-75) } : null })],
  ["GET", "/workspaceagents/:id/listening-ports", () => ok({ ports: [{ process_name: "node", network: "tcp", port: 3000 }] })],
  ["GET", "/workspaces/:id/port-share", (p) => ok({ shares: s.portShares.map((x) => ({ workspace_id: p.id, agent_name: "main", ...x })) })],
  ["POST", "/workspaces/:id/port-share", (_, b) => { if (b.port === 9999) return no(400, "Agent not found.", { validations: [{ field: "port", detail: "The workspace's newest build has no such agent." }] }); s.portShares = [...s.portShares.filter((x) => x.port !== b.port), b]; return ok(b); }],
  ["GET", "/workspaces/:id/app-sharing", () => ok({ allowed: s.name !== "member", shares: s.named, asking: ["notes"] })],
  ["PATCH", "/workspaces/:id/app-sharing", (_, b) => {
    const same = (x) => (b.app ? x.app === b.app : x.app === "" && x.port === b.port);
    const one = s.named.find(same) ?? { app: b.app ?? "", agent_name: b.app ? "" : "main", port: b.port ?? 0, users: [], groups: [] };
    for (const [id, role] of Object.entries(b.user_roles ?? {})) one.users = [...one.users.filter((u) => u.id !== id), ...(role ? [d.small(s.users.find((u) => u.id === id))] : [])];
    for (const [id, role] of Object.entries(b.group_roles ?? {})) one.groups = [...one.groups.filter((g) => g.id !== id), ...(role ? [{ id, name: "crew", display_name: "The crew", avatar_url: "" }] : [])];
    s.named = [...s.named.filter((x) => !same(x)), ...(one.users.length + one.groups.length > 0 ? [one] : [])];
    return ok(undefined, 204);
  }],
  ["GET", "/organizations/:org/paginated-members", (_, __, q) => { const l = s.users.filter((u) => u.username.includes(q.get("q") ?? "")).map((u) => ({ ...u, user_id: u.id, global_roles: u.roles, roles: u.username === "bo" ? [{ name: "release-manager", display_name: "Release manager" }] : [] })); return ok({ members: l, count: l.length }); }],
  ["GET", "/organizations/:org/groups", () => ok([{ id: "66666666-6666-4666-8666-666666666666", name: "crew", display_name: "The crew", organization_id: d.org.id, members: [], total_member_count: 2, avatar_url: "", quota_allowance: 0, source: "user", organization_name: "default", organization_display_name: "Default" }])],
  ["GET", "/applications/host", () => ok({ host: s.name === "member" ? "" : "*.apps.example.com" })],
  ["GET", "/regions", () => ok({ regions: s.proxies.filter((p) => p.path_app_url) })],
  ["GET", "/connectionlog", (_, __, q) => { if (s.name === "denied" || s.name === "member") return no(403, "Forbidden."); const t = q.get("q") ?? ""; if (t.includes("colour:")) return no(400, "Invalid connection search query.", { validations: [{ field: "q", detail: 'Query param "q" has an unknown key "colour".' }] }); const type = /type:(\w+)/.exec(t)?.[1]; const l = s.links.filter((x) => (!type || x.type === type) && (!t.includes("status:ongoing") || (x.ssh_info && !x.ssh_info.disconnect_time))); const from = Number(q.get("offset") ?? 0); return ok({ connection_logs: l.slice(from, from + Number(q.get("limit") ?? 100)), count: l.length, count_cap: 2000 }); }],
  ["GET", "/workspaceproxies", () => ok({ regions: s.proxies })],
  ["POST", "/workspaceproxies", (_, b) => { if (s.proxies.some((p) => p.name === b.name)) return no(409, "A workspace proxy with this name exists.", { validations: [{ field: "name", detail: "This value is already in use and should be unique." }] }); const made = d.proxy(b.name, b.display_name, "unregistered", { path_app_url: "", wildcard_hostname: "" }); s.proxies.push(made); return ok({ proxy: made, proxy_token: `${made.id}:${"x".repeat(64)}` }, 201); }],
  ["PATCH", "/workspaceproxies/:id", (p, b) => { const one = s.proxies.find((x) => x.id === p.id); Object.assign(one, { name: b.name, display_name: b.display_name, icon_url: b.icon }); return ok({ proxy: one, proxy_token: b.regenerate_token ? `${one.id}:${"y".repeat(64)}` : "" }); }],
  ["DELETE", "/workspaceproxies/:id", (p) => ((s.proxies = s.proxies.filter((x) => x.id !== p.id)), ok({ message: "Proxy has been deleted!" }))],
  ["GET", "/users", (_, __, q) => { const t = (q.get("q") ?? "").replace(/status:(\w+)/, ""); const st = /status:(\w+)/.exec(q.get("q") ?? "")?.[1]; const l = s.users.filter((u) => u.username.includes(t.trim()) && (!st || u.status === st)); return ok({ users: l, count: l.length }); }],
  ["POST", "/users", (_, b) => { if (s.users.some((u) => u.username === b.username)) return no(409, "A user with this username exists.", { validations: [{ field: "username", detail: "This value is already in use and should be unique." }] }); const u = d.user(b.username, { email: b.email, name: b.name }); s.users.push(u); return ok(u, 201); }],
  ["GET", "/users/roles", () => ok([["owner", "Owner"], ["auditor", "Auditor"], ["template-admin", "Template Admin"], ["user-admin", "User Admin"], ["member", "Member"]].map(([name, display_name]) => ({ name, display_name, assignable: true, built_in: true, site_permissions: [], user_permissions: [], organization_permissions: [], organization_member_permissions: [] })))],
  ["PUT", "/users/:u/roles", (p, b) => { const u = s.users.find((x) => x.id === p.u); u.roles = b.roles.map((name) => ({ name, display_name: name })); return ok(u); }],
  ["PUT", "/users/:u/status/:to", (p) => { const u = s.users.find((x) => x.id === p.u); u.status = p.to === "suspend" ? "suspended" : "active"; return ok(u); }],
  ["DELETE", "/users/:u", (p) => ((s.users = s.users.filter((x) => x.id !== p.u)), ok({ message: "ok" }))],
  ["PUT", "/users/:u/profile", (_, b) => ok(Object.assign(s.me, b))],
  ["PUT", "/users/:u/password", (_, b) => (b.old_password === "wrong" ? no(400, "Old password is incorrect.", { validations: [{ field: "old_password", detail: "Old password is incorrect." }] }) : ok(undefined, 204))],
  ["GET", "/users/:u/appearance", () => ok({ theme_preference: "auto", theme_mode: "", theme_light: "", theme_dark: "", terminal_font: "" })],
  ["PUT", "/users/:u/appearance", (_, b) => ok(b)],
  ["POST", "/users/:u/keys", () => ok({ key: "abcdefghij-0123456789012345678901" }, 201)],
  ["GET", "/users/:u/keys/tokens", () => ok(s.tokens)],
  ["POST", "/users/:u/keys/tokens", (_, b) => (s.tokens.push({ id: Math.random().toString(36).slice(2, 12).padEnd(10, "x"), user_id: s.me.id, last_used: "0001-01-01T00:00:00Z", expires_at: d.iso(b.lifetime / 1e9), created_at: d.iso(), updated_at: d.iso(), login_type: "token", scope: "all", scopes: ["all"], token_name: b.token_name, lifetime_seconds: b.lifetime / 1e9, allow_list: [], username: s.me.username }), ok({ key: "tokentoken-0123456789012345678901" }, 201))],
  ["GET", "/users/:u/keys/tokens/tokenconfig", () => ok({ max_token_lifetime: 365 * 86400 * 1e9 })],
  ["DELETE", "/users/:u/keys/:id", (p) => ((s.tokens = s.tokens.filter((t) => t.id !== p.id)), ok(undefined, 204))],
  ["GET", "/users/:u/autofill-parameters", () => ok([])],
  ["GET", "/appearance", () => ok(s.appearance)],
  ["PUT", "/appearance", (_, b) => (Object.assign(s.appearance, b), ok(b))],
  ["GET", "/deployment/config", () => ok({ config: {}, options: d.settings })],
  ["GET", "/deployment/stats", () => ok({ aggregated_from: d.iso(), collected_at: d.iso(), next_update_at: d.iso(60), workspaces: { pending: 1, building: 2, running: 1204, failed: 3, stopped: 86, connection_latency_ms: { P50: 0, P95: 0 }, rx_bytes: 0, tx_bytes: 0 }, session_count: { vscode: 12, ssh: 1, jetbrains: 0, reconnecting_pty: 3 } })],
  ["GET", "/notifications/inbox", (_, __, q) => { const from = s.inbox.findIndex((x) => x.id === q.get("starting_before")) + 1; return ok({ notifications: s.inbox.slice(from, from + 25), unread_count: s.inbox.filter((x) => !x.read_at).length }); }],
  ["PUT", "/notifications/inbox/mark-all-as-read", () => (s.inbox.forEach((x) => (x.read_at ??= d.iso())), ok(undefined, 204))],
  ["PUT", "/notifications/inbox/:id/read-status", (p, b) => { const n = s.inbox.find((x) => x.id === p.id); if (!n) return gone(); n.read_at = b.is_read ? (n.read_at ?? d.iso()) : null; return ok({ notification: n, unread_count: s.inbox.filter((x) => !x.read_at).length }); }],
  ["GET", "/notifications/templates/system", () => ok(d.kinds.filter((k) => k.kind === "system"))],
  ["GET", "/notifications/templates/custom", () => ok(d.kinds.filter((k) => k.kind === "custom"))],
  ["PUT", "/notifications/templates/:id/method", (p, b) => ((d.kinds.find((k) => k.id === p.id).method = b.method), ok({}))],
  ["GET", "/notifications/dispatch-methods", () => ok({ available: ["smtp", "webhook"], default: "smtp" })],
  ["GET", "/notifications/settings", () => ok({ notifier_paused: s.silent })],
  ["PUT", "/notifications/settings", (_, b) => ((s.silent = b.notifier_paused), ok(b))],
  ["POST", "/notifications/test", () => ok(undefined, 204)],
  ["GET", "/notifications/messages", () => ok(s.lost)],
  ["POST", "/notifications/messages/:id/retry", (p) => ((s.lost = s.lost.filter((m) => m.id !== p.id)), ok(undefined, 204))],
  ["DELETE", "/notifications/messages/:id", (p) => ((s.lost = s.lost.filter((m) => m.id !== p.id)), ok(undefined, 204))],
  ["GET", "/users/:u/notifications/preferences", () => ok(s.choices)],
  ["PUT", "/users/:u/notifications/preferences", (_, b) => { for (const [id, disabled] of Object.entries(b.template_disabled_map)) s.choices = [...s.choices.filter((c) => c.id !== id), { id, disabled, updated_at: d.iso() }]; return ok(s.choices); }],
  ["GET", "/users/:u/notifications/settings", () => ok(s.times)],
  ["PUT", "/users/:u/notifications/settings", (_, b) => ok((s.times = b))],
  ...people(() => s, d, { ok, gone }),
].map(([method, path, run]) => ({ method, run, pattern: new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`) }));

async function body(req) {
  let text = "";
  for await (const chunk of req) text += chunk;
  return text ? JSON.parse(text) : {};
}

async function answer(req, res) {
  const url = new URL(req.url, "http://x");
  const path = url.pathname.replace("/api/v2", "");
  if (url.pathname === "/__mock") {
    scene(url.searchParams.get("scene") ?? "full");
    return res.end(JSON.stringify({ workspaces: s.workspaces.slice(0, 10).map((w) => w.name) }));
  }
  const open = /^\/(users\/(first|login|authmethods|otp\/request|otp\/change-password)|buildinfo)$/.test(path);
  for (const route of routes) {
    const hit = route.method === req.method && route.pattern.exec(path);
    if (!hit) continue;
    const out = !s.signedIn && !open ? no(401, "You are signed out.") : route.run(hit.groups ?? {}, req.method === "GET" ? {} : await body(req), url.searchParams);
    res.statusCode = out.status;
    if (out.raw) return res.end(out.raw);
    res.setHeader("Content-Type", "application/json; charset=utf-8");
    return res.end(out.body === undefined ? "" : JSON.stringify(out.body));
  }
  res.statusCode = 404;
  res.end(JSON.stringify({ message: "Route not found." }));
}

function stream(ws, lines, everyMs) {
  let i = 0;
  const timer = setInterval(() => {
    if (i < lines.length) ws.send(JSON.stringify(lines[i++]));
    else {
      clearInterval(timer);
      ws.close(1000);
    }
  }, everyMs);
  ws.on("close", () => clearInterval(timer));
}

function every(ws, ms, make) {
  const tell = () => ws.readyState === 1 && ws.send(JSON.stringify({ type: "data", data: make() }));
  tell();
  const timer = setInterval(tell, ms);
  ws.on("close", () => clearInterval(timer));
}

const metadata = () => [["CPU", `${(Math.random() * 60).toFixed(0)} %`], ["Memory", `${(2 + Math.random()).toFixed(1)} / 8 GiB`], ["Load", (Math.random() * 2).toFixed(2)], ["Disk", ""]].map(([display_name, value]) => ({
  result: { collected_at: d.iso(), age: 2, value, error: value ? "" : "df: not found" }, description: { display_name, key: display_name.toLowerCase(), script: "", interval: 5, timeout: 1 },
}));

function socket(ws, path) {
  const watch = /^\/workspaces\/([^/]+)\/watch-ws/.exec(path);
  if (watch) return every(ws, 1000, () => s.workspaces.find((w) => w.id === watch[1]) ?? {});
  if (path.includes("/watch-metadata-ws")) return every(ws, 2000, metadata);
  if (path.includes("/workspaceagents/") && path.includes("/logs")) {
    let id = 0;
    const timer = setInterval(() => ws.readyState === 1 && id < 40 && ws.send(JSON.stringify([{ id: ++id, created_at: d.iso(), output: `\x1b[36m==>\x1b[0m step ${id}`, level: id % 13 ? "info" : "error", source_id: "" }])), 60);
    return ws.on("close", () => clearInterval(timer));
  }
  if (path.includes("/logs")) return stream(ws, d.buildLog(), 50);
  if (path.includes("/pty")) {
    const prompt = "\x1b[32mana@swift-heron\x1b[0m:\x1b[34m~\x1b[0m$ ";
    ws.send(Buffer.from(`Welcome to swift-heron\r\n${prompt}`));
    ws.on("message", (raw) => {
      const { data } = JSON.parse(String(raw));
      if (data) ws.send(Buffer.from(data.replaceAll("\r", `\r\n${prompt}`)));
    });
  }
}

export function attach(vite) {
  const sockets = new WebSocketServer({ noServer: true });
  vite.httpServer?.on("upgrade", (req, raw, head) => {
    if (!req.url.startsWith("/api/v2/")) return;
    sockets.handleUpgrade(req, raw, head, (ws) => socket(ws, req.url.replace("/api/v2", "")));
  });
  vite.middlewares.use((req, res, next) => (req.url.startsWith("/latency-check") ? res.end() : req.url.startsWith("/api/") || req.url.startsWith("/__mock") ? void answer(req, res) : next()));
}
