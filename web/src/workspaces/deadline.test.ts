import { expect, it } from "vitest";
import { moved } from "./deadline";

const at = (hours: number) => new Date(Date.UTC(2026, 0, 1) + hours * 3_600_000).toISOString();
const now = Date.parse(at(8));
const to = (...ask: Parameters<typeof moved>) => {
  const found = moved(...ask);
  return found === undefined ? undefined : new Date(found).toISOString();
};

it("moves the stop time by an hour either way", () => {
  expect(to({ deadline: at(12) }, 1, now)).toBe(at(13));
  expect(to({ deadline: at(12) }, -1, now)).toBe(at(11));
});

it("goes to the limit and not beyond it", () => {
  expect(to({ deadline: at(12), max_deadline: at(12.5) }, 1, now)).toBe(at(12.5));
  expect(to({ deadline: at(12), max_deadline: at(12) }, 1, now)).toBeUndefined();
  expect(to({ deadline: at(12), max_deadline: "0001-01-01T00:00:00Z" }, 1, now)).toBe(at(13));
});

it("does not stop it at once, nor move what never stops", () => {
  expect(to({ deadline: at(9) }, -1, now)).toBeUndefined();
  expect(to({ deadline: at(8.5) }, -1, now)).toBeUndefined();
  expect(to({}, 1, now)).toBeUndefined();
});
