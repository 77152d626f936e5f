import type { WorkspaceBuildTimings } from "@gen";
import { expect, it } from "vitest";
import { extent, stages } from "./stages";

const at = (s: number) => new Date(s * 1000).toISOString();
const timings = {
  provisioner_timings: [
    { job_id: "", stage: "apply", source: "docker", action: "create", resource: "b", started_at: at(12), ended_at: at(15) },
    { job_id: "", stage: "apply", source: "docker", action: "create", resource: "a", started_at: at(11), ended_at: at(12) },
    { job_id: "", stage: "init", source: "tofu", action: "init", resource: "", started_at: at(10), ended_at: at(11) },
    { job_id: "", stage: "plan", source: "x", action: "", resource: "", started_at: at(9), ended_at: "0001-01-01T00:00:00Z" },
  ],
  agent_connection_timings: [],
  agent_script_timings: [{ stage: "start", started_at: at(16), ended_at: at(20), exit_code: 1, status: "exit_failure", display_name: "Start-up", workspace_agent_id: "", workspace_agent_name: "main" }],
} as WorkspaceBuildTimings;

it("gathers stages in their order with parts by time, and drops open spans", () => {
  const list = stages(timings);
  expect(list.map((s) => [s.stage, s.to - s.from, s.bad])).toEqual([["init", 1000, false], ["apply", 4000, false], ["start", 4000, true]]);
  expect(list[1]?.parts.map((p) => p.name)).toEqual(["create a", "create b"]);
});

it("spans from the job's start to now while it lives", () => {
  const list = stages(timings);
  expect(extent(list, at(8), 30_000)).toEqual([8000, 30_000]);
  expect(extent(list, undefined, undefined)).toEqual([10_000, 20_000]);
  expect(extent([], undefined, undefined)).toEqual([0, 1]);
});
