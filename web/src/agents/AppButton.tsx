import type { Workspace, WorkspaceAgent, WorkspaceApp } from "@gen";
import type { MouseEvent } from "react";
import { useMe } from "@/me/queries";
import { useRegions } from "@/me/regions";
import { words } from "@/strings/agents";
import { Picture } from "@/ui/bits";
import { Icon, type IconName } from "@/ui/Icon";
import { appPlace } from "./links";

// `icon`: its picture alone; `name`: its picture and name; `word`: for a row that names it already.
type AppButtonProps = { workspace: Pick<Workspace, "owner_name" | "name">; agent: WorkspaceAgent; app: WorkspaceApp; look: "icon" | "name" | "word" };

function slimWindow(event: MouseEvent<HTMLAnchorElement>): void {
  event.preventDefault();
  window.open(event.currentTarget.href, "_blank", "noopener,width=980,height=680");
}

export const appIcon = (app: Pick<WorkspaceApp, "command" | "external">): IconName => (app.command ? "terminal" : app.external ? "external" : "globe");
export const appName = (app: Pick<WorkspaceApp, "display_name" | "slug">): string => app.display_name || app.slug;

export function AppButton({ workspace, agent, app, look }: AppButtonProps) {
  const { entrance } = useRegions();
  const me = useMe();
  const place = appPlace(workspace, agent, app, entrance, workspace.owner_name === me.username);
  const name = appName(app);
  const trouble = words.appHealth[app.health];
  if (!place) return null;
  const icon = look === "icon";
  const shown =
    look === "word" ? (
      words.openShort
    ) : (
      <>
        {app.icon ? <Picture url={app.icon} name={name} size={icon ? 18 : 16} /> : <Icon name={appIcon(app)} />}
        {!icon && <span className="clip">{name}</span>}
        {trouble && <span className="app-dot" data-health={app.health} />}
      </>
    );
  const title = [name, app.tooltip, trouble].filter(Boolean).join(" · ");
  return (
    <a className="btn" data-size={icon ? "icon" : "small"} data-kind={look === "word" ? "plain" : "quiet"} href={place.href} target="_blank" rel="noopener noreferrer" title={title} aria-label={`${words.open(name)}${trouble ? `, ${trouble}` : ""}`} onClick={place.slim ? slimWindow : undefined}>
      {shown}
    </a>
  );
}

export const visibleApps = (agent: WorkspaceAgent): WorkspaceApp[] => agent.apps.filter((app) => !app.hidden);
export const offersTerminal = (agent: WorkspaceAgent): boolean => agent.display_apps.length === 0 || agent.display_apps.includes("web_terminal");
