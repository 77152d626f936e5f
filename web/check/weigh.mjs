// Fails the build when what the browser must load first grows past its budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const kBudget = 250 * 1024;
const dist = new URL("../dist/", import.meta.url);
const html = readFileSync(new URL("index.html", dist), "utf8");
if (/<script(?![^>]*\bsrc=)/.test(html)) throw new Error("index.html holds an inline script, which the content security policy refuses");
const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((hit) => hit[1]);
const size = files.reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0);
console.log(`initial JavaScript: ${(size / 1024).toFixed(1)} KB gzip of ${kBudget / 1024} (${files.length} files)`);
if (size > kBudget) process.exit(1);
