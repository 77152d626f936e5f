// The dense table. Rows are virtual; j k x t s and enter work on the row that has the focus mark.
import type { Workspace } from "@gen";
import { useNavigate } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type Dispatch, type SetStateAction, useCallback, useEffect, useRef, useState } from "react";
import { terminalPath } from "@/agents/links";
import { isTyping } from "@/lib/keys";
import { acts, list as words } from "@/strings/workspaces";
import { Confirm } from "@/ui/Confirm";
import { can } from "./state";
import { useActs } from "./useActs";
import { WorkspaceRow } from "./WorkspaceRow";

type TableProps = { rows: Workspace[]; me: string; chosen: ReadonlySet<string>; onChosen: Dispatch<SetStateAction<ReadonlySet<string>>>; more: (() => void) | undefined };

export function WorkspaceTable({ rows, me, chosen, onChosen, more }: TableProps) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const others = rows.some((w) => w.owner_name !== me);
  const list = useWindowVirtualizer({ count: rows.length, estimateSize: () => (window.innerWidth < 768 ? 68 : 46), overscan: 12, scrollMargin: box.current?.offsetTop ?? 0, getItemKey: (i) => rows[i]?.id ?? i });
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (more && last >= rows.length - 40) more();
  }, [last, rows.length, more]);

  const toggle = useCallback((id: string) => onChosen((old) => (old.has(id) ? new Set([...old].filter((x) => x !== id)) : new Set([...old, id]))), [onChosen]);
  const [stopping, setStopping] = useState<Workspace>();
  const { stop } = useActs();
  useRowKeys({ rows, at, move: (to) => (setAt(to), list.scrollToIndex(to)), toggle, askToStop: setStopping });

  const all = rows.length > 0 && rows.every((w) => chosen.has(w.id));
  return (
    <>
    <div className="ws-table" role="table" aria-label={words.title} aria-rowcount={rows.length + 1} data-others={others || undefined}>
      <div className="ws-row ws-head" role="row" aria-rowindex={1}>
        <div role="columnheader" aria-label={words.selectAll}>
          <input
            type="checkbox"
            className="check"
            aria-label={words.selectAll}
            checked={all}
            ref={(box) => {
              if (box) box.indeterminate = !all && chosen.size > 0;
            }}
            onChange={() => onChosen(all ? new Set() : new Set(rows.map((w) => w.id)))}
          />
        </div>
        <div role="columnheader">{words.columns.name}</div>
        <div role="columnheader">{words.columns.state}</div>
        {others && <div role="columnheader">{words.columns.owner}</div>}
        <div role="columnheader">{words.columns.apps}</div>
        <div role="columnheader">{words.columns.used}</div>
        <div role="columnheader">{words.columns.build}</div>
        <div role="columnheader">
          <span className="hidden-visually">{words.menu("")}</span>
        </div>
      </div>
      <div ref={box} role="rowgroup" style={{ height: list.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const w = rows[item.index];
          return w ? (
            <div key={w.id} ref={list.measureElement} data-index={item.index} role="presentation" className="row-place" style={{ transform: `translateY(${item.start - list.options.scrollMargin}px)` }}>
              <WorkspaceRow workspace={w} index={item.index} others={others} here={item.index === at} chosen={chosen.has(w.id)} onToggle={toggle} onFocus={setAt} />
            </div>
          ) : null;
        })}
      </div>
    </div>
      <p className="ws-keys tiny muted" aria-label={words.keys}>
        {words.keyHelp.map(([key, what]) => (
          <span key={key}>
            <kbd>{key}</kbd> {what}
          </span>
        ))}
      </p>
      <Confirm
        open={stopping !== undefined}
        title={acts.stopTitle(stopping?.name ?? "")}
        act={acts.stop}
        onClose={() => setStopping(undefined)}
        onYes={() => {
          if (stopping) stop(stopping);
          setStopping(undefined);
        }}
      >
        <p>{acts.stopHint}</p>
      </Confirm>
    </>
  );
}

type RowKeys = { rows: Workspace[]; at: number; move: (to: number) => void; toggle: (id: string) => void; askToStop: (w: Workspace) => void };

function useRowKeys({ rows, at, move, toggle, askToStop }: RowKeys): void {
  const navigate = useNavigate();
  const { start } = useActs();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event) || event.shiftKey) return;
      if (event.key === "j") return move(Math.min(rows.length - 1, at + 1));
      if (event.key === "k") return move(Math.max(0, at - 1));
      const w = rows[at];
      if (!w) return;
      const onButton = event.target instanceof HTMLElement && event.target.closest("a,button,input") !== null;
      if (event.key === "x") toggle(w.id);
      else if (event.key === "Enter" && !onButton) void navigate({ to: "/@{$user}/$workspace", params: { user: w.owner_name, workspace: w.name } });
      else if (event.key === "t" && can(w).terminal) window.open(terminalPath(w), "_blank", "noopener");
      else if (event.key === "s" && can(w).restart) askToStop(w);
      else if (event.key === "s" && can(w).start) start(w);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
