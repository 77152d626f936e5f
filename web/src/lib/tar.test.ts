import { describe, expect, it } from "vitest";
import { asText, untar } from "./tar";

function entry(path: string, body: string, type = "0"): Uint8Array {
  const data = new TextEncoder().encode(body);
  const out = new Uint8Array(512 + Math.ceil(data.length / 512) * 512);
  const put = (at: number, value: string) => out.set(new TextEncoder().encode(value), at);
  put(0, path);
  put(124, data.length.toString(8).padStart(11, "0"));
  put(156, type);
  put(257, "ustar");
  out.set(data, 512);
  return out;
}

function archive(...parts: Uint8Array[]): Uint8Array {
  const all = [...parts, new Uint8Array(1024)];
  const out = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

describe("untar", () => {
  it("reads files in order of path and drops the leading ./", () => {
    const files = untar(archive(entry("./main.tf", "a"), entry("./README.md", "b"), entry("dir/", "", "5")));

    expect(files.map((f) => [f.path, asText(f.bytes)])).toEqual([
      ["main.tf", "a"],
      ["README.md", "b"],
    ]);
  });

  it("uses long names from pax and GNU records", () => {
    const long = `${"d/".repeat(80)}x.tf`;

    expect(untar(archive(entry("pax", `200 path=${long}\n`, "x"), entry("short", "1")))[0]?.path).toBe(long);
    expect(untar(archive(entry("gnu", `${long}\0`, "L"), entry("short", "1")))[0]?.path).toBe(long);
  });

  it("refuses parent paths and links, and stops at a lying length", () => {
    const liar = entry("big", "x");
    liar.set(new TextEncoder().encode("77777777777"), 124);

    expect(untar(archive(entry("../etc/passwd", "x"), entry("l", "", "2")))).toEqual([]);
    expect(untar(archive(entry("ok", "1"), liar)).map((f) => f.path)).toEqual(["ok"]);
  });
});

it("asText refuses what is not text", () => {
  expect(asText(new Uint8Array([1, 0, 2]))).toBeUndefined();
});
