import type { Workspace } from "@gen";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { AppButton, offersTerminal, visibleApps } from "@/agents/AppButton";
import { terminalPath } from "@/agents/links";
import { words as agentWords } from "@/strings/agents";
import { list as words } from "@/strings/workspaces";
import { Ago, Avatar, Picture } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { State } from "@/ui/State";
import { RowMenu } from "./RowMenu";
import { agentsOf, can, workspaceState } from "./state";

type RowProps = { workspace: Workspace; index: number; others: boolean; here: boolean; chosen: boolean; onToggle: (id: string) => void; onFocus: (index: number) => void };

// Rows are many and scrolled fast: memoised, and nothing heavy in them until it is asked for.
export const WorkspaceRow = memo(function WorkspaceRow({ workspace: w, index, others, here, chosen, onToggle, onFocus }: RowProps) {
  const said = workspaceState(w);
  return (
    <div className="ws-row" role="row" aria-rowindex={index + 2} data-here={here || undefined} data-chosen={chosen || undefined} onFocus={() => onFocus(index)}>
      <div role="cell" className="ws-check">
        <input type="checkbox" className="check" aria-label={words.select(w.name)} checked={chosen} onChange={() => onToggle(w.id)} />
      </div>
      <div role="cell" className="ws-name">
        <Picture url={w.template_icon} name={w.template_display_name || w.template_name} size={22} />
        <Link to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }} className="clip">
          {w.name}
        </Link>
        {w.favorite && (
          <span title={words.pinned} className="ws-pin">
            <Icon name="bolt" size={12} />
            <span className="hidden-visually">{words.pinned}</span>
          </span>
        )}
        <span className="muted small clip ws-template">{w.template_display_name || w.template_name}</span>
        {w.outdated && (
          <span className="badge" data-tone="launch" title={words.outdated}>
            <Icon name="up" size={11} />
            <span className="hidden-visually">{words.outdated}</span>
          </span>
        )}
      </div>
      <div role="cell" className="ws-state">
        <State {...said} />
      </div>
      {others && (
        <div role="cell" className="ws-owner">
          <Avatar name={w.owner_name} url={w.owner_avatar_url} size={20} />
          <span className="clip">{w.owner_name}</span>
        </div>
      )}
      <div role="cell" className="ws-apps">
        <Apps workspace={w} />
      </div>
      <div role="cell" className="ws-time">
        <Ago at={w.last_used_at} />
      </div>
      <div role="cell" className="ws-time">
        <Ago at={w.latest_build.created_at} />
      </div>
      <div role="cell" className="ws-menu">
        <RowMenu workspace={w} />
      </div>
    </div>
  );
});

function Apps({ workspace: w }: { workspace: Workspace }) {
  const agent = agentsOf(w.latest_build)[0];
  if (!agent || !can(w).terminal) return <span className="muted">–</span>;
  return (
    <>
      {offersTerminal(agent) && (
        <a className="btn" data-size="icon" data-kind="quiet" href={terminalPath(w)} target="_blank" rel="noopener" title={agentWords.terminal} aria-label={agentWords.open(agentWords.terminal)}>
          <Icon name="terminal" />
        </a>
      )}
      {visibleApps(agent)
        .slice(0, 3)
        .map((app) => (
          <AppButton key={app.id} workspace={w} agent={agent} app={app} look="icon" />
        ))}
    </>
  );
}
