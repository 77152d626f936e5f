// The apps of an agent: how each is, who may open it, and the way in. A sick app opens as any other.
import type { Workspace, WorkspaceAgent, WorkspaceApp, WorkspaceAppSharing } from "@gen";
import { useState } from "react";
import { AppButton, appIcon, appName } from "@/agents/AppButton";
import { subName, tooLong } from "@/agents/links";
import { useRights } from "@/me/queries";
import { useRegions } from "@/me/regions";
import { words } from "@/strings/apps";
import { Picture } from "@/ui/bits";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { State } from "@/ui/State";
import { appHealth, entryOfApp, groupsOf, whoMay } from "./levels";
import { ShareApp } from "./ShareApp";

export type About = { workspace: Workspace; agent: WorkspaceAgent; sharing: WorkspaceAppSharing | undefined; hosted: boolean; owner: string; mayName: boolean };

export function AppList({ apps, ...about }: About & { apps: WorkspaceApp[] }) {
  const rights = useRights();
  const { known } = useRegions();
  const [naming, setNaming] = useState<WorkspaceApp>();
  if (apps.length === 0)
    return (
      <p className="muted small">
        {words.none} {rights.updateTemplate && words.noneAuthor}
      </p>
    );
  return (
    <section aria-label={words.apps}>
      {groupsOf(apps).map((group) => (
        <div key={group.title}>
          {group.title !== "" && <h4 className="doors-group">{group.title}</h4>}
          <ul className="doors">
            {group.apps.map((app) => (
              <Row key={app.id} {...about} app={app} onName={() => setNaming(app)} />
            ))}
          </ul>
        </div>
      ))}
      {known && !about.hosted && apps.some((app) => !app.external && !app.command) && <p className="muted small doors-note">{words.noHosts}</p>}
      {naming && <ShareApp {...about} app={naming} onClose={() => setNaming(undefined)} />}
    </section>
  );
}

function Row({ workspace: w, agent, sharing, hosted, owner, mayName, app, onName }: About & { app: WorkspaceApp; onName: () => void }) {
  const { entrance } = useRegions();
  const name = appName(app);
  const proxied = !app.external && !app.command;
  const long = hosted && proxied && app.subdomain && tooLong(app.subdomain_name || subName(w, agent, app.slug), entrance.host);
  return (
    <li className="door" data-app={app.slug}>
      <span className="door-name">
        {app.icon ? <Picture url={app.icon} name={name} size={20} /> : <Icon name={appIcon(app)} size={20} />}
        <span className="door-words">
          <span className="door-title">{name}</span>
          {app.tooltip && <span className="muted small">{app.tooltip}</span>}
          {long && <span className="small door-bad">{words.tooLong}</span>}
        </span>
      </span>
      <State {...appHealth(app)} />
      <span className="muted door-who">
        {proxied && whoMay(app.sharing_level, hosted, entryOfApp(sharing, app.slug), owner)}
        {sharing?.asking.includes(app.slug) && <span className="badge">{words.asks}</span>}
      </span>
      <span className="door-acts">
        {mayName && proxied && <IconButton icon="people" label={words.shareApp(name)} onClick={onName} />}
        <AppButton workspace={w} agent={agent} app={app} look="word" />
      </span>
    </li>
  );
}
