import type { WorkspaceACL, WorkspaceGroup } from "@gen";
import { expect, test } from "vitest";
import { sharersLike, sharersOf, withSharer } from "./who";

const group = (id: string, display_name: string, role: "use" | "admin" = "use") => ({ id, name: id, display_name, total_member_count: 3, avatar_url: "", role }) as unknown as WorkspaceGroup;
const acl: WorkspaceACL = { users: [{ id: "2", username: "bob", role: "use" }, { id: "1", username: "ana", name: "Ana Lund", role: "admin" }], group: [group("g", "Reviewers")] };

test("groups stand before people, each by name", () => {
  expect(sharersOf(acl).map((one) => [one.kind, one.name, one.side, one.role])).toEqual([
    ["group", "Reviewers", "", "use"],
    ["user", "Ana Lund", "ana", "admin"],
    ["user", "bob", "", "use"],
  ]);
});

test("the list is searched by both names", () => {
  const list = sharersOf(acl);
  expect(sharersLike(list, " LUND").map((one) => one.id)).toEqual(["1"]);
  expect(sharersLike(list, "ana").map((one) => one.id)).toEqual(["1"]);
  expect(sharersLike(list, "").length).toBe(3);
});

test("a change is seen at once: added, changed, taken off", () => {
  const fresh = { kind: "user", id: "3", name: "Cara Holm", side: "cara", picture: undefined, role: "use" } as const;
  expect(withSharer(acl, fresh).users.at(-1)).toEqual({ id: "3", username: "cara", name: "Cara Holm", role: "use" });
  expect(withSharer(acl, { ...fresh, id: "1", role: "use" }).users.find((one) => one.id === "1")).toEqual({ id: "1", username: "ana", name: "Ana Lund", role: "use" });
  expect(withSharer(acl, { ...fresh, id: "1", role: "" }).users.map((one) => one.id)).toEqual(["2"]);
  const crew = { kind: "group", id: "h", name: "The crew", side: "", picture: undefined, members: 12, role: "admin" } as const;
  expect(sharersOf(withSharer(acl, crew)).map((one) => [one.name, one.role, one.members])).toContainEqual(["The crew", "admin", 12]);
  expect(withSharer(acl, { ...crew, id: "g", role: "" }).group).toEqual([]);
});
