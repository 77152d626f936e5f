import { expect, it } from "vitest";
import { query } from "./api";
import { uuid } from "./browser";
import { backoff } from "./stream";
import { ago, parseTime, span } from "./time";

it("says spans as people do", () => {
  expect([0, 340, 4200, 59_400, 192_000, 7_500_000, 260_000_000].map(span)).toEqual(["under a second", "under a second", "4.2 s", "59 s", "3 min 12 s", "2 h 5 min", "3 d"]);
});

it("says times relative to now and knows the wire's zero", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  expect(ago(now - 10_000, now)).toBe("just now");
  expect(ago(now - 3_600_000, now)).toBe("1 hour ago");
  expect(ago(now + 5 * 3_600_000, now)).toBe("in 5 hours");
  expect(parseTime("0001-01-01T00:00:00Z")).toBeUndefined();
  expect(parseTime("nonsense")).toBeUndefined();
});

it("backs off with jitter and a ceiling", () => {
  expect(backoff(0, 0.5)).toBe(400);
  expect(backoff(20, 1)).toBeLessThanOrEqual(19_500);
  expect(backoff(3, 0)).toBeLessThan(backoff(3, 1));
});

it("leaves empty values out of a query", () => {
  expect(query({ q: "a b", limit: 0, after: undefined, x: "" })).toBe("?q=a+b&limit=0");
  expect(query({})).toBe("");
});

it("makes version 4 uuids", () => {
  const made = new Set(Array.from({ length: 100 }, uuid));
  expect(made.size).toBe(100);
  for (const id of made) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
