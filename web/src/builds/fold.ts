// Turns log lines into rows to draw: one head per run of a stage, its lines below unless folded, filtered by level and words.
import { stripAnsi } from "@/lib/ansi";

export type Level = "trace" | "debug" | "info" | "warn" | "error";
export type Line = { id: number; at: string; level: Level; stage: string; text: string };
export type Row =
  | { kind: "stage"; key: string; stage: string; lines: number; worst: Level; from: string; to: string; folded: boolean }
  | { kind: "line"; key: string; line: Line };

const kOrder: Level[] = ["trace", "debug", "info", "warn", "error"];
export const atLeast = (level: Level, least: Level): boolean => kOrder.indexOf(level) >= kOrder.indexOf(least);

export type View = { least: Level; words: string; folded: ReadonlySet<string> };

// What is folded: as somebody chose, else what ended well.
export function foldedNow(chosen: ReadonlyMap<string, boolean>, ended: readonly string[]): ReadonlySet<string> {
  const out = new Set(ended.filter((stage) => chosen.get(stage) !== false));
  for (const [stage, fold] of chosen) if (fold) out.add(stage);
  return out;
}

// The rows of a list that grows, under one view: each line is looked at once, however often more come.
export class Folding {
  readonly stages = new Set<string>();
  private readonly out: Row[] = [];
  private readonly needle: string;
  private head: Extract<Row, { kind: "stage" }> | undefined;
  private headAt = 0;
  private done = 0;

  constructor(
    private readonly lines: readonly Line[],
    private readonly view: View,
  ) {
    this.needle = view.words.trim().toLowerCase();
  }

  // Takes up what has come; asked twice, it does nothing the second time. A row that was shown stays as it was: a head that counts on
  // is another one.
  grow(): this {
    if (this.head && this.done < this.lines.length) this.out[this.headAt] = this.head = { ...this.head };
    for (; this.done < this.lines.length; this.done++) {
      const line = this.lines[this.done];
      if (line) this.take(line);
    }
    return this;
  }

  rows(): Row[] {
    return this.needle === "" ? this.out : this.out.filter((row) => row.kind === "line" || row.lines > 0);
  }

  private take(line: Line): void {
    const { view, needle } = this;
    if (line.stage !== "" && this.head?.stage !== line.stage) this.begin(line);
    const { head } = this;
    if (head) {
      head.to = line.at;
      if (atLeast(line.level, head.worst)) head.worst = line.level;
    }
    if (!atLeast(line.level, view.least)) return;
    if (line.text === "" || (needle !== "" && !stripAnsi(line.text).toLowerCase().includes(needle))) return;
    if (head) head.lines += 1;
    if (head?.folded && needle === "") return;
    this.out.push({ kind: "line", key: String(line.id), line });
  }

  private begin(line: Line): void {
    this.stages.add(line.stage);
    if (this.head) this.out[this.headAt] = { ...this.head, to: line.at }; // wall to wall, as the timeline has it
    this.head = { kind: "stage", key: `stage-${line.id}`, stage: line.stage, lines: 0, worst: "trace", from: line.at, to: line.at, folded: this.view.folded.has(line.stage) };
    this.headAt = this.out.push(this.head) - 1;
  }
}

export const rows = (lines: readonly Line[], view: View): Row[] => new Folding(lines, view).grow().rows();

export function asPlainText(lines: Line[]): string {
  let stage = "";
  let out = "";
  for (const line of lines) {
    if (line.stage !== stage) {
      stage = line.stage;
      if (stage !== "") out += `== ${stage}\n`;
    }
    out += `${line.at} ${line.level.padEnd(5)} ${stripAnsi(line.text)}\n`;
  }
  return out;
}

// The first cause with the lines of the same breath: what went wrong often stands some lines below the headline.
export function causeLines(lines: Line[], most = 8): Line[] {
  const first = firstCause(lines);
  if (!first) return [];
  const out = [first];
  if (first.level !== "error") return out;
  for (const line of lines.slice(lines.indexOf(first) + 1)) {
    if (line.level !== "error" || out.length === most) break;
    if (line.text.trim() !== "") out.push(line);
  }
  return out;
}

// The line that tells most about a failure: the first error, else the last warning, else the last line with words.
export function firstCause(lines: Line[]): Line | undefined {
  const spoken = lines.filter((line) => line.text.trim() !== "");
  return (
    spoken.find((line) => line.level === "error") ??
    spoken.findLast((line) => line.level === "warn") ??
    spoken.findLast(() => true)
  );
}
