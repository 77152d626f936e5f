import { expect, it } from "vitest";
import { safeReturn } from "./safe";

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
