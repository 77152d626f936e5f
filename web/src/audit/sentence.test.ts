import { since } from "./since";
import { expect, test } from "vitest";
import { changes, inside, sentence } from "./sentence";

const entry = { description: "", action: "write", resource_type: "template", resource_target: "docker", user: null } as const;

test("an entry is a sentence, with the server's words or our own", () => {
  const said = (over: object) => sentence({ ...entry, ...over }).map((piece) => piece.text).join("");
  expect(said({ description: "{user} created workspace {target}", resource_target: "heron", user: { username: "ana" } })).toBe("ana created workspace heron");
  expect(said({})).toBe("Someone without an account changed template docker");
  expect(said({ resource_type: "prebuilds_settings", resource_target: "" })).toBe("Someone without an account changed prebuilds settings prebuilds settings");
});

test("changes are words, and secrets stay hidden", () => {
  expect(changes({ ttl_ms: { old: 0, new: 3_600_000, secret: false }, password: { old: "a", new: "b", secret: true }, icon: { old: "", new: "/x.svg", secret: false } })).toEqual([
    { name: "ttl ms", before: "0", after: "3600000" },
    { name: "password", before: "hidden", after: "hidden" },
    { name: "icon", before: "nothing", after: "/x.svg" },
  ]);
});

test("a link leads nowhere but into this dashboard", () => {
  expect(inside("/@ana/heron")).toBe("/@ana/heron");
  expect(inside("/users?filter=ana")).toBe("/users/ana");
  expect(inside("/users?filter=")).toBe("/users");
  expect(inside("/organizations/default/groups/crew")).toBe("/organizations/default/groups/crew");
  expect(inside("/@ana/heron/builds/3")).toBe("/@ana/heron?build=3");
  for (const bad of ["", "https://x.example", "//x.example", "/\\x.example", "javascript:alert(1)"]) expect(inside(bad)).toBeUndefined();
});

test("since is the day so many days ago, as the server counts days", () => {
  const now = new Date("2026-03-02T00:30:00Z");
  expect([since(now, 0), since(now, 7), since(now, 90)]).toEqual(["2026-03-02", "2026-02-23", "2025-12-02"]);
});

test("what has no name of its own is said once", () => {
  const said = sentence({ ...entry, description: "{user} updated appearance {target}", resource_type: "appearance" as never, resource_target: "appearance" });
  expect(said.map((piece) => piece.text).join("")).toMatch(/ updated appearance$/);
});
