// The health of a proxy in words, and the command that starts one.
import type { WorkspaceProxy } from "@gen";
import { commandLine } from "@/lib/shell";
import { words } from "@/strings/proxies";
import type { Tone } from "@/ui/State";

const kTones: Record<string, Tone> = { ok: "good", unhealthy: "bad", unreachable: "bad", unregistered: "wait" };

export function proxyHealth(proxy: Pick<WorkspaceProxy, "healthy" | "status">): { tone: Tone; word: string; why: string[] } {
  const status = proxy.status?.status ?? (proxy.healthy ? "ok" : "");
  const { errors = [], warnings = [] } = proxy.status?.report ?? {};
  return { tone: kTones[status] ?? "off", word: words.health[status] ?? words.unknown, why: [...errors, ...warnings] };
}

export const proxyName = (proxy: Pick<WorkspaceProxy, "display_name" | "name">): string => proxy.display_name || proxy.name;

// The token stays out of the command line, which everybody on that machine can read.
export function startCommand(primary: string): string {
  return commandLine(["slipwayd", "proxy", "--primary-access-url", primary, "--proxy-session-token-file", "token", "--access-url", "https://proxy.example.com", "--wildcard-access-url", "*.proxy.example.com"]);
}

export const isProxyName = (name: string): boolean => name.length <= 32 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
