// What of the deployment needs a hand, the worst first, and the page where it is given.
import { words } from "@/strings/deployment";
import type { Tone } from "@/ui/State";

export const kMostLost = 200; // undelivered messages that are counted

export type Facts = { paused: boolean; undelivered: number; proxies: { name: string; display_name: string; status: string }[]; pending: number };
export type Need = { tone: Tone; text: string; to: "/deployment/proxies" | "/deployment/notifications" | "/workspaces"; search: Record<string, string> };

export function needsOf({ paused, undelivered, proxies, pending }: Facts): Need[] {
  const ill = proxies.filter((proxy) => proxy.status === "unreachable" || proxy.status === "unhealthy");
  return [
    ...ill.map((proxy): Need => ({ tone: "bad", text: words.needs.proxy(proxy.display_name || proxy.name, proxy.status === "unreachable"), to: "/deployment/proxies", search: {} })),
    ...(undelivered > 0 ? [{ tone: "bad", text: words.needs.undelivered(undelivered, undelivered >= kMostLost), to: "/deployment/notifications", search: { tab: "undelivered" } } as const] : []),
    ...(pending > 0 ? [{ tone: "wait", text: words.needs.pending(pending), to: "/workspaces", search: { q: "status:pending" } } as const] : []),
    ...(paused ? [{ tone: "off", text: words.needs.paused, to: "/deployment/notifications", search: {} } as const] : []),
  ];
}
