// Who is inside this workspace now, by what, and since when.
import type { Workspace, WorkspaceSessions } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMe, useRights } from "@/me/queries";
import { sessions as words } from "@/strings/workspaces";
import { Ago, Avatar } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/Button";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { openSessions } from "./queries";
import { kindOf, kShown, whoIs } from "./sessions";
import { agentsOf } from "./state";

export function OpenSessions({ workspace }: { workspace: Workspace }) {
  const found = useQuery(openSessions(workspace.id));
  const several = agentsOf(workspace.latest_build).length > 1;
  return (
    <Section title={words.title} acts={<History workspaceId={workspace.id} />}>
      <Load query={found} skeleton={<Bones rows={2} />}>
        {(all) => (all.sessions.length === 0 ? <p className="muted">{words.none}</p> : <List all={all} several={several} />)}
      </Load>
    </Section>
  );
}

function History({ workspaceId }: { workspaceId: string }) {
  if (!useRights().readConnections) return null;
  return (
    <LinkButton size="small" kind="quiet" icon="clock" to="/activity/connections" search={{ q: `workspace_id:${workspaceId}` }}>
      {words.history}
    </LinkButton>
  );
}

function List({ all, several }: { all: WorkspaceSessions; several: boolean }) {
  const me = useMe();
  const [open, setOpen] = useState(false);
  const shown = open ? all.sessions : all.sessions.slice(0, kShown);
  return (
    <>
      <ul className="sessions">
        {shown.map((one) => (
          <li key={one.id} className="session">
            <Avatar name={one.user?.username ?? "?"} url={one.user?.avatar_url} />
            <span className="session-who">{whoIs(one, me.username)}</span>
            <span className="muted">
              {kindOf(one)}
              {several && ` · ${one.agent_name}`}
            </span>
            <span className="muted small session-since">
              {words.since} <Ago at={one.started_at} />
            </span>
          </li>
        ))}
      </ul>
      {!open && all.sessions.length > kShown && (
        <Button size="small" kind="quiet" icon="right" aria-expanded={false} onClick={() => setOpen(true)}>
          {words.all(all.sessions.length)}
        </Button>
      )}
      {all.count > all.sessions.length && <p className="muted small">{words.more(all.count - all.sessions.length)}</p>}
    </>
  );
}
