import type { Region } from "@gen";
import { expect, test } from "vitest";
import { entrance, latencyAddress, pick, wanted } from "./regions";

const region = (name: string, over: Partial<Region> = {}): Region => ({ id: name, name, display_name: name, icon_url: "", healthy: true, path_app_url: `https://${name}.example.com/`, wildcard_hostname: `*.${name}.example.com`, ...over });
const home = region("primary");
const near = region("near");
const far = region("far");

test("the one that was chosen counts, as long as it is well", () => {
  expect(pick([home, near], "near", {})).toBe(near);
  expect(pick([home, { ...near, healthy: false }], "near", { near: 1 })).toBe(home);
  expect(pick([home, near], "gone", {})).toBe(home);
});

test("else the soonest, when it is sooner by more than chance", () => {
  expect(pick([home, near, far], "", { primary: 180, near: 12, far: 90 })).toBe(near);
  expect(pick([home, near], "", { primary: 30, near: 12 })).toBe(home);
  expect(pick([home, near], "", { primary: 180, near: null })).toBe(home);
  expect(pick([home, near], "", {})).toBe(home);
  expect(pick([home, near], "", { near: 12 })).toBe(near);
  expect(pick([], "", {})).toBeUndefined();
});

test("nobody is sent unasked to where apps would lose their own addresses", () => {
  const bare = region("bare", { wildcard_hostname: "" });
  expect(pick([home, bare], "", { primary: 180, bare: 5 })).toBe(home);
  expect(pick([{ ...home, wildcard_hostname: "" }, bare], "", { primary: 180, bare: 5 })).toBe(bare);
});

test("until all are measured it goes where it went the last time, unless one has chosen", () => {
  expect(wanted([home, near, far], "far", "near", false)).toBe("far");
  expect(wanted([home, near], "", "near", false)).toBe("near");
  expect(wanted([home, near], "", "near", true)).toBe("");
  expect(wanted([home, { ...far, healthy: false }], "far", "near", false)).toBe("near");
});

test("the entrance of a proxy is its own host and scheme, this server's is the page's", () => {
  const ours = { host: "*.apps.example.com:8443", scheme: "http:", base: "" };
  expect(entrance(home, ours)).toBe(ours);
  expect(entrance(near, ours)).toEqual({ host: "*.near.example.com", scheme: "https:", base: "https://near.example.com" });
  expect(entrance(region("bare", { wildcard_hostname: "" }), ours)).toEqual({ ...ours, base: "https://bare.example.com" });
  expect(entrance(undefined, ours)).toBe(ours);
  expect(entrance(region("odd", { path_app_url: "javascript:alert(1)" }), ours)).toBe(ours);
});

test("this server is timed by the page's own address, a proxy by its own", () => {
  expect(latencyAddress(home)).toBe("");
  expect(latencyAddress(near)).toBe("https://near.example.com");
});
