// Sample rows in the contract's shapes, for drawing pages while no server is there.
import { randomUUID } from "node:crypto";

export const iso = (offsetSeconds = 0) => new Date(Date.now() + offsetSeconds * 1000).toISOString();
const never = "0001-01-01T00:00:00Z";
export const org = { id: randomUUID(), name: "default", display_name: "Default", icon: "", description: "", created_at: iso(-9e6), updated_at: iso(-9e6), is_default: true, default_org_member_roles: [] };

export function user(username, over = {}) {
  return {
    id: randomUUID(), username, name: username[0].toUpperCase() + username.slice(1), email: `${username}@example.com`, avatar_url: "",
    created_at: iso(-8e6), updated_at: iso(-8e6), last_seen_at: iso(-120), status: "active", login_type: "password", theme_preference: "",
    organization_ids: [org.id], roles: [], has_ai_seat: false, ...over,
  };
}

export const small = (u) => ({ id: u.id, username: u.username, name: u.name, avatar_url: u.avatar_url });

export const examples = [
  ["process", "This machine", "A workspace that runs as a process beside the server. Nothing else needed: good for a first look.", "/icon/machine.svg"],
  ["docker", "Docker container", "A container on the server's engine with a home volume that survives restarts.", "/icon/container.svg"],
  ["kubernetes", "Kubernetes pod", "A pod and a persistent volume in a namespace of yours.", "/icon/cluster.svg"],
  ["aws-ec2", "AWS EC2 instance", "A virtual machine that proves who it is by its instance identity.", "/icon/cloud.svg"],
].map(([id, name, description, icon]) => ({ id, url: "", name, description, icon, tags: [], markdown: `# ${name}` }));

export function job(status = "succeeded", over = {}) {
  return {
    id: randomUUID(), created_at: iso(-300), started_at: iso(-299), completed_at: status === "succeeded" || status === "failed" ? iso(-290) : undefined,
    status, file_id: "11111111-1111-4111-8111-111111111111", tags: { scope: "organization" }, queue_position: 0, queue_size: 0, organization_id: org.id,
    initiator_id: randomUUID(), input: {}, type: "workspace_build", metadata: {}, logs_overflowed: false, ...over,
  };
}

export function version(name, author, over = {}) {
  return {
    id: randomUUID(), organization_id: org.id, created_at: iso(-86400), updated_at: iso(-86400), name, message: "", job: job("succeeded", { type: "template_version_import" }),
    readme: "# Docker container\n\nA container with **Go** and *Node*, and a home volume.\n\n| what | how |\n|---|---|\n| image | debian |\n| memory | 4 GiB |\n\n- [Docs](https://example.com)\n\n```sh\nslipway create dev\n```\n\n<script>alert(1)</script>\n",
    created_by: { id: author.id, username: author.username, name: author.name }, archived: false, has_external_agent: false, ...over,
  };
}

export function template(name, display_name, icon, active, author) {
  return {
    id: randomUUID(), created_at: iso(-4e5), updated_at: iso(-9e4), organization_id: org.id, organization_name: org.name, organization_display_name: org.display_name,
    organization_icon: "", name, display_name, provisioner: "terraform", active_version_id: active.id, active_user_count: 3,
    build_time_stats: { start: { P50: 4200, P95: 9800 }, stop: { P50: 1500, P95: 2100 }, delete: { P50: 1800, P95: 4000 } },
    description: "A container with Go and Node and a home volume that survives restarts.", deprecated: false, deprecation_message: "", deleted: false, icon,
    default_ttl_ms: 28800000, activity_bump_ms: 3600000, time_til_autostop_notify_ms: 0, autostop_requirement: { days_of_week: [], weeks: 1 },
    autostart_requirement: { days_of_week: [] }, created_by_id: author.id, created_by_name: author.username, allow_user_autostart: true, allow_user_autostop: true,
    allow_user_cancel_workspace_jobs: true, failure_ttl_ms: 0, time_til_dormant_ms: 0, time_til_dormant_autodelete_ms: 0, require_active_version: false,
    max_port_share_level: "authenticated", cors_behavior: "simple", use_classic_parameter_flow: true, disable_module_cache: false,
  };
}

