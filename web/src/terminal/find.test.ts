import { expect, it } from "vitest";
import { places, step } from "./find";

it("finds every place, the last first", () => {
  expect(places(["one two", "", "two one two"], "two")).toEqual([
    { row: 2, column: 8 },
    { row: 2, column: 0 },
    { row: 0, column: 4 },
  ]);
});

it("minds capitals only where the sought text has some", () => {
  expect(places(["Error", "error"], "error")).toHaveLength(2);
  expect(places(["Error", "error"], "Error")).toEqual([{ row: 0, column: 0 }]);
  expect(places(["anything"], "")).toEqual([]);
});

it("goes round", () => {
  expect([step(0, 1, 3), step(2, 1, 3), step(0, -1, 3), step(0, 1, 0)]).toEqual([1, 0, 2, 0]);
});
