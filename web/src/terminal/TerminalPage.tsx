// A full page of shell. Each tab is one reconnecting shell; the ids live in the address, so a reload comes back to the same ones.
import type { Workspace } from "@gen";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { uuid } from "@/lib/browser";
import { useRegions } from "@/me/regions";
import { terminal as words } from "@/strings/agents";
import { acts } from "@/strings/workspaces";
import { Button, IconButton, LinkButton } from "@/ui/Button";
import { Mark } from "@/ui/Icon";
import { Blank, Load } from "@/ui/Load";
import { useTitle } from "@/ui/Page";
import { agentsOf, can, isMoving, workspaceState } from "@/workspaces/state";
import { useWorkspace } from "@/workspaces/queries";
import { useActs } from "@/workspaces/useActs";
import { Shell } from "./Shell";
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

function Shells({ workspace: w, agentId, proxy, command }: { workspace: Workspace; agentId: string; proxy: string; command: string | undefined }) {
  const search = useSearch({ from: "/alone/@{$user}/$workspace/terminal" });
  const navigate = useNavigate({ from: "/@{$user}/$workspace/terminal" });
  const [first] = useState(uuid);
  const ids = (search.reconnect ?? first).split(",").filter((id) => /^[0-9a-f-]{36}$/.test(id));
  const [at, setAt] = useState(0);
  const keep = (list: string[]) => void navigate({ search: (old) => ({ ...old, reconnect: list.join(",") }), replace: true });
  useEffect(() => {
    if (!search.reconnect) keep([first]);
  });
  const here = Math.min(at, ids.length - 1);
  const open = () => {
    keep([...ids, uuid()]);
    setAt(ids.length);
  };
  const close = (i: number) => {
    const rest = ids.filter((_, j) => j !== i);
    keep(rest.length > 0 ? rest : [uuid()]);
    setAt(Math.max(0, i <= here ? here - 1 : here));
  };
  return (
    <>
      <header className="term-bar">
        <Link to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }} className="term-home" title={words.toWorkspace}>
          <Mark size={20} /> <span className="clip">{w.name}</span>
        </Link>
        <div role="tablist" aria-label={words.tabs} className="term-tabs">
          {ids.map((id, i) => (
            <span key={id} className="term-tab" data-here={i === here || undefined}>
              <button type="button" role="tab" id={`tab-${id}`} aria-selected={i === here} aria-controls={`shell-${id}`} tabIndex={i === here ? 0 : -1} onClick={() => setAt(i)} onKeyDown={(e) => (e.key === "ArrowRight" ? setAt((i + 1) % ids.length) : e.key === "ArrowLeft" ? setAt((i + ids.length - 1) % ids.length) : undefined)}>
                {words.tab(i + 1)}
              </button>
            </span>
          ))}
        </div>
        {ids.length > 1 && <IconButton icon="cross" label={words.closeTab(words.tab(here + 1))} onClick={() => close(here)} />}
        <IconButton icon="plus" label={words.newTab} onClick={open} />
        <span className="hidden-visually">{acts.terminal}</span>
      </header>
      {ids.map((id, i) => (
        <Shell key={id} id={id} agentId={agentId} proxy={proxy} command={command} shown={i === here} label={words.label(w.name)} onEnd={() => close(i)} />
      ))}
    </>
  );
}
