// The rows of a timeline: the stages of the log, then what the agents do. Each waits, is live, or is done.
import type { WorkspaceAgent, WorkspaceBuild, WorkspaceBuildTimings } from "@gen";
import { parseTime, span } from "@/lib/time";
import { words } from "@/strings/builds";
import { atLeast } from "./fold";
import { type LogStage, shownStages } from "./logstages";

export type Phase = "waits" | "live" | "done" | "bad";
export type Bar = { from: number; to: number; phase: Phase };
export type Part = Bar & { name: string };
export type Stage = Bar & { stage: string; name: string; parts: Part[] };

type Build = Pick<WorkspaceBuild, "job" | "transition">;
const kJobOver = new Set(["succeeded", "failed", "canceled"]);
export const isOver = (build: Pick<WorkspaceBuild, "job">): boolean => kJobOver.has(build.job.status);

export function timeline(build: Build, log: readonly LogStage[], agents: readonly WorkspaceAgent[], timings: WorkspaceBuildTimings | undefined, now: number): Stage[] {
  const over = isOver(build);
  const ended = over ? (parseTime(build.job.completed_at) ?? now) : undefined;
  const rows = shownStages(log, ended).map((stage) => ofLog(stage, now));
  if (over && build.job.status === "succeeded") rows.push(...ofAgents(build, agents, timings, now));
  if (!over) rows.push(...expected(build, rows, now));
  return rows;
}

function ofLog(stage: LogStage, now: number): Stage {
  const bad = atLeast(stage.worst, "error");
  return {
    stage: stage.stage,
    name: stage.stage,
    from: stage.from,
    to: stage.to ?? Math.max(now, stage.from),
    phase: bad ? "bad" : stage.to === undefined ? "live" : "done",
    parts: stage.parts.map((part) => ({ name: [part.verb, part.name].filter(Boolean).join(" "), from: part.from, to: part.to ?? Math.max(now, part.from), phase: part.bad ? "bad" : part.to === undefined ? "live" : "done" })),
  };
}

// What comes after what is known so far: its names are the same for each build.
function expected(build: Build, rows: Stage[], now: number): Stage[] {
  const order = [words.logStages.setUp, words.logStages.plan, words.logStages[build.transition] ?? ""].filter(Boolean);
  const reached = Math.max(-1, ...rows.map((row) => order.indexOf(row.stage)));
  if (rows.length > 0 && reached < 0) return [];
  return order.slice(reached + 1).map((name) => ({ stage: name, name, from: now, to: now, phase: "waits", parts: [] }));
}

type Timed = { started_at: string; ended_at: string };

function spanOf(items: readonly Timed[]): { from: number; to: number } | undefined {
  const from = Math.min(...items.map((item) => parseTime(item.started_at) ?? Number.POSITIVE_INFINITY));
  const to = Math.max(...items.map((item) => parseTime(item.ended_at) ?? Number.NEGATIVE_INFINITY));
  return Number.isFinite(from) && to >= from ? { from, to } : undefined;
}

// Their times come some moments after they are known to be there: what the agents themselves say serves until then, and while they work.
function ofAgents(build: Build, agents: readonly WorkspaceAgent[], timings: WorkspaceBuildTimings | undefined, now: number): Stage[] {
  const out: Stage[] = [];
  const begun = parseTime(build.job.completed_at) ?? now;
  const connecting = agents.some((agent) => agent.status === "connecting");
  const connections = timings?.agent_connection_timings ?? [];
  const met = Math.max(...agents.map((agent) => parseTime(agent.first_connected_at) ?? Number.NEGATIVE_INFINITY));
  const connected = connecting ? { from: begun, to: now } : (spanOf(connections) ?? (Number.isFinite(met) ? { from: Math.min(begun, met), to: met } : undefined));
  if (connected) out.push({ stage: "connect", name: words.stages.connect ?? "", ...connected, phase: connecting ? "live" : "done", parts: [] });

  const scripts = (timings?.agent_script_timings ?? []).filter((script) => script.stage === "start");
  const working = agents.filter((agent) => agent.lifecycle_state === "starting");
  const told = spanOf(scripts);
  const since = Math.min(...working.map((agent) => parseTime(agent.started_at) ?? now));
  const worked = working.length > 0 ? { from: Math.min(since, told?.from ?? since), to: now } : told;
  if (!worked) return out;
  const parts: Part[] = scripts.flatMap((script) => {
    const span = spanOf([script]);
    return span ? [{ ...span, name: script.display_name, phase: script.exit_code !== 0 || script.status === "timed_out" ? ("bad" as const) : ("done" as const) }] : [];
  });
  const phase = working.length > 0 ? "live" : parts.some((part) => part.phase === "bad") ? "bad" : "done";
  out.push({ stage: "start", name: words.stages.start ?? "", ...worked, phase, parts });
  return out;
}

// The span the bars are drawn against: from when the job began, at least a second.
export function extent(rows: readonly Stage[], startedAt: string | undefined): [number, number] {
  const drawn = rows.filter((row) => row.phase !== "waits");
  const from = Math.min(...drawn.map((row) => row.from), parseTime(startedAt) ?? Number.POSITIVE_INFINITY);
  const to = Math.max(...drawn.map((row) => row.to), ...drawn.flatMap((row) => row.parts.map((part) => part.to)));
  return Number.isFinite(from) ? [from, Math.max(to, from + 1_000)] : [0, 1_000];
}

const kSteps = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000];

// Marks of a scale, in milliseconds from its begin: round, and at most `most` of them.
export function marks(length: number, most = 6): number[] {
  const step = kSteps.find((one) => length / one <= most) ?? Math.ceil(length / most / 3_600_000) * 3_600_000;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step);
}

// A mark in words, without the places that a round number does not need.
export const scaleWord = (ms: number): string => (ms === 0 ? "0" : ms < 1_000 ? `${ms} ms` : ms < 10_000 ? `${ms / 1_000} s` : span(ms));
