import { expect, test } from "vitest";
import { answered, lastHeard, mayTurn, serverNow, unanswered } from "./server";

const from = (version?: string, status = 200) => answered({ status, headers: new Headers(version === undefined ? {} : { "X-Coder-Build-Version": version }) });

test("the server is away from the first request without an answer until the next one with", () => {
  from("v1");
  unanswered();
  expect(serverNow()).toEqual({ away: true, updated: false });
  from("v1", 404);
  expect(serverNow()).toEqual({ away: false, updated: false });
});

test("a proxy that stands in for the server is no answer of it", () => {
  from(undefined, 502);
  expect(serverNow().away).toBe(true);
  from("v1", 503);
  expect(serverNow().away).toBe(false);
});

test("another version than the first is an update", () => {
  from("v2");
  expect(serverNow()).toEqual({ away: false, updated: true });
  unanswered();
  expect(serverNow()).toEqual({ away: true, updated: true });
});

test("an update is loaded once for each release", () => {
  const kept = new Map<string, string>();
  const store = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  from("v1");
  expect(mayTurn(store)).toBe(false);
  from("v2");
  expect([mayTurn(store), mayTurn(store)]).toEqual([true, false]);
  from("v3");
  expect([mayTurn(store), mayTurn(store)]).toEqual([true, false]);
});

test("what is shown is from the last answer", () => {
  from("v1");
  const heard = lastHeard();
  unanswered();
  expect(lastHeard()).toBe(heard);
});
