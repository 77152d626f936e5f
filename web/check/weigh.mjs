// Fails the build when what the browser must load before it shows its first page, the list of workspaces, grows past its budget: bytes as
// they go over the wire, and requests. What the page asks of the server besides is looked at by tests/e2e/test_browser_weight.py.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";

const kScripts = 250 * 1024; // gzip
const kBytes = 350 * 1024; // of the whole first page, for a browser that takes gzip and nothing better
const kAnswers = 40 * 1024; // left for what the server answers to the page
const kRequests = 20 - 10; // the page asks the server for ten things at most
const dist = new URL("../dist/", import.meta.url);

const html = readFileSync(new URL("index.html", dist), "utf8");
if (/<script(?![^>]*\bsrc=)/.test(html)) throw new Error("index.html holds an inline script, which the content security policy refuses");
if (!/<div class="frame"/.test(html)) throw new Error("index.html holds no frame to draw before the scripts have come");

const wire = (file) => {
  const packed = new URL(`${file}.gz`, dist);
  return statSync(existsSync(packed) ? packed : new URL(file, dist)).size;
};
const named = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((hit) => hit[1]);
// What a script imports comes with it, and so on.
const imports = (file) => [...readFileSync(new URL(file, dist), "utf8").matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)].map((hit) => `assets/${hit[1]}`);
const files = new Set(["index.html", ...named]);
for (const file of files) if (file.endsWith(".js")) for (const more of imports(file)) files.add(more);

const of = (test) => [...files].filter((file) => test.test(file)).reduce((sum, file) => sum + wire(file), 0);
const weights = [
  ["scripts", of(/\.js$/), kScripts],
  ["files of the first page", of(/./), kBytes - kAnswers],
];
let heavy = files.size > kRequests;
for (const [what, bytes, most] of weights) {
  console.log(`${what}: ${(bytes / 1024).toFixed(1)} KB of ${most / 1024}`);
  heavy ||= bytes > most;
}
console.log(`requests for them: ${files.size} of ${kRequests}`);

// Nothing that shrinks goes into the program plain.
for (const entry of readdirSync(dist, { recursive: true }))
  if (/\.(js|css|html)$/.test(entry) && statSync(new URL(entry, dist)).size > 4096 && !existsSync(new URL(`${entry}.br`, dist))) throw new Error(`${entry} was not compressed: run check/squeeze.mjs first`);
if (heavy) {
  console.error([...files].map((file) => `  ${file} ${wire(file)}`).join("\n"));
  process.exit(1);
}
