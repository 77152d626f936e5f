// A role as a table of things by verbs. A cell stands for one or more rights of the wire; what no cell stands for is kept as it is.
import type { Permission, Role } from "@gen";

export const kVerbs = ["see", "create", "change", "delete", "run", "enter", "share"] as const;
export type Verb = (typeof kVerbs)[number];

const kMeans: Record<Verb, string[]> = {
  see: ["read", "view_insights", "read_personal"],
  create: ["create", "create_agent"],
  change: ["update", "update_agent", "update_personal"],
  delete: ["delete", "delete_agent"],
  run: ["start", "stop"],
  enter: ["ssh", "application_connect", "use"],
  share: ["share", "assign", "unassign"],
};

export type Pair = `${string}:${string}`;
// `own`: whether such a thing belongs to somebody, so that a right to one's own means something.
export type Thing = { key: string; type: string; own: boolean; cells: Partial<Record<Verb, Pair[]>> };
export type Part = { key: string; things: Thing[] };

function thing(key: string, type: string, actions: string, own = false): Thing {
  const held = actions.split(" ");
  const cells: Thing["cells"] = {};
  for (const verb of kVerbs) {
    const pairs = kMeans[verb].filter((action) => held.includes(action)).map((action): Pair => `${type}:${action}`);
    if (pairs.length > 0) cells[verb] = pairs;
  }
  return { key, type, own, cells };
}

const kCrud = "create read update delete";
const kAgents = "create_agent delete_agent update_agent";

export const kParts: Part[] = [
  {
    key: "work",
    things: [
      thing("workspaces", "workspace", `${kCrud} start stop ssh application_connect share`, true),
      thing("dormant", "workspace_dormant", "read update delete start stop", true),
      thing("prebuilds", "prebuilt_workspace", "update delete"),
    ],
  },
  {
    key: "templates",
    things: [thing("templates", "template", `${kCrud} use`), thing("insights", "template", "view_insights"), thing("files", "file", "create read", true), thing("daemons", "provisioner_daemon", kCrud, true), thing("jobs", "provisioner_jobs", "create read update")],
  },
  {
    key: "people",
    things: [thing("members", "organization_member", kCrud, true), thing("groups", "group", kCrud), thing("placed", "group_member", "read", true), thing("roles", "assign_org_role", `${kCrud} assign unassign`), thing("organization", "organization", "read update delete")],
  },
  { key: "records", things: [thing("activity", "audit_log", "read"), thing("connections", "connection_log", "read")] },
];

// Each by the name it has on the wire, unless a part of it stands above.
export const kRare: Thing[] = [
  thing("agents", "workspace", kAgents, true),
  thing("dormant-rest", "workspace_dormant", `create ssh application_connect share ${kAgents}`, true),
  thing("sync", "idpsync_settings", "read update"),
  thing("organization-new", "organization", "create"),
  thing("activity-new", "audit_log", "create"),
  thing("connections-change", "connection_log", "update"),
  ...["chat", "chat_project", "chat_model_config", "mcp_server_config"].map((type) => thing(type, type, `${kCrud} share`, true)),
  ...["api_key", "notification_message", "oauth2_app_secret", "user_secret", "user_skill"].map((type) => thing(type, type, kCrud, true)),
  ...["inbox_notification", "aibridge_interception"].map((type) => thing(type, type, "create read update", true)),
  ...["oauth2_app_code_token", "webpush_subscription"].map((type) => thing(type, type, "create read delete", true)),
  thing("notification_preference", "notification_preference", "read update", true),
  thing("user", "user", `${kCrud} read_personal update_personal`, true),
  ...["ai_gateway_key", "ai_provider", "crypto_key", "oauth2_app", "system", "tailnet_coordinator", "workspace_build_orchestration", "workspace_proxy"].map((type) => thing(type, type, kCrud)),
  ...["usage_event", "workspace_agent_resource_monitor"].map((type) => thing(type, type, "create read update")),
  ...["boundary_log", "license"].map((type) => thing(type, type, "create read delete")),
  ...["ai_model_price", "deployment_config", "notification_template"].map((type) => thing(type, type, "read update")),
  ...["debug_info", "deployment_stats", "replicas"].map((type) => thing(type, type, "read")),
  thing("boundary_usage", "boundary_usage", "read update delete"),
  thing("ai_seat", "ai_seat", "create read"),
  thing("workspace_agent_devcontainers", "workspace_agent_devcontainers", "create"),
  thing("assign_role", "assign_role", "assign unassign read"),
];