const app = (slug, display_name, over = {}) => ({
  id: randomUUID(), url: "http://localhost:8080", external: false, slug, display_name, icon: "", subdomain: false, sharing_level: "owner",
  health: "healthy", hidden: false, open_in: "tab", statuses: [], ...over,
});

export function agent(over = {}) {
  const id = randomUUID();
  const source = { workspace_agent_id: id, id: randomUUID(), created_at: iso(-200), display_name: "Start-up", icon: "" };
  return {
    id, parent_id: null, created_at: iso(-300), updated_at: iso(-5), first_connected_at: iso(-280), last_connected_at: iso(-3), started_at: iso(-279), ready_at: iso(-270),
    status: "connected", lifecycle_state: "ready", name: "main", resource_id: randomUUID(), architecture: "amd64", environment_variables: {}, operating_system: "linux",
    logs_length: 400, logs_overflowed: false, directory: "/home/dev", expanded_directory: "/home/dev", version: "0.1.0", api_version: "2.0",
    apps: [app("code", "Code editor", { icon: "/icon/code.svg" }), app("web", "Preview", { health: "initializing", subdomain: true, subdomain_name: "web--main--swift-heron--ana", sharing_level: "organization", group: "What I build" }), app("notes", "Notebook", { health: "unhealthy", group: "What I build", tooltip: "Plots and tables of the last run" }), app("top", "Processes", { command: "top", url: "" }), app("docs", "Docs", { external: true, url: "https://example.com/docs", health: "disabled" })],
    connection_timeout_seconds: 120, troubleshooting_url: "https://example.com/help", subsystems: [], health: { healthy: true }, display_apps: ["web_terminal", "ssh_helper"],
    log_sources: [source], scripts: [{ id: randomUUID(), log_source_id: source.id, log_path: "", script: "echo hi", cron: "", run_on_start: true, run_on_stop: false, start_blocks_login: false, timeout: 0, display_name: "Start-up", exit_code: 0, status: "ok" }],
    startup_script_behavior: "non-blocking", ...over,
  };
}

export function resource(type, name, over = {}) {
  return { id: randomUUID(), created_at: iso(-300), job_id: randomUUID(), workspace_transition: "start", type, name, hide: false, icon: "", daily_cost: 0, agents: [], metadata: [{ key: "image", value: "debian:12", sensitive: false }], ...over };
}

export function build(number, status, v, who, over = {}) {
  const jobStatus = { running: "succeeded", stopped: "succeeded", starting: "running", stopping: "running", failed: "failed", pending: "pending", deleted: "succeeded" }[status] ?? "running";
  return {
    id: randomUUID(), created_at: iso(-3600), updated_at: iso(-3500), workspace_id: "", workspace_name: "", workspace_owner_id: who.id, workspace_owner_name: who.username,
    template_version_id: v.id, template_version_name: v.name, build_number: number, transition: status === "stopped" || status === "stopping" ? "stop" : "start",
    initiator_id: who.id, initiator_name: who.username, job: job(jobStatus, status === "failed" ? { error: "terraform apply: Error: Cannot connect to the Docker daemon at unix:///var/run/docker.sock" } : {}),
    reason: "initiator", resources: status === "running" ? [resource("docker_container", "dev", { agents: [agent()] }), resource("docker_volume", "home")] : [resource("docker_volume", "home")],
    deadline: status === "running" ? iso(5 * 3600) : undefined, status, daily_cost: 0, matched_provisioners: { count: 2, available: 2 }, template_version_preset_id: null, ...over,
  };
}

export function workspace(name, who, t, latest, over = {}) {
  const w = {
    id: randomUUID(), created_at: iso(-9e4), updated_at: iso(-3600), owner_id: who.id, owner_name: who.username, owner_avatar_url: "", organization_id: org.id,
    organization_name: org.name, template_id: t.id, template_name: t.name, template_display_name: t.display_name, template_icon: t.icon,
    template_allow_user_cancel_workspace_jobs: true, template_active_version_id: t.active_version_id, template_require_active_version: false,
    template_use_classic_parameter_flow: true, latest_build: latest, latest_app_status: null, outdated: latest.template_version_id !== t.active_version_id, name,
    autostart_schedule: "CRON_TZ=Europe/Berlin 30 8 * * 1-5", ttl_ms: 28800000, last_used_at: iso(-1800), deleting_at: null, dormant_at: null,
    health: { healthy: true, failing_agents: [] }, automatic_updates: "never", allow_renames: true, favorite: false, next_start_at: null, is_prebuild: false, ...over,
  };
  w.latest_build.workspace_id = w.id;
  w.latest_build.workspace_name = name;
  return w;
}

