import { expect, it } from "vitest";
import { isName, suggestName } from "./names";

it.each([
  ["dev", true],
  ["a-b-9", true],
  ["A", true],
  ["", false],
  ["-a", false],
  ["a--b", false],
  ["a_b", false],
  ["new", false],
  ["x".repeat(33), false],
])("isName(%j) is %s", (text, good) => {
  expect(isName(text)).toBe(good);
});

it("suggests names that are names", () => {
  for (let i = 0; i < 50; i++) expect(isName(suggestName())).toBe(true);
});
