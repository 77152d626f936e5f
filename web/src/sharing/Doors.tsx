// Who may open each app and port of a workspace besides those it is shared with. They are changed in dialogs of their own.
import type { Workspace, WorkspaceAgent, WorkspaceApp } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { appName, visibleApps } from "@/agents/AppButton";
import type { About } from "@/apps/AppList";
import { entryOfApp, whoMay } from "@/apps/levels";
import { type PortRow, portRows } from "@/apps/ports";
import { appSharing, mayUpdate, portShares } from "@/apps/queries";
import { ShareApp } from "@/apps/ShareApp";
import { SharePort } from "@/apps/SharePort";
import { useMe } from "@/me/queries";
import { useRegions } from "@/me/regions";
import { ports as portWords, words as appWords } from "@/strings/apps";
import { words } from "@/strings/sharing";
import { templateById } from "@/templates/queries";
import { IconButton } from "@/ui/Button";

export type Door = About & { app?: WorkspaceApp; port?: PortRow };

export function DoorChange({ door, onClose }: { door: Door; onClose: () => void }) {
  const { workspace: w, hosted, app, port } = door;
  const most = useQuery(templateById(w.template_id)).data?.max_port_share_level ?? "owner";
  const update = useQuery(mayUpdate(w.id)).data ?? false;
  if (app) return <ShareApp {...door} app={app} onClose={onClose} />;
  return <SharePort {...door} row={port} most={most} mayShare={hosted && update && most !== "owner"} onClose={onClose} />;
}

export function Doors({ workspace: w, onChange }: { workspace: Workspace; onChange: (door: Door) => void }) {
  const me = useMe();
  const { entrance } = useRegions();
  const sharing = useQuery(appSharing(w.id)).data;
  const shares = useQuery(portShares(w.id)).data?.shares ?? [];
  const hosted = entrance.host.startsWith("*");
  const owner = w.owner_name === me.username ? "" : w.owner_name;
  const about = (agent: WorkspaceAgent): About => ({ workspace: w, agent, sharing, hosted, owner, mayName: hosted && (sharing?.allowed ?? false) });
  const rows = w.latest_build.resources.flatMap((resource) => resource.agents ?? []).flatMap((agent) => [
    ...visibleApps(agent)
      .filter((app) => !app.external && !app.command)
      .map((app) => ({ key: app.id, name: appName(app), who: whoMay(app.sharing_level, hosted, entryOfApp(sharing, app.slug), owner), door: { ...about(agent), app } as Door })),
    ...portRows([], shares, sharing, agent.name).map((port) => ({
      key: `${agent.id}-${port.port}`,
      name: portWords.one(port.port),
      who: whoMay(port.share?.share_level ?? "owner", hosted, port.entry, owner),
      door: { ...about(agent), port } as Door,
    })),
  ]);
  if (rows.length === 0) return null;
  return (
    <section aria-label={words.doors} className="stack tight">
      <h3>{words.doors}</h3>
      <p className="muted small">{hosted ? words.doorsHint : appWords.noHosts}</p>
      <ul className="sharers sharers-many">
        {rows.map(({ key, name, who, door }) => (
          <li key={key}>
            <span className="sharer sharer-name">{name}</span>
            <span className="muted small">{who}</span>
            {door.mayName && <IconButton icon="pencil" label={words.change(name)} onClick={() => onChange(door)} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
