import { expect, test } from "vitest";
import { chunk, mayReload, NotLoaded } from "./chunk";

test("a part that does not come is told from a page that broke", async () => {
  const cause = new TypeError("Failed to fetch dynamically imported module: /assets/x.js");
  await expect(chunk(() => Promise.reject(cause))()).rejects.toMatchObject({ name: "NotLoaded", cause });
  await expect(chunk(() => Promise.resolve(7))()).resolves.toBe(7);
});

test("one reload for each part that is missing, not one after another", () => {
  const kept = new Map<string, string>();
  const store = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  const missing = (name: string) => new NotLoaded(new TypeError(name));
  expect(mayReload(missing("a.js"), store)).toBe(true);
  expect(mayReload(missing("a.js"), store)).toBe(false);
  expect(mayReload(missing("b.js"), store)).toBe(true);
});
