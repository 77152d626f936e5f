// The ports of an agent: which listen, who may open each, and the way in. Without hosts of their own they are reached by the command line.
import type { WorkspaceAgentPortShareLevel as Level, WorkspaceAgentPortShare } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { portPlace, subName, tooLong } from "@/agents/links";
import { commandLine } from "@/lib/shell";
import type { Entrance } from "@/me/regions";
import { words as agentWords } from "@/strings/agents";
import { ports as words, words as appWords } from "@/strings/apps";
import { CopyButton, CopyLine } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { State } from "@/ui/State";
import type { About } from "./AppList";
import { whoMay } from "./levels";
import { type PortRow, portRows } from "./ports";
import { listeningPorts, portShares } from "./queries";
import { SharePort } from "./SharePort";

type PortsProps = About & { entrance: Entrance; most: Level | undefined; mayShare: boolean };

const kShown = 8;

// Folded until somebody asks: only then is the agent asked, and nothing moves that nobody touched.
export function Ports(about: PortsProps) {
  const { workspace: w, agent, sharing } = about;
  const shares = useQuery(portShares(w.id)).data?.shares ?? [];
  const [open, setOpen] = useState(false);
  const shared = portRows([], shares, sharing, agent.name).length;
  return (
    <section aria-label={words.title}>
      <Button size="small" kind="quiet" icon={open ? "down" : "right"} aria-expanded={open} onClick={() => setOpen(!open)}>
        {words.title}
        {shared > 0 && ` · ${words.shared(shared)}`}
      </Button>
      {open && <Opened {...about} shares={shares} />}
    </section>
  );
}

function Opened({ shares, ...about }: PortsProps & { shares: WorkspaceAgentPortShare[] }) {
  const { agent, sharing, hosted, most, mayShare, mayName } = about;
  const listening = useQuery(listeningPorts(agent.id));
  const [asked, setAsked] = useState<PortRow | "new">();
  return (
    <div className="doors-note">
      <Load query={listening} skeleton={<Bones rows={1} />}>
        {({ ports }) => <Rows {...about} rows={portRows(ports, shares, sharing, agent.name)} onShare={setAsked} />}
      </Load>
      <div className="doors-foot">
        {hosted && most && <p className="muted small">{words.limits[most]}</p>}
        {(mayShare || mayName) && (
          <Button size="small" icon="plus" onClick={() => setAsked("new")}>
            {words.add}
          </Button>
        )}
      </div>
      {asked && most && <SharePort {...about} most={most} row={asked === "new" ? undefined : asked} onClose={() => setAsked(undefined)} />}
    </div>
  );
}

function Rows({ rows, onShare, ...about }: PortsProps & { rows: PortRow[]; onShare: (row: PortRow) => void }) {
  const [open, setOpen] = useState(false);
  if (rows.length === 0) return <p className="muted small">{words.none}</p>;
  const shown = open ? rows : rows.slice(0, kShown);
  return (
    <>
      <ul className="doors">
        {shown.map((row) => (
          <Row key={row.port} {...about} row={row} onShare={() => onShare(row)} />
        ))}
      </ul>
      {shown.length < rows.length && (
        <Button size="small" kind="quiet" icon="right" aria-expanded={false} onClick={() => setOpen(true)}>
          {words.all(rows.length)}
        </Button>
      )}
      {!about.hosted && <Forward {...about} port={rows[0]?.port ?? 8080} />}
    </>
  );
}

function Forward({ workspace: w, agent, port }: PortsProps & { port: number }) {
  return (
    <div className="doors-note">
      <p className="muted small">{words.noHosts}</p>
      <CopyLine text={commandLine(["slipway", "port-forward", `${w.owner_name}/${w.name}.${agent.name}`, "--tcp", String(port)])} label={words.forwardCopy} />
    </div>
  );
}

function Row({ workspace: w, agent, hosted, owner, entrance, mayShare, mayName, row, onShare }: PortsProps & { row: PortRow; onShare: () => void }) {
  const secure = row.share?.protocol === "https";
  const address = portPlace(w, agent, row.port, secure, entrance);
  const long = hosted && tooLong(subName(w, agent, `${row.port}${secure ? "s" : ""}`), entrance.host);
  return (
    <li className="door" data-port={row.port}>
      <span className="door-name">
        <Icon name="globe" size={20} />
        <span className="door-words">
          <span className="door-title num">{row.port}</span>
          {long && <span className="small door-bad">{appWords.tooLong}</span>}
        </span>
        <span className="muted small nowrap">{secure ? words.secure : words.plain}</span>
      </span>
      {row.listens ? <State tone="good" word={row.program || words.one(row.port)} /> : <State tone="off" word={words.nobody} />}
      <span className="muted door-who">{whoMay(row.share?.share_level ?? "owner", hosted, row.entry, owner)}</span>
      <span className="door-acts">
        {(mayShare || mayName) && <IconButton icon="people" label={appWords.sharePort(row.port)} onClick={onShare} />}
        {hosted && <CopyButton text={address} label={words.copy(row.port)} />}
        {hosted && (
          <a className="btn" data-size="small" data-kind="plain" href={address} target="_blank" rel="noopener noreferrer" aria-label={words.open(row.port)}>
            {agentWords.openShort}
          </a>
        )}
      </span>
    </li>
  );
}
