// A log one can work with: streams, folds by stage, filters by level and words, wraps, copies, downloads, sticks to its end.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ApiError } from "@/lib/api";
import type { Link } from "@/lib/stream";
import { words } from "@/strings/builds";
import { Button } from "@/ui/Button";
import { asPlainText, Folding, foldedNow, type Level, type Line } from "./fold";
import { LogRow } from "./LogRow";
import { endedWell, LogStages } from "./logstages";
import { LogTools } from "./LogTools";
import { useStick } from "./useStick";
import "./log.css";

type LogViewProps = { lines: Line[]; link: Link; error?: ApiError | undefined; name: string; focus?: number | undefined; height?: string; least?: Level; onHeld?: () => void };

// `height`: at the most; it is as high as its lines. `onHeld`: somebody reads it, away from its end.
export function LogView({ lines, link, error, name, focus, height = "60dvh", least: first = "info", onHeld }: LogViewProps) {
  const [least, setLeast] = useState<Level>(first);
  const [search, setSearch] = useState("");
  const [wrap, setWrap] = useState(true);
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const box = useRef<HTMLDivElement>(null);
  const live = link !== "ended";
  const read = useMemo(() => new LogStages(lines), [lines]);
  const ended = endedWell(read.grow().all, live).join("\n");
  const folded = useMemo(() => foldedNow(chosen, ended === "" ? [] : ended.split("\n")), [chosen, ended]);
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
  const total = list.getTotalSize();
  const stick = useStick({ box, live, lines: lines.length, total, onHeld });

  useEffect(() => {
    if (focus === undefined) return;
    const line = lines.find((one) => one.id === focus);
    if (line?.stage) setChosen((old) => new Map(old).set(line.stage, false));
  }, [focus]); // eslint-disable-line react-hooks/exhaustive-deps -- only a new focus opens its stage
  const goal = focus === undefined ? -1 : shown.findIndex((row) => row.kind === "line" && row.line.id === focus);
  const reached = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (goal < 0 || reached.current === focus) return;
    reached.current = focus; // later lines must not move the view
    stick.letGo();
    list.scrollToIndex(goal, { align: "center" });
    box.current?.focus();
  }, [goal, focus]); // eslint-disable-line react-hooks/exhaustive-deps -- as above

  const stages = [...folding.stages];
  const toggle = (stage: string) => setChosen((old) => new Map(old).set(stage, !folded.has(stage)));
  const hits = search.trim() === "" ? undefined : shown.filter((row) => row.kind === "line").length;
  const none = lines.length > 0 ? words.nothing : live ? words.waiting : error ? "" : words.empty;

  return (
    <div className="log">
      <LogTools
        {...{ least, setLeast, search, setSearch, wrap, setWrap, hits }}
        text={() => asPlainText(lines)}
        name={name}
        folded={stages.length > 0 && stages.every((stage) => folded.has(stage))}
        onFold={stages.length > 1 ? (all) => setChosen(new Map(stages.map((stage) => [stage, all]))) : undefined}
      />
      {(error || link === "lost") && (
        <p className="log-lost" role="status">
          {error ? words.refused(error.message) : words.lost}
        </p>
      )}
      <div ref={box} className="log-box" style={{ height: shown.length === 0 ? 52 : `min(${height}, ${total + 2}px)` }} data-wrap={wrap || undefined} tabIndex={0} role="log" aria-label={words.log} aria-live="off" {...stick.handlers}>
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
      {live && stick.holds && lines.length > 0 && link === "open" && <p className="log-live tiny muted">{words.liveAtEnd}</p>}
      {!stick.holds && (live || stick.fresh > 0) && (
        <div className="log-end">
          <Button size="small" icon="down" onClick={stick.back}>
            {stick.fresh > 0 ? words.fresh(stick.fresh) : words.toEnd}
          </Button>
        </div>
      )}
    </div>
  );
}
