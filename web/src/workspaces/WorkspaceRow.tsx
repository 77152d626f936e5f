import type { Workspace } from "@gen";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { AppButton, offersTerminal, visibleApps } from "@/agents/AppButton";
import { terminalPath } from "@/agents/links";
import { words as agentWords } from "@/strings/agents";
import { acts, list as words } from "@/strings/workspaces";
import { Ago, Avatar, Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { State } from "@/ui/State";
import { EndingQuestion } from "./EndingQuestion";
import { RowMenu } from "./RowMenu";
import { agentsOf, can, workspaceState } from "./state";
import { useActs } from "./useActs";
import type { End, Ending } from "./useEnding";

type RowProps = {
  workspace: Workspace;
  index: number;
  others: boolean;
  here: boolean;
  chosen: boolean;
  asked: Ending | undefined; // about this row
  onToggle: (id: string, range: boolean) => void;
  onFocus: (index: number) => void;
  onEnd: End;
  onYes: () => void;
  onLeave: () => void;
};

// Rows are many and scrolled fast: memoised, and nothing heavy in them until it is asked for.
export const WorkspaceRow = memo(function WorkspaceRow({ workspace: w, index, others, here, chosen, asked, onToggle, onFocus, onEnd, onYes, onLeave }: RowProps) {
  const { why, ...said } = workspaceState(w);
  return (
    <div className="ws-row" role="row" aria-rowindex={index + 2} data-here={here || undefined} data-chosen={chosen || undefined} onFocus={() => onFocus(index)}>
      <div role="cell" className="ws-check">
        <input type="checkbox" className="check" aria-label={words.select(w.name)} checked={chosen} onChange={(event) => onToggle(w.id, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)} />
      </div>
      <Name workspace={w} />
      <div role="cell" className="ws-state">
        <State {...said} />
      </div>
      {others && (
        <div role="cell" className="ws-owner">
          <Avatar name={w.owner_name} url={w.owner_avatar_url} size={20} />
          <span className="clip" title={w.owner_name}>
            {w.owner_name}
          </span>
        </div>
      )}
      <div role="cell" className="ws-apps">
        <Ways workspace={w} />
      </div>
      <div role="cell" className="ws-time ws-used">
        <Ago at={w.last_used_at} />
      </div>
      <div role="cell" className="ws-time ws-built">
        <Ago at={w.latest_build.created_at} />
      </div>
      <div role="cell" className="ws-menu">
        <RowMenu workspace={w} onEnd={onEnd} />
      </div>
      {why && (
        <div role="cell" className="ws-why" data-tone={said.tone}>
          <span className="clip" title={why}>
            {why}
          </span>
        </div>
      )}
      {asked && (
        <div role="cell" className="ws-asked">
          <EndingQuestion asked={asked} onYes={onYes} onLeave={onLeave} />
        </div>
      )}
    </div>
  );
});

function Name({ workspace: w }: { workspace: Workspace }) {
  const template = w.template_display_name || w.template_name;
  return (
    <div role="cell" className="ws-name">
      <Picture url={w.template_icon} name={template} size={22} />
      <Link to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }} className="clip" title={w.name}>
        {w.name}
      </Link>
      {w.favorite && (
        <span title={words.pinned} className="ws-pin">
          <Icon name="pin" size={12} />
          <span className="hidden-visually">{words.pinned}</span>
        </span>
      )}
      <span className="muted small clip ws-template" title={template}>
        {template}
      </span>
      {w.outdated && (
        <span className="badge" data-tone="launch" title={words.outdated}>
          <Icon name="up" size={12} />
          <span className="hidden-visually">{words.outdated}</span>
        </span>
      )}
    </div>
  );
}

// How one gets in; what does not run says how it comes to run.
function Ways({ workspace: w }: { workspace: Workspace }) {
  const { start, wake, busy } = useActs();
  const may = can(w);
  if (may.wake || may.start) {
    return (
      <Button size="small" icon="play" busy={busy} aria-label={may.wake ? acts.wakeName(w.name) : acts.startName(w.name)} onClick={() => (may.wake ? wake(w) : start(w))}>
        {may.wake ? acts.wake : acts.start}
      </Button>
    );
  }
  const agent = agentsOf(w.latest_build)[0];
  if (!agent || !may.terminal) return null;
  return (
    <>
      {offersTerminal(agent) && (
        <a className="btn" data-size="icon" data-kind="quiet" href={terminalPath(w)} target="_blank" rel="noopener" title={agentWords.terminal} aria-label={agentWords.open(agentWords.terminal)}>
          <Icon name="terminal" />
        </a>
      )}
      {visibleApps(agent)
        .slice(0, 2)
        .map((app) => (
          <AppButton key={app.id} workspace={w} agent={agent} app={app} look="name" />
        ))}
    </>
  );
}
