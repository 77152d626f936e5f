// Where an app is. Addresses come from templates and are hostile until checked.
import type { Workspace, WorkspaceAgent, WorkspaceApp } from "@gen";

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

// `host` is the wildcard app host with its leading asterisk, or empty.
export function appPlace(w: Pick<Workspace, "owner_name" | "name">, agent: WorkspaceAgent, app: WorkspaceApp, host: string, protocol = "https:"): Place | undefined {
  const slim = app.open_in === "slim-window";
  if (app.external) {
    const href = safeLink(app.url);
    return href === undefined ? undefined : { href, slim: false };
  }
  if (app.command) return { href: `/@${w.owner_name}/${w.name}.${agent.name}/terminal?${new URLSearchParams({ app: app.slug })}`, slim };
  if (app.subdomain && app.subdomain_name && host.startsWith("*")) return { href: `${protocol}//${host.replace("*", app.subdomain_name)}/`, slim };
  return { href: `/@${w.owner_name}/${w.name}.${agent.name}/apps/${encodeURIComponent(app.slug)}/`, slim };
}
