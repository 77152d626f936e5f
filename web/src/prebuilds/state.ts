// What a pool's state is in a word, and what of it matters to whoever wants a workspace now.
import type { PrebuildPool, PrebuildStatus, Workspace } from "@gen";
import { words } from "@/strings/prebuilds";
import type { Tone } from "@/ui/State";

export function poolState(pool: PrebuildPool, paused: boolean): { tone: Tone; word: string } {
  const { desired, running, eligible, starting } = pool.counts;
  if (!pool.active) return { tone: "off", word: words.state.leaving };
  if (paused) return { tone: "off", word: words.state.paused };
  if (pool.status === "hard_limited") return { tone: "bad", word: words.state.limited };
  if (desired === 0 && running === 0) return { tone: "off", word: words.state.empty };
  if (eligible >= desired) return { tone: "good", word: words.state.full };
  if (pool.held_until !== null) return { tone: "wait", word: words.state.held };
  if (starting > 0 || running >= desired) return { tone: "wait", word: words.state.filling };
  return { tone: "bad", word: words.state.short };
}

// Active pools first, then by name; a version that was replaced only while something of it is left.
export function shownPools(status: PrebuildStatus): PrebuildPool[] {
  const { pools } = status;
  const left = (pool: PrebuildPool) => pool.active || pool.counts.running + pool.counts.starting + pool.counts.deleting + pool.counts.failed > 0;
  return pools.filter(left).toSorted((a, b) => Number(b.active) - Number(a.active) || a.preset_name.localeCompare(b.preset_name));
}

// The presets of which a workspace waits that could be had now.
export function presetsWaiting(status: PrebuildStatus | undefined): ReadonlySet<string> {
  return new Set((status?.pools ?? []).filter((pool) => pool.active && pool.counts.eligible > 0).map((pool) => pool.preset_id));
}

export type TemplateMembers = { id: string; name: string; org: string; title: string; icon: string; running: number; building: number; failed: number; other: number };

export function byTemplate(workspaces: Workspace[]): TemplateMembers[] {
  const found = new Map<string, TemplateMembers>();
  for (const w of workspaces) {
    const row = found.get(w.template_id) ?? { id: w.template_id, name: w.template_name, org: w.organization_name, title: w.template_display_name || w.template_name, icon: w.template_icon, running: 0, building: 0, failed: 0, other: 0 };
    const { status } = w.latest_build;
    if (status === "running") row.running++;
    else if (status === "pending" || status === "starting") row.building++;
    else if (status === "failed") row.failed++;
    else row.other++;
    found.set(w.template_id, row);
  }
  return [...found.values()].toSorted((a, b) => a.title.localeCompare(b.title));
}
