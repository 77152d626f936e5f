import type { Workspace } from "@gen";
import { expect, test } from "vitest";
import { isAwaited, nextPlace } from "./next";

const at = { host: "*.apps.example.com", scheme: "https:", base: "" };
const agent = (status: string) => ({
  name: "Main",
  status,
  apps: [
    { slug: "code", subdomain: true, subdomain_name: "code--main--dev--ana", open_in: "tab" },
    { slug: "docs", external: true, url: "https://evil.example" },
  ],
});
const workspace = (status: string, agentStatus = "connected") =>
  ({ name: "dev", owner_name: "ana", latest_build: { status, resources: [{ agents: [agent(agentStatus)] }] } }) as unknown as Workspace;

test("an app opens once the workspace runs and its agent is there", () => {
  expect(nextPlace(workspace("stopped"), { open: "code" }, at)).toBeUndefined();
  expect(nextPlace(workspace("running", "connecting"), { open: "code" }, at)).toBeUndefined();
  expect(nextPlace(workspace("running"), { open: "code" }, at)).toBe("https://code--main--dev--ana.apps.example.com/");
});

test("a port opens on the agent that is named, where ports have hosts", () => {
  expect(nextPlace(workspace("running"), { open: "8080s", agent: "main" }, at)).toBe("https://8080s--main--dev--ana.apps.example.com/");
  expect(nextPlace(workspace("running"), { open: "8080", agent: "other" }, at)).toBeUndefined();
  expect(nextPlace(workspace("running"), { open: "8080" }, { ...at, host: "" })).toBeUndefined();
});

test("nothing of the address leads anywhere else", () => {
  for (const open of ["docs", "https://evil.example", "//evil.example", "none", ""]) expect(nextPlace(workspace("running"), { open }, at)).toBeUndefined();
});

test("there is something to wait for until the agents have come", () => {
  expect(isAwaited(workspace("stopped"))).toBe(true);
  expect(isAwaited(workspace("running", "connecting"))).toBe(true);
  expect(isAwaited(workspace("running"))).toBe(false);
});
