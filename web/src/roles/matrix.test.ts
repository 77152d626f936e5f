import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { beyond, changesBetween, grantsOf, kNothing, kPairs, kThings, levelOf, next, notMine, permissionsOf, possible, type Mine, type Pair, withLevel } from "./matrix";

const thing = (key: string) => kThings.find((one) => one.key === key)!;
const permission = (pair: string, negate = false) => ({ negate, resource_type: pair.split(":")[0], action: pair.split(":")[1] }) as Parameters<typeof grantsOf>[0]["organization_permissions"][number];
const role = (all: string[], own: string[] = []) => ({ organization_permissions: all.map((pair) => permission(pair)), organization_member_permissions: own.map((pair) => permission(pair)) });
const mine = (all: string[], own: string[] = []): Mine => ({ all: new Set(all as Pair[]), own: new Set(own as Pair[]) });

test("every right that the policy knows has exactly one cell", () => {
  const lines = readFileSync(new URL("../../../tests/golden/authz_matrix.txt", import.meta.url), "utf8").split("\n");
  const known = lines.map((line) => line.split(/\s+/)[0] ?? "").filter((word) => /^[a-z0-9_]+:[a-z_]+$/.test(word));
  const cells = kThings.flatMap((one) => Object.values(one.cells).flat());

  expect(known.length).toBeGreaterThan(180);
  expect(known.filter((pair) => !kPairs.includes(pair as Pair))).toEqual([]);
  expect(cells.length).toBe(new Set(cells).size);
  expect(kPairs.filter((pair) => !known.includes(pair))).toEqual([]);
});

test("a role goes into the table and comes back as it was", () => {
  const before = role(["template:read", "workspace:read"], ["workspace:create"]);

  expect(permissionsOf(grantsOf(before))).toEqual(before);
});

test("a wildcard of a built-in role fills its cells, and what is taken away says so", () => {
  const grants = grantsOf({ organization_permissions: [permission("template:*"), permission("workspace:create", true)], organization_member_permissions: [] });

  expect(levelOf(grants, thing("templates").cells.delete!)).toBe("all");
  expect(levelOf(grants, thing("insights").cells.see!)).toBe("all");
  expect(levelOf(grants, thing("workspaces").cells.create!)).toBe("never");
});

test("a cell of two rights of which one is held is a part", () => {
  const grants = grantsOf(role(["workspace:start"]));

  expect(levelOf(grants, thing("workspaces").cells.run!)).toBe("some");
  expect(levelOf(withLevel(grants, thing("workspaces").cells.run!, "all"), thing("workspaces").cells.run!)).toBe("all");
});

test("turning goes from no over their own to all and back", () => {
  const one = thing("workspaces");
  const held = mine(["workspace:delete"]);
  const turned = [kNothing, withLevel(kNothing, one.cells.delete!, "own"), withLevel(kNothing, one.cells.delete!, "all")];

  expect(turned.map((grants) => next(one, one.cells.delete!, grants, held))).toEqual(["own", "all", "no"]);
});

test("what nobody owns has no middle, and what one does not hold oneself cannot be given", () => {
  const group = thing("groups");
  const workspace = thing("workspaces");

  expect(possible(group, group.cells.delete!, mine(["group:delete"]))).toEqual(["no", "all"]);
  expect(possible(workspace, workspace.cells.delete!, mine([], ["workspace:delete"]))).toEqual(["no", "own"]);
  expect(next(group, group.cells.delete!, kNothing, mine([]))).toBeUndefined();
  expect(notMine(grantsOf(role(["group:delete", "group:read"])), mine(["group:read"]))).toEqual(["group:delete"]);
});

test("changes are counted by cell, and one that is put back is none", () => {
  const before = grantsOf(role(["workspace:read"], ["workspace:start", "workspace:stop"]));
  const after = withLevel(before, thing("workspaces").cells.run!, "all");

  expect(changesBetween(before, after).map((c) => `${c.thing.key}.${c.verb}`)).toEqual(["workspaces.run"]);
  expect(changesBetween(before, withLevel(after, thing("workspaces").cells.run!, "own"))).toEqual([]);
});

test("what the table does not know stays with the role", () => {
  const grants = grantsOf(role(["dock:open", "group:read"]));

  expect(beyond(grants)).toBe(1);
  expect(permissionsOf(withLevel(grants, thing("groups").cells.see!, "no")).organization_permissions.map((p) => p.resource_type)).toEqual(["dock"]);
});
