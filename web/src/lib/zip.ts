// Reads a zip into files. The input is hostile: every offset is checked, and what unpacks to more than `most` bytes is refused.
import type { TarFile } from "./tar";

export class BadArchive extends Error {}

const kEnd = 0x06054b50;
const kEntry = 0x02014b50;
const kLocal = 0x04034b50;
const kUtf8 = new TextDecoder();

type Entry = { path: string; method: number; packed: number; at: number; mode: number; secret: boolean };

// The directory of the archive, from its end.
function* entries(view: DataView, bytes: Uint8Array): Generator<Entry> {
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== kEnd) end--;
  if (end < 0) throw new BadArchive();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== kEntry) throw new BadArchive();
    const [name, extra, comment] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)];
    yield {
      path: kUtf8.decode(bytes.subarray(at + 46, at + 46 + name)),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      at: view.getUint32(at + 42, true),
      mode: view.getUint32(at + 38, true) >>> 16,
      secret: (view.getUint16(at + 8, true) & 1) === 1,
    };
    at += 46 + name + extra + comment;
  }
}

export async function inflated(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read().catch(() => Promise.reject(new BadArchive()));
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new BadArchive();
    }
    parts.push(value);
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const streamOf = (bytes: Uint8Array) => new Blob([bytes as BlobPart]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;

export const gunzip = (bytes: Uint8Array, most: number): Promise<Uint8Array> => inflated(streamOf(bytes).pipeThrough(new DecompressionStream("gzip")), most);

export async function unzip(bytes: Uint8Array, most: number, skipped: (path: string) => void = () => {}): Promise<TarFile[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files: TarFile[] = [];
  let left = most;
  for (const entry of entries(view, bytes)) {
    const parts = entry.path.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
    if (/[/\\]$/.test(entry.path)) continue;
    if ((entry.mode & 0xf000) === 0xa000 || entry.secret || parts.length === 0 || parts.includes("..")) {
      skipped(entry.path);
      continue;
    }
    if (entry.at + 30 > bytes.length || view.getUint32(entry.at, true) !== kLocal) throw new BadArchive();
    const start = entry.at + 30 + view.getUint16(entry.at + 26, true) + view.getUint16(entry.at + 28, true);
    const packed = bytes.subarray(start, start + entry.packed);
    if (packed.length !== entry.packed || (entry.method !== 0 && entry.method !== 8)) throw new BadArchive();
    const body = entry.method === 0 ? packed : await inflated(streamOf(packed).pipeThrough(new DecompressionStream("deflate-raw")), left);
    left -= body.length;
    if (left < 0) throw new BadArchive();
    files.push({ path: parts.join("/"), bytes: body, executable: (entry.mode & 0o100) !== 0 });
  }
  return files.sort((a, b) => a.path.localeCompare(b.path));
}
