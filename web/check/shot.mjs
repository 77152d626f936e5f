// Draws chosen pages of a running dashboard at several widths and looks, checks each with axe, and says what it found.
// node check/shot.mjs <out-dir> <base-url> <scene> <widths> <looks> <path[#action]>...
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const kArgs = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export async function shoot({ out, base, scene, widths, looks, paths, act }) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: kArgs });
  let bad = 0;
  for (const width of widths) {
    for (const look of looks) {
      const context = await browser.newContext({ viewport: { width, height: width < 700 ? 760 : 900 }, reducedMotion: "reduce", colorScheme: look === "light" ? "light" : "dark" });
      await context.addInitScript((name) => localStorage.setItem("slipway-theme", name), look);
      const page = await context.newPage();
      page.on("console", (m) => m.type() === "error" && !/Failed to load resource/.test(m.text()) && console.log(`  console: ${m.text().slice(0, 400)}`));
      page.on("pageerror", (e) => console.log(`  page error: ${e.message.slice(0, 400)}`));
      for (const path of paths) {
        const name = path.replace(/^\//, "").replaceAll(/[^a-zA-Z0-9@.=-]+/g, "_") || "home";
        if (scene) await (await fetch(`${base}/__mock?scene=${scene}`)).text();
        await page.goto(base + path, { waitUntil: "load" });
        await page.waitForTimeout(Number(process.env.SETTLE ?? 1500));
        if (act) await act(page, path);
        await page.screenshot({ path: `${out}/${name}-${width}-${look}${scene && scene !== "full" ? `-${scene}` : ""}.png`, fullPage: process.env.FULL === "1" });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (wide > 0) console.log(`${path} ${width}: ${wide} px wider than the window`);
        await page.evaluate(axe);
        const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        for (const v of found.violations) {
          bad += 1;
          console.log(`${path} ${width} ${look}: ${v.id} (${v.impact}) x${v.nodes.length}\n    ${v.nodes.slice(0, 2).map((n) => `${n.target.join(" ")} :: ${(n.any[0]?.message ?? n.all[0]?.message ?? n.failureSummary).slice(0, 160)}`).join("\n    ")}`);
        }
      }
      await context.close();
    }
  }
  await browser.close();
  return bad;
}

if (process.argv[1]?.endsWith("shot.mjs")) {
  const [out, base, scene, widths, looks, ...paths] = process.argv.slice(2);
  const bad = await shoot({ out, base, scene: scene === "-" ? "" : scene, widths: widths.split(",").map(Number), looks: looks.split(","), paths });
  console.log(bad === 0 ? "axe: clean" : `axe: ${bad} findings`);
}
