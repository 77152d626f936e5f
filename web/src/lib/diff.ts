// What changed between two texts, line by line (Myers), shown in hunks with some lines around.
export type Change = { kind: "same" | "add" | "gone"; text: string; oldLine: number; newLine: number };
export type Hunk = Change[];

const kMost = 4000; // edits looked for; beyond that the texts count as wholly different

export function diffLines(before: string[], after: string[]): Change[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  const middle = myers(a, b) ?? [...a.map((_, i) => ["gone", i, 0] as Step), ...b.map((_, j) => ["add", a.length, j] as Step)];
  const out: Change[] = [];
  for (let i = 0; i < head; i++) out.push({ kind: "same", text: before[i] ?? "", oldLine: i + 1, newLine: i + 1 });
  for (const [kind, i, j] of middle) out.push({ kind, text: (kind === "add" ? b[j] : a[i]) ?? "", oldLine: head + i + 1, newLine: head + j + 1 });
  for (let i = tail; i > 0; i--) out.push({ kind: "same", text: before[before.length - i] ?? "", oldLine: before.length - i + 1, newLine: after.length - i + 1 });
  return out;
}

type Step = ["same" | "add" | "gone", number, number];

function myers(a: string[], b: string[]): Step[] | undefined {
  const size = Math.min(a.length + b.length, kMost);
  const reach = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  for (let d = 0; d <= size; d++) {
    trail.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = down ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return walk(trail, a.length, b.length);
    }
  }
  return undefined;
}

function walk(trail: Map<number, number>[], n: number, m: number): Step[] {
  const out: Step[] = [];
  let x = n;
  let y = m;
  for (let d = trail.length - 1; d >= 0; d--) {
    const reach = trail[d] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const beforeK = down ? k + 1 : k - 1;
    const beforeX = reach.get(beforeK) ?? 0;
    const beforeY = beforeX - beforeK;
    while (x > beforeX && y > beforeY) out.push(["same", --x, --y]);
    if (d > 0) {
      if (down) out.push(["add", x, --y]);
      else out.push(["gone", --x, y]);
    }
  }
  return out.reverse();
}

export function hunks(changes: Change[], around = 3): Hunk[] {
  const keep = new Set<number>();
  changes.forEach((change, i) => {
    if (change.kind !== "same") for (let j = Math.max(0, i - around); j <= Math.min(changes.length - 1, i + around); j++) keep.add(j);
  });
  const out: Hunk[] = [];
  let last = -2;
  for (const i of [...keep].sort((p, q) => p - q)) {
    const change = changes[i];
    if (!change) continue;
    if (i !== last + 1) out.push([]);
    out.at(-1)?.push(change);
    last = i;
  }
  return out;
}

export type FileChange = { path: string; kind: "added" | "removed" | "changed"; hunks: Hunk[]; binary: boolean };
type Source = { path: string; text: string | undefined; size: number };

export function diffFiles(before: Source[], after: Source[]): FileChange[] {
  const old = new Map(before.map((f) => [f.path, f]));
  const now = new Map(after.map((f) => [f.path, f]));
  const out: FileChange[] = [];
  for (const path of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const from = old.get(path);
    const to = now.get(path);
    const binary = (from !== undefined && from.text === undefined) || (to !== undefined && to.text === undefined);
    if (from && to && from.text === to.text && (!binary || from.size === to.size)) continue;
    const lines = (f: Source | undefined) => (f?.text ? f.text.replace(/\n$/, "").split("\n") : []);
    out.push({ path, kind: !from ? "added" : !to ? "removed" : "changed", binary, hunks: binary ? [] : hunks(diffLines(lines(from), lines(to))) });
  }
  return out;
}
