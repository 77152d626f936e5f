import { describe, expect, it } from "vitest";
import { actOf, sentBy, sizeAfter, sizeOf, withHeld } from "./keys";

const press = (code: string, held: string, key = "") => actOf({ code, key, ctrlKey: held.includes("c"), shiftKey: held.includes("s"), altKey: held.includes("a"), metaKey: held.includes("m") });

describe("keys of the terminal", () => {
  it.each([
    ["KeyC", "cs", "copy"],
    ["KeyF", "cs", "find"],
    ["Equal", "as", "larger"],
    ["Minus", "as", "smaller"],
    ["Digit0", "as", "usual"],
    ["KeyT", "as", "new"],
    ["KeyW", "as", "close"],
    ["ArrowRight", "as", "next"],
    ["ArrowLeft", "as", "previous"],
  ])("%s with %s: %s", (code, held, act) => {
    expect(press(code, held)).toBe(act);
  });

  it("knows plus where another keyboard has it", () => {
    expect(press("BracketRight", "as", "+")).toBe("larger");
  });

  it.each([["KeyC", "c"], ["KeyC", "csa"], ["KeyF", "s"], ["Equal", "c"], ["KeyT", "a"], ["KeyC", "csm"], ["KeyV", "cs"]])("leaves %s with %s to others", (code, held) => {
    expect(press(code, held)).toBeUndefined();
  });
});

it("keeps the size within what can be read, and the usual one as nothing", () => {
  expect(sizeOf("")).toBe(13.5);
  expect(sizeOf("9000")).toBe(13.5);
  expect(sizeAfter("larger", "")).toBe("14.5");
  expect(sizeAfter("smaller", "14.5")).toBe("");
  expect(sizeAfter("usual", "20")).toBe("");
  expect(sizeAfter("larger", "30")).toBe("30");
  expect(sizeAfter("smaller", "8")).toBe("8");
});

it("sends what a held key makes of the next one", () => {
  expect(withHeld("c", { ctrl: true, alt: false })).toBe("\x03");
  expect(withHeld("[", { ctrl: true, alt: false })).toBe("\x1b");
  expect(withHeld(" ", { ctrl: true, alt: false })).toBe("\0");
  expect(withHeld("b", { ctrl: false, alt: true })).toBe("\x1bb");
  expect(withHeld("pasted text", { ctrl: true, alt: false })).toBe("pasted text");
});

it("sends arrows as the program asked for them", () => {
  expect([sentBy("up", false), sentBy("left", true), sentBy("Esc", false), sentBy("Tab", false), sentBy("|", false)]).toEqual(["\x1b[A", "\x1bOD", "\x1b", "\t", "|"]);
});
