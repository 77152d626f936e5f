import type { Workspace } from "@gen";
import { expect, it } from "vitest";
import { nextSort, parseSort, sorted } from "./sort";

const at = (day: number) => `2026-01-${String(day).padStart(2, "0")}T00:00:00Z`;
const row = (name: string, owner: string, status: string, day: number) =>
  ({ name, owner_name: owner, last_used_at: at(day), dormant_at: null, health: { healthy: true }, latest_build: { status, transition: "start", created_at: at(day), job: {}, resources: [] } }) as unknown as Workspace;
const rows = [row("ws-10", "bo", "stopped", 3), row("ws-9", "ana", "failed", 1), row("ws-1", "ana", "running", 2)];
const names = (sort: string) => sorted(rows, parseSort(sort)).map((w) => w.name);

it("orders by what a head says, both ways", () => {
  expect(names("name")).toEqual(["ws-1", "ws-9", "ws-10"]);
  expect(names("-name")).toEqual(["ws-10", "ws-9", "ws-1"]);
  expect(names("owner")).toEqual(["ws-1", "ws-9", "ws-10"]);
  expect(names("-used")).toEqual(["ws-10", "ws-1", "ws-9"]);
  expect(names("build")).toEqual(["ws-9", "ws-1", "ws-10"]);
});

it("puts what needs a hand first by state", () => {
  expect(names("state")).toEqual(["ws-9", "ws-1", "ws-10"]);
});

it("leaves the server's order without a choice, or with a word that it does not know", () => {
  expect(sorted(rows, parseSort(undefined))).toBe(rows);
  expect(parseSort("size")).toBeUndefined();
});

it("goes round: one way, the other, none", () => {
  expect([undefined, "name", "-name"].map((now) => nextSort(now, "name"))).toEqual(["name", "-name", undefined]);
  expect([undefined, "-used", "used", "name"].map((now) => nextSort(now, "used"))).toEqual(["-used", "used", undefined, "-used"]);
});
