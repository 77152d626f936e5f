import { describe, expect, it } from "vitest";
import { diffFiles, diffLines, marksOf, markWords, stretches } from "./diff";

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

describe("stretches", () => {
  const numbers = (n: number) => Array.from({ length: n }, (_, i) => String(i));

  it("keeps some lines around and folds what lies between far changes", () => {
    const found = stretches(diffLines(numbers(30), numbers(30).with(5, "x").with(25, "y")));

    expect(found.map((one) => [one.folded, one.lines.length])).toEqual([[false, 10], [true, 13], [false, 9]]);
  });

  it("shows what is not worth a fold, and loses no line", () => {
    const changes = diffLines(numbers(18), numbers(18).with(3, "x").with(13, "y"));

    expect(stretches(changes).map((one) => one.folded)).toEqual([false]);
    expect(stretches(changes).flatMap((one) => one.lines)).toEqual(changes);
  });

  it("says of equal texts that all is folded", () => {
    expect(stretches(diffLines(numbers(9), numbers(9)))).toMatchObject([{ folded: true }]);
  });
});

describe("words within a line", () => {
  const shown = (spans: { text: string; changed: boolean }[] | undefined) => spans?.map((span) => (span.changed ? `[${span.text}]` : span.text)).join("");

  it("marks what differs and no more", () => {
    const marks = markWords("  cpu = 2 # small", "  cpu = 4 # small");

    expect(shown(marks?.before)).toBe("  cpu = [2] # small");
    expect(shown(marks?.after)).toBe("  cpu = [4] # small");
  });

  it("marks nothing in lines that are wholly different", () => {
    expect(markWords("resource aws_instance", "}")).toBeUndefined();
  });

  it("sets lines against each other only when as many came as went", () => {
    const marked = (before: string[], after: string[]) => [...marksOf(diffLines(before, after)).values()].map(shown);

    expect(marked(["a = 1", "b = 1"], ["a = 2", "b = 3"])).toEqual(["a = [1]", "a = [2]", "b = [1]", "b = [3]"]);
    expect(marked(["a = 1"], ["a = 2", "b = 3"])).toEqual([]);
  });
});

it("names added, removed and changed files, and counts their lines", () => {
  const file = (path: string, text: string | undefined) => ({ path, text, size: text?.length ?? 3 });
  const list = diffFiles([file("a", "1\n"), file("b", "1"), file("c", undefined)], [file("b", "2"), file("c", undefined), file("d", "1")]);
  expect(list.map((f) => [f.path, f.kind, f.added, f.gone])).toEqual([["a", "removed", 0, 1], ["b", "changed", 1, 1], ["d", "added", 1, 0]]);
});
