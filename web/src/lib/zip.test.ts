import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { BadArchive, gunzip, unzip } from "./zip";

type Part = { path: string; body: string; packed?: boolean; mode?: number };

// An archive as others write it: each file behind its own head, the directory at the end.
function zip(parts: Part[]): Uint8Array {
  const heads: Buffer[] = [];
  const files: Buffer[] = [];
  let at = 0;
  for (const { path, body, packed = false, mode = 0o100644 } of parts) {
    const name = Buffer.from(path);
    const data = packed ? deflateRawSync(body) : Buffer.from(body);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(packed ? 8 : 0, 10);
    head.writeUInt32LE(data.length, 20);
    head.writeUInt32LE(Buffer.byteLength(body), 24);
    head.writeUInt16LE(name.length, 28);
    head.writeUInt32LE((mode << 16) >>> 0, 38);
    head.writeUInt32LE(at, 42);
    files.push(local, name, data);
    heads.push(head, name);
    at += 30 + name.length + data.length;
  }
  const directory = Buffer.concat(heads);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...files, directory, end]));
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("unzip", () => {
  it("reads stored and packed files, in order of path", async () => {
    const files = await unzip(zip([{ path: "b/main.tf", body: "x".repeat(5000), packed: true }, { path: "a.tf", body: "hello" }, { path: "b/", body: "" }]), 10_000);

    expect(files.map((f) => [f.path, f.bytes.length])).toEqual([["a.tf", 5], ["b/main.tf", 5000]]);
    expect(text(files[0]!.bytes)).toBe("hello");
    expect((await unzip(zip([{ path: "tool", body: "1", mode: 0o100755 }]), 10)).map((f) => f.executable)).toEqual([true]);
  });

  it("leaves out links and what points out of it, and says so", async () => {
    const left: string[] = [];
    const files = await unzip(zip([{ path: "../x", body: "1" }, { path: "link", body: "/etc", mode: 0o120777 }, { path: "ok", body: "1" }]), 100, (path) => left.push(path));

    expect(files.map((f) => f.path)).toEqual(["ok"]);
    expect(left).toEqual(["../x", "link"]);
  });

  it("refuses what unpacks to too much, and what is no zip", async () => {
    await expect(unzip(zip([{ path: "bomb", body: "0".repeat(100_000), packed: true }]), 50_000)).rejects.toBeInstanceOf(BadArchive);
    await expect(unzip(zip([{ path: "big", body: "0".repeat(200) }]), 100)).rejects.toBeInstanceOf(BadArchive);
    await expect(unzip(new Uint8Array(300), 100)).rejects.toBeInstanceOf(BadArchive);
    await expect(unzip(zip([{ path: "a", body: "abc" }]).subarray(10), 100)).rejects.toBeInstanceOf(BadArchive);
  });
});

it("unpacks gzip up to a limit", async () => {
  const packed = new Uint8Array(gzipSync("x".repeat(1000)));

  expect((await gunzip(packed, 2000)).length).toBe(1000);
  await expect(gunzip(packed, 500)).rejects.toBeInstanceOf(BadArchive);
  await expect(gunzip(new Uint8Array([1, 2, 3]), 500)).rejects.toBeInstanceOf(BadArchive);
});
