// npm run look (after npm run build): serves dist with the stand-in server, draws every page in its states, and fails on anything axe finds.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { shoot } from "./shot.mjs";

const base = "http://127.0.0.1:5197";
const out = process.argv[2] ?? "shots";
mkdirSync(out, { recursive: true });

const full = [
  "/workspaces?q=", "/@ana/swift-heron", "/@ana/payments", "/@ana/docs", "/@ana/billing-fix", "/@ana/swift-heron/settings", "/@ana/swift-heron/terminal", "/templates",
  "/templates/default/docker", "/templates/default/docker?tab=versions", "/templates/default/docker?tab=files", "/templates/default/docker?tab=prebuilds", "/templates/default/docker?tab=access", "/templates/default/docker?tab=settings",
  "/templates/default/docker/versions/amber-1", "/templates/default/docker/workspace", "/prebuilds", "/@bo/cloud-late", "/users", "/account", "/account?tab=password", "/account?tab=look", "/account?tab=tokens", "/account?tab=notifications", "/inbox", "/deployment/overview", "/deployment/appearance", "/deployment/notifications", "/deployment/notifications?tab=templates", "/deployment/notifications?tab=undelivered", "/deployment/proxies", "/activity/connections", "/cli-auth", "/nowhere", "/organizations", "/organizations/default/members", "/organizations/default/groups", "/organizations/default/groups/crew", "/organizations/default/roles", "/organizations/default/roles/release-manager", "/organizations/default/provisioners", "/organizations/default/settings", "/users/bo", "/users/dina", "/rights?user=bo&thing=deployment_config&act=update", "/account?tab=key",
];
const kScenes = [
  ["full", full],
  ["fresh", ["/setup"]],
  ["out", ["/login"]],
  ["empty", ["/workspaces", "/activity/connections", "/deployment/proxies"]],
  ["many", ["/workspaces"]],
  ["error", ["/workspaces"]],
  ["denied", ["/workspaces", "/activity/connections"]],
  ["member", ["/organizations/default/roles", "/@ana/swift-heron", "/deployment/proxies"]],
];

const vite = spawn(process.execPath, ["node_modules/vite/bin/vite.js", "preview", "--port", "5197", "--strictPort", "--host", "127.0.0.1"], { env: { ...process.env, SLIPWAY_MOCK: "1" }, stdio: "ignore", detached: true });
let bad = 0;
try {
  for (let i = 0; i < 100; i++) {
    try {
      await fetch(base);
      break;
    } catch {
      await new Promise((done) => setTimeout(done, 200));
    }
  }
  for (const [scene, paths] of kScenes) bad += await shoot({ out, base, scene, widths: [360, 768, 1440], looks: ["light", "dark"], paths });
  bad += await shoot({ out, base, scene: "full", widths: [1440], looks: ["contrast"], paths: ["/workspaces?q=", "/@ana/swift-heron"] });
} finally {
  process.kill(-vite.pid);
}
console.log(bad === 0 ? "axe: clean" : `axe: ${bad} findings`);
process.exit(bad === 0 ? 0 : 1);
