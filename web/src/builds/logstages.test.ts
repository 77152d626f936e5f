import { describe, expect, it } from "vitest";
import type { Level, Line } from "./fold";
import { endedWell, LogStages, shownStages } from "./logstages";

const at = (s: number) => new Date(s * 1000).toISOString();
let id = 0;
const line = (s: number, stage: string, text = "", level: Level = "info"): Line => ({ id: ++id, at: at(s), level, stage, text });
const log = [
  line(10, "Setting up"),
  line(11, "Planning infrastructure"),
  line(12, "Planning infrastructure", "data.coder_workspace.me: Refreshing..."),
  line(13, "Planning infrastructure", "data.coder_workspace.me: Refresh complete after 0s [id=1]"),
  line(14, "Starting workspace"),
  line(15, "Starting workspace", "\x1b[1mdocker_image.main[0]: Creating...\x1b[0m"),
  line(16, "Starting workspace", "docker_image.main[0]: Still creating... [10s elapsed]"),
];
const told = (lines: Line[], endedAt?: number) =>
  shownStages(new LogStages(lines).grow().all, endedAt).map((s) => [s.stage, s.from / 1000, s.to === undefined ? "on" : s.to / 1000, s.parts.map((p) => `${p.verb} ${p.name} ${p.from / 1000}-${p.to === undefined ? "on" : p.to / 1000}${p.bad ? " bad" : ""}`)]);

describe("LogStages", () => {
  it("knows a stage from its first line, and its end from the next one's", () => {
    expect(told(log)).toEqual([
      ["Setting up", 10, 11, []],
      ["Planning infrastructure", 11, 14, ["read data.coder_workspace.me 12-13"]],
      ["Starting workspace", 14, "on", ["create docker_image.main[0] 15-on"]],
    ]);
  });

  it("ends what was open with the job", () => {
    const stages = told(log, 20_000);
    expect(stages.at(-1)).toEqual(["Starting workspace", 14, 20, ["create docker_image.main[0] 15-20"]]);
  });

  it("marks what failed, by the resource and by the stage", () => {
    const stages = new LogStages([...log, line(18, "Starting workspace", "docker_image.main[0]: Creation errored after 3s"), line(18, "Starting workspace", "Error: no", "error")]).grow().all;
    expect(stages.at(-1)?.parts[0]).toMatchObject({ bad: true, to: 18_000 });
    expect(stages.at(-1)?.worst).toBe("error");
  });

  it("has no row for a tail that says nothing", () => {
    const tail = [...log, line(20, "Cleaning Up")];
    expect(told(tail, 20_004).map(([name]) => name)).toEqual(["Setting up", "Planning infrastructure", "Starting workspace"]);
    expect(told(tail, 22_000).map(([name]) => name)).toContain("Cleaning Up");
    expect(told(tail).map(([name]) => name)).toContain("Cleaning Up");
  });

  it("tells what ended well, to be folded", () => {
    const stages = new LogStages([...log, line(19, "Planning again", "careful", "warn"), line(20, "Cleaning Up")]).grow().all;
    expect(endedWell(stages, true)).toEqual(["Setting up", "Planning infrastructure", "Starting workspace"]);
    expect(endedWell(stages, false)).toEqual(["Setting up", "Planning infrastructure", "Starting workspace", "Cleaning Up"]);
  });

  it("looks at each line once", () => {
    const lines = log.slice(0, 3);
    const stages = new LogStages(lines);
    stages.grow().grow();
    lines.push(...log.slice(3));
    expect(stages.grow().all.map((s) => s.lines)).toEqual([0, 2, 2]);
  });
});
