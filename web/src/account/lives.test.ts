import { expect, test } from "vitest";
import { lives, nanoseconds } from "./lives";

const kDay = 86_400 * 1e9;

test("only lengths that are allowed are offered, and the usual one is among them", () => {
  const { choices, usual } = lives(7 * kDay);
  expect(choices.map((one) => one.value)).toEqual(["1", "7"]);
  expect(usual).toBe("7");
  expect(lives(undefined).usual).toBe("30");
});

test("an odd limit is a choice of its own", () => {
  const { choices } = lives(45 * kDay);
  expect(choices.at(-1)).toEqual({ value: "longest", label: "The longest: 45 days" });
  expect(nanoseconds("longest", 45 * kDay)).toBe(45 * kDay);
  expect(nanoseconds("7", 45 * kDay)).toBe(7 * kDay);
  expect(lives(5 * 3600 * 1e9)).toEqual({ choices: [{ value: "longest", label: "The longest: 5 hours" }], usual: "longest" });
});

test("a limit of a hundred years is none", () => {
  expect(lives(36_500 * kDay).choices.map((one) => one.value)).toEqual(["1", "7", "30", "90", "365"]);
});