export const kThings: Thing[] = [...kParts.flatMap((part) => part.things), ...kRare];
export const kPairs: Pair[] = [...new Set(kThings.flatMap((one) => kVerbs.flatMap((verb) => one.cells[verb] ?? [])))];
const kShown = new Set(kPairs);

// What a role gives: over everything of the organization, over one's own there, and what it takes away.
export type Grants = { all: ReadonlySet<Pair>; own: ReadonlySet<Pair>; never: ReadonlySet<Pair> };
export const kNothing: Grants = { all: new Set(), own: new Set(), never: new Set() };

type Lists = Pick<Role, "organization_permissions" | "organization_member_permissions">;

function pairsOf(list: Permission[], negate: boolean): Set<Pair> {
  const out = new Set<Pair>();
  for (const one of list) {
    if (one.negate !== negate) continue;
    const type: string = one.resource_type;
    const action: string = one.action;
    if (type !== "*" && action !== "*") out.add(`${type}:${action}`);
    else for (const pair of kPairs) if ((type === "*" || pair.startsWith(`${type}:`)) && (action === "*" || pair.endsWith(`:${action}`))) out.add(pair);
  }
  return out;
}

export function grantsOf(role: Lists): Grants {
  return { all: pairsOf(role.organization_permissions, false), own: pairsOf(role.organization_member_permissions, false), never: pairsOf([...role.organization_permissions, ...role.organization_member_permissions], true) };
}

// How many rights a role holds that the table has no cell for; they stay when it is saved.
export const beyond = (grants: Grants): number => [...new Set([...grants.all, ...grants.own])].filter((pair) => !kShown.has(pair)).length;

export function permissionsOf(grants: Grants): Lists {
  const list = (pairs: ReadonlySet<Pair>) => [...pairs].sort().map((pair) => ({ negate: false, resource_type: pair.split(":")[0], action: pair.split(":")[1] }) as Permission);
  // What is given over everything need not be said of one's own.
  return { organization_permissions: list(grants.all), organization_member_permissions: list(new Set([...grants.own].filter((pair) => !grants.all.has(pair)))) };
}

// "some": not the same for all that the cell stands for.
export type Level = "no" | "own" | "all" | "some" | "never";

export function levelOf(grants: Grants, pairs: Pair[]): Level {
  const of = (pair: Pair): Level => (grants.never.has(pair) ? "never" : grants.all.has(pair) ? "all" : grants.own.has(pair) ? "own" : "no");
  const levels = new Set(pairs.map(of));
  return levels.size === 1 ? [...levels][0]! : "some";
}

export function withLevel(grants: Grants, pairs: Pair[], level: "no" | "own" | "all"): Grants {
  const all = new Set(grants.all);
  const own = new Set(grants.own);
  for (const pair of pairs) {
    all.delete(pair);
    own.delete(pair);
    if (level === "all") all.add(pair);
    if (level === "own") own.add(pair);
  }
  return { ...grants, all, own };
}

// Which of the two one holds oneself decides what one can give.
export type Mine = Pick<Grants, "all" | "own">;

export function possible(thing: Thing, pairs: Pair[], mine: Mine): ("no" | "own" | "all")[] {
  const all = pairs.every((pair) => mine.all.has(pair));
  const own = thing.own && pairs.every((pair) => mine.own.has(pair) || mine.all.has(pair));
  return [...(own || all ? (["no"] as const) : []), ...(own ? (["own"] as const) : []), ...(all ? (["all"] as const) : [])];
}

// Space turns: no, only their own, all, and again no.
export function next(thing: Thing, pairs: Pair[], grants: Grants, mine: Mine): "no" | "own" | "all" | undefined {
  const ways = possible(thing, pairs, mine);
  const level = levelOf(grants, pairs);
  const at = ways.findIndex((way) => way === level);
  return ways.length < 2 ? undefined : ways[(at + 1) % ways.length];
}

// What a role holds that one may not give: it can be changed only by who holds all of it.
export const notMine = (grants: Grants, mine: Mine): Pair[] => [...[...grants.all].filter((pair) => !mine.all.has(pair)), ...[...grants.own].filter((pair) => !mine.own.has(pair) && !mine.all.has(pair))];

export type Change = { thing: Thing; verb: Verb };

export function changesBetween(before: Grants, after: Grants): Change[] {
  const out: Change[] = [];
  for (const one of kThings) for (const verb of kVerbs) if (one.cells[verb]?.some((pair) => before.all.has(pair) !== after.all.has(pair) || (!after.all.has(pair) && before.own.has(pair) !== after.own.has(pair)))) out.push({ thing: one, verb });
  return out;
}
