// The order of the list by one of its columns. Without a choice it is the server's.
import type { Workspace } from "@gen";
import { parseTime } from "@/lib/time";
import type { Tone } from "@/ui/State";
import { workspaceState } from "./state";

const kColumns = ["name", "state", "owner", "used", "build"] as const;
export type Column = (typeof kColumns)[number];
export type Sort = { by: Column; down: boolean };

export const kMostSorted = 2_000; // an order of all needs all: of more than these the server's own stays

export function parseSort(text: string | undefined): Sort | undefined {
  const down = text?.startsWith("-") ?? false;
  const by = kColumns.find((column) => column === (down ? text?.slice(1) : text));
  return by === undefined ? undefined : { by, down };
}

// A click on a head: its order, then the other way round, then none. Times begin with the latest.
export function nextSort(now: string | undefined, by: Column): string | undefined {
  const first = by === "used" || by === "build" ? `-${by}` : by;
  const second = first === by ? `-${by}` : by;
  if (now === first) return second;
  return now === second ? undefined : first;
}

const kTones: Tone[] = ["bad", "wait", "good", "off"];
const kKeys: Record<Column, (w: Workspace) => string | number> = {
  name: (w) => w.name,
  state: (w) => kTones.indexOf(workspaceState(w).tone),
  owner: (w) => w.owner_name,
  used: (w) => parseTime(w.last_used_at) ?? 0,
  build: (w) => parseTime(w.latest_build.created_at) ?? 0,
};

export function sorted(rows: Workspace[], sort: Sort | undefined): Workspace[] {
  if (!sort) return rows;
  const key = kKeys[sort.by];
  const words = new Intl.Collator("en", { numeric: true });
  const order = rows.map((w) => ({ w, key: key(w) }));
  order.sort((a, b) => {
    const by = typeof a.key === "string" ? words.compare(a.key, String(b.key)) : a.key - Number(b.key);
    return (sort.down ? -by : by) || words.compare(a.w.name, b.w.name);
  });
  return order.map(({ w }) => w);
}
