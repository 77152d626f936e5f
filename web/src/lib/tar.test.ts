import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { asText, tar, type TarFile, untar } from "./tar";

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

describe("tar", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const written = async (files: TarFile[]) => new Uint8Array(await tar(files).arrayBuffer());

  it("writes what untar reads, long names and empty files too", async () => {
    const files = ["a/b.tf", `${"d/".repeat(80)}x.tf`, `${"e".repeat(99)}.tf`, "ä.tf"].map((path, i) => ({ path, bytes: bytes("x".repeat(i * 300)) }));

    const read = untar(await written(files));

    expect(untar(await written([{ path: "tool", bytes: bytes("1"), executable: true }]))[0]?.executable).toBe(true);
    expect(read.map((f) => [f.path, f.bytes.length]).toSorted()).toEqual(files.map((f) => [f.path, f.bytes.length]).toSorted());
  });

  it("is what tar itself reads", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tar-"));
    writeFileSync(join(folder, "out.tar"), await written([{ path: "run.sh", bytes: bytes("#!/bin/sh\n") }, { path: `${"d/".repeat(80)}x.tf`, bytes: bytes("1") }, { path: "tool", bytes: bytes("1"), executable: true }]));

    const listed = execFileSync("tar", ["-tvf", join(folder, "out.tar")], { encoding: "utf8" });
    rmSync(folder, { recursive: true });

    expect(listed).toMatch(/^-rwxr-xr-x .* run\.sh$/m);
    expect(listed).toMatch(/^-rwxr-xr-x .* tool$/m);
    expect(listed).toContain(`${"d/".repeat(80)}x.tf`);
  });

  it("tells of what it leaves out", () => {
    const left: string[] = [];
    untar(archive(entry("../etc/passwd", "x"), entry("link", "", "2"), entry("dir/", "", "5"), entry("a", "1")), 10, (path) => left.push(path));

    expect(left).toEqual(["../etc/passwd", "link"]);
  });
});
