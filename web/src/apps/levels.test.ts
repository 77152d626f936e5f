import type { WorkspaceApp } from "@gen";
import { expect, test } from "vitest";
import { appHealth, entryOfApp, entryOfPort, groupsOf, upTo, whoMay } from "./levels";

const who = (id: string) => ({ id, username: id });
const group = (id: string) => ({ id, name: id, display_name: id, avatar_url: "" });
const app = (slug: string, over: Partial<WorkspaceApp> = {}) => ({ slug, external: false, health: "healthy", ...over }) as WorkspaceApp;

test("levels go up to what the template allows", () => {
  expect(upTo("owner")).toEqual(["owner"]);
  expect(upTo("authenticated")).toEqual(["owner", "organization", "authenticated"]);
  expect(upTo("public")).toHaveLength(4);
  expect(upTo("someday" as "public")).toEqual(["owner"]);
});

test("who may open it: the level, and those who are named beside it", () => {
  expect(whoMay("owner", true, undefined, "")).toBe("Only you");
  expect(whoMay("owner", true, undefined, "mira")).toBe("Only mira");
  expect(whoMay("public", true, undefined, "")).toBe("Anybody, without signing in");
  expect(whoMay("owner", true, { users: [who("bo")], groups: [] }, "")).toBe("Only you, and 1 person by name");
  expect(whoMay("organization", true, { users: [who("bo"), who("cy")], groups: [group("crew")] }, "")).toBe("Everyone in the organization, and 2 people and 1 group by name");
});

test("what has no address of its own opens for its owner alone, whatever is set", () => {
  expect(whoMay("public", false, { users: [who("bo")], groups: [] }, "")).toBe("Only you");
  expect(whoMay("authenticated", false, undefined, "mira")).toBe("Only mira");
});

test("health is a tone and a word, and what nobody probes says so", () => {
  expect(appHealth(app("a"))).toEqual({ tone: "good", word: "Answers" });
  expect(appHealth(app("a", { health: "initializing" })).tone).toBe("wait");
  expect(appHealth(app("a", { health: "unhealthy" }))).toEqual({ tone: "bad", word: "Does not answer" });
  expect(appHealth(app("a", { health: "disabled" }))).toEqual({ tone: "off", word: "Not checked" });
  expect(appHealth(app("a", { health: "asleep" as "healthy" }))).toEqual({ tone: "off", word: "Not checked" });
  expect(appHealth(app("a", { external: true })).word).toBe("Outside Slipway");
  expect(appHealth(app("a", { command: "top" })).word).toBe("Runs in a terminal");
});

test("groups keep the author's order, a group where its first app stands", () => {
  const apps = [app("a"), app("b", { group: "Docs" }), app("c"), app("d", { group: "Docs" })];
  expect(groupsOf(apps).map((one) => [one.title, one.apps.map((a) => a.slug).join("")])).toEqual([["", "ac"], ["Docs", "bd"]]);
  expect(groupsOf([])).toEqual([]);
});

test("an app's list is found by its slug, a port's is not taken for it", () => {
  const port = { app: "", agent_name: "main", port: 8080, users: [], groups: [] };
  const code = { app: "code", agent_name: "", port: 0, users: [who("bo")], groups: [] };
  expect(entryOfApp({ allowed: true, shares: [port, code], asking: [] }, "code")).toBe(code);
  expect(entryOfApp({ allowed: true, shares: [port], asking: [] }, "code")).toBeUndefined();
  expect(entryOfApp(undefined, "code")).toBeUndefined();
  const both = { allowed: true, shares: [port, code], asking: [] };
  expect(entryOfPort(both, "main", 8080)).toBe(port);
  expect(entryOfPort(both, "side", 8080)).toBeUndefined();
  expect(entryOfPort(both, "", 0)).toBeUndefined();
});
