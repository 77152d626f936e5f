import { expect, test } from "vitest";
import { isPort, portRows } from "./ports";

const share = (port: number, agent_name = "main") => ({ workspace_id: "w", agent_name, port, share_level: "public" as const, protocol: "https" as const });
const entry = (port: number, agent_name = "main", app = "") => ({ app, agent_name, port, users: [], groups: [] });

test("what listens and what is shared is one list, by number", () => {
  const rows = portRows([{ process_name: "node", network: "tcp", port: 3000 }, { process_name: "", network: "tcp", port: 22_000 }], [share(8080), share(3000)], { allowed: true, shares: [entry(3000), entry(9090)], asking: [] }, "main");
  expect(rows.map((row) => [row.port, row.listens, row.program, row.share?.share_level, row.entry?.port])).toEqual([
    [3000, true, "node", "public", 3000],
    [8080, false, "", "public", undefined],
    [9090, false, "", undefined, 9090],
    [22_000, true, "", undefined, undefined],
  ]);
});

test("another agent's ports and the lists of apps are not this agent's ports", () => {
  expect(portRows([], [share(8080, "side")], { allowed: true, shares: [entry(9090, "side"), entry(0, "", "code")], asking: [] }, "main")).toEqual([]);
  expect(portRows([], [], undefined, "main")).toEqual([]);
});

test("ports below 9 are the agent's own", () => {
  expect([0, 8, 9, 65_535, 65_536, 80.5, Number.NaN].map(isPort)).toEqual([false, false, true, true, false, false, false]);
  expect(isPort(undefined)).toBe(false);
});
