// A log one can work with: streams, folds by stage, filters by level and words, wraps, copies, downloads, sticks to its end.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ApiError } from "@/lib/api";
import type { Link } from "@/lib/stream";
import { words } from "@/strings/builds";
import { Button } from "@/ui/Button";
import { asPlainText, Folding, type Level, type Line } from "./fold";
import { LogRow } from "./LogRow";
import { LogTools } from "./LogTools";
import "./log.css";

type LogViewProps = { lines: Line[]; link: Link; error?: ApiError | undefined; name: string; focus?: number | undefined; height?: string; least?: Level };

export function LogView({ lines, link, error, name, focus, height = "min(62dvh, 560px)", least: first = "info" }: LogViewProps) {
  const [least, setLeast] = useState<Level>(first);
  const [search, setSearch] = useState("");
  const [wrap, setWrap] = useState(true);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [stuck, setStuck] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const folding = useMemo(() => new Folding(lines, { least, words: search, folded }), [lines, least, search, folded]);
  folding.grow();
  const shown = folding.rows();

  const list = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: (i) => (shown[i]?.kind === "stage" ? 32 : 20),
    getItemKey: (i) => shown[i]?.key ?? i,
    overscan: 30,
  });

  // While it streams the end stays in view, also when lines turn out taller than guessed; a whole log begins at its top.
  const live = link !== "ended";
  const total = list.getTotalSize();
  const top = useRef(0);
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    if (live && stuck) at.scrollTop = at.scrollHeight;
    else if (!live && at.scrollTop === 0 && at.scrollHeight > at.clientHeight + 28) setStuck(false);
  }, [total, stuck, live]);

  useEffect(() => {
    if (focus === undefined) return;
    const at = shown.findIndex((row) => row.kind === "line" && row.line.id === focus);
    if (at < 0) return;
    setStuck(false);
    list.scrollToIndex(at, { align: "center" });
    box.current?.focus();
    // Only a new focus moves the view; later lines must not.
  }, [focus]); // eslint-disable-line react-hooks/exhaustive-deps

  const stages = [...folding.stages];
  const toggle = (stage: string) => setFolded((old) => (old.has(stage) ? new Set([...old].filter((s) => s !== stage)) : new Set([...old, stage])));
  const hits = search.trim() === "" ? undefined : shown.filter((row) => row.kind === "line").length;
  const none = lines.length > 0 ? words.nothing : link !== "ended" ? words.waiting : error ? "" : words.empty;

  return (
    <div className="log">
      <LogTools
        {...{ least, setLeast, search, setSearch, wrap, setWrap, hits }}
        text={() => asPlainText(lines)}
        name={name}
        folded={stages.length > 0 && folded.size >= stages.length}
        onFold={stages.length > 1 ? (all) => setFolded(new Set(all ? stages : [])) : undefined}
      />
      {(error || link === "lost") && (
        <p className="log-lost" role="status">
          {error ? words.refused(error.message) : words.lost}
        </p>
      )}
      <div
        ref={box}
        className="log-box"
        style={{ height }}
        data-wrap={wrap || undefined}
        tabIndex={0}
        role="log"
        aria-label={words.log}
        aria-live="off"
        onScroll={(event) => {
          const at = event.currentTarget;
          // Only moving up lets go of the end: growing below does not.
          if (at.scrollHeight - at.scrollTop - at.clientHeight < 28) setStuck(true);
          else if (at.scrollTop < top.current - 2) setStuck(false);
          top.current = at.scrollTop;
        }}
      >
        {shown.length === 0 && <p className="log-none">{none}</p>}
        <div style={{ height: total, position: "relative", minWidth: "100%" }}>
          {list.getVirtualItems().map((item) => {
            const row = shown[item.index];
            return row ? (
              <div key={item.key} ref={list.measureElement} data-index={item.index} className="log-place" style={{ transform: `translateY(${item.start}px)` }}>
                <LogRow row={row} search={search} lit={row.kind === "line" && row.line.id === focus} onToggle={toggle} />
              </div>
            ) : null;
          })}
        </div>
      </div>
      {!stuck && (
        <div className="log-end">
          <Button
            size="small"
            icon="down"
            onClick={() => {
              setStuck(true);
              list.scrollToIndex(shown.length - 1, { align: "end" });
            }}
          >
            {words.toEnd}
          </Button>
        </div>
      )}
    </div>
  );
}