const option = (name, value, description = "", icon = "") => ({ name, value, description, icon });
const parameter = (name, display_name, type, form_type, default_value, over = {}) => ({
  name, display_name, type, form_type, default_value, description: "", description_plaintext: "", mutable: true, icon: "", options: [], required: default_value === "", ephemeral: false, ...over,
});
export const parameters = [
  parameter("region", "Region", "string", "radio", "eu", { mutable: false, description: "Where the machine stands. Near is fast.", options: [option("Frankfurt", "eu", "18 ms from here"), option("Virginia", "us", "95 ms from here"), option("Tokyo", "jp")] }),
  parameter("image", "Image", "string", "dropdown", "debian", { options: [option("Debian 12", "debian"), option("Ubuntu 24.04", "ubuntu"), option("Fedora 42", "fedora")] }),
  parameter("cpu", "CPU cores", "number", "slider", "4", { validation_min: 1, validation_max: 16, description: "More cores cost more." }),
  parameter("disk", "Disk (GiB)", "number", "input", "20", { validation_min: 10, validation_max: 500, validation_monotonic: "increasing" }),
  parameter("repo", "Repository", "string", "input", "", { description: "Cloned into the home folder. See the [guide](https://example.com).", validation_regex: "^https://", validation_error: "Use an https:// address." }),
  parameter("editors", "Editors", "list(string)", "multi-select", '["code"]', { options: [option("Code", "code"), option("Vim", "vim"), option("Zed", "zed")] }),
  parameter("packages", "Extra packages", "list(string)", "tag-select", '["ripgrep"]', { required: false }),
  parameter("gpu", "Attach a GPU", "bool", "switch", "false"),
  parameter("dotfiles", "Install my dotfiles", "bool", "checkbox", "true"),
  parameter("motd", "Welcome text", "string", "textarea", "Hello", { required: false }),
  parameter("secret", "Database password", "string", "input", "", { required: false }),
  parameter("reset", "Reset the home folder", "bool", "checkbox", "false", { ephemeral: true, description: "Throws away what is in it." }),
];
export const styling = { secret: { mask_input: true, placeholder: "From the vault" }, repo: { placeholder: "https://…" } };
export const presets = [
  { ID: randomUUID(), Name: "Small", Default: true, DesiredPrebuildInstances: 2, Description: "Two cores, for documents and small fixes.", Icon: "", Parameters: [{ Name: "cpu", Value: "2" }, { Name: "repo", Value: "https://example.com/a.git" }] },
  { ID: randomUUID(), Name: "Large", Default: false, DesiredPrebuildInstances: null, Description: "Sixteen cores and a GPU.", Icon: "", Parameters: [{ Name: "cpu", Value: "16" }, { Name: "gpu", Value: "true" }] },
];

const counts = { desired: 2, running: 2, eligible: 2, expired: 0, starting: 0, waiting: 0, stopping: 0, deleting: 0, failed: 0 };
const pool = (preset, reason, more = {}) => ({ preset_id: preset.ID, preset_name: preset.Name, template_version_id: "", template_version_name: "v2", active: true, status: "healthy", counts, reason, held_until: null, next_at: null, last_at: iso(-30), last_error: "", last_failure: "", last_failure_at: null, ...more });
export const pools = [
  pool(presets[0], "The pool is full."),
  pool({ ...presets[1], Name: "Huge" }, "3 builds failed lately, so the next is begun after 10:40. The last one said: no GPU left", { counts: { ...counts, running: 1, eligible: 1, failed: 3 }, held_until: iso(300), last_failure: "no GPU left", last_failure_at: iso(-90) }),
];

