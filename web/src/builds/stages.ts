// Timings of the wire, gathered into stages with their parts.
import type { WorkspaceBuildTimings } from "@gen";
import { parseTime } from "@/lib/time";

export type Bar = { from: number; to: number; bad: boolean };
export type Part = Bar & { name: string };
export type Stage = Bar & { stage: string; parts: Part[] };

const kOrder = ["init", "plan", "graph", "apply", "connect", "start", "cron", "stop"];

type Raw = { stage: string; started_at: string; ended_at: string; name: string; bad: boolean };

export function stages(timings: WorkspaceBuildTimings): Stage[] {
  const raw: Raw[] = [
    ...(timings.provisioner_timings ?? []).map((t) => ({ ...t, name: [t.action, t.resource || t.source].filter(Boolean).join(" "), bad: false })),
    ...(timings.agent_connection_timings ?? []).map((t) => ({ ...t, name: t.workspace_agent_name, bad: false })),
    ...(timings.agent_script_timings ?? []).map((t) => ({ ...t, name: t.display_name, bad: t.exit_code !== 0 || t.status === "timed_out" })),
  ];
  const found = new Map<string, Stage>();
  for (const item of raw) {
    const from = parseTime(item.started_at);
    const to = parseTime(item.ended_at);
    if (from === undefined || to === undefined || to < from) continue;
    const stage = found.get(item.stage) ?? { stage: item.stage, from, to, bad: false, parts: [] };
    stage.from = Math.min(stage.from, from);
    stage.to = Math.max(stage.to, to);
    stage.bad ||= item.bad;
    stage.parts.push({ name: item.name, from, to, bad: item.bad });
    found.set(item.stage, stage);
  }
  const out = [...found.values()];
  for (const stage of out) stage.parts.sort((a, b) => a.from - b.from);
  return out.sort((a, b) => rank(a.stage) - rank(b.stage) || a.from - b.from);
}

function rank(stage: string): number {
  const at = kOrder.indexOf(stage);
  return at < 0 ? kOrder.length : at;
}

// The span the bars are drawn against; while a build lives it reaches to now.
export function extent(list: Stage[], startedAt: string | undefined, now: number | undefined): [number, number] {
  const start = parseTime(startedAt);
  const from = Math.min(...list.map((s) => s.from), start ?? Number.POSITIVE_INFINITY);
  const to = Math.max(...list.map((s) => s.to), now ?? 0);
  return Number.isFinite(from) && to > from ? [from, to] : [0, 1];
}
