import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.SLIPWAY_URL ?? "http://127.0.0.1:7080";
const mocked = process.env.SLIPWAY_MOCK === "1";

// The stand-in server lives outside src, is loaded only while developing and never reaches dist.
function mock(): Plugin {
  const join = async (vite: unknown) => {
    const { attach } = (await import(here("./mock/server.mjs"))) as { attach: (vite: unknown) => void };
    attach(vite);
  };
  return { name: "slipway-mock", apply: "serve", configureServer: join, configurePreviewServer: join };
}

// What comes before the first paint: the script that knows the look, and the typeface of all words, begun beside the styles that ask for it.
function first(): Plugin {
  const script = here("./src/theme/first.js");
  let building = false;
  return {
    name: "slipway-first",
    configResolved(config) {
      building = config.command === "build";
    },
    buildStart() {
      if (building) this.emitFile({ type: "asset", name: "first.js", source: readFileSync(script, "utf8").replace(/^\s*\/\/.*\n/gm, "").replace(/\n\s*/g, "\n") });
    },
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle }) {
        if (!bundle) return [{ tag: "script", attrs: { src: "/src/theme/first.js" }, injectTo: "head-prepend" }];
        const file = (name: RegExp) => Object.keys(bundle).find((path) => name.test(path));
        const face = file(/inter-ascii-[^/]*\.woff2$/), look = file(/first-[^/]*\.js$/);
        if (!face || !look) this.error("the first page lost its typeface or its look");
        return [
          { tag: "script", attrs: { src: `/${look}` }, injectTo: "head-prepend" },
          { tag: "link", attrs: { rel: "preload", as: "font", type: "font/woff2", href: `/${face}`, crossorigin: true, fetchpriority: "low" }, injectTo: "head" },
        ];
      },
    },
  };
}

// What the server sends with the page, so that `npm run look` finds what it would refuse.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'";

const proxied = { target: server, changeOrigin: false, ws: true };

export default defineConfig({
  plugins: [react(), first(), ...(mocked ? [mock()] : [])],
  resolve: { alias: { "@gen": here("./gen/types.ts"), "@": here("./src") } },
  server: mocked ? {} : { proxy: { "/api": proxied, "^/@[^/]+/[^/]+/apps/": proxied, "/bin": proxied } },
  preview: { headers: { "Content-Security-Policy": policy } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
