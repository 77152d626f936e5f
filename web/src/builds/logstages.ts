// Stages and what they do, read from the lines of a log as they come: wall to wall, from a stage's first line to that of the next.
import { stripAnsi } from "@/lib/ansi";
import { parseTime } from "@/lib/time";
import { atLeast, type Level, type Line } from "./fold";

export type Doing = { name: string; verb: string; from: number; to: number | undefined; bad: boolean }; // without `to` it goes on
export type LogStage = { stage: string; from: number; to: number | undefined; worst: Level; lines: number; parts: Doing[] };

// "docker_image.main: Creating..." begins, "… complete after 3s" and "… errored after 3s" end.
const kBegins = /^(.+?): (Creating|Destroying|Modifying|Reading|Refreshing)(?: state)?\.\.\./;
const kEnds = /^(.+?): (?:Creation|Destruction|Modifications|Read|Refresh) (complete|errored)\b/;
const kVerbs: Record<string, string> = { Creating: "create", Destroying: "destroy", Modifying: "change", Reading: "read", Refreshing: "read" };

export class LogStages {
  readonly all: LogStage[] = [];
  private readonly open = new Map<string, Doing>();
  private done = 0;

  constructor(private readonly lines: readonly Line[]) {}

  // Each line is looked at once, however often more come.
  grow(): this {
    for (; this.done < this.lines.length; this.done++) {
      const line = this.lines[this.done];
      if (line && line.stage !== "") this.take(line);
    }
    return this;
  }

  private take(line: Line): void {
    const at = parseTime(line.at);
    if (at === undefined) return;
    let stage = this.all.at(-1);
    if (stage?.stage !== line.stage) stage = this.begin(line.stage, at);
    if (line.text !== "") stage.lines += 1;
    if (atLeast(line.level, stage.worst)) stage.worst = line.level;
    this.work(stage, stripAnsi(line.text), at);
  }

  private begin(name: string, at: number): LogStage {
    const before = this.all.at(-1);
    if (before) close(before, at);
    this.open.clear();
    const stage: LogStage = { stage: name, from: at, to: undefined, worst: "trace", lines: 0, parts: [] };
    this.all.push(stage);
    return stage;
  }

  private work(stage: LogStage, text: string, at: number): void {
    const begins = kBegins.exec(text);
    if (begins?.[1] && begins[2]) {
      const part: Doing = { name: begins[1], verb: kVerbs[begins[2]] ?? "", from: at, to: undefined, bad: false };
      this.open.set(part.name, part);
      stage.parts.push(part);
      return;
    }
    const ends = kEnds.exec(text);
    const part = ends?.[1] ? this.open.get(ends[1]) : undefined;
    if (!part) return;
    part.to = at;
    part.bad = ends?.[2] === "errored";
    this.open.delete(part.name);
  }
}

function close(stage: LogStage, at: number): void {
  stage.to = at;
  for (const part of stage.parts) part.to ??= at;
}

// Those that are over and held neither warning nor error. A stage is over when another has begun, or the whole log is.
export const endedWell = (stages: readonly LogStage[], live: boolean): string[] =>
  stages.filter((stage, i) => !(live && i === stages.length - 1) && !atLeast(stage.worst, "warn")).map((stage) => stage.stage);

// As it is shown: the last stage ends with the job. A tail that says nothing and takes no time is not worth a row.
export function shownStages(stages: readonly LogStage[], endedAt: number | undefined): LogStage[] {
  const out = stages.map((stage) => ({ ...stage }));
  const last = out.at(-1);
  if (last && endedAt !== undefined) {
    last.parts = last.parts.map((part) => ({ ...part }));
    close(last, Math.max(endedAt, last.from));
  }
  return out.filter((stage, i) => i < out.length - 1 || stage.to === undefined || stage.lines > 0 || stage.to - stage.from >= 1_000);
}
