// A restart is a stop, then a start once the stop has ended. The wait belongs to this tab, not to a page: it goes on wherever one goes.
import type { CreateWorkspaceBuildRequest, WorkspaceBuild } from "@gen";
import { useSyncExternalStore } from "react";

export type Then = Omit<CreateWorkspaceBuildRequest, "transition">;
export type Waiting = { id: string; name: string; after: number; ask: Then };

const kKey = "slipway-restarts";
const listeners = new Set<() => void>();
let list: readonly Waiting[] = read();

function read(): Waiting[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(kKey) ?? "[]");
    return Array.isArray(kept) ? (kept as Waiting[]) : [];
  } catch {
    return [];
  }
}

function set(next: readonly Waiting[]): void {
  list = next;
  sessionStorage.setItem(kKey, JSON.stringify(next));
  for (const tell of listeners) tell();
}

export const wait = (one: Waiting): void => set([...list.filter((w) => w.id !== one.id), one]);
export const forget = (id: string): void => set(list.filter((w) => w.id !== id));

export function useWaiting(): readonly Waiting[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => list,
  );
}

// What the latest build means for a restart: go on waiting, start now, or give up because it went another way.
export function verdict(waiting: Waiting, latest: Pick<WorkspaceBuild, "build_number" | "status">): "wait" | "start" | "drop" {
  if (latest.build_number < waiting.after) return "wait";
  if (latest.build_number > waiting.after) return "drop";
  if (latest.status === "stopped") return "start";
  return latest.status === "failed" || latest.status === "canceled" ? "drop" : "wait";
}
