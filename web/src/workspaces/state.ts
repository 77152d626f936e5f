// The state of a workspace in words, with its tone; and what can be done in it.
import type { Workspace, WorkspaceAgent, WorkspaceBuild, WorkspaceStatus } from "@gen";
import { states as words } from "@/strings/workspaces";
import { ago, parseTime } from "@/lib/time";
import type { Tone } from "@/ui/State";

// `why`: what stands behind the word, where one is told.
export type Said = { tone: Tone; word: string; why?: string };

const kMoving = new Set(["pending", "starting", "stopping", "canceling", "deleting"]);

export function isMoving(w: Pick<Workspace, "latest_build">): boolean {
  if (kMoving.has(w.latest_build.status)) return true;
  return w.latest_build.status === "running" && agentsOf(w.latest_build).some((a) => a.status === "connecting" || a.lifecycle_state === "starting" || a.lifecycle_state === "created");
}

export function agentsOf(build: WorkspaceBuild): WorkspaceAgent[] {
  return build.resources.flatMap((resource) => resource.agents ?? []);
}

// Agents exist while their machine does: a build that failed, or was called off, has none, whatever it had planned.
export function hasAgents(build: WorkspaceBuild): boolean {
  return build.transition === "start" && build.status !== "failed" && build.status !== "canceled" && agentsOf(build).length > 0;
}

// The tags that matter to a reader: not the scope every job has.
export function tagWords(tags: Record<string, string> | undefined): string {
  return Object.entries(tags ?? {})
    .filter(([key, value]) => key !== "scope" && !(key === "owner" && value === ""))
    .map(([key, value]) => (value === "" || value === "true" ? key : `${key}=${value}`))
    .join(", ");
}

// The first sentence of a job's error, without the tool's own prefixes.
export function shortCause(error: string | undefined): string {
  const line = (error ?? "").split("\n").find((l) => l.trim() !== "") ?? "";
  const bare = line.replace(/^(terraform|tofu|provisioner)?\s*(init|plan|apply|destroy)?:?\s*(error:)?\s*/i, "").replace(/^Error:\s*/i, "");
  return bare.length > 140 ? `${bare.slice(0, 137)}…` : bare;
}

const kSaid: Record<WorkspaceStatus, (build: WorkspaceBuild) => Said> = {
  pending,
  starting: () => ({ tone: "wait", word: words.starting }),
  running: () => ({ tone: "good", word: words.running }),
  stopping: () => ({ tone: "wait", word: words.stopping }),
  stopped: () => ({ tone: "off", word: words.stopped }),
  failed,
  canceling: () => ({ tone: "wait", word: words.canceling }),
  canceled: () => ({ tone: "off", word: words.canceled }),
  deleting: () => ({ tone: "wait", word: words.deleting }),
  deleted: () => ({ tone: "off", word: words.deleted }),
};

export function buildState(build: WorkspaceBuild): Said {
  return kSaid[build.status]?.(build) ?? { tone: "off", word: words.unknown };
}

function pending(build: WorkspaceBuild): Said {
  const matched = build.matched_provisioners;
  if (matched && matched.available === 0 && matched.count === 0) return { tone: "wait", word: words.pending, why: words.noProvisioner(tagWords(build.job.tags)) };
  if (build.job.queue_size > 0) return { tone: "wait", word: words.queue(build.job.queue_position, build.job.queue_size) };
  return { tone: "wait", word: words.pending };
}

function failed(build: WorkspaceBuild): Said {
  const word = words.failed[build.transition] ?? words.failed.start ?? "";
  const why = shortCause(build.job.error);
  return { tone: "bad", word, ...(why === "" ? {} : { why }) };
}

const kSoonMs = 3_600_000;

function running(w: Workspace, said: Said, now: number): Said {
  const agents = agentsOf(w.latest_build);
  if (agents.some((a) => a.status === "connecting")) return { tone: "wait", word: words.running, why: words.agentWaiting };
  if (!w.health.healthy || agents.some((a) => !a.health.healthy)) return { tone: "bad", word: words.running, why: words.runningSick };
  if (agents.some((a) => a.lifecycle_state === "starting" || a.lifecycle_state === "created")) return { tone: "wait", word: words.running, why: words.scripts };
  const stops = parseTime(w.latest_build.deadline);
  return stops !== undefined && stops - now < kSoonMs ? { ...said, why: words.stopsSoon(ago(stops, now)) } : said;
}

export function workspaceState(w: Workspace, now = Date.now()): Said {
  const gone = parseTime(w.deleting_at);
  if (w.dormant_at) return { tone: "off", word: words.dormant, ...(gone === undefined ? {} : { why: words.deletedThen(ago(gone, now)) }) };
  const said = buildState(w.latest_build);
  return w.latest_build.status === "running" ? running(w, said, now) : said;
}

export type Can = { wake: boolean; start: boolean; stop: boolean; restart: boolean; cancel: boolean; terminal: boolean; delete: boolean };

export function can(w: Workspace): Can {
  const { status, transition, job } = w.latest_build;
  const moving = kMoving.has(status);
  return {
    wake: Boolean(w.dormant_at),
    start: !w.dormant_at && (status === "stopped" || status === "canceled" || status === "failed"),
    stop: status === "running" || ((status === "failed" || status === "canceled") && transition !== "delete"),
    restart: status === "running",
    cancel: moving && status !== "canceling" && (w.template_allow_user_cancel_workspace_jobs || job.status === "pending"),
    terminal: status === "running" && agentsOf(w.latest_build).some((a) => a.status === "connected"),
    delete: !moving && status !== "deleted",
  };
}
