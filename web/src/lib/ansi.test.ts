import { describe, expect, it } from "vitest";
import { pieces, stripAnsi } from "./ansi";

describe("pieces", () => {
  it("leaves a plain line whole", () => {
    expect(pieces("hello")).toEqual([{ text: "hello", style: "" }]);
    expect(pieces("")).toEqual([]);
  });

  it("turns colour and weight into classes and resets them", () => {
    expect(pieces("\x1b[1;31mError:\x1b[0m no")).toEqual([
      { text: "Error:", style: "ansi-red ansi-bold" },
      { text: " no", style: "" },
    ]);
  });

  it("skips the arguments of 256-colour and true-colour codes", () => {
    expect(pieces("\x1b[38;5;1mx\x1b[38;2;1;4;3my")).toEqual([
      { text: "x", style: "" },
      { text: "y", style: "" },
    ]);
  });

  it("drops cursor moves, titles, links and bells", () => {
    expect(stripAnsi("\x1b[2K\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x07\x1b(Bc\td")).toBe("abc\td");
  });

  it("keeps markup as text", () => {
    expect(pieces("<img src=x onerror=alert(1)>")[0]?.text).toBe("<img src=x onerror=alert(1)>");
  });
});
