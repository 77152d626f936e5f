// The shells of a workspace as tabs. Their ids and which one is in front live in the address, so that a reload comes back to the same.
import type { Workspace } from "@gen";
import { Link as Go, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type KeyboardEvent } from "react";
import { uuid } from "@/lib/browser";
import { terminal as words } from "@/strings/agents";
import { Button, IconButton } from "@/ui/Button";
import { Icon, Mark } from "@/ui/Icon";
import type { Link } from "./connect";
import type { Act } from "./keys";
import { Shell } from "./Shell";

type ShellsProps = { workspace: Workspace; agentId: string; proxy: string; command: string | undefined };

const kLinks = { connecting: words.connecting, lost: words.lost, closed: words.closed, refused: words.refused };
const kMost = 16;

export function Shells({ workspace: w, agentId, proxy, command }: ShellsProps) {
  const search = useSearch({ from: "/alone/@{$user}/$workspace/terminal" });
  const navigate = useNavigate({ from: "/@{$user}/$workspace/terminal" });
  const [first] = useState(uuid);
  const [links, setLinks] = useState<Record<string, Link>>({});
  const ids = (search.reconnect ?? first).split(",").filter((id) => /^[0-9a-f-]{36}$/.test(id)).slice(0, kMost);
  const here = Math.min(Math.max(search.tab ?? 1, 1), ids.length) - 1;
  const keep = (list: string[], at: number) => void navigate({ search: ({ tab: _, ...old }) => ({ ...old, reconnect: list.join(","), ...(at > 0 ? { tab: at + 1 } : {}) }), replace: true });
  useEffect(() => {
    if (!search.reconnect) keep([first], 0);
  });
  const show = (at: number) => keep(ids, (at + ids.length) % ids.length);
  const open = () => {
    if (ids.length < kMost) keep([...ids, uuid()], ids.length);
  };
  const close = (at: number) => {
    const rest = ids.filter((_, j) => j !== at);
    keep(rest.length > 0 ? rest : [uuid()], Math.max(0, at <= here ? here - 1 : here));
  };
  const act = (what: Act) => {
    if (what === "new") open();
    else if (what === "close") close(here);
    else show(what === "next" ? here + 1 : here - 1);
  };
  const link = links[ids[here] ?? ""] ?? "connecting";
  return (
    <>
      <header className="term-bar">
        <Go to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }} className="term-home" title={words.toWorkspace}>
          <Mark size={20} /> <span className="clip">{w.name}</span>
        </Go>
        <Tabs ids={ids} here={here} onShow={show} onClose={close} />
        <IconButton icon="plus" label={words.newTab} disabled={ids.length >= kMost} onClick={open} />
        <div className="term-state" role="status">
          {link !== "open" && (
            <p className="term-line small" data-link={link}>
              {kLinks[link]}
            </p>
          )}
          {link === "closed" && (
            <Button size="small" onClick={() => close(here)}>
              {words.again}
            </Button>
          )}
        </div>
      </header>
      {ids.map((id, i) => (
        <Shell key={id} id={id} agentId={agentId} proxy={proxy} command={command} shown={i === here} label={words.label(w.name)} onLink={(of, now) => setLinks((old) => ({ ...old, [of]: now }))} onAct={act} />
      ))}
    </>
  );
}

function Tabs({ ids, here, onShow, onClose }: { ids: string[]; here: number; onShow: (at: number) => void; onClose: (at: number) => void }) {
  const onKey = (event: KeyboardEvent, at: number) => {
    if (event.key === "ArrowRight") onShow(at + 1);
    else if (event.key === "ArrowLeft") onShow(at - 1);
    else if (event.key === "Delete" && ids.length > 1) onClose(at);
  };
  return (
    <div className="term-tabs">
      <div role="tablist" aria-label={words.tabs} className="term-tablist">
        {ids.map((id, i) => (
          <span key={id} role="presentation" className="term-tab" data-here={i === here || undefined}>
            <button type="button" role="tab" id={`tab-${id}`} aria-selected={i === here} aria-controls={`shell-${id}`} tabIndex={i === here ? 0 : -1} onClick={() => onShow(i)} onKeyDown={(event) => onKey(event, i)}>
              {words.tab(i + 1)}
            </button>
            {ids.length > 1 && (
              <span className="term-cross" aria-hidden="true" title={words.closeTab(words.tab(i + 1))} onClick={() => onClose(i)}>
                <Icon name="cross" size={12} />
              </span>
            )}
          </span>
        ))}
      </div>
    </div>
  );
}
