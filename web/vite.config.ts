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

// What the server sends with the page, so that `npm run look` finds what it would refuse.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'";

const proxied = { target: server, changeOrigin: false, ws: true };

export default defineConfig({
  plugins: [react(), ...(mocked ? [mock()] : [])],
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
