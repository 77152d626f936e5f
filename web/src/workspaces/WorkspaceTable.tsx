// The dense table. Rows are virtual; letters work on the row that has the focus mark.
import type { Workspace } from "@gen";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type Dispatch, type SetStateAction, useCallback, useEffect, useRef, useState } from "react";
import { list as words } from "@/strings/workspaces";
import { Icon } from "@/ui/Icon";
import { type Column, nextSort, parseSort } from "./sort";
import { useEnding } from "./useEnding";
import { useRowKeys } from "./useRowKeys";
import { WorkspaceRow } from "./WorkspaceRow";

type Chosen = ReadonlySet<string>;
type TableProps = {
  rows: Workspace[];
  me: string;
  chosen: Chosen;
  onChosen: Dispatch<SetStateAction<Chosen>>;
  more: (() => void) | undefined;
  sort: string | undefined;
  onSort: ((sort: string | undefined) => void) | undefined; // absent: there are too many to sort
};

const kHeights = { wide: 45, phone: 68, why: 20 };

export function WorkspaceTable({ rows, me, chosen, onChosen, more, sort, onSort }: TableProps) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const others = rows.some((w) => w.owner_name !== me);
  const list = useWindowVirtualizer({ count: rows.length, estimateSize: () => (window.innerWidth < 768 ? kHeights.phone : kHeights.wide), overscan: 12, scrollMargin: box.current?.offsetTop ?? 0, getItemKey: (i) => rows[i]?.id ?? i });
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (more && (last >= rows.length - 40 || sort !== undefined)) more();
  }, [last, rows.length, more, sort]);

  const toggle = useToggle(rows, onChosen);
  const { asked, end, yes, leave } = useEnding();
  useRowKeys({ rows, at, move: (to) => (setAt(to), list.scrollToIndex(to)), toggle, end });

  return (
    <>
      <div className="ws-table" role="table" aria-label={words.title} aria-rowcount={rows.length + 1} data-others={others || undefined}>
        <Heads rows={rows} chosen={chosen} onChosen={onChosen} others={others} sort={sort} onSort={onSort} />
        <div ref={box} role="rowgroup" style={{ height: list.getTotalSize(), position: "relative" }}>
          {items.map((item) => {
            const w = rows[item.index];
            return w ? (
              <div key={w.id} ref={list.measureElement} data-index={item.index} role="presentation" className="row-place" style={{ transform: `translateY(${item.start - list.options.scrollMargin}px)` }}>
                <WorkspaceRow
                  workspace={w}
                  index={item.index}
                  others={others}
                  here={item.index === at}
                  chosen={chosen.has(w.id)}
                  asked={asked?.workspace.id === w.id ? asked : undefined}
                  onToggle={toggle}
                  onFocus={setAt}
                  onEnd={end}
                  onYes={yes}
                  onLeave={leave}
                />
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
    </>
  );
}

// One more or one less; with `range`, all from the one before to this.
function useToggle(rows: Workspace[], onChosen: TableProps["onChosen"]) {
  const known = useRef({ rows, last: "" });
  useEffect(() => {
    known.current.rows = rows;
  }, [rows]);
  return useCallback(
    (id: string, range: boolean) => {
      const { rows: all, last } = known.current;
      known.current.last = id;
      const from = all.findIndex((w) => w.id === last);
      const to = all.findIndex((w) => w.id === id);
      if (range && from >= 0) return onChosen((old) => new Set([...old, ...all.slice(Math.min(from, to), Math.max(from, to) + 1).map((w) => w.id)]));
      onChosen((old) => (old.has(id) ? new Set([...old].filter((x) => x !== id)) : new Set([...old, id])));
    },
    [onChosen],
  );
}

type HeadsProps = Pick<TableProps, "rows" | "chosen" | "onChosen" | "sort" | "onSort"> & { others: boolean };

function Heads({ rows, chosen, onChosen, others, sort, onSort }: HeadsProps) {
  const all = rows.length > 0 && rows.every((w) => chosen.has(w.id));
  return (
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
      <Head column="name" {...{ sort, onSort }} />
      <Head column="state" {...{ sort, onSort }} />
      {others && <Head column="owner" {...{ sort, onSort }} />}
      <div role="columnheader">{words.columns.apps}</div>
      <Head column="used" className="ws-used" {...{ sort, onSort }} />
      <Head column="build" className="ws-built" {...{ sort, onSort }} />
      <div role="columnheader">
        <span className="hidden-visually">{words.menu("")}</span>
      </div>
    </div>
  );
}

function Head({ column, className, sort, onSort }: { column: Column; className?: string } & Pick<TableProps, "sort" | "onSort">) {
  const now = parseSort(sort);
  const here = now?.by === column ? now : undefined;
  return (
    <div role="columnheader" className={className} aria-sort={here ? (here.down ? "descending" : "ascending") : undefined}>
      {onSort ? (
        <button type="button" className="ws-sort" title={words.sortBy(words.columns[column])} onClick={() => onSort(nextSort(sort, column))}>
          {words.columns[column]}
          {here && <Icon name={here.down ? "sortDown" : "sortUp"} size={12} />}
        </button>
      ) : (
        words.columns[column]
      )}
    </div>
  );
}
