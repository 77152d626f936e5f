import { describe, expect, it } from "vitest";
import { diffFiles, diffLines, hunks } from "./diff";

const show = (a: string, b: string) => diffLines(a.split(""), b.split("")).map((c) => (c.kind === "add" ? "+" : c.kind === "gone" ? "-" : "") + c.text).join(" ");

describe("diffLines", () => {
  it("finds the shortest change", () => {
    expect(show("abcd", "abXd")).toBe("a b -c +X d");
    expect(show("", "ab")).toBe("+a +b");
    expect(show("ab", "")).toBe("-a -b");
    expect(show("abc", "abc")).toBe("a b c");
    expect(show("abcabba", "cbabac").split(" ").filter((s) => s.length === 2)).toHaveLength(5);
  });

  it("rebuilds both sides from what it says, whatever the texts", () => {
    let seed = 7;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (let i = 0; i < 200; i++) {
      const make = () => Array.from({ length: Math.floor(random() * 12) }, () => "abc"[Math.floor(random() * 3)] ?? "a");
      const [a, b] = [make(), make()];
      const changes = diffLines(a, b);
      expect(changes.filter((c) => c.kind !== "add").map((c) => c.text)).toEqual(a);
      expect(changes.filter((c) => c.kind !== "gone").map((c) => c.text)).toEqual(b);
      for (const c of changes) expect(c.kind === "add" ? b[c.newLine - 1] : a[c.oldLine - 1]).toBe(c.text);
    }
  });
});

it("keeps some lines around and splits far changes", () => {
  const before = Array.from({ length: 30 }, (_, i) => String(i));
  const after = before.with(5, "x").with(25, "y");
  expect(hunks(diffLines(before, after)).map((h) => h.length)).toEqual([8, 8]);
});

it("names added, removed and changed files", () => {
  const file = (path: string, text: string | undefined) => ({ path, text, size: text?.length ?? 3 });
  const list = diffFiles([file("a", "1\n"), file("b", "1"), file("c", undefined)], [file("b", "2"), file("c", undefined), file("d", "1")]);
  expect(list.map((f) => [f.path, f.kind])).toEqual([["a", "removed"], ["b", "changed"], ["d", "added"]]);
});
