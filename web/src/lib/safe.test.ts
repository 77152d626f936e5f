import { expect, it } from "vitest";
import { isServers, safeReturn } from "./safe";

it.each([
  ["/@ana/dev?x=1#y", "/@ana/dev?x=1#y"],
  ["//evil.example", "/workspaces"],
  ["/\\evil.example", "/workspaces"],
  ["/a\\b", "/workspaces"],
  ["/\n/evil.example", "/workspaces"],
  ["https://evil.example", "/workspaces"],
  ["javascript:alert(1)", "/workspaces"],
  [undefined, "/workspaces"],
])("returns from %j to %s", (target, place) => {
  expect(safeReturn(target, "https://slipway.example")).toBe(place);
});

it.each([
  ["/api/v2/applications/auth-redirect?redirect_uri=https%3A%2F%2Fweb--main--dev--ana.apps.example", true],
  ["/@ana/dev/apps/web/", true],
  ["/%40ana/dev.main/apps/web/", true],
  ["/@ana/dev", false],
  ["/@ana/dev/terminal", false],
  ["/workspaces", false],
])("knows of %j whether the server answers it", (path, servers) => {
  expect(isServers(path)).toBe(servers);
});
