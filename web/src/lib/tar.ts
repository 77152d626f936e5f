// Reads a ustar/pax/GNU archive into files, and writes one. Only regular files are kept; the input is hostile, so every length is checked.
export type TarFile = { path: string; bytes: Uint8Array; executable?: boolean };

const kBlock = 512;
const utf8 = new TextDecoder();

function text(bytes: Uint8Array, from: number, length: number): string {
  const part = bytes.subarray(from, from + length);
  const end = part.indexOf(0);
  return utf8.decode(end < 0 ? part : part.subarray(0, end));
}

function octal(bytes: Uint8Array, from: number, length: number): number {
  const value = Number.parseInt(text(bytes, from, length).trim() || "0", 8);
  return Number.isSafeInteger(value) && value >= 0 ? value : -1;
}

function paxPath(body: Uint8Array): string {
  for (const line of utf8.decode(body).split("\n")) {
    const found = /^\d+ path=(.*)$/.exec(line);
    if (found) return found[1] ?? "";
  }
  return "";
}

function clean(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") ? "" : parts.join("/");
}

// `skipped` hears of what is in the archive and is no file: links, devices, and what points out of it.
export function untar(bytes: Uint8Array, limit = 5000, skipped: (path: string) => void = () => {}): TarFile[] {
  const files: TarFile[] = [];
  let at = 0;
  let longName = "";
  while (at + kBlock <= bytes.length && files.length < limit) {
    if (bytes[at] === 0) break;
    const size = octal(bytes, at + 124, 12);
    const start = at + kBlock;
    if (size < 0 || start + size > bytes.length) break;
    const body = bytes.subarray(start, start + size);
    const type = String.fromCharCode(bytes[at + 156] ?? 0);
    const prefix = text(bytes, at + 257, 5) === "ustar" ? text(bytes, at + 345, 155) : "";
    const short = text(bytes, at, 100);
    if (type === "L") longName = text(body, 0, body.length);
    else if (type === "x") longName = paxPath(body) || longName;
    else if (type !== "g") {
      const said = longName || (prefix ? `${prefix}/${short}` : short);
      const path = clean(said);
      longName = "";
      if ((type === "0" || type === "\0") && path !== "") files.push({ path, bytes: body, executable: (octal(bytes, at + 100, 8) & 0o100) !== 0 });
      else if (type !== "5") skipped(said);
    }
    at = start + Math.ceil(size / kBlock) * kBlock;
  }
  return files.sort((a, b) => a.path.localeCompare(b.path));
}

// The text of a file, or undefined when it is not text or too long to show.
export function asText(bytes: Uint8Array, limit = 512 * 1024): string | undefined {
  if (bytes.length > limit || bytes.subarray(0, 8192).includes(0)) return undefined;
  return utf8.decode(bytes);
}

const encoder = new TextEncoder();

function header(path: Uint8Array, size: number, mode: number, type: string): Uint8Array {
  const out = new Uint8Array(kBlock);
  const put = (at: number, text: string) => out.set(encoder.encode(text), at);
  out.set(path.subarray(0, 100));
  put(100, `${mode.toString(8).padStart(7, "0")}\0`);
  for (const at of [108, 116]) put(at, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, type);
  put(257, "ustar\u000000");
  const sum = out.reduce((all, byte) => all + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return out;
}

// "25 path=…\n": the length counts itself.
function record(path: string): Uint8Array {
  const rest = encoder.encode(` path=${path}\n`).length;
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return encoder.encode(`${length} path=${path}\n`);
}

const padded = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(Math.ceil(bytes.length / kBlock) * kBlock);
  out.set(bytes);
  return out;
};

// What could be run can be run again; of files from a folder a browser does not say so, but a script names its interpreter.
const modeOf = ({ bytes, executable }: TarFile) => (executable || (bytes[0] === 0x23 && bytes[1] === 0x21) ? 0o755 : 0o644);

// The same files give the same bytes.
export function tar(files: TarFile[]): Blob {
  const parts: Uint8Array[] = [];
  for (const file of files) {
    const { path, bytes } = file;
    const name = encoder.encode(path);
    if (name.length > 100) {
      const long = record(path);
      parts.push(header(encoder.encode("path"), long.length, 0o644, "x"), padded(long));
    }
    parts.push(header(name, bytes.length, modeOf(file), "0"), padded(bytes));
  }
  parts.push(new Uint8Array(2 * kBlock));
  return new Blob(parts as BlobPart[], { type: "application/x-tar" });
}
