import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { takeAhead } from "@/lib/ahead";
import { query } from "@/lib/api";

const script = readFileSync(new URL("./first.js", import.meta.url), "utf8");

function first(at: string, { cookie = "csrf_token=x", kept = {} as Record<string, string>, dark = false } = {}) {
  const url = new URL(at, "https://x.example");
  const root = { dataset: {} as { theme?: string; alone?: string } };
  const window = { matchMedia: (what: string) => ({ matches: dark && what.includes("dark") }), slipwayAhead: undefined as Map<string, Promise<Response>> | undefined };
  const fetched: string[] = [];
  const fetch = (path: string) => (fetched.push(path), Promise.resolve(new Response("{}")));
  new Function("window", "document", "location", "localStorage", "fetch", script)(window, { documentElement: root, cookie }, url, { getItem: (key: string) => kept[key] ?? null }, fetch);
  return { ...root.dataset, fetched, ahead: window.slipwayAhead };
}

it("wears what was chosen, and else what the system likes", () => {
  expect(first("/workspaces").theme).toBe("light");
  expect(first("/workspaces", { dark: true }).theme).toBe("dark");
  expect(first("/workspaces", { dark: true, kept: { "slipway-theme": "light" } }).theme).toBe("light");
  expect(first("/workspaces", { kept: { "slipway-theme": "nonsense" } }).theme).toBe("light");
});

it("draws no frame where the page has none, and asks for nothing there", () => {
  for (const at of ["/login", "/login/device", "/setup", "/reset-password/change", "/cli-auth", "/@ana/dev/terminal"]) {
    expect(first(at).alone).toBe("");
    expect(first(at).fetched).toEqual([]);
  }
  expect(first("/loginless").alone).toBeUndefined();
});

it("asks for the list by the words in which the page asks for it", () => {
  const list = (q: string) => `/api/v2/workspaces${query({ q, limit: 200 })}`;
  expect(first("/").fetched).toEqual(["/api/v2/users/me", list("owner:me")]);
  expect(first("/workspaces?q=name%3Aa+b").fetched[1]).toBe(list("name:a b"));
  expect(first("/workspaces?q=").fetched[1]).toBe(list(""));
  expect(first("/workspaces?filter=owner:me").fetched[1]).toBe(list("owner:me"));
  expect(first("/templates").fetched).toEqual(["/api/v2/users/me"]);
});

it("asks for nothing of who is signed out, and for no list that would be another one", () => {
  expect(first("/workspaces", { cookie: "" }).fetched).toEqual([]);
  expect(first("/workspaces", { cookie: "a=1; csrf_token=" }).fetched).toEqual([]);
  expect(first("/workspaces", { kept: { "slipway-organization": "blue" } }).fetched).toEqual(["/api/v2/users/me"]);
});

it("hands an answer on once, and not when it is old", () => {
  const { ahead } = first("/workspaces");
  expect(takeAhead("/api/v2/users/me", ahead, 1_000)).toBeInstanceOf(Promise);
  expect(takeAhead("/api/v2/users/me", ahead, 1_000)).toBeUndefined();
  expect(takeAhead(first("/").fetched[1] ?? "", ahead, 31_000)).toBeUndefined();
  expect(takeAhead("/api/v2/users/me", undefined, 0)).toBeUndefined();
});
