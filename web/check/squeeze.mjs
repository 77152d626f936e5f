// Writes beside each file of dist/ that shrinks its forms for the wire: .gz, and .br for browsers on TLS. The server embeds those in
// place of the file. The same file gives the same bytes, so that nothing is embedded anew for nothing.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const kTypes = /\.(html|js|css|svg|json|txt|webmanifest)$/;
const kLeast = 512; // below, a packet is sent either way
const dist = new URL("../dist/", import.meta.url);

let before = 0;
let after = 0;
for (const entry of readdirSync(dist, { recursive: true })) {
  const path = new URL(entry, dist);
  if (/\.(gz|br)$/.test(entry)) rmSync(path);
  if (!kTypes.test(entry)) continue;
  const bytes = readFileSync(path);
  if (bytes.length < kLeast) continue;
  const packed = gzipSync(bytes, { level: 9 });
  if (packed.length > bytes.length * 0.9) continue;
  const smaller = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } });
  writeFileSync(new URL(`${entry}.gz`, dist), packed);
  writeFileSync(new URL(`${entry}.br`, dist), smaller);
  before += bytes.length;
  after += smaller.length;
}
console.log(`compressed: ${(before / 1024).toFixed(0)} KB to ${(after / 1024).toFixed(0)} KB`);
