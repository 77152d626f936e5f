import type { Workspace, WorkspacesResponse } from "@gen";
import { expect, it } from "vitest";
import { patched, type Pages, Streams, toWatch } from "./live";

const row = (id: string, status: string): Workspace => ({ id, latest_build: { status, resources: [] } }) as unknown as Workspace;
const page = (...workspaces: Workspace[]): WorkspacesResponse => ({ workspaces, count: 3 });
const pages: Pages = { pages: [page(row("a", "running"), row("b", "starting")), page(row("c", "stopped"))], pageParams: [0, 2] };

it("watches what moves, and not more than it may", () => {
  const rows = [row("a", "starting"), row("b", "running"), row("c", "stopping"), row("d", "pending")];
  expect(toWatch(rows, new Set(), 2)).toEqual(["a", "c"]);
  expect(toWatch(rows, new Set(["d", "b"]), 2)).toEqual(["d", "a"]);
});

it("puts a fresh row in its place, and leaves the other pages what they were", () => {
  const next = patched(pages, row("b", "running"));
  expect(next?.pages[0]?.workspaces.map((w) => w.latest_build.status)).toEqual(["running", "running"]);
  expect(next?.pages[1]).toBe(pages.pages[1]);
  expect(patched(pages, row("x", "running"))).toBe(pages);
  expect(patched(undefined, row("a", "running"))).toBeUndefined();
});

it("opens each stream once and closes what is not wanted any more", () => {
  const said: string[] = [];
  const streams = new Streams(
    (id) => {
      said.push(`+${id}`);
      return () => said.push(`-${id}`);
    },
    () => {},
  );
  streams.keep(["a", "b"]);
  streams.keep(["b", "c"]);
  streams.keep([]);
  expect(said).toEqual(["+a", "+b", "-a", "+c", "-b", "-c"]);
  expect(streams.open().size).toBe(0);
});
