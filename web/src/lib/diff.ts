// What changed between two texts, line by line (Myers), with some lines around; the words that differ within a line.
export type Change = { kind: "same" | "add" | "gone"; text: string; oldLine: number; newLine: number };

const kMost = 1500; // edits looked for; beyond that the texts count as wholly different

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

// A run of lines that is shown, or one where nothing changed and that stays folded until it is asked for.
export type Stretch = { folded: boolean; lines: Change[] };

const kWorthFolding = 4; // what is shorter is shown: the line that stands for it would save nothing

export function stretches(changes: Change[], around = 3): Stretch[] {
  const near = new Set<number>();
  changes.forEach((change, i) => {
    if (change.kind !== "same") for (let j = Math.max(0, i - around); j <= Math.min(changes.length - 1, i + around); j++) near.add(j);
  });
  const runs: Stretch[] = [];
  changes.forEach((change, i) => {
    const folded = !near.has(i);
    const last = runs.at(-1);
    if (last?.folded === folded) last.lines.push(change);
    else runs.push({ folded, lines: [change] });
  });
  const out: Stretch[] = [];
  for (const run of runs) {
    const folded = run.folded && run.lines.length >= kWorthFolding;
    const last = out.at(-1);
    if (!folded && last && !last.folded) last.lines.push(...run.lines);
    else out.push({ folded, lines: run.lines });
  }
  return out;
}

// A line in pieces: what of it is new, or gone, and what it shares with the line that it stands against.
export type Span = { text: string; changed: boolean };

const kWords = /[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu;
const kLongLine = 1000;

// Nothing when the two have too little in common: marks all over a line help nobody.
export function markWords(before: string, after: string): { before: Span[]; after: Span[] } | undefined {
  if (before.length + after.length > kLongLine) return undefined;
  const steps = diffLines(before.match(kWords) ?? [], after.match(kWords) ?? []);
  const letters = (text: string) => text.replaceAll(/\s/g, "").length;
  const shared = steps.reduce((sum, step) => sum + (step.kind === "same" ? letters(step.text) : 0), 0);
  if (shared * 2 < Math.min(letters(before), letters(after))) return undefined;
  const side = (other: Change["kind"]): Span[] => {
    const spans: Span[] = [];
    for (const step of steps) {
      if (step.kind === other) continue;
      const changed = step.kind !== "same";
      const last = spans.at(-1);
      if (last?.changed === changed) last.text += step.text;
      else spans.push({ text: step.text, changed });
    }
    return spans;
  };
  return { before: side("add"), after: side("gone") };
}

// The spans of those lines that have marks. As many lines gone as came stand against each other, in their order.
export function marksOf(lines: Change[]): Map<Change, Span[]> {
  const out = new Map<Change, Span[]>();
  for (let i = 0; i < lines.length; ) {
    const gone: Change[] = [];
    const added: Change[] = [];
    for (; lines[i]?.kind === "gone"; i++) gone.push(lines[i] as Change);
    for (; lines[i]?.kind === "add"; i++) added.push(lines[i] as Change);
    if (gone.length === 0 && added.length === 0) i++;
    if (gone.length !== added.length) continue;
    gone.forEach((line, j) => {
      const against = added[j];
      const marks = against && markWords(line.text, against.text);
      if (!marks) return;
      out.set(line, marks.before);
      out.set(against, marks.after);
    });
  }
  return out;
}

export type FileChange = { path: string; kind: "added" | "removed" | "changed"; stretches: Stretch[]; added: number; gone: number; binary: boolean };
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
    const changes = binary ? [] : diffLines(lines(from), lines(to));
    const count = (kind: Change["kind"]) => changes.filter((change) => change.kind === kind).length;
    out.push({ path, kind: !from ? "added" : !to ? "removed" : "changed", binary, stretches: stretches(changes), added: count("add"), gone: count("gone") });
  }
  return out;
}
