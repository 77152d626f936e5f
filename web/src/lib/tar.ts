// Reads a ustar/pax/GNU archive into files. Only regular files are kept; the input is hostile, so every length is checked.
export type TarFile = { path: string; bytes: Uint8Array };

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

export function untar(bytes: Uint8Array, limit = 5000): TarFile[] {
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
      const path = clean(longName || (prefix ? `${prefix}/${short}` : short));
      longName = "";
      if ((type === "0" || type === "\0") && path !== "") files.push({ path, bytes: body });
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
