import type { ProvisionerJob } from "@gen";
import { expect, test } from "vitest";
import { cancelPath, daemonState, isKeyName, jobState, jobTitle, readTags, tagsOf } from "./state";

const job = (over: object = {}) =>
  ({ id: "j", status: "pending", type: "workspace_build", tags: { owner: "", scope: "organization" }, queue_position: 3, queue_size: 7, available_workers: ["d"], input: { workspace_build_id: "b" }, metadata: { workspace_name: "swift-heron", workspace_build_transition: "start", template_name: "docker", template_display_name: "", template_version_name: "amber-1" }, ...over }) as unknown as ProvisionerJob;

test("a job says why it waits: its place in line, or the tag that nobody has", () => {
  expect(jobState(job()).why).toBe("3rd of 7 in line");
  expect(jobState(job({ available_workers: [], tags: { owner: "", scope: "organization", gpu: "yes", region: "eu" } })).why).toBe("No provisioner that is here has the tags gpu=yes and region=eu.");
  expect(jobState(job({ available_workers: [] })).why).toBe("No provisioner without tags is here.");
});

test("a job that runs says who has it, one that failed why", () => {
  expect(jobState(job({ status: "running", worker_name: "eu-1" })).why).toBe("by eu-1");
  expect(jobState(job({ status: "failed", error: "quota" })).why).toBe("quota");
});

test("what a job does is a sentence", () => {
  expect(jobTitle(job())).toBe("Start of swift-heron");
  expect(jobTitle(job({ type: "template_version_import" }))).toBe("Import of docker, amber-1");
  expect(jobTitle(job({ type: "template_version_dry_run" }))).toBe("Trial of docker");
});

test("a job is cancelled where what it serves is, and not once it is over", () => {
  expect(cancelPath(job())).toBe("/workspacebuilds/b/cancel");
  expect(cancelPath(job({ type: "template_version_import", input: { template_version_id: "v" } }))).toBe("/templateversions/v/cancel");
  expect(cancelPath(job({ type: "template_version_dry_run", input: { template_version_id: "v" } }))).toBe("/templateversions/v/dry-run/j/cancel");
  expect(cancelPath(job({ status: "failed" }))).toBeUndefined();
});

test("tags that all have are not said, and tags are read as they are written", () => {
  expect(tagsOf({ owner: "", scope: "organization", region: "eu", gpu: "" })).toEqual(["gpu", "region=eu"]);
  expect(readTags(" region=eu,  gpu ")).toEqual({ region: "eu", gpu: "" });
  expect(readTags("")).toEqual({});
  expect(readTags("=eu")).toBeUndefined();
  expect(readTags("a=1 a=2")).toBeUndefined();
});

test("a daemon says what it does now, or did last", () => {
  const last = { id: "1", status: "failed", template_name: "docker", template_icon: "", template_display_name: "Docker" } as const;

  expect(daemonState({ status: "busy", current_job: last, previous_job: null }).why).toBe("on Docker");
  expect(daemonState({ status: "idle", current_job: null, previous_job: last }).why).toBe("last on Docker, which failed");
  expect(daemonState({ status: "offline", current_job: null, previous_job: null })).toEqual({ tone: "off", word: "Not here", why: "" });
});

test("keys are called as the server takes it", () => {
  expect(["eu", "eu_1.b-c", "", "built-in", "a b", "x".repeat(65)].map(isKeyName)).toEqual([true, true, false, false, false, false]);
});