export function buildLog(failed) {
  const out = [];
  let id = 1;
  const add = (stage, level, output) => out.push({ id: id++, created_at: iso(-60 + id * 0.1), log_source: "provisioner", log_level: level, stage, output });
  add("Setting up", "info", "Preparing the working folder");
  for (const p of ["kreuzwerker/docker 3.0.2", "coder/coder 2.19.0"]) add("Setting up", "info", `- Using ${p} from the plugin cache`);
  add("Planning infrastructure", "debug", "docker_volume.home: Refreshing state...");
  for (let i = 0; i < 60; i++) add("Planning infrastructure", i % 9 ? "debug" : "info", `module.node[${i}]: \x1b[32mread\x1b[0m in ${i * 3} ms`);
  add("Planning infrastructure", "warn", "Warning: Attribute \x1b[1mimage\x1b[0m is deprecated, use image_id");
  add("Planning infrastructure", "info", "Plan: 3 to add, 0 to change, 0 to destroy.");
  add("Starting workspace", "info", "docker_volume.home: Creating...");
  add("Starting workspace", "info", "docker_volume.home: Creation complete after 0s [id=home-1]");
  if (failed) add("Starting workspace", "error", "Error: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?");
  else add("Starting workspace", "info", "docker_container.dev: Creation complete after 1s");
  add("Cleaning Up", "info", "");
  return out;
}

export const mainTf = `terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}

# What one may choose
data "coder_parameter" "cpu" {
  name    = "cpu"
  type    = "number"
  default = 4
  mutable = true
}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
  startup_script = <<-EOT
    echo "hello \${data.coder_parameter.cpu.value}"
  EOT
}
`;
export { never };

const kind = (id, name, group, more = {}) => ({ id, name, title_template: name, body_template: name, actions: "[]", group, method: "", kind: "system", enabled_by_default: true, ...more });
export const kinds = [
  kind("f40fae84-55a2-42cd-99fa-b41c1ca64894", "Template Deprecated", "Template Events"),
  kind("34a20db2-e9cc-4a93-b0e4-8569699d7a00", "Report: Workspace Builds Failed", "Template Events"),
  kind("4e19c0ac-94e1-4532-9515-d1801aa283b2", "User account created", "User Events"),
  kind("62f86a30-2330-4b61-a26d-311ff3b608cf", "One-Time Passcode", "User Events"),
  kind("381df2a9-c0c0-4749-420f-80a9280c66f9", "Workspace Autobuild Failed", "Workspace Events"),
  kind("6f6cb984-c167-4fa5-bb87-1058dd642779", "Workspace Autostop Reminder", "Workspace Events", { method: "webhook" }),
  kind("281fdf73-c6d6-4cbb-8ff5-888baf8a2fff", "Workspace Created", "Workspace Events", { enabled_by_default: false }),
  kind("39b1e189-c857-4b0c-877a-511144c18516", "Custom Notification", "Custom Events", { kind: "custom" }),
];

export const inbox = () =>
  [
    [-300, null, "DEFAULT_ICON_WORKSPACE", "Your workspace swift-heron is about to stop", "Your workspace **swift-heron** stops in 30 minutes. Its home stays.", [{ label: "View workspace", url: "http://127.0.0.1:5199/@ana/swift-heron" }]],
    [-4000, null, "DEFAULT_ICON_WORKSPACE", "Your workspace payments could not be started", "The start of **payments** by its schedule failed. Reason: autostart.", [{ label: "View workspace", url: "http://127.0.0.1:5199/@ana/payments" }]],
    [-90_000, iso(-80_000), "DEFAULT_ICON_ACCOUNT", "User account \\*bo\\* created", "**ana** made the account of **Bo \\<img\\>**.", []],
    ...Array.from({ length: 27 }, (_, i) => [-200_000 - i * 5000, iso(-190_000), "DEFAULT_ICON_TEMPLATE", `Template box ${i} was deleted`, "It was deleted by **ana**.", []]),
  ].map(([at, read_at, icon, title, content, actions], i) => ({ id: `44444444-4444-4444-8444-4444444444${String(i).padStart(2, "0")}`, user_id: "", template_id: kinds[0].id, targets: [], title, content, icon, actions, read_at, created_at: iso(at) }));

