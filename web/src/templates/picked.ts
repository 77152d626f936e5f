// What somebody chose or dropped, as files to read: an archive's or a folder's.
import { untar, type TarFile } from "@/lib/tar";
import { BadArchive, gunzip, unzip } from "@/lib/zip";
import type { Source } from "./pack";

export type Picked = { name: string; sources: Source[]; skipped: string[] };

const kMostUnpacked = 100 * 1024 * 1024;

const inMemory = (file: TarFile): Source => ({ path: file.path, size: file.bytes.length, executable: file.executable ?? false, read: () => Promise.resolve(file.bytes) });
const onDisk = (path: string, file: File): Source => ({ path, size: file.size, executable: false, read: async () => new Uint8Array(await file.arrayBuffer()) });

const starts = (bytes: Uint8Array, ...first: number[]) => first.every((byte, i) => bytes[i] === byte);
const isTar = (bytes: Uint8Array) => new TextDecoder().decode(bytes.subarray(257, 262)) === "ustar";

export async function fromArchive(file: File): Promise<Picked> {
  if (file.size > kMostUnpacked) throw new BadArchive();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const skipped: string[] = [];
  const skip = (path: string) => void skipped.push(path);
  const name = file.name.replace(/\.(tar\.gz|tgz|tar|zip)$/i, "");
  if (starts(bytes, 0x50, 0x4b)) return { name, skipped, sources: (await unzip(bytes, kMostUnpacked, skip)).map(inMemory) };
  const plain = starts(bytes, 0x1f, 0x8b) ? await gunzip(bytes, kMostUnpacked) : bytes;
  if (!isTar(plain)) throw new BadArchive();
  return { name, skipped, sources: untar(plain, 20_000, skip).map(inMemory) };
}

const outer = (path: string) => path.split("/", 1)[0] ?? "";

export function fromFolder(files: File[]): Picked {
  return { name: outer(files[0]?.webkitRelativePath ?? ""), skipped: [], sources: files.map((file) => onDisk(file.webkitRelativePath, file)) };
}

async function walk(entry: FileSystemEntry, into: Source[]): Promise<void> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
    into.push(onDisk(path, file));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return;
    for (const one of some) await walk(one, into);
  }
}

// One archive, or folders and files. What was dropped must be asked for before anything is waited for.
export async function fromDrop(transfer: DataTransfer): Promise<Picked> {
  const dropped = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const only = transfer.files.length === 1 && dropped.length === 1 && dropped[0]?.isFile ? transfer.files[0] : undefined;
  if (only && /\.(tar\.gz|tgz|tar|zip)$/i.test(only.name)) return fromArchive(only);
  const sources: Source[] = [];
  for (const entry of dropped) await walk(entry, sources);
  return { name: dropped.length === 1 && dropped[0]?.isDirectory ? dropped[0].name : "", skipped: [], sources };
}
