import type { Workspace } from "@gen";
import { expect, it } from "vitest";
import { can, hasAgents, shortCause, tagWords, workspaceState } from "./state";

function workspace(status: string, over: Record<string, unknown> = {}, agent?: Record<string, unknown>): Workspace {
  return {
    dormant_at: null,
    health: { healthy: true, failing_agents: [] },
    template_allow_user_cancel_workspace_jobs: true,
    latest_build: {
      status,
      transition: "start",
      job: { status: "running", tags: {}, queue_position: 0, queue_size: 0 },
      resources: agent ? [{ agents: [{ status: "connected", lifecycle_state: "ready", health: { healthy: true }, ...agent }] }] : [],
      ...over,
    },
  } as unknown as Workspace;
}

it.each([
  [workspace("running", {}, {}), "good", "Running"],
  [workspace("running", {}, { status: "connecting" }), "wait", "Running", "Waiting for the agent"],
  [workspace("running", {}, { lifecycle_state: "starting" }), "wait", "Running", "Start-up scripts are still at work"],
  [workspace("running", {}, { status: "disconnected", health: { healthy: false } }), "bad", "Running", "An agent needs a look"],
  [workspace("stopped"), "off", "Stopped"],
  [workspace("pending", { job: { tags: { scope: "organization", gpu: "" }, queue_size: 0 }, matched_provisioners: { count: 0, available: 0 } }), "wait", "Waiting for a provisioner", "None is connected that has the tag gpu"],
  [workspace("pending", { job: { tags: {}, queue_position: 2, queue_size: 5 } }), "wait", "In line: 2 of 5"],
  [workspace("failed", { job: { error: "terraform plan: Error: the plan was refused" } }), "bad", "Failed to start", "the plan was refused"],
  [workspace("running", { deadline: "2026-01-01T10:40:00Z" }, {}), "good", "Running", "Stops in 40 minutes"],
  [workspace("running", { deadline: "2026-01-01T12:00:00Z" }, {}), "good", "Running"],
  [{ ...workspace("stopped"), dormant_at: "2025-12-01T00:00:00Z", deleting_at: "2026-01-04T10:00:00Z" }, "off", "Dormant", "Will be deleted in 3 days"],
  [{ ...workspace("stopped"), dormant_at: "2025-12-01T00:00:00Z" }, "off", "Dormant"],
] as [Workspace, string, string, string?][])("says a state in words (%#)", (w, tone, word, why) => {
  expect(workspaceState(w, Date.parse("2026-01-01T10:00:00Z"))).toEqual({ tone, word, ...(why === undefined ? {} : { why }) });
});

it("offers only what makes sense", () => {
  expect(can(workspace("running", {}, {}))).toMatchObject({ start: false, stop: true, restart: true, terminal: true, cancel: false });
  expect(can(workspace("starting"))).toMatchObject({ start: false, stop: false, cancel: true, delete: false });
  expect(can(workspace("failed"))).toMatchObject({ start: true, stop: true, delete: true });
  expect(can({ ...workspace("stopped"), dormant_at: "2026-01-01T00:00:00Z" })).toMatchObject({ start: false, wake: true, delete: true });
});

it("has no agents of a build that failed or was called off", () => {
  const has = (status: string, transition = "start", agent?: object) => hasAgents(workspace(status, { transition }, agent as Record<string, unknown>).latest_build);
  expect([has("running", "start", {}), has("starting", "start", {}), has("failed", "start", {}), has("canceled", "start", {}), has("stopping", "stop", {}), has("running")]).toEqual([true, true, false, false, false, false]);
});

it("shortens causes and tags", () => {
  expect(shortCause("\n  \nterraform apply: Error: no space\nmore")).toBe("no space");
  expect(shortCause(undefined)).toBe("");
  expect(tagWords({ scope: "user", owner: "", size: "big", gpu: "true" })).toBe("size=big, gpu");
});