export const lost = (who) => [{ id: "55555555-5555-4555-8555-555555555555", template_id: kinds[4].id, template_name: kinds[4].name, user_id: who.id, username: who.username, method: "smtp", status: "permanent_failure", status_reason: "smtp 550: there is no such mailbox", attempt_count: 1, created_at: iso(-4000), updated_at: iso(-3900), next_retry_after: null }];

const web = (slug_or_port, user, status_code = 200) => ({ web_info: { user_agent: "", user, slug_or_port, status_code } });
const ssh = (over = {}) => ({ ssh_info: { connection_id: randomUUID(), ...over } });
export const connections = (me, bo) =>
  [
    [-320, "ssh", ssh()], [-900, "workspace_app", web("web", bo)], [-1200, "workspace_app", web("web", null, 303)], [-1300, "workspace_app", web("code", bo, 404)],
    [-5400, "vscode", ssh()], [-9000, "port_forwarding", web("8080", me)], [-20_000, "workspace_app", web("terminal", me)],
    [-90_000, "ssh", ssh({ disconnect_time: iso(-82_500), disconnect_reason: "the client left", exit_code: 0 })],
    [-180_000, "jetbrains", ssh({ disconnect_time: iso(-179_996), disconnect_reason: "the workspace was stopped", exit_code: 130 })],
  ].map(([at, type, more]) => ({ id: randomUUID(), connect_time: iso(at), organization: org, workspace_owner_id: me.id, workspace_owner_username: me.username, workspace_id: randomUUID(), workspace_name: "swift-heron", agent_name: "main", ip: "203.0.113.7", type, ...more }));

export const proxy = (name, display_name, status, over = {}) => ({
  id: randomUUID(), name, display_name, icon_url: "/icon/cloud.svg", healthy: status === "ok", path_app_url: `https://${name}.example.com`, wildcard_hostname: `*.${name}.example.com`, derp_enabled: false, derp_only: false,
  status: { status, report: { errors: [], warnings: [] }, checked_at: iso(-20) }, created_at: iso(-9e5), updated_at: iso(-20), deleted: false, version: "v0.1.0", ...over,
});
export const proxies = () => [
  proxy("primary", "Default", "ok", { path_app_url: "http://127.0.0.1:5199", wildcard_hostname: "*.apps.example.com" }),
  proxy("sydney", "Sydney", "unreachable", { status: { status: "unreachable", report: { errors: ["The proxy has said nothing since 2026-03-01T08:00:00Z. Is its process running, and does it reach this server?"], warnings: [] }, checked_at: iso(-4000) } }),
  proxy("oslo", "", "unregistered", { path_app_url: "", wildcard_hostname: "", version: "", status: { status: "unregistered", report: { errors: [], warnings: [] }, checked_at: never } }),
];

export const appearance = (set) => ({
  application_name: set ? "Dock Nine" : "", logo_url: "", docs_url: "", service_banner: { enabled: false }, support_links: set ? [{ name: "Ask in the channel", target: "https://chat.example.com", icon: "chat" }] : [],
  announcement_banners: set ? [{ enabled: true, message: "Maintenance on **Friday 22:00**: [the plan](https://example.com/plan).", background_color: "#ffd166" }] : [],
});

const setting = (flag, value, description, more = {}) => ({ flag, name: flag, env: `CODER_${flag.toUpperCase().replaceAll("-", "_")}`, value, description, default: "", value_source: "default", annotations: {}, hidden: false, ...more });
export const settings = [
  setting("http-address", "0.0.0.0:7080", "Address and port to listen on.", { value_source: "flag" }),
  setting("access-url", "https://slipway.example.com", "URL by which people and agents reach this deployment.", { value_source: "env" }),
  setting("tls-enable", false, "Speak TLS.", { default: "false" }),
  setting("oidc-client-secret", "", "This deployment's client secret at the provider.", { annotations: { secret: "true" }, value_source: "yaml" }),
  setting("oidc-scopes", ["openid", "profile", "email"], "Scopes to ask for."),
  setting("session-duration", 86_400e9, "How long an unused session lives.", { default: "24h0m0s" }),
];
