import type { Workspace } from "@gen";
import { expect, it } from "vitest";
import { can, shortCause, tagWords, workspaceState } from "./state";

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
  [workspace("running", {}, { status: "connecting" }), "wait", "Running, waiting for the agent"],
  [workspace("running", {}, { lifecycle_state: "starting" }), "wait", "Running, start-up scripts still work"],
  [workspace("running", {}, { status: "disconnected", health: { healthy: false } }), "bad", "Running, but an agent needs a look"],
  [workspace("stopped"), "off", "Stopped"],
  [workspace("pending", { job: { tags: { scope: "organization", gpu: "" }, queue_size: 0 }, matched_provisioners: { count: 0, available: 0 } }), "wait", "Waiting for a provisioner with tag gpu"],
  [workspace("pending", { job: { tags: {}, queue_position: 2, queue_size: 5 } }), "wait", "In line: 2 of 5"],
  [workspace("failed", { job: { error: "terraform plan: Error: the plan was refused" } }), "bad", "Failed to start: the plan was refused"],
])("says a state in words (%#)", (w, tone, word) => {
  expect(workspaceState(w)).toEqual({ tone, word });
});

it("offers only what makes sense", () => {
  expect(can(workspace("running", {}, {}))).toMatchObject({ start: false, stop: true, restart: true, terminal: true, cancel: false });
  expect(can(workspace("starting"))).toMatchObject({ start: false, stop: false, cancel: true, delete: false });
  expect(can(workspace("failed"))).toMatchObject({ start: true, stop: true, delete: true });
});

it("shortens causes and tags", () => {
  expect(shortCause("\n  \nterraform apply: Error: no space\nmore")).toBe("no space");
  expect(shortCause(undefined)).toBe("");
  expect(tagWords({ scope: "user", owner: "", size: "big", gpu: "true" })).toBe("size=big, gpu");
});
