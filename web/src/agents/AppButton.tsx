import type { Workspace, WorkspaceAgent, WorkspaceApp } from "@gen";
import { useQuery } from "@tanstack/react-query";
import type { MouseEvent } from "react";
import { words } from "@/strings/agents";
import { Picture } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { appPlace } from "./links";
import { appHost } from "./queries";

type AppButtonProps = { workspace: Pick<Workspace, "owner_name" | "name">; agent: WorkspaceAgent; app: WorkspaceApp; small?: boolean };

function slimWindow(event: MouseEvent<HTMLAnchorElement>): void {
  event.preventDefault();
  window.open(event.currentTarget.href, "_blank", "noopener,width=980,height=680");
}

export function AppButton({ workspace, agent, app, small = false }: AppButtonProps) {
  const host = useQuery({ ...appHost, enabled: app.subdomain }).data?.host ?? "";
  const place = appPlace(workspace, agent, app, host, window.location.protocol);
  const name = app.display_name || app.slug;
  const trouble = words.appHealth[app.health];
  if (!place) return null;
  const look = small ? "icon" : "normal";
  const shown = (
    <>
      {app.icon ? <Picture url={app.icon} name={name} size={18} /> : <Icon name={app.command ? "terminal" : app.external ? "external" : "globe"} />}
      {!small && <span>{name}</span>}
      {trouble && <span className="app-dot" data-health={app.health} />}
    </>
  );
  const title = [name, app.tooltip, trouble].filter(Boolean).join(" · ");
  return (
    <a className="btn" data-size={look} data-kind={small ? "quiet" : "plain"} href={place.href} target="_blank" rel="noopener noreferrer" title={title} aria-label={`${words.open(name)}${trouble ? `, ${trouble}` : ""}`} onClick={place.slim ? slimWindow : undefined}>
      {shown}
    </a>
  );
}

export const visibleApps = (agent: WorkspaceAgent): WorkspaceApp[] => agent.apps.filter((app) => !app.hidden);
export const offersTerminal = (agent: WorkspaceAgent): boolean => agent.display_apps.length === 0 || agent.display_apps.includes("web_terminal");
