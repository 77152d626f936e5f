import { describe, expect, it } from "vitest";
import { asPlainText, causeLines, Folding, firstCause, foldedNow, type Level, type Line, rows } from "./fold";

let id = 0;
const line = (stage: string, text: string, level: Level = "info"): Line => ({ id: ++id, at: "2026-01-01T00:00:00Z", level, stage, text });
const all = { least: "trace" as Level, words: "", folded: new Set<string>() };
const shape = (list: ReturnType<typeof rows>) => list.map((row) => (row.kind === "stage" ? `# ${row.stage} ${row.lines}` : row.line.text));

describe("rows", () => {
  const log = [line("Plan", "a"), line("Plan", "b", "debug"), line("Apply", "c \x1b[31mred\x1b[0m", "error"), line("Apply", "")];

  it("puts a head before each stage and counts its lines", () => {
    expect(shape(rows(log, all))).toEqual(["# Plan 2", "a", "b", "# Apply 1", "c \x1b[31mred\x1b[0m"]);
  });

  it("folds a stage but still counts it", () => {
    expect(shape(rows(log, { ...all, folded: new Set(["Plan"]) }))).toEqual(["# Plan 2", "# Apply 1", "c \x1b[31mred\x1b[0m"]);
  });

  it("filters by level and by words, through colours and folds", () => {
    expect(shape(rows(log, { ...all, least: "warn" }))).toEqual(["# Plan 0", "# Apply 1", "c \x1b[31mred\x1b[0m"]);
    expect(shape(rows(log, { ...all, words: "C RED", folded: new Set(["Apply"]) }))).toEqual(["# Apply 1", "c \x1b[31mred\x1b[0m"]);
  });

  it("marks a stage by its worst line", () => {
    const heads = rows(log, all).filter((row) => row.kind === "stage");
    expect(heads.map((head) => head.worst)).toEqual(["info", "error"]);
  });

  it("lets a stage last until the next one begins", () => {
    const at = (second: number, l: Line) => ({ ...l, at: `2026-01-01T00:00:0${second}Z` });
    const heads = rows([at(1, line("Plan", "a")), at(2, line("Plan", "b")), at(5, line("Apply", "c"))], all).filter((row) => row.kind === "stage");
    expect(heads.map((head) => head.to.slice(17, 19))).toEqual(["05", "05"]);
  });

  it("shows lines without a stage as they are", () => {
    expect(shape(rows([line("", "x")], all))).toEqual(["x"]);
  });
});

describe("Folding", () => {
  it("looks at each line of a growing log once, and comes to the same rows", () => {
    let looks = 0;
    const lines: Line[] = [];
    const watched = new Proxy(lines, { get: (list, key, self) => ((looks += typeof key === "string" && /^\d+$/.test(key) ? 1 : 0), Reflect.get(list, key, self) as unknown) });
    const folding = new Folding(watched, { ...all, folded: new Set(["s3"]) });
    for (let n = 0; n < 2000; n++) {
      lines.push(line(`s${Math.floor(n / 300)}`, `line ${n}`, n % 7 === 0 ? "warn" : "info"));
      folding.grow().grow();
    }

    expect(looks).toBe(2000);
    expect(folding.rows()).toEqual(rows(lines, { ...all, folded: new Set(["s3"]) }));
    expect([...folding.stages]).toEqual(["s0", "s1", "s2", "s3", "s4", "s5", "s6"]);
  });

  it("leaves a head that was shown as it was, and shows another that counts on", () => {
    const lines = [line("Plan", "a")];
    const folding = new Folding(lines, all).grow();
    const before = folding.rows()[0];

    lines.push(line("Plan", "b", "error"));
    const after = folding.grow().rows()[0];

    expect(before).toMatchObject({ lines: 1, worst: "info" });
    expect(after).toMatchObject({ lines: 2, worst: "error" });
    expect(folding.grow().rows()[0]).toBe(after);
  });
});

it("folds what ended well, unless somebody opened it, and what somebody folded", () => {
  const folded = (...chosen: [string, boolean][]) => [...foldedNow(new Map(chosen), ["Plan", "Apply"])];
  expect(folded()).toEqual(["Plan", "Apply"]);
  expect(folded(["Plan", false], ["Clean", true])).toEqual(["Apply", "Clean"]);
});

describe("firstCause", () => {
  it("prefers the first error, then the last warning, then the last words", () => {
    expect(firstCause([line("s", "w", "warn"), line("s", "e1", "error"), line("s", "e2", "error")])?.text).toBe("e1");
    expect(firstCause([line("s", "w", "warn"), line("s", "i")])?.text).toBe("w");
    expect(firstCause([line("s", "i"), line("s", " ")])?.text).toBe("i");
    expect(firstCause([])).toBeUndefined();
  });
});

it("causeLines go on as long as the errors do", () => {
  const log = [line("s", "i"), line("s", "Error: exit", "error"), line("s", "", "error"), line("s", "  it leaks", "error"), line("s", "i"), line("s", "later", "error")];
  expect(causeLines(log).map((l) => l.text)).toEqual(["Error: exit", "  it leaks"]);
  expect(causeLines([line("s", "w", "warn"), line("s", "i")]).map((l) => l.text)).toEqual(["w"]);
  expect(causeLines(log, 1)).toHaveLength(1);
  expect(causeLines([])).toEqual([]);
});

it("asPlainText names stages and strips colours", () => {
  expect(asPlainText([line("Plan", "\x1b[1mx")])).toBe("== Plan\n2026-01-01T00:00:00Z info  x\n");
});
