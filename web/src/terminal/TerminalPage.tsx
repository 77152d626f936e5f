// A full page of shell: what it needs before it can be opened.
import type { Workspace } from "@gen";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useRegions } from "@/me/regions";
import { terminal as words } from "@/strings/agents";
import { Button, LinkButton } from "@/ui/Button";
import { Blank, Load } from "@/ui/Load";
import { useTitle } from "@/ui/Page";
import { agentsOf, can, isMoving, workspaceState } from "@/workspaces/state";
import { useWorkspace } from "@/workspaces/queries";
import { useActs } from "@/workspaces/useActs";
import { Shells } from "./Shells";
import "./terminal.css";

export function TerminalPage() {
  const { user, workspace: path } = useParams({ from: "/alone/@{$user}/$workspace/terminal" });
  const [name = "", agentName] = path.split(".", 2);
  const workspace = useWorkspace(user, name);
  useRegions(); // asked for beside the workspace
  useTitle(words.title(name));
  return (
    <main className="term-page">
      <Load query={workspace} skeleton={<p className="term-line">{words.connecting}</p>}>
        {(w) => <Ready workspace={w} agentName={agentName} />}
      </Load>
    </main>
  );
}

function Ready({ workspace: w, agentName }: { workspace: Workspace; agentName: string | undefined }) {
  const search = useSearch({ from: "/alone/@{$user}/$workspace/terminal" });
  const { start, busy } = useActs();
  const { placed, entrance } = useRegions();
  const agents = agentsOf(w.latest_build);
  const agent = agentName === undefined ? agents[0] : agents.find((a) => a.name === agentName);
  const app = search.app === undefined ? undefined : agent?.apps.find((a) => a.slug === search.app);
  const navigate = useNavigate({ from: "/@{$user}/$workspace/terminal" });
  const [agreed, setAgreed] = useState<string>();
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (agent?.status === "connected") setSeen(true);
  }, [agent?.status]);

  if (!agent && (w.latest_build.status !== "running" || isMoving(w))) {
    return (
      <Blank title={words.notRunning} text={workspaceState(w).word}>
        <div className="row wrap">
          {can(w).start && (
            <Button kind="main" icon="play" busy={busy} onClick={() => start(w)}>
              {words.start}
            </Button>
          )}
          <ToWorkspace workspace={w} />
        </div>
      </Blank>
    );
  }
  if (!agent) {
    return (
      <Blank title={words.noAgent}>
        <ToWorkspace workspace={w} />
      </Blank>
    );
  }
  // A command that comes with a link is run only after consent, and then leaves the address: whatever else a link holds,
  // it cannot skip the question. A command that the template declares as an app is the app.
  if (search.command) {
    const decide = (command: string | undefined) => {
      setAgreed(command);
      void navigate({ search: ({ command: _, ...rest }) => rest, replace: true });
    };
    return (
      <Blank title={words.consentTitle} text={words.consent}>
        <pre className="term-command" tabIndex={0}>
          {search.command}
        </pre>
        <div className="row wrap">
          <Button kind="main" onClick={() => decide(search.command)}>
            {words.run}
          </Button>
          <Button onClick={() => decide(undefined)}>{words.plain}</Button>
        </div>
      </Blank>
    );
  }
  if (!seen || !placed) return <p className="term-line">{words.waiting}</p>;
  return <Shells workspace={w} agentId={agent.id} proxy={entrance.base} command={agreed ?? app?.command} />;
}

function ToWorkspace({ workspace: w }: { workspace: Workspace }) {
  return (
    <LinkButton to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }}>
      {words.toWorkspace}
    </LinkButton>
  );
}
