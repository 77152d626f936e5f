import { expect, it } from "vitest";
import { rank } from "./rank";

it("puts starts of words before letters in order and drops the rest", () => {
  const items = ["People", "swift-heron", "Terminal in swift-heron", "heron"];
  expect(rank(items, "her", (x) => x)).toEqual(["heron", "swift-heron", "Terminal in swift-heron"]);
  expect(rank(items, "tsh", (x) => x)).toEqual(["Terminal in swift-heron"]);
  expect(rank(items, "", (x) => x)).toBe(items);
});
