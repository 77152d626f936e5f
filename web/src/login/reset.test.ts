import { expect, it } from "vitest";
import { reset as words } from "@/strings/app";
import { faults } from "./reset";

const kGood = { email: "ana@example.com", code: "x", fresh: "long enough", again: "long enough" };

it("finds nothing wrong with a form that can be sent", () => {
  expect(faults(kGood)).toEqual({});
});

it.each([
  ["email", { email: "ana" }, words.emailBad],
  ["code", { code: "  " }, words.codeMissing],
  ["fresh", { fresh: "short", again: "short" }, words.short],
  ["again", { again: "long  enough" }, words.differ],
])("names %s alone when only that is wrong", (field, change, say) => {
  expect(faults({ ...kGood, ...change })).toEqual({ [field]: say });
});
