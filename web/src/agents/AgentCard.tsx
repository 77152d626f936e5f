// One agent: apps and the terminal first, since that is why people come; then its health, live values and start-up log.
import type { Workspace, WorkspaceAgent } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { commandLine } from "@/lib/shell";
import { words } from "@/strings/agents";
import { Ago, CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { State, type Tone } from "@/ui/State";
import { absence } from "./absence";
import { AgentLog } from "./AgentLog";
import { offersTerminal } from "./AppButton";
import { safeLink, terminalPath } from "./links";
import { Metadata } from "./Metadata";
import { awaitedMachine } from "./queries";
import "./agents.css";

export function agentState(agent: WorkspaceAgent): { tone: Tone; word: string } {
  if (agent.status === "connecting") return { tone: "wait", word: words.connecting };
  if (agent.status === "timeout") return { tone: "bad", word: words.timeout };
  if (agent.status === "disconnected") return { tone: "bad", word: words.disconnected };
  const life = words.lifecycle[agent.lifecycle_state] ?? words.connected;
  if (agent.lifecycle_state === "ready") return { tone: "good", word: words.connected };
  if (agent.lifecycle_state === "starting" || agent.lifecycle_state === "created") return { tone: "wait", word: life };
  if (agent.lifecycle_state === "start_timeout") return { tone: "wait", word: life };
  return agent.lifecycle_state === "start_error" ? { tone: "bad", word: life } : { tone: "off", word: life };
}

// `doors`: its apps and ports, as far as they can be opened. `alone`: there is no other, so its name says nothing.
export function AgentCard({ workspace, agent, doors, alone }: { workspace: Workspace; agent: WorkspaceAgent; doors: ReactNode; alone: boolean }) {
  const said = agentState(agent);
  const [showLog, setShowLog] = useState(false);
  const open = showLog || said.tone === "bad" || agent.lifecycle_state === "starting";
  const here = agent.status === "connected";
  return (
    <article className="agent card" aria-label={agent.name}>
      <header className="agent-head">
        {alone ? <h2 className="hidden-visually">{agent.name}</h2> : <h3>{agent.name}</h3>}
        <State {...said} />
        <span className="muted small agent-side">
          {words.platform(agent.operating_system, agent.architecture)}
          {!here && agent.last_connected_at && (
            <>
              {" · "}
              {words.last} <Ago at={agent.last_connected_at} />
            </>
          )}
        </span>
      </header>
      {here ? (
        <div className="agent-apps">
          {offersTerminal(agent) && (
            <a className="btn" data-kind="main" href={terminalPath(workspace, agent)} target="_blank" rel="noopener">
              <Icon name="terminal" />
              {words.terminal}
            </a>
          )}
        </div>
      ) : (
        <Waiting agent={agent} />
      )}
      {here && doors}
      <Metadata agentId={agent.id} on={here} />
      {here && agent.display_apps.includes("ssh_helper") && (
        <details className="agent-ssh">
          <summary>{words.ssh}</summary>
          <CopyLine text={commandLine(["slipway", "ssh", `${workspace.owner_name}/${workspace.name}.${agent.name}`])} label={words.sshCopy} />
        </details>
      )}
      <div>
        <Button size="small" kind="quiet" icon={open ? "down" : "right"} aria-expanded={open} onClick={() => setShowLog(!open)}>
          {words.showLog}
        </Button>
        {open && <AgentLog agent={agent} />}
      </div>
    </article>
  );
}

function Waiting({ agent }: { agent: WorkspaceAgent }) {
  const help = safeLink(agent.troubleshooting_url);
  const { data } = useQuery(awaitedMachine(agent));
  const { text, since, refused } = absence(agent, data?.refused);
  return (
    <p className="muted">
      {text}{" "}
      {since && (
        <>
          {words.since} <Ago at={since} />.{" "}
        </>
      )}
      {refused && (
        <>
          {refused.text} <Ago at={refused.at} />.{" "}
        </>
      )}
      {help && agent.status !== "connecting" && (
        <a href={help} target="_blank" rel="noopener noreferrer">
          {words.help}
        </a>
      )}
    </p>
  );
}
