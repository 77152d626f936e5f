// Where an app is. Addresses come from templates and are hostile until checked.
import type { Workspace, WorkspaceAgent, WorkspaceApp } from "@gen";
import type { Entrance } from "@/me/regions";

export type Place = { href: string; slim: boolean };

const kRefused = new Set(["javascript:", "data:", "vbscript:", "blob:", "file:", "about:"]);

export function safeLink(url: string | undefined): string | undefined {
  if (!url) return undefined;
  try {
    const parsed = new URL(url);
    return kRefused.has(parsed.protocol) ? undefined : parsed.href;
  } catch {
    return undefined;
  }
}

export function terminalPath(w: Pick<Workspace, "owner_name" | "name">, agent?: Pick<WorkspaceAgent, "name">, command?: string): string {
  const where = agent ? `${w.name}.${agent.name}` : w.name;
  return `/@${w.owner_name}/${where}/terminal${command ? `?${new URLSearchParams({ command })}` : ""}`;
}

// The longest name between two dots that DNS knows.
const kLabel = 63;

// The name of an app or a port before the wildcard host's own part. Browsers write hosts small.
export function subName(w: Pick<Workspace, "owner_name" | "name">, agent: Pick<WorkspaceAgent, "name">, target: string): string {
  return `${target}--${agent.name}--${w.name}--${w.owner_name}`.toLowerCase();
}

export const tooLong = (name: string, host: string): boolean => `${name}${host.slice(1).split(/[.:]/)[0] ?? ""}`.length > kLabel;

export function hostPlace(name: string, at: Entrance): string {
  return `${at.scheme}//${at.host.replace("*", name)}/`;
}

// By path an app opens for its owner alone; by a host of its own for whoever it is shared with.
export function appPlace(w: Pick<Workspace, "owner_name" | "name">, agent: WorkspaceAgent, app: WorkspaceApp, at: Entrance, mine = true): Place | undefined {
  const slim = app.open_in === "slim-window";
  if (app.external) {
    const href = safeLink(app.url);
    return href === undefined ? undefined : { href, slim: false };
  }
  if (app.command) return { href: `/@${w.owner_name}/${w.name}.${agent.name}/terminal?${new URLSearchParams({ app: app.slug })}`, slim };
  if (at.host.startsWith("*") && (app.subdomain || !mine)) return { href: hostPlace(app.subdomain_name || subName(w, agent, app.slug), at), slim };
  return { href: `${at.base}/@${w.owner_name}/${w.name}.${agent.name}/apps/${encodeURIComponent(app.slug)}/`, slim };
}

export function portPlace(w: Pick<Workspace, "owner_name" | "name">, agent: Pick<WorkspaceAgent, "name">, port: number, secure: boolean, at: Entrance): string {
  return hostPlace(subName(w, agent, `${port}${secure ? "s" : ""}`), at);
}
