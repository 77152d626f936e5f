import type { WorkspaceAgent, WorkspaceBuild, WorkspaceBuildTimings } from "@gen";
import { describe, expect, it } from "vitest";
import type { Line } from "./fold";
import { LogStages } from "./logstages";
import { extent, marks, scaleWord, timeline } from "./stages";

const at = (s: number) => new Date(s * 1000).toISOString();
let id = 0;
const line = (s: number, stage: string, text = ""): Line => ({ id: ++id, at: at(s), level: "info", stage, text });
const log = (...lines: Line[]) => new LogStages(lines).grow().all;
const whole = log(line(10, "Setting up"), line(11, "Planning infrastructure"), line(13, "Starting workspace"), line(14, "Starting workspace", "a.b: Creating..."));
const build = (status: string, completed?: number) => ({ transition: "start", job: { status, completed_at: completed === undefined ? undefined : at(completed) } }) as WorkspaceBuild;
const agent = (over: Partial<WorkspaceAgent>) => ({ status: "connected", lifecycle_state: "ready", ...over }) as WorkspaceAgent;
const timings = {
  provisioner_timings: [],
  agent_connection_timings: [{ stage: "connect", started_at: at(21), ended_at: at(22), workspace_agent_id: "", workspace_agent_name: "main" }],
  agent_script_timings: [
    { stage: "start", started_at: at(22), ended_at: at(26), exit_code: 1, status: "exit_failure", display_name: "Start-up", workspace_agent_id: "", workspace_agent_name: "main" },
    { stage: "stop", started_at: at(40), ended_at: at(41), exit_code: 0, status: "ok", display_name: "Bye", workspace_agent_id: "", workspace_agent_name: "main" },
  ],
} as WorkspaceBuildTimings;
const told = (rows: ReturnType<typeof timeline>) => rows.map((row) => `${row.name} ${row.phase}${row.phase === "waits" ? "" : ` ${row.from / 1000}-${row.to / 1000}`}`);

describe("timeline", () => {
  it("has a row for each stage while the build runs: done, live, and what waits", () => {
    const begun = log(line(10, "Setting up"), line(11, "Planning infrastructure"));
    expect(told(timeline(build("running"), begun, [], undefined, 12_000))).toEqual(["Setting up done 10-11", "Planning infrastructure live 11-12", "Starting workspace waits"]);
    expect(told(timeline(build("pending"), [], [], undefined, 9_000))).toEqual(["Setting up waits", "Planning infrastructure waits", "Starting workspace waits"]);
  });

  it("says of a resource what is done to it, and that it still goes on", () => {
    expect(timeline(build("running"), whole, [], undefined, 17_000).at(-1)?.parts).toEqual([{ name: "create a.b", from: 14_000, to: 17_000, phase: "live" }]);
  });

  it("agrees with the log after the end: a stage is wall to wall, whatever its resources took", () => {
    expect(told(timeline(build("succeeded", 20), whole, [], undefined, 99_000))).toEqual(["Setting up done 10-11", "Planning infrastructure done 11-13", "Starting workspace done 13-20"]);
  });

  it("goes on with the agents, live until they are there", () => {
    const rows = (one: WorkspaceAgent, known?: WorkspaceBuildTimings) => told(timeline(build("succeeded", 20), whole, [one], known, 30_000)).slice(3);
    expect(rows(agent({ status: "connecting" }))).toEqual(["Agent connects live 20-30"]);
    expect(rows(agent({ lifecycle_state: "starting", first_connected_at: at(22), started_at: at(23) }))).toEqual(["Agent connects done 20-22", "Start-up scripts live 23-30"]);
    expect(rows(agent({ first_connected_at: at(22) }), timings)).toEqual(["Agent connects done 21-22", "Start-up scripts bad 22-26"]);
  });

  it("does not speak of agents of a build that failed", () => {
    expect(told(timeline(build("failed", 20), whole, [agent({ status: "connecting" })], undefined, 30_000))).toHaveLength(3);
  });

  it("does not guess what follows stages it does not know", () => {
    expect(told(timeline(build("running"), log(line(10, "Moulding")), [], undefined, 11_000))).toEqual(["Moulding live 10-11"]);
  });
});

it("spans from the job's start to the last thing drawn, at least a second", () => {
  const rows = timeline(build("running"), whole, [], undefined, 17_000);
  expect(extent(rows, at(9))).toEqual([9_000, 17_000]);
  expect(extent([], at(9))).toEqual([9_000, 10_000]);
  expect(extent([], undefined)).toEqual([0, 1_000]);
});

it("marks a scale roundly", () => {
  expect(marks(1_000)).toEqual([0, 200, 400, 600, 800, 1_000]);
  expect(marks(14_200)).toEqual([0, 5_000, 10_000]);
  expect([0, 200, 2_000, 15_000, 60_000].map(scaleWord)).toEqual(["0", "200 ms", "2 s", "15 s", "1 min"]);
  expect(marks(190_000)).toEqual([0, 60_000, 120_000, 180_000]);
});
